package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"yilian"
	"yilian/consult/api"
	"yilian/consult/reading"
	"yilian/consult/request"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/signaling"
	"yilian/signaling/turn"
	"yilian/storage/blob"
)

// The adapters: each lets one part use another through the port that it declares.

// images answers consult/reading what the archive has indexed of a study.
type images struct{ archive *imaging.Archive }

func (i images) Study(ctx context.Context, uid yilian.StudyUID) (reading.StudyInfo, error) {
	st, series, err := i.archive.Summary(ctx, uid)
	if err != nil {
		return reading.StudyInfo{}, err
	}
	info := reading.StudyInfo{
		UID: st.UID, Institution: st.Institution, DeviceAE: st.Device,
		PatientID: st.PatientID, PatientIssuer: st.PatientIssuer, PatientName: groups(st.PatientName), Sex: st.Sex, BirthDate: st.BirthDate,
		Accession: st.Accession, AccessionIssuer: st.AccessionIssuer,
		Date: studyTime(st.Date, st.Time), Modalities: st.Modalities, BodyPart: st.BodyPart, Description: st.Description,
		Instances: st.InstanceCount, Associations: st.OpenAssociations, Inconsistent: st.Differs,
		FirstArrival: st.FirstArrival, LastArrival: st.LastArrival,
	}
	var latest time.Time
	var pictured []string // the modalities of what came with pictures
	for _, s := range series {
		if drawnHere(s) {
			info.Instances -= s.InstanceCount
			continue
		}
		pictured = append(pictured, s.Modality)
		if s.LastArrival.After(latest) {
			latest = s.LastArrival
		}
		info.Series = append(info.Series, reading.SeriesInfo{
			UID: s.UID, Modality: s.Modality, Instances: s.InstanceCount, Stated: stated(s), LastArrival: s.LastArrival,
		})
		if info.Laterality == "" {
			info.Laterality = s.Laterality
		}
	}
	if !latest.IsZero() {
		info.LastArrival = latest
		info.Modalities = slices.DeleteFunc(info.Modalities, func(m string) bool { return slices.Contains(ofDrawn, m) && !slices.Contains(pictured, m) })
	}
	return info, nil
}

// groups joins a name's component groups as DICOM writes them (PS3.5 6.2.1.1).
func groups(n dicom.PersonName) string {
	return strings.TrimRight(n.Alphabetic+"="+n.Ideographic+"="+n.Phonetic, "=")
}

// studyTime reads Study Date and Study Time as written at the site, whose clock is this machine's; zero without a date.
func studyTime(date, clock string) time.Time {
	clock, _, _ = strings.Cut(clock, ".")
	for _, try := range [...]struct{ layout, text string }{
		{"20060102150405", date + clock}, {"200601021504", date + clock}, {"20060102", date},
	} {
		if t, err := time.ParseInLocation(try.layout, try.text, time.Local); err == nil {
			return t
		}
	}
	return time.Time{}
}

// attached answers consult/request the studies of a patient.
type attached struct{ readings *reading.Service }

const attachAtMost = 20 // the newest studies of a patient go along with a request

func (a attached) StudiesOf(ctx context.Context, id yilian.PatientID) ([]request.Study, error) {
	found, err := a.readings.StudiesOf(ctx, id, attachAtMost)
	if err != nil {
		return nil, err
	}
	list := make([]request.Study, len(found))
	for i, s := range found {
		list[i] = attachable(s)
	}
	// What was made here comes first.
	here := slices.DeleteFunc(slices.Clone(list), func(s request.Study) bool { return s.Earlier })
	return append(here, slices.DeleteFunc(list, func(s request.Study) bool { return !s.Earlier })...), nil
}

func attachable(s reading.Study) request.Study {
	return request.Study{
		UID: s.UID(), Modality: s.Info.Modality(), Description: s.Info.Description, State: string(s.State), Instances: s.Info.Instances,
		Earlier: s.State == reading.StudyFiled,
	}
}

// imaged tells consult/request whose a study is now.
func (s *service) imaged(ctx context.Context, uid yilian.StudyUID) error {
	st, err := s.readings.StudyOf(ctx, uid)
	if yilian.KindOf(err) == yilian.NotFound {
		return nil // it arrives still
	}
	if err != nil {
		return err
	}
	return s.requests.Imaged(ctx, attachable(st), st.Patient)
}

// files keeps attachments among the objects.
type files struct{ *blob.Store }

func (f files) Create(ctx context.Context) (request.FileWriter, error) { return f.Store.Create(ctx) }

