package ups

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"yilian"
	"yilian/imaging/dicom"
)

// Subscribe makes an AE title of the actor's institution hear of a workitem, of all (GlobalSubscription), or of those that match
// (FilteredGlobal). The first report of a single workitem is its state.
func (s *Service) Subscribe(ctx context.Context, actor yilian.Actor, sub Subscription) error {
	if err := s.subscriber(ctx, actor, sub.AE, sub.Workitem); err != nil {
		return err
	}
	if sub.Workitem == FilteredGlobal {
		if _, err := filter(sub.Filter); err != nil || len(sub.Filter) == 0 {
			return invalid("ups.filter", "A filtered subscription needs a filter of attributes and values.")
		}
	}
	sub.Institution = actor.Institution
	if err := s.store.Subscribe(ctx, sub); err != nil {
		return err
	}
	if global(sub.Workitem) {
		return s.hub.refresh(ctx, s, actor.Institution, sub.AE)
	}
	if err := s.hub.refresh(ctx, s, actor.Institution, sub.AE); err != nil {
		return err
	}
	i, err := s.store.Item(ctx, sub.Workitem)
	if err != nil {
		return err
	}
	s.hub.each(actor.Institution, sub.AE, func(c *channel) { c.initial(i) })
	return nil
}

// Unsubscribe ends a subscription; of a single workitem also for a global subscriber.
func (s *Service) Unsubscribe(ctx context.Context, actor yilian.Actor, ae, workitem string) error {
	if err := s.subscriber(ctx, actor, ae, workitem); err != nil {
		return err
	}
	subs, err := s.store.Subscriptions(ctx, actor.Institution, ae)
	if err != nil {
		return err
	}
	toAll := slices.ContainsFunc(subs, func(x Subscription) bool { return global(x.Workitem) })
	if toAll && !global(workitem) {
		err = s.store.Subscribe(ctx, Subscription{Institution: actor.Institution, AE: ae, Workitem: workitem, Off: true})
	} else {
		err = s.store.Unsubscribe(ctx, actor.Institution, ae, workitem)
	}
	if err != nil {
		return err
	}
	return s.hub.refresh(ctx, s, actor.Institution, ae)
}

// Suspend lets a global subscriber keep the workitems that there are and hear of no new ones.
func (s *Service) Suspend(ctx context.Context, actor yilian.Actor, ae, workitem string) error {
	if !global(workitem) {
		return invalid("ups.suspend", "Only a global subscription can be suspended.")
	}
	if err := s.subscriber(ctx, actor, ae, workitem); err != nil {
		return err
	}
	subs, err := s.store.Subscriptions(ctx, actor.Institution, ae)
	if err != nil {
		return err
	}
	k := slices.IndexFunc(subs, func(x Subscription) bool { return x.Workitem == workitem })
	if k < 0 {
		return yilian.Errorf(yilian.NotFound, "ups.subscription", "There is no such subscription.")
	}
	// What is there now is subscribed one by one, so that it goes on being told.
	for after := ""; ; {
		page, next, err := s.store.Items(ctx, actor.Institution, None, after, 500)
		if err != nil {
			return err
		}
		for _, i := range page {
			if i.State.final() || !subs[k].covers(i) {
				continue
			}
			if err := s.store.Subscribe(ctx, Subscription{Institution: actor.Institution, AE: ae, Workitem: i.UID, Lock: subs[k].Lock}); err != nil {
				return err
			}
		}
		if after = next; after == "" {
			break
		}
	}
	if err := s.store.Unsubscribe(ctx, actor.Institution, ae, workitem); err != nil {
		return err
	}
	return s.hub.refresh(ctx, s, actor.Institution, ae)
}

func (s *Service) subscriber(ctx context.Context, actor yilian.Actor, ae, workitem string) error {
	if err := may(actor, ScopeRead); err != nil {
		return err
	}
	if ae == "" || len(ae) > 16 {
		return invalid("ups.ae", "A subscriber is named by an AE title of at most 16 characters.")
	}
	if global(workitem) {
		return nil
	}
	_, err := s.visible(ctx, actor, workitem)
	return err
}

func global(uid string) bool { return uid == GlobalSubscription || uid == FilteredGlobal }

// covers tells whether a subscription is about a workitem.
func (s Subscription) covers(i Item) bool {
	switch s.Workitem {
	case i.UID, GlobalSubscription:
		return true
	case FilteredGlobal:
		keys, err := filter(s.Filter)
		return err == nil && i.matches(keys)
	}
	return false
}

