package sfu

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"

	"yilian/signaling/sfu/speaker"
)

// Slot tells what is on one m-line of a receiver.
type Slot struct {
	Mid    string
	From   string
	Source string
	Paused bool
	Reason string // why it is paused: ReasonLine, ReasonHidden or ReasonMuted
	Layer  string // which encoding of simulcast or SVC goes out: "l", "m", "h", or empty where there is but one
	Height int    // in pixels of what goes out, 0 if not known
}

// Reasons for which a slot is paused.
const (
	ReasonLine   = "line"   // the receiver's line is too weak
	ReasonHidden = "hidden" // the receiver does not show it
	ReasonMuted  = "muted"  // the chair muted it
)

// Event is something the signalling should know. Exactly one of State, Slots, Layers, Speaker and Data is set.
type Event struct {
	Peer    string // empty with Speaker, which is about the room
	Gen     int
	State   State  // the transport's state changed
	Slots   []Slot // what is on the peer's m-lines changed; non-nil
	Want    Wanted
	Layers  []LayerWant // which encodings of what this peer sends anybody needs changed
	Speaker string      // the peer who speaks now; who spoke last stays that until somebody else does
	Data    *Data       // came on the peer's data channel
}

// LayerWant tells a sender of simulcast which encodings of a source anybody needs now.
type LayerWant struct {
	Source  string
	Active  []string       // rids, lowest first; none: nobody looks
	MaxKbps map[string]int // by rid, for those that are active
}

// Room forwards everything that each peer sends to all the others. It is safe for concurrent use. Close it when it is no longer needed.
type Room struct {
	echoes bool // everybody gets their own streams, too; set before use
	engine *Engine
	notify func(Event) // called under mu: it must not block nor call back
	stop   context.CancelFunc
	ticker sync.WaitGroup
	ending sync.WaitGroup // transports being closed
	tap    atomic.Pointer[tapped]

	mu      sync.Mutex
	peers   map[string]*Peer
	lenient map[string]bool // peers that need the older SRTP suites
	order   []string        // of arrival
	views   map[string]map[sourceKey]View
	mutes   map[sourceKey]bool
	speaker speaker.Choice
	closed  bool
}

// NewRoom makes a room. notify is told in order and must neither block nor call the room.
func (e *Engine) NewRoom(notify func(Event)) *Room {
	ctx, cancel := context.WithCancel(context.Background())
	r := &Room{engine: e, notify: notify, stop: cancel, peers: map[string]*Peer{}, lenient: map[string]bool{}, views: map[string]map[sourceKey]View{}, mutes: map[sourceKey]bool{}}
	r.ticker.Go(func() { r.tick(ctx) })
	return r
}

// Close ends every transport and waits for all goroutines of the room.
func (r *Room) Close() {
	r.mu.Lock()
	r.closed = true
	peers := r.peers
	r.peers = map[string]*Peer{}
	r.mu.Unlock()
	r.stop()
	for _, p := range peers {
		r.ending.Go(p.close)
	}
	r.ticker.Wait()
	r.ending.Wait()
}

// ErrStale tells that an offer is for an older transport than the one in use.
var ErrStale = errors.New("the offer is for an older transport")

// Answer answers an offer: for the transport in use if the generation is the same, else a new one that replaces it. The slots come as an event before it returns.
func (r *Room) Answer(ctx context.Context, id string, o Offer) (sdp string, err error) {
	lines, err := readOffer(o.SDP)
	if err != nil {
		return "", err
	}
	p, err := r.transport(id, o)
	if err != nil {
		return "", err
	}
	if sdp, err = p.negotiate(ctx, o, lines); err != nil && p.pc.CurrentLocalDescription() == nil {
		r.abandon(p)
	}
	return sdp, err
}

// abandon closes a transport whose first offer failed.
func (r *Room) abandon(p *Peer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.peers[p.id] == p {
		r.drop(p)
		r.reassign()
	}
}

// transport finds or makes the transport that an offer is for.
func (r *Room) transport(id string, o Offer) (*Peer, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, errClosed
	}
	old := r.peers[id]
	if !slices.Contains(r.order, id) {
		r.order = append(r.order, id)
	}
	if old != nil && old.gen == o.Gen {
		return old, nil
	}
	if old != nil && old.gen > o.Gen {
		return nil, refuse(ErrStale)
	}
	if old != nil && old.dtlsFailed() {
		r.lenient[id] = true
	}
	p, err := r.newPeer(id, o, r.lenient[id])
	if err != nil {
		return nil, err
	}
	if old != nil {
		r.drop(old)
	}
	r.peers[id] = p
	return p, nil
}

// drop closes a transport in the background; mu is held.
func (r *Room) drop(p *Peer) {
	delete(r.peers, p.id)
	r.ending.Go(p.close)
}

// Remove ends a peer's transport.
func (r *Room) Remove(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.lenient, id)
	delete(r.views, id)
	for key := range r.mutes {
		if key.peer == id {
			delete(r.mutes, key)
		}
	}
	r.order = slices.DeleteFunc(r.order, func(s string) bool { return s == id })
	if p := r.peers[id]; p != nil {
		r.drop(p)
		r.reassign()
	}
}

// Candidate adds a candidate of the client.
func (r *Room) Candidate(id string, gen int, c webrtc.ICECandidateInit) error {
	r.mu.Lock()
	p := r.peers[id]
	r.mu.Unlock()
	if p == nil || p.gen != gen {
		return errors.New("no such transport")
	}
	return p.pc.AddICECandidate(c)
}

