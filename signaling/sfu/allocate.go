package sfu

import (
	"cmp"
	"slices"
	"time"

	"yilian/signaling/sfu/layer"
)

// What a line's bits are spent on, in bits/s. Sound is never held back.
const (
	audioShare  = 40_000           // one Opus stream with headers, until it is measured
	videoMin    = 90_000           // below this a picture that adapts is not worth having
	videoMax    = 2_500_000        // what one sender's picture may use
	videoOff    = 150_000          // a line below it carries sound alone; the page sends stills
	videoOn     = 190_000          // and above it pictures again
	lineUse     = 0.95             // of the estimate
	needed      = 10 * time.Second // how long an encoding stays wanted after nobody needs it any more
	probeAgain  = 4 * time.Second  // without trouble before more is tried
	probeBack   = 5 * time.Second  // where there is no picture at all
	probeSlower = 60 * time.Second // at most, after trials that made trouble
)

// spending is how a peer's line is divided; owned by Room.mu.
type spending struct {
	line    float64 // bits/s
	sound   float64 // bits/s that sound takes, smoothed
	sent    float64 // bits/s of pictures in the last tick
	off     bool    // no pictures
	at      time.Time
	probing bool
	pause   time.Duration // without trouble before more is tried
	missing float64       // bits/s for the next step up
	loss    float64       // of the line, smoothed
	usual   float64       // over a longer time
	looks   float64       // how often that was looked at
}

// quality is what a group can be sent in.
type quality struct {
	options []layer.Option
	elastic float64
	sources []*source // of the options; nil for an encoding that has not been seen yet
	rids    []string  // of the options
	live    []bool    // of the options: it is being sent
	rates   rates     // of a picture in one encoding
}

// allocate divides every receiver's line and tells senders which encodings are needed; mu is held.
func (r *Room) allocate(now time.Time) {
	qualities := map[*group]*quality{}
	limits := map[*group]float64{}
	for _, p := range r.peers {
		for _, g := range p.groups {
			if g.kind == Video && g.key.name != "" {
				qualities[g] = g.quality(now)
			}
		}
	}
	for _, p := range r.peers {
		if p.state == Connected {
			r.spend(p, qualities, limits, now)
		}
	}
	for _, p := range r.peers {
		for _, g := range p.groups {
			g.allowed = limits[g]
		}
		r.tellLayers(p, now)
	}
}

// settle divides one receiver's line, before the next tick does; mu is held.
func (r *Room) settle(p *Peer, now time.Time) {
	qualities := map[*group]*quality{}
	for _, s := range p.slots {
		if g := s.group; g != nil && g.kind == Video && g.key.name != "" && len(g.encodings) > 0 {
			qualities[g] = g.quality(now)
		}
	}
	r.spend(p, qualities, map[*group]float64{}, now)
}

// guess is what a line that is not known yet is taken for: who is near is hardly behind a satellite.
func guess(rtt time.Duration) float64 {
	switch {
	case rtt <= 0:
		return 1_000_000
	case rtt < 20*time.Millisecond:
		return 3_500_000
	case rtt < 80*time.Millisecond:
		return 1_200_000
	}
	return 420_000
}

// spend divides a receiver's line among what it is shown; mu is held.
func (r *Room) spend(p *Peer, qualities map[*group]*quality, limits map[*group]float64, now time.Time) {
	p.measure(now)
	videos := r.shownTo(p)
	streams := make([]layer.Stream, len(videos))
	for i, s := range videos {
		q := qualities[s.group]
		if q == nil {
			continue
		}
		streams[i] = layer.Stream{Options: s.climb.allowed(q.options, s.option, now), Now: s.option, Elastic: q.elastic, Height: r.views[p.id][s.holder].Height}
	}
	bits := 0.0
	if !p.spending.off {
		// What gets lost is sent again.
		bits = max(0, p.spending.line*lineUse-p.spending.sound) * (1 - min(p.spending.loss, 0.5))
	}
	choices, missing := layer.Allocate(bits, streams)
	p.spending.missing = missing
	changed := false
	for i, c := range choices {
		s := videos[i]
		changed = s.setPaused(c.Option < 0) || s.takeChanged() || changed
		s.climb.moved(streams[i].Options, s.option, c.Option, now)
		s.option = c.Option
		if c.Option >= 0 {
			s.choose(qualities[s.group], c, now)
		}
		if g := s.group; c.Option >= 0 && streams[i].Elastic > 0 && (limits[g] == 0 || c.Bits < limits[g]) {
			limits[g] = c.Bits
		}
	}
	p.care(now)
	if changed {
		r.tell(p)
	}
}

