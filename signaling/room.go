package signaling

import (
	"context"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"

	"yilian"
	"yilian/signaling/protocol"
	"yilian/signaling/sfu"
)

// forwarder is what a room needs of the SFU.
type forwarder interface {
	Answer(ctx context.Context, peer string, o sfu.Offer) (sdp string, err error)
	Candidate(peer string, gen int, c webrtc.ICECandidateInit) error
	Remove(peer string)
	Sample(over time.Duration) []sfu.Sample
	Want(peer string, views []sfu.View)
	Mute(peer, source string, muted bool)
	SetTap(t sfu.Tap)
	SendData(peer, label string, payload []byte) bool
	Close()
}

// room is the goroutine that owns a roomState, and what it needs to carry out the effects.
type room struct {
	name   string
	server *Server
	inbox  *mailbox[any]
	state  roomState
	media  forwarder
	events *mailbox[Event]

	observer    Observer
	sampleEvery time.Duration

	take  *take          // the recording; nil: none
	tasks sync.WaitGroup // offers being answered, recordings
}

// newRoom starts a room; it ends by itself when it has been empty for a while, or by shut.
func (s *Server) newRoom(name string) *room {
	r := &room{name: name, server: s, inbox: newMailbox[any](), events: newMailbox[Event]()}
	r.state = roomState{name: name, maxPeople: s.cfg.MaxPeople, maxListeners: s.cfg.MaxListeners, canRecord: s.cfg.Recorder != nil, resume: r.resumeToken, ice: s.cfg.ICE}
	forwarder := s.engine.NewRoom(func(e sfu.Event) { r.inbox.post(media{e}) })
	r.media, r.observer, r.sampleEvery = forwarder, s.cfg.Observer, s.cfg.SampleEvery
	if isEcho(name) {
		forwarder.Echo()
		r.observer, r.sampleEvery = nobody{}, min(echoSample, s.cfg.SampleEvery)
		r.state.maxPeople, r.state.maxListeners, r.state.closes = 1, 0, time.Now().Add(echoLasts)
	}
	s.work.Go(r.run)
	return r
}

func (r *room) run() {
	ctx, cancel := context.WithCancel(context.Background())
	var observer sync.WaitGroup
	observer.Go(r.observe)
	sample := time.NewTicker(r.sampleEvery)
	defer sample.Stop()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()

	for over := false; !over; {
		select {
		case <-r.inbox.ready:
			for _, in := range r.inbox.take() {
				if over {
					r.tooLate(in)
					continue
				}
				over = r.apply(ctx, r.state.step(time.Now(), in))
			}
		case now := <-timer.C:
			over = r.apply(ctx, r.state.step(now, tick{}))
		case <-sample.C:
			if figures := r.media.Sample(r.sampleEvery); len(figures) > 0 {
				over = r.apply(ctx, r.state.step(time.Now(), sampled{figures}))
			}
		}
		timer.Reset(untilDue(r.state.due()))
	}
	cancel()
	r.stopRecording(stopRecording{reason: "ended"}) // what the rules have not ended
	r.tasks.Wait()
	r.media.Close()
	r.events.post(Event{}) // the end
	observer.Wait()
}

func untilDue(due time.Time) time.Duration {
	if due.IsZero() {
		return time.Hour
	}
	return max(time.Until(due), time.Millisecond)
}

// apply carries out effects; it tells when the room is over.
func (r *room) apply(ctx context.Context, effects []any) (over bool) {
	for _, effect := range effects {
		switch e := effect.(type) {
		case send:
			r.send(e.msg, e.socket)
		case sendAll:
			r.send(e.msg, e.sockets...)
		case relay:
			r.relay(e)
		case hangUp:
			if s := r.server.socket(e.socket); s != nil {
				s.hangUp(e.code, e.reason)
			}
		case observe:
			r.events.post(e.event)
			if r.take != nil {
				r.take.notes.post(noted{event: e.event})
			}
		case end:
			r.server.forget(r)
			if e.done != nil {
				close(e.done)
			}
			over = true
		default:
			r.applyMedia(ctx, effect)
		}
	}
	return over
}

