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
	Unsent(peer string) int
	Close()
}

// room owns a roomState, and what it needs to carry out the effects. All but post is its worker's; that is a goroutine only while there is something to do.
type room struct {
	name   string
	server *Server
	inbox  worker[any]
	events worker[Event]
	state  roomState

	observer    Observer
	sampleEvery time.Duration

	ctx    context.Context // of the offers that are being answered
	cancel context.CancelFunc
	due    *time.Timer            // posts tick
	sample *time.Timer            // posts sampling; nil until there are media
	media  forwarder              // nil until there are media
	take   *take                  // the recording; nil: none
	tasks  sync.WaitGroup         // offers being answered, recordings
	late   map[destination]newest // values that wait for narrow lines
	retry  *time.Timer            // posts retry; nil until something waits
	over   bool
}

// newRoom makes a room; it ends by itself when it has been empty for a while, or by shut.
func (s *Server) newRoom(name string) *room {
	r := &room{name: name, server: s, observer: s.cfg.Observer, sampleEvery: s.cfg.SampleEvery}
	r.inbox.read, r.events.read = r.work, r.observe
	r.state = roomState{name: name, maxPeople: s.cfg.MaxPeople, maxListeners: s.cfg.MaxListeners, canRecord: s.cfg.Recorder != nil, resume: r.resumeToken, ice: s.cfg.ICE}
	if isEcho(name) {
		r.observer, r.sampleEvery = nobody{}, min(echoSample, s.cfg.SampleEvery)
		r.state.maxPeople, r.state.maxListeners, r.state.closes = 1, 0, time.Now().Add(echoLasts)
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.due = time.AfterFunc(time.Hour, func() { r.inbox.post(tick{}) })
	s.work.Add(1) // until it is over
	return r
}

// forwards gives the forwarder, which is made when somebody offers media.
func (r *room) forwards() forwarder {
	if r.media != nil {
		return r.media
	}
	forwarder := r.server.engine.NewRoom(func(e sfu.Event) { r.inbox.post(media{e}) })
	if isEcho(r.name) {
		forwarder.Echo()
	}
	r.media = forwarder
	r.sample = time.AfterFunc(r.sampleEvery, func() { r.inbox.post(sampling{}) })
	return r.media
}

// work takes what came.
func (r *room) work(items []any) {
	for _, in := range items {
		switch {
		case r.over:
			r.tooLate(in)
		case in == any(sampling{}):
			r.look()
		case in == any(retry{}):
			r.sendLate()
		default:
			r.over = r.apply(r.state.step(time.Now(), in))
		}
	}
	if r.over {
		r.end()
		return
	}
	r.due.Reset(untilDue(r.state.due()))
}

// look takes the figures of the lines.
func (r *room) look() {
	if figures := r.media.Sample(r.sampleEvery); len(figures) > 0 {
		r.over = r.apply(r.state.step(time.Now(), sampled{figures}))
	}
	r.sample.Reset(r.sampleEvery)
}

// end waits for all that belongs to the room. Nothing is posted any more.
func (r *room) end() {
	r.due.Stop()
	if r.retry != nil {
		r.retry.Stop()
	}
	r.cancel()
	r.stopRecording(stopRecording{reason: "ended"}) // what the rules have not ended
	r.tasks.Wait()
	if r.media != nil {
		r.sample.Stop()
		r.media.Close()
	}
	r.events.finish()
	r.server.work.Done()
}

func untilDue(due time.Time) time.Duration {
	if due.IsZero() {
		return time.Hour
	}
	return max(time.Until(due), time.Millisecond)
}

// apply carries out effects; it tells when the room is over.
func (r *room) apply(effects []any) (over bool) {
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
			r.applyMedia(effect)
		}
	}
	return over
}

// applyMedia carries out what is for the forwarder or the recording.
func (r *room) applyMedia(effect any) {
	switch e := effect.(type) {
	case negotiate:
		forwards := r.forwards()
		r.tasks.Go(func() { r.answer(forwards, e) })
	case trickle:
		r.candidate(e)
	case removeMedia:
		r.withoutLate(e.person)
		if r.media != nil {
			r.media.Remove(string(e.person))
		}
	case view:
		r.forwards().Want(string(e.person), viewsOf(e.views))
	case muteMedia:
		r.forwards().Mute(string(e.person), e.source, e.muted)
	case startRecording:
		r.startRecording(r.ctx, e)
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

// answerWithin bounds how long an offer may keep its goroutine: gathering takes milliseconds.
const answerWithin = 10 * time.Second

func (r *room) answer(forwards forwarder, n negotiate) {
	ctx, cancel := context.WithTimeout(r.ctx, answerWithin)
	defer cancel()
	o := sfu.Offer{Gen: n.offer.Gen, SDP: n.offer.SDP, CanSend: n.canSend, Tracks: map[string]string{}}
	for _, t := range n.offer.Tracks {
		o.Tracks[t.Mid] = t.Source
	}
	sdp, err := forwards.Answer(ctx, string(n.person), o)
	r.inbox.post(answered{person: n.person, leg: n.leg, gen: n.offer.Gen, sdp: sdp, err: err})
}

func (r *room) candidate(t trickle) {
	c := webrtc.ICECandidateInit{
		Candidate: t.candidate.Candidate, SDPMid: t.candidate.SDPMid,
		SDPMLineIndex: t.candidate.SDPMLineIndex, UsernameFragment: t.candidate.UsernameFragment,
	}
	// A candidate that cannot be used is no loss: the client's checks reach the server without it.
	if err := r.forwards().Candidate(string(t.person), t.candidate.Gen, c); err != nil {
		r.server.cfg.Logger.Debug("candidate", "room", r.name, "err", err)
	}
}

// observe hands the events on, one at a time and in order.
func (r *room) observe(events []Event) {
	for _, e := range events {
		r.observer.RoomEvent(r.server.observing, e)
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