// speakerPriority is how much the picture of who speaks matters to a receiver that did not say.
const speakerPriority = 1

// shownTo lists the pictures that a peer is shown, the most important first: the shared screen, then what the receiver says matters (or who speaks), then faces.
func (r *Room) shownTo(p *Peer) []*slot {
	var out []*slot
	for _, s := range p.slots {
		if s.kind == Video && s.group != nil && !s.hidden {
			out = append(out, s)
		}
	}
	rank := func(s *slot) int {
		i := importance(offered{s.holder, Video})
		if i == importance(offered{sourceKey{name: "screen"}, Video}) {
			return -1 << 30
		}
		view, named := r.views[p.id][s.holder]
		if !named && s.holder.peer == r.speaker.Speaker() {
			view.Priority = speakerPriority
		}
		return i - 4*view.Priority
	}
	slices.SortStableFunc(out, func(a, b *slot) int { return cmp.Compare(rank(a), rank(b)) })
	return out
}

// measure looks at the line.
func (p *Peer) measure(now time.Time) {
	sp := &p.spending
	line, known := p.out.line(p.rtt(), now)
	if !known {
		line = orDefault(p.line.target, lineMax)
	}
	sp.line = line
	switch {
	case line < videoOff:
		sp.off = true
	case line > videoOn:
		sp.off = false
	}
	sound, picture := p.out.carried()
	if over := now.Sub(sp.at).Seconds(); !sp.at.IsZero() && over > 0 {
		bits := float64(sound) * 8 / over
		sp.sound += (bits - sp.sound) * 0.2
		sp.sent = float64(picture) * 8 / over
	}
	sp.at = now
	voices := 0
	for _, s := range p.slots {
		if s.kind == Audio && s.holder != (sourceKey{}) {
			voices++
		}
	}
	sp.sound = max(sp.sound, float64(min(voices, 3))*audioShare/2)
}

// choose puts an option onto a slot, or the best there is while its encoding does not come; Room.mu is held.
func (s *slot) choose(q *quality, c layer.Choice, now time.Time) {
	k := c.Option
	s.group.demand(q.rids[k], q.options[k].Bits, now)
	if k = q.nearest(k); k < 0 {
		return
	}
	f := filter{maxSpatial: q.options[k].Spatial, maxTemporal: q.options[k].Temporal}
	if q.sources[k].rid != "" {
		f.maxSpatial = maxSpatial
	}
	if q.elastic > 0 {
		f = everything
		if _, top := q.rates.highest(); top > 0 && q.rates.upTo(maxSpatial, top) > c.Bits*1.3 { // another receiver's line is better
			f.maxTemporal = 0
			for t := 1; t <= top && q.rates.upTo(maxSpatial, t) <= c.Bits; t++ {
				f.maxTemporal = t
			}
		}
	}
	s.aim(q.sources[k], f)
}

// climbing keeps a picture from flapping between sharp and blurred: after a fall it stays down for a while, longer each time.
type climbing struct {
	until time.Time
	stay  time.Duration
	fell  time.Time
}

const (
	stayDown   = 6 * time.Second
	stayLonger = 48 * time.Second // at most
	forgiven   = 2 * time.Minute  // without a fall
)

// allowed cuts off what is sharper than what is sent, while a fall is not forgotten.
func (c *climbing) allowed(options []layer.Option, now int, at time.Time) []layer.Option {
	if now < 0 || now >= len(options) || !at.Before(c.until) {
		return options
	}
	n := now + 1
	for n < len(options) && options[n].Spatial == options[now].Spatial {
		n++
	}
	return options[:n]
}