// Slots gives what is on a peer's m-lines now.
func (r *Room) Slots(id string) ([]Slot, Wanted) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.peers[id]; p != nil {
		return p.shown(), p.want
	}
	return []Slot{}, Wanted{}
}

// shown lists the slots in use; Room.mu is held.
func (p *Peer) shown() []Slot {
	out := []Slot{}
	for _, s := range p.slots {
		if s.holder != (sourceKey{}) {
			out = append(out, s.shown())
		}
	}
	return out
}

func (r *Room) addSlots(p *Peer, added []*slot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p.slots = append(p.slots, added...)
	if p.state == Connected { // m-lines of a later offer
		for _, s := range added {
			s.open()
			s.askKeyframe(false)
		}
	}
}

// declare takes note of what a peer says it sends, and puts everything in its place.
func (r *Room) declare(p *Peer, tracks map[string]string, lines []line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.peers[p.id] != p {
		return
	}
	p.declared = tracks
	p.rids = map[string][]string{}
	for _, l := range lines {
		p.rids[l.mid] = l.rids
	}
	for _, s := range p.sources {
		r.name(s)
	}
	for mid, g := range p.groups {
		g.key.name = tracks[mid]
	}
	r.reassign()
}

// addSource publishes a stream that has begun to arrive, and starts to read it.
func (r *Room) addSource(p *Peer, s *source) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.peers[p.id] != p || p.closed.Err() != nil || len(p.sources) >= maxSources {
		return
	}
	r.name(s)
	p.sources = append(p.sources, s)
	g := p.groups[s.mid]
	if g == nil || !g.add(s) { // a later stream replaces an earlier one
		g = &group{mid: s.mid, kind: s.kind, encodings: []*source{s}, rids: p.rids[s.mid]}
		p.groups[s.mid] = g
	}
	g.key = s.key
	p.loops.Go(s.run)
	r.reassign()
}

const maxSources = 256 // streams that one transport may begin in its life

// published lists what is sent in the room, in order of arrival of the peers; mu is held.
func (r *Room) published() []*group {
	var out []*group
	for _, id := range r.order {
		p := r.peers[id]
		if p == nil || !p.canSend {
			continue
		}
		for _, s := range p.sources { // in order of arrival
			if g := p.groups[s.mid]; g != nil && g.key.name != "" && g.encodings[0] == s {
				out = append(out, g)
			}
		}
	}
	return out
}

// reassign puts every stream into its place at every receiver and tells those for whom something changed; mu is held.
func (r *Room) reassign() {
	groups := r.published()
	routes := map[*source][]*slot{}
	for _, id := range r.order {
		p := r.peers[id]
		if p == nil {
			continue
		}
		if r.place(p, groups, routes) {
			r.tell(p)
		}
	}
	for _, p := range r.peers { // what is no longer published goes nowhere
		for _, s := range p.sources {
			s.slots.Store(new(routes[s]))
		}
	}
}

// reserved are m-lines that a client may want to send on besides its first two.
const reserved = 4

// place assigns a peer's slots and tells whether that changed anything; mu is held.
func (r *Room) place(p *Peer, groups []*group, routes map[*source][]*slot) (changed bool) {
	byKey := map[sourceKey]*group{}
	var streams []offered
	for _, g := range groups {
		if g.key.peer != p.id || r.echoes {
			byKey[g.key] = g // a later stream of the same name replaces an earlier one
			streams = append(streams, offered{key: g.key, kind: g.kind})
		}
	}
	places := make([]place, len(p.slots))
	for i, s := range p.slots {
		places[i] = s.place
	}
	places, want := assign(places, slices.CompactFunc(streams, func(a, b offered) bool { return a == b }))
	room := max(0, maxLines-reserved-len(p.slots)) // for further m-lines in the client's offers
	want.Audio = min(want.Audio, room)
	want.Video = min(want.Video, room-want.Audio)
	changed = want != p.want
	p.want = want
	for i, s := range p.slots {
		changed = changed || s.holder != places[i].holder
		s.holder = places[i].holder
		view, named := r.views[p.id][s.holder]
		changed = s.setHidden(s.kind == Video && named && view.Height <= 0) || changed
		g := byKey[s.holder]
		s.put(g)
		if g == nil {
			continue
		}
		for _, src := range g.encodings {
			routes[src] = append(routes[src], s)
		}
	}
	return changed
}

// tell reports a peer's slots; mu is held.
func (r *Room) tell(p *Peer) {
	r.notify(Event{Peer: p.id, Gen: p.gen, Slots: p.shown(), Want: p.want})
}

// ready lets packets out to a peer whose transport is up: what its line is guessed to carry, at once and not with the next tick, as the first key frame that is
// asked for is the first that is seen.
func (r *Room) ready(p *Peer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.peers[p.id] != p {
		return
	}
	now := time.Now()
	p.observe(now)
	p.out.begin(guess(p.distance(now)), now)
	for _, s := range p.slots {
		s.open()
	}
	r.become(p, Connected)
	if p.spending.at.IsZero() {
		r.settle(p, now)
	}
	for _, s := range p.slots {
		s.askKeyframe(false)
	}
}

func (r *Room) setState(p *Peer, s State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.become(p, s)
}

// become takes note of a transport's state; mu is held.
func (r *Room) become(p *Peer, s State) {
	if r.peers[p.id] != p || p.state == s {
		return
	}
	p.state = s
	r.notify(Event{Peer: p.id, Gen: p.gen, State: s})
}
