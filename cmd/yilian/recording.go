package main

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"yilian"
	"yilian/consult/recording"
	"yilian/signaling"
	"yilian/signaling/record"
	"yilian/signaling/sfu"
)

// recorder lets rooms be recorded: signaling/record makes the files, consult/recording knows what they are.
type recorder struct{ *service }

// Start implements signaling.Recorder.
func (r recorder) Start(ctx context.Context, start signaling.RecordingStart) (signaling.Recording, error) {
	id := yilian.RequestID(start.Room)
	by := recording.Person{ID: start.By}
	if p, err := r.directory.Person(ctx, start.By); err == nil {
		by.Name = p.Name
	}
	known, err := r.recordings.Start(ctx, id, by, start.Consents, start.At)
	if err != nil {
		return nil, err
	}
	session, err := r.tapes.Begin(ctx, record.Start{ID: known.ID, Room: start.Room})
	if err != nil {
		return nil, errors.Join(err, r.recordings.Stopped(context.WithoutCancel(ctx), known.ID, recording.Person{}, "failed", true))
	}
	return &tape{Session: session, id: known.ID, recordings: r.recordings}, nil
}

// tape is one recording under way, as a room sees it.
type tape struct {
	*record.Session
	id         string
	recordings *recording.Service

	mu   sync.Mutex
	last recording.Person // of the last news about the recording itself; guarded by mu
}

var _ signaling.Recording = (*tape)(nil)

// Note implements signaling.Recording: what is of use beside the picture goes into the index.
func (t *tape) Note(e signaling.Event) {
	n := record.Event{Type: string(e.Type), Person: string(e.Person), Name: e.Name}
	switch e.Type {
	case signaling.EventMark:
		n.Text = e.Text
	case signaling.EventChat:
		n.Text = e.Chat.Text
	case signaling.EventMuted:
		n.Source = e.Reason
	case signaling.EventShared:
		n.Text = e.Shared.Topic
	case signaling.EventConsent, signaling.EventRecording:
		n.Text = e.Reason
		t.mu.Lock()
		t.last = personOf(e)
		t.mu.Unlock()
	case signaling.EventJoined, signaling.EventLeft, signaling.EventLive, signaling.EventInterrupted, signaling.EventResumed,
		signaling.EventDegraded, signaling.EventMoved, signaling.EventPresenter, signaling.EventClosed:
		n.Text = e.Reason
	default:
		return
	}
	t.Session.Note(n)
}

// Stop implements signaling.Recording.
func (t *tape) Stop(ctx context.Context, reason string) error {
	t.mu.Lock()
	by := t.last
	t.mu.Unlock()
	if reason != "ended" && reason != "withdrawn" {
		by = recording.Person{}
	}
	failed := t.Session.Stop(reason)
	return errors.Join(failed, t.recordings.Stopped(ctx, t.id, by, reason, failed != nil))
}

// recorded tells consult/recording what was asked and answered about being recorded.
func (w witness) recorded(ctx context.Context, e signaling.Event) error {
	id, p := yilian.RequestID(e.Room), personOf(e)
	switch {
	case e.Type == signaling.EventConsent:
		return w.recordings.Answered(ctx, id, p, e.Reason == "given", false, e.At)
	case e.Reason == "asked":
		return w.recordings.Answered(ctx, id, p, true, true, e.At)
	case e.Reason == "off", e.Reason == "failed":
		return w.recordings.Declined(ctx, id, p, e.Reason == "failed", e.At)
	}
	return nil
}

func personOf(e signaling.Event) recording.Person {
	return recording.Person{ID: e.Person, Name: e.Name, Role: e.Role, Institution: e.Institution, Guest: e.Guest}
}

// tapes lets consult/recording use the bytes.
type tapes struct{ *record.Recorder }

func (t tapes) Join(ctx context.Context, id string) (recording.Joined, error) {
	j, err := t.Recorder.Join(ctx, id)
	if errors.Is(err, record.ErrNothing) {
		return recording.Joined{}, yilian.Errorf(yilian.NotFound, "recording.nothing", "Nothing was recorded.")
	}
	if err != nil {
		return recording.Joined{}, err
	}
	done := recording.Joined{
		Index: recording.Object(j.Object), Duration: time.Duration(j.Index.Duration) * time.Millisecond, Reason: j.Index.Reason, Files: []recording.File{},
	}
	for _, f := range j.Index.Files {
		done.Files = append(done.Files, recording.File{
			Number: f.Number, Name: f.Name, Person: yilian.PersonID(f.Person), Source: f.Source, MIME: f.MIME, Offset: f.Offset, Duration: f.Duration,
			Width: f.Video.Width, Height: f.Video.Height, Size: f.Size, SHA256: f.SHA256,
		})
	}
	return done, nil
}

func (t tapes) Open(ctx context.Context, id, name string, off, n int64) (io.ReadCloser, error) {
	return t.Recorder.Open(ctx, id, name, off, n)
}

// joinRecordings makes what records and what knows of recordings.
func (s *service) joinRecordings(ctx context.Context) error {
	s.recordings = recording.New(recording.Config{
		Store: s.store(), Consults: s.requests, Rules: s.directory, Media: tapes{s.tapes}, Node: s.settings.Node, Log: s.log,
	})
	s.recordings.Register(s.clock)
	if s.settings.Node == "" && s.settings.Database != "" {
		return nil // maybe another node's: they are missed by their signs of life
	}
	return s.recordings.Recover(ctx)
}

var _ sfu.Tap = (*tape)(nil)