// moved takes note of a change of what is sent.
func (c *climbing) moved(options []layer.Option, from, to int, at time.Time) {
	if from < 0 || to < 0 || from >= len(options) || options[to].Spatial >= options[from].Spatial {
		return
	}
	if at.Sub(c.fell) > forgiven {
		c.stay = 0
	}
	c.stay = min(max(2*c.stay, stayDown), stayLonger)
	c.fell, c.until = at, at.Add(c.stay)
}

// nearest gives the option that is sent now and is nearest to the one that should be: the next worse, else the next better, else one that was seen; -1 for none.
func (q *quality) nearest(k int) int {
	seen := -1
	for i := k; i >= 0; i-- {
		if q.live[i] {
			return i
		}
		if q.sources[i] != nil && seen < 0 {
			seen = i
		}
	}
	for i := k + 1; i < len(q.live); i++ {
		if q.live[i] {
			return i
		}
		if q.sources[i] != nil && seen < 0 {
			seen = i
		}
	}
	return seen
}

// demand notes that somebody needs an encoding; Room.mu is held.
func (g *group) demand(rid string, bits float64, now time.Time) {
	if rid == "" {
		return
	}
	if g.need == nil {
		g.need = map[string]need{}
	}
	g.need[rid] = need{until: now.Add(needed), bits: bits}
}

// nominal is what an encoding takes as long as it has not been seen, and how tall it is.
var nominal = [maxEncodings]struct {
	bits   float64
	height int
}{{150_000, 180}, {500_000, 360}, {1_600_000, 720}, {2_500_000, 1080}}

// perEncoding is how much more the next better encoding takes.
const perEncoding = 3

// quality lists what a group can be sent in; Room.mu is held.
func (g *group) quality(now time.Time) *quality {
	q := &quality{}
	if g.encodings[0].rid != "" {
		for e, rid := range g.names() {
			q.simulcast(g.encoding(rid), rid, e, now)
		}
		return q
	}
	for _, s := range g.encodings {
		measured, live := s.rates(now)
		spatial, temporal := measured.highest()
		height := int(s.height.Load())
		switch {
		case spatial > 0:
			for l := range spatial + 1 {
				q.add(s, "", layer.Option{Spatial: l, Temporal: temporal, Bits: measured.upTo(l, temporal), Height: height >> (spatial - l)}, live)
			}
		default:
			q.elastic, q.rates = videoMax, measured
			q.add(s, "", layer.Option{Temporal: maxTemporal, Bits: videoMin, Height: height}, true)
		}
	}
	return q
}

// simulcast adds one encoding: whole, and with the frames of its highest temporal layer left out; only the worst goes down to its base layer.
func (q *quality) simulcast(s *source, rid string, e int, now time.Time) {
	height, live := 0, false
	var measured rates
	if s != nil {
		measured, live = s.rates(now)
		height = int(s.height.Load())
	}
	height = orDefault(height, nominal[e].height)
	_, temporal := measured.highest()
	whole := measured.upTo(maxSpatial, temporal)
	if !live || whole == 0 {
		bits := nominal[e].bits
		if n := len(q.options); n > 0 && q.live[n-1] {
			bits = min(bits, q.options[n-1].Bits*perEncoding)
		}
		q.add(s, rid, layer.Option{Spatial: e, Temporal: maxTemporal, Bits: bits, Height: height}, live)
		return
	}
	from := max(0, temporal-1)
	if e == 0 {
		from = 0
	}
	for t := from; t < temporal; t++ {
		q.add(s, rid, layer.Option{Spatial: e, Temporal: t, Bits: measured.upTo(maxSpatial, t), Height: height}, live)
	}
	q.add(s, rid, layer.Option{Spatial: e, Temporal: maxTemporal, Bits: whole, Height: height}, live)
}

// add keeps the options in order: a better one never takes less.
func (q *quality) add(s *source, rid string, o layer.Option, live bool) {
	if n := len(q.options); n > 0 {
		o.Bits = max(o.Bits, q.options[n-1].Bits+1)
	}
	q.options, q.sources, q.live, q.rids = append(q.options, o), append(q.sources, s), append(q.live, live), append(q.rids, rid)
}

func orDefault[T int | float64](v, instead T) T {
	if v == 0 {
		return instead
	}
	return v
}