// filter reads attribute=value pairs.
func filter(pairs []string) (*dicom.Dataset, error) {
	keys := dicom.New("ISO_IR 192")
	for _, p := range pairs {
		name, value, ok := strings.Cut(p, "=")
		if !ok {
			return nil, invalid("ups.filter", "A filter is a list of attribute=value.")
		}
		if err := ask(keys, name, []string{value}); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// hub knows the open event channels of this process.
type hub struct {
	mu   sync.Mutex
	open map[*channel]struct{} // guarded by mu
}

// channel is one open WebSocket of a subscriber.
type channel struct {
	institution yilian.InstitutionID
	ae          string
	since       time.Time
	out         chan []byte // closed never; a full one ends the channel
	slow        func()      // ends the channel: its reader does not keep up

	mu   sync.Mutex
	subs []Subscription   // guarded by mu
	told map[string]int64 // guarded by mu: the last report of each workitem
}

const backlog = 256 // reports that a subscriber may be behind

// attach opens a channel and answers the state of everything it is subscribed to.
func (s *Service) attach(ctx context.Context, actor yilian.Actor, ae string, slow func()) (*channel, error) {
	if err := may(actor, ScopeRead); err != nil {
		return nil, err
	}
	subs, err := s.store.Subscriptions(ctx, actor.Institution, ae)
	if err != nil {
		return nil, err
	}
	c := &channel{institution: actor.Institution, ae: ae, since: s.now(), out: make(chan []byte, backlog), slow: slow, subs: subs, told: map[string]int64{}}
	s.hub.mu.Lock()
	s.hub.open[c] = struct{}{}
	s.hub.mu.Unlock()
	for _, sub := range subs {
		if sub.Off || global(sub.Workitem) {
			continue
		}
		i, err := s.store.Item(ctx, sub.Workitem)
		if yilian.KindOf(err) == yilian.NotFound {
			continue
		}
		if err != nil {
			s.detach(c)
			return nil, err
		}
		c.initial(i)
	}
	return c, nil
}

func (s *Service) detach(c *channel) {
	s.hub.mu.Lock()
	delete(s.hub.open, c)
	s.hub.mu.Unlock()
}

// Changed tells the open channels of this process that a workitem has changed.
func (s *Service) Changed(ctx context.Context, uid string) {
	s.hub.mu.Lock()
	channels := make([]*channel, 0, len(s.hub.open))
	for c := range s.hub.open {
		channels = append(channels, c)
	}
	s.hub.mu.Unlock()
	if len(channels) == 0 {
		return
	}
	i, err := s.store.Item(ctx, uid)
	if err != nil {
		if yilian.KindOf(err) != yilian.NotFound {
			s.log.WarnContext(ctx, "workitem not told", "workitem", uid, "error", err)
		}
		return
	}
	for _, c := range channels {
		if c.institution == i.Institution {
			c.tell(i)
		}
	}
}

func (h *hub) each(institution yilian.InstitutionID, ae string, fn func(*channel)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.open {
		if c.institution == institution && c.ae == ae {
			fn(c)
		}
	}
}

// refresh gives the channels of a subscriber its subscriptions as they are now.
func (h *hub) refresh(ctx context.Context, s *Service, institution yilian.InstitutionID, ae string) error {
	subs, err := s.store.Subscriptions(ctx, institution, ae)
	if err != nil {
		return err
	}
	h.each(institution, ae, func(c *channel) {
		c.mu.Lock()
		c.subs = subs
		c.mu.Unlock()
	})
	return nil
}

// wants tells whether the channel is subscribed to a workitem. c.mu is held.
func (c *channel) wants(i Item) bool {
	wanted := false
	for _, s := range c.subs {
		if s.Workitem == i.UID {
			return !s.Off
		}
		wanted = wanted || s.covers(i)
	}
	return wanted
}

// initial tells the state of a workitem as the first report.
func (c *channel) initial(i Item) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.send(i, Report{Type: StateReport, Content: i.state()})
	if n := len(i.Reports); n > 0 {
		c.told[i.UID] = i.Reports[n-1].Seq
	}
}

// tell sends what the subscriber has not heard of a workitem.
func (c *channel) tell(i Item) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.wants(i) {
		return
	}
	last, known := c.told[i.UID]
	for _, r := range i.Reports {
		if r.Seq > last && (known || !r.At.Before(c.since)) {
			c.send(i, r)
			c.told[i.UID] = r.Seq
		}
	}
}

// send queues a report as PS3.18 8.10.5 writes it: command elements and content in one DICOM JSON object. c.mu is held.
func (c *channel) send(i Item, r Report) {
	m := Attributes{}
	for tag, v := range r.Content {
		m[tag] = v
	}
	m.set("00000002", "UI", PushClass)
	m.set("00000110", "US", r.Seq%65535+1)
	m.set("00001000", "UI", i.UID)
	m.set("00001002", "US", r.Type)
	raw, err := json.Marshal(m)
	if err != nil {
		return // strings, numbers and what was JSON before always encode
	}
	select {
	case c.out <- raw:
	default:
		c.slow()
	}
}

// Close ends all open channels; their subscribers come back.
func (s *Service) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	for c := range s.hub.open {
		c.slow()
	}
}