func (f files) Open(ctx context.Context, key string, off, n int64) (io.ReadCloser, error) {
	return f.Store.Open(ctx, key, off, n)
}

// calls lets consult/request open and close rooms.
type calls struct {
	rooms *signaling.Server
	relay *turn.Server // nil: none
}

func (c calls) Ticket(_ context.Context, room string, who request.Participant) (request.Pass, error) {
	token, err := c.rooms.Ticket(signaling.TicketRequest{
		Room: room, Person: who.Person.ID, Name: who.Person.Name, Role: string(who.Role), Institution: who.Person.Institution,
		CanSend: !who.Listener, Listener: who.Listener, Grace: who.Grace, Chair: who.Specialist, Record: who.Specialist, Lobby: who.Lobby, Guest: who.Guest,
	})
	return c.pass(token, who.Person.ID, err)
}

// LineTest gives a ticket into an echo room.
func (c calls) LineTest(context.Context) (request.Pass, error) {
	token, person, err := c.rooms.LineTest()
	return c.pass(token, person, err)
}

func (c calls) pass(token string, person yilian.PersonID, err error) (request.Pass, error) {
	pass := request.Pass{Token: token}
	if err != nil || c.relay == nil {
		return pass, err
	}
	for _, s := range c.relay.ICE(person) {
		pass.ICEServers = append(pass.ICEServers, request.ICEServer(s))
	}
	return pass, nil
}

func (c calls) Close(ctx context.Context, room, reason string) error {
	return c.rooms.CloseRoom(ctx, room, reason)
}

func (c calls) Dismiss(_ context.Context, room string) error {
	c.rooms.DismissAudience(room)
	return nil
}

// mediaTypes are the events that a request takes; of the others, pictures that are shared for example, there may be many.
var mediaTypes = []signaling.EventType{
	signaling.EventJoined, signaling.EventLive, signaling.EventDegraded, signaling.EventInterrupted, signaling.EventResumed, signaling.EventFailed, signaling.EventLeft,
}

func measurement(e signaling.Event) request.Measurement {
	q := e.Quality
	m := request.Measurement{
		Person: e.Person, Name: e.Name, Grade: q.Grade, Freezes: q.Freezes, Paused: q.VideoPaused, Path: q.Path,
		Figures: request.Figures{
			UpLoss: q.UpLoss, DownLoss: q.DownLoss, RTT: q.RTTMS, Jitter: q.JitterMS, MOS: q.MOS, UpKbps: q.UpKbps, DownKbps: q.DownKbps,
		},
	}
	if q.Client != nil {
		m.Frozen = q.Client.Frozen
	}
	return m
}

// witness tells consult/request what happens in the rooms.
type witness struct{ *service }

func (w witness) RoomEvent(ctx context.Context, e signaling.Event) {
	if e.Person == "" {
		return
	}
	id, err := yilian.RequestID(e.Room), error(nil)
	switch {
	case e.Type == signaling.EventConsent, e.Type == signaling.EventRecording:
		err = w.recorded(ctx, e)
	case e.Chat != nil:
		err = w.requests.Said(ctx, id, request.Line{Seq: e.Chat.Seq, Person: e.Person, Name: e.Name, Text: e.Chat.Text, At: e.Chat.At})
	case e.Quality != nil:
		w.lines.add(e)
		if !e.Listener { // of an audience only who listened is kept
			err = w.requests.Measured(ctx, id, measurement(e))
		}
	case slices.Contains(mediaTypes, e.Type):
		news := request.MediaEvent{
			Type: request.MediaType(e.Type), Person: e.Person, Name: e.Name, Device: e.Device, Reason: e.Reason, Institution: e.Institution, At: e.At,
		}
		if e.Listener {
			err = w.requests.Listened(ctx, id, news)
			break
		}
		err = errors.Join(w.requests.Media(ctx, id, news), w.requests.Linked(ctx, id, news))
	}
	if err != nil {
		w.log.Warn("event of a call not recorded", "event", e.Type, "err", err)
	}
}

// keptAside shows an administrator what the archive kept aside.
type keptAside struct{ archive *imaging.Archive }

func (k keptAside) Conflicts(ctx context.Context, actor yilian.Actor, after string, limit int) ([]api.Kept, string, error) {
	page, next, err := k.archive.Conflicts(ctx, actor, after, limit)
	list := make([]api.Kept, len(page))
	for i, c := range page {
		list[i] = keptOf(c)
	}
	return list, next, err
}