// applyMedia carries out what is for the forwarder or the recording.
func (r *room) applyMedia(ctx context.Context, effect any) {
	switch e := effect.(type) {
	case negotiate:
		r.tasks.Go(func() { r.answer(ctx, e) })
	case trickle:
		r.candidate(e)
	case removeMedia:
		r.media.Remove(string(e.person))
	case view:
		r.media.Want(string(e.person), viewsOf(e.views))
	case muteMedia:
		r.media.Mute(string(e.person), e.source, e.muted)
	case startRecording:
		r.startRecording(ctx, e)
	case keepRecording:
		r.keepRecording(e)
	case agreeRecording:
		if r.take != nil {
			r.take.tap.agree(e.person)
		}
	case stopRecording:
		r.stopRecording(e)
	}
}

func viewsOf(views []protocol.View) []sfu.View {
	out := make([]sfu.View, len(views))
	for i, v := range views {
		out[i] = sfu.View(v)
	}
	return out
}

// send writes a message once, for however many sockets.
func (r *room) send(m protocol.Message, sockets ...uint64) {
	data, err := protocol.Encode(m)
	if err != nil {
		r.server.cfg.Logger.Error("encode message", "type", m.Kind(), "err", err)
		return
	}
	for _, id := range sockets {
		if s := r.server.socket(id); s != nil {
			s.send(m, data)
		}
	}
}

// relay writes a shared value once, for the data channels and sockets that it goes to.
func (r *room) relay(e relay) {
	data, err := protocol.Encode(e.msg)
	if err != nil {
		r.server.cfg.Logger.Error("encode message", "type", e.msg.Kind(), "err", err)
		return
	}
	for _, to := range e.to {
		if to.person != "" && r.media.SendData(string(to.person), sfu.LabelLooking, data) {
			continue
		}
		if s := r.server.socket(to.socket); s != nil {
			s.send(e.msg, data)
		}
	}
}

// answerWithin bounds how long an offer may keep its goroutine: gathering takes milliseconds.
const answerWithin = 10 * time.Second

func (r *room) answer(ctx context.Context, n negotiate) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	o := sfu.Offer{Gen: n.offer.Gen, SDP: n.offer.SDP, CanSend: n.canSend, Tracks: map[string]string{}}
	for _, t := range n.offer.Tracks {
		o.Tracks[t.Mid] = t.Source
	}
	sdp, err := r.media.Answer(ctx, string(n.person), o)
	r.inbox.post(answered{person: n.person, leg: n.leg, gen: n.offer.Gen, sdp: sdp, err: err})
}

func (r *room) candidate(t trickle) {
	c := webrtc.ICECandidateInit{
		Candidate: t.candidate.Candidate, SDPMid: t.candidate.SDPMid,
		SDPMLineIndex: t.candidate.SDPMLineIndex, UsernameFragment: t.candidate.UsernameFragment,
	}
	// A candidate that cannot be used is no loss: the client's checks reach the server without it.
	if err := r.media.Candidate(string(t.person), t.candidate.Gen, c); err != nil {
		r.server.cfg.Logger.Debug("candidate", "room", r.name, "err", err)
	}
}

// observe hands the events on, one at a time and in order.
func (r *room) observe() {
	for range r.events.ready {
		for _, e := range r.events.take() {
			if e.Type == "" {
				return
			}
			r.observer.RoomEvent(r.server.observing, e)
		}
	}
}

func (r *room) resumeToken(s *seat) string {
	c := s.who
	c.Use, c.ID, c.ICE, c.Leg = useResume, "", nil, s.leg
	c.Expires = r.server.cfg.Now().Add(r.server.cfg.SessionTTL).Unix()
	token, err := r.server.signer.sign(c)
	if err != nil { // claims are strings and numbers
		r.server.cfg.Logger.Error("sign resume token", "err", err)
	}
	return token
}

// admit asks for somebody who resumes into a room that is not here.
func (s *Server) admit(ctx context.Context, c claims) error {
	return s.cfg.Admit(ctx, c.Room, yilian.PersonID(c.Person))
}
