package signaling

import (
	"context"
	"sync"
	"time"

	"yilian"
	"yilian/signaling/sfu"
	"yilian/signaling/sfu/packet"
)

// Recorder makes recordings of rooms.
type Recorder interface {
	// Start opens a recording. Media and notes come from when it has returned, and an error is told to the room as "failed". It may take its time, but ends
	// with ctx.
	Start(ctx context.Context, s RecordingStart) (Recording, error)
}

// RecordingStart is what a recording begins with.
type RecordingStart struct {
	Room     string
	At       time.Time
	By       yilian.PersonID   // who asked for it
	Consents []yilian.PersonID // who agreed, all who may send
}

// Recording is one recording under way. As a Tap it gets the media of those who have agreed, and of nobody else.
type Recording interface {
	sfu.Tap

	// Note is told what happens in the room meanwhile, marks, chat and shared topics among it, in order and from one goroutine. It must not call the room.
	Note(e Event)

	// Stop ends the recording: what came in is durable when it returns. Media may still come in for a moment and are to be ignored. reason is "ended" (by who may),
	// "withdrawn" (a consent; e.Person of the last note), "empty", or what ended the room. It is called once.
	Stop(ctx context.Context, reason string) error

	// Done is closed when the recording is over, by Stop or by itself: because it can store no more. Stop is called in that case, too.
	Done() <-chan struct{}
}

// consented is the tap between forwarder and recording: it lets through only what people send who have agreed. A stream of somebody who agrees later begins then.
type consented struct {
	to Recording

	mu      sync.RWMutex
	agreed  map[string]bool
	waiting map[uint64]sfu.TapStream // begun, not let through
}

func newConsented(to Recording, agreed []yilian.PersonID) *consented {
	c := &consented{to: to, agreed: map[string]bool{}, waiting: map[uint64]sfu.TapStream{}}
	for _, p := range agreed {
		c.agreed[string(p)] = true
	}
	return c
}

// agree lets a person's streams through from their next packet on.
func (c *consented) agree(person yilian.PersonID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.agreed[string(person)] = true
}

// Begin is sfu.Tap.
func (c *consented) Begin(s sfu.TapStream) {
	c.mu.Lock()
	through := c.agreed[s.Peer]
	if !through {
		c.waiting[s.ID] = s
	}
	c.mu.Unlock()
	if through {
		c.to.Begin(s)
	}
}

// through tells whether a stream may pass, and introduces it if it was waiting until now. It is called from the stream's own loop.
func (c *consented) through(stream uint64) bool {
	c.mu.RLock()
	s, waits := c.waiting[stream]
	agreed := waits && c.agreed[s.Peer]
	c.mu.RUnlock()
	if !waits {
		return true
	}
	if !agreed {
		return false
	}
	c.mu.Lock()
	delete(c.waiting, stream)
	c.mu.Unlock()
	c.to.Begin(s)
	return true
}

// Packet is sfu.Tap.
func (c *consented) Packet(stream uint64, p packet.Packet, arrived time.Time) {
	if c.through(stream) {
		c.to.Packet(stream, p, arrived)
	}
}

// Clock is sfu.Tap.
func (c *consented) Clock(stream uint64, at time.Time, rtp uint32) {
	if c.through(stream) {
		c.to.Clock(stream, at, rtp)
	}
}

// End is sfu.Tap.
func (c *consented) End(stream uint64) {
	c.mu.Lock()
	_, waits := c.waiting[stream]
	delete(c.waiting, stream)
	c.mu.Unlock()
	if !waits {
		c.to.End(stream)
	}
}

// stopWithin bounds how long a recording may take to become durable at its end.
const stopWithin = time.Minute

// startRecording asks the recorder; the answer comes back as an input.
func (r *room) startRecording(ctx context.Context, e startRecording) {
	r.tasks.Go(func() {
		recording, err := r.server.cfg.Recorder.Start(ctx, e.start)
		if err != nil {
			r.server.cfg.Logger.Error("recording not started", "room", r.name, "err", err)
		}
		if !r.inbox.post(recorded{epoch: e.epoch, recording: recording, err: err}) && recording != nil {
			r.endRecording(recording, "ended")
		}
	})
}

// take is a recording under way, as the room sees it: the tap for the forwarder, the notes for the goroutine that owns the recording's index.
type take struct {
	tap   *consented
	notes *mailbox[noted]
}

// noted is one event for a recording, or its end.
type noted struct {
	event Event
	over  bool
	why   string
}

func (r *room) keepRecording(e keepRecording) {
	t := &take{tap: newConsented(e.recording, e.agreed), notes: newMailbox[noted]()}
	r.take = t
	r.forwards().SetTap(t.tap)
	r.tasks.Go(func() {
		<-e.recording.Done()
		r.inbox.post(broken{e.epoch})
	})
	r.tasks.Go(func() {
		for range t.notes.ready {
			for _, n := range t.notes.take() {
				if n.over {
					r.endRecording(e.recording, n.why)
					return
				}
				e.recording.Note(n.event)
			}
		}
	})
}

// stopRecording ends the recording that is attached, or the one given.
func (r *room) stopRecording(e stopRecording) {
	if e.recording != nil {
		r.tasks.Go(func() { r.endRecording(e.recording, e.reason) })
		return
	}
	if r.take != nil {
		r.forwards().SetTap(nil)
		r.take.notes.post(noted{over: true, why: e.reason})
		r.take = nil
	}
}

func (r *room) endRecording(recording Recording, reason string) {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	if err := recording.Stop(ctx, reason); err != nil {
		r.server.cfg.Logger.Error("recording not ended well", "room", r.name, "err", err)
	}
}
