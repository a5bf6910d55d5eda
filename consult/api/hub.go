package api

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/request"
)

// hub passes what the relay publishes to the pages that it concerns. One goroutine (run) owns the sockets' rings and decides who
// is told what; what a ring is, it reads from the request each time, so that a page is never told of a ring that is over.
type hub struct {
	api *API

	mu      sync.Mutex
	sockets map[*socket]bool // owned by mu
	fresh   []*socket        // owned by mu: have come and were not told yet what rings
	stopped bool             // owned by mu
	writers sync.WaitGroup   // the writer of each socket
	joined  chan struct{}    // somebody is fresh
}

func newHub(a *API) *hub {
	return &hub{api: a, sockets: map[*socket]bool{}, joined: make(chan struct{}, 1)}
}

// join takes a socket in; false if the service stops.
func (h *hub) join(s *socket) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		return false
	}
	h.sockets[s] = true
	h.writers.Add(1)
	now := time.Now().UTC()
	s.offer(Hint{Type: "hello", ServerTime: &now})
	h.fresh = append(h.fresh, s)
	select {
	case h.joined <- struct{}{}:
	default:
	}
	return true
}

// leave ends a socket once.
func (h *hub) leave(s *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sockets[s] {
		delete(h.sockets, s)
		close(s.done)
	}
}

// gone is what a writer says last.
func (h *hub) gone(s *socket) {
	h.leave(s)
	h.writers.Done()
}

// newcomers answers the sockets that have come since it was asked last.
func (h *hub) newcomers() []*socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := h.fresh
	h.fresh = nil
	return list
}

func (h *hub) all() []*socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]*socket, 0, len(h.sockets))
	for s := range h.sockets {
		list = append(list, s)
	}
	return list
}

const resubscribe = time.Second

// run works until ctx ends, then ends every socket and waits for its writer. When the bus drops the subscription, it is taken up
// again and every page is told to look for itself.
func (h *hub) run(ctx context.Context) error {
	defer h.stop()
	if h.api.cfg.Bus == nil {
		<-ctx.Done()
		return nil
	}
	for first := true; ctx.Err() == nil; first = false {
		messages, err := h.api.cfg.Bus.Subscribe(ctx, flow.Changed)
		if err != nil {
			h.api.log.Error("live push not subscribed", "err", err)
		} else {
			h.listen(ctx, messages, !first)
		}
		select {
		case <-ctx.Done():
		case <-time.After(resubscribe):
		}
	}
	return nil
}

func (h *hub) stop() {
	h.mu.Lock()
	h.stopped = true
	h.mu.Unlock()
	for _, s := range h.all() {
		h.leave(s)
	}
	h.writers.Wait()
}

func (h *hub) listen(ctx context.Context, messages <-chan []byte, again bool) {
	if again {
		for _, s := range h.all() {
			h.tell(s, Hint{Type: "changed", Topic: "*"})
			h.ringNow(ctx, s)
		}
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.joined:
			for _, s := range h.newcomers() {
				h.ringNow(ctx, s)
			}
		case data, ok := <-messages:
			if !ok {
				return
			}
			var m flow.Message
			if err := json.Unmarshal(data, &m); err != nil {
				h.api.log.Error("bus message not understood", "err", err)
				continue
			}
			h.pass(ctx, m)
		}
	}
}

// topics are the entities that pages hear of, by the name they know.
var topics = map[string]string{
	"request": "request", "reading": "reading", "study": "study", "order": "order", "critical": "critical",
	"correction": "correction", "notice": "notice", "conflict": "conflict", "recording": "recording",
	"presence": "presence", "shift": "presence", "session": "session", "feedback": "feedback", "preferences": "preferences",
}

// pass tells the pages about one message.
func (h *hub) pass(ctx context.Context, m flow.Message) {
	topic, known := topics[m.Topic]
	if !known {
		return
	}
	var rings map[yilian.PersonID]request.RingAt
	why := func(yilian.PersonID) request.Silence { return request.Silence{} }
	if topic == "request" {
		list, reasons, err := h.api.req.Rings(ctx, yilian.RequestID(m.Key))
		if err != nil {
			h.api.log.Error("rings not read", "request", m.Key, "err", err)
			return
		}
		rings, why = map[yilian.PersonID]request.RingAt{}, reasons
		for _, r := range list {
			rings[r.Person] = r
		}
	}
	for _, s := range h.all() {
		if topic == "session" {
			h.checkSession(ctx, s, m.Key)
			continue
		}
		if concerns(m.Audience, s.actor, s.session) {
			h.tell(s, Hint{Type: "changed", Topic: topic, ID: m.Key, Version: m.Version})
		}
		if topic == "request" {
			h.ring(s, yilian.RequestID(m.Key), rings, why)
		}
	}
}

// concerns tells whether an audience includes somebody; an empty one is everybody.
func concerns(audience []string, a yilian.Actor, session string) bool {
	if len(audience) == 0 {
		return true
	}
	if slices.Contains(audience, "institution:"+string(a.Institution)) || slices.Contains(audience, "session:"+session) ||
		a.Person != "" && slices.Contains(audience, "person:"+string(a.Person)) {
		return true
	}
	return slices.ContainsFunc(a.Roles, func(r yilian.Role) bool { return slices.Contains(audience, "role:"+string(r)) })
}

// tell queues a hint; a page that is too slow is let go, to come back and fetch.
func (h *hub) tell(s *socket, hint Hint) {
	if !s.offer(hint) {
		h.leave(s)
	}
}

// ring tells a page about the difference between what it knows and what rings at its person.
func (h *hub) ring(s *socket, id yilian.RequestID, rings map[yilian.PersonID]request.RingAt, why func(yilian.PersonID) request.Silence) {
	known, knows := s.rings[id]
	now, rung := rings[s.actor.Person]
	rung = rung && s.actor.Person != ""
	if knows && known.By != "" && now.By == "" {
		delete(s.rings, id)
		h.tell(s, Hint{Type: "uninvite", Request: id})
		knows = false
	}
	switch {
	case rung && now.By != "":
		if known != now {
			s.rings[id] = now
			since := now.Since.UTC()
			h.tell(s, Hint{Type: "invite", Request: id, Kind: now.Kind, Since: &since, By: now.By})
		}
	case rung && (!knows || known != now):
		s.rings[id] = now
		since, until := now.Since.UTC(), now.Until.UTC()
		h.tell(s, Hint{Type: "ring", Request: id, Ring: now.Ring, Kind: now.Kind, Since: &since, Until: &until})
	case !rung && knows:
		delete(s.rings, id)
		silence := why(s.actor.Person)
		h.tell(s, Hint{Type: "unring", Request: id, Ring: known.Ring, Reason: silence.Reason, By: silence.By})
	}
}

// ringNow tells a page that has just come all that rings at its person.
func (h *hub) ringNow(ctx context.Context, s *socket) {
	if s.actor.Person == "" {
		return
	}
	list, err := h.api.req.RingsOf(ctx, s.actor.Person)
	if err != nil {
		h.api.log.Error("rings not read", "err", err)
		return
	}
	for _, r := range list {
		h.ring(s, r.Request, map[yilian.PersonID]request.RingAt{r.Person: r}, nil)
	}
}

// checkSession signs a page out whose session has ended.
func (h *hub) checkSession(ctx context.Context, s *socket, session string) {
	if s.session != session {
		return
	}
	live, err := h.api.dir.SessionLive(ctx, session)
	if err != nil || live {
		return
	}
	h.tell(s, Hint{Type: "signedOut"})
	h.leave(s)
}
