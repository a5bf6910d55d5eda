package sfu

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pion/rtcp"

	"yilian/signaling/sfu/bwe"
)

// line tells what the line can carry; it is not known without transport-wide feedback. A receiver that agreed to send it and never does is let off after a while.
func (o *outlet) line(rtt time.Duration, now time.Time) (bits float64, known bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.est == nil {
		if o.number == nil {
			return 0, false
		}
		o.est, o.began = bwe.New(guess(rtt), now), now
	}
	if !o.est.Heard() && now.Sub(o.began) > heardWithin {
		o.rate = 0
		return 0, false
	}
	o.est.Tick(now)
	o.pace()
	return o.est.Target(), true
}

const heardWithin = 5 * time.Second

// health is how the line towards a receiver is doing.
func (o *outlet) health(now time.Time, since time.Duration) (loss, ceiling float64, calm bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.est == nil {
		return 0, 0, false
	}
	return o.est.Loss(), o.est.Ceiling(), o.est.Calm(now, since)
}

// care does for a receiver what its line asks for: how much of its sound is repeated, how long it should buffer pictures, and a little more traffic where a
// better picture hangs on knowing whether the line carries it; Room.mu is held.
func (p *Peer) care(now time.Time) {
	sp := &p.spending
	pause := orDefaultTime(sp.pause, probeAgain)
	if sp.off {
		pause = min(pause, probeBack)
	}
	loss, ceiling, calm := p.out.health(now, pause)
	sp.loss += (loss - sp.loss) * 0.1
	sp.looks++
	sp.usual += (loss - sp.usual) * max(1/sp.looks, slowly)
	if ceiling == 0 && !sp.probing { // what was too much is long ago, or the line has become better
		sp.pause = 0
	}
	for _, s := range p.slots {
		if s.kind == Audio {
			s.setDepth(repeats(max(loss, s.usualLoss()), sp.line))
		} else if s.group != nil && len(s.group.encodings) > 0 {
			up := s.group.encodings[0]
			s.setDelay(playout(up.gapRate(), up.peer.rtt(), sp.usual, p.rtt()), now)
		}
	}
	switch {
	case sp.missing == 0:
		sp.probing, sp.pause = false, 0
	case !sp.off && ceiling > 0 && sp.line+sp.missing > ceiling: // it was too much not long ago
		sp.probing = false
	case calm:
		sp.probing = true
		p.probe(now)
	case sp.probing: // it was too much
		sp.probing = false
		sp.pause = min(2*orDefaultTime(sp.pause, probeAgain), probeSlower)
	}
}

func orDefaultTime(d, instead time.Duration) time.Duration {
	if d == 0 {
		return instead
	}
	return d
}

// probe fills the line up to what it is believed to carry: if that comes through, the belief grows.
func (p *Peer) probe(now time.Time) {
	sp := &p.spending
	bytes := int((sp.line - sp.sent - sp.sound) / 8 / ticksASecond)
	for _, s := range p.slots {
		if bytes <= 0 {
			return
		}
		if s.kind == Video && s.group != nil {
			bytes -= s.probe(bytes, now)
		}
	}
}

// repeats tells how many former frames a packet of sound should carry, on a line with such a loss and so many bits/s.
func repeats(loss, line float64) int {
	switch {
	case loss < 0.02 || line < 100_000:
		return 1
	case loss < 0.10 || line < 160_000:
		return 2
	}
	return 3
}

// Buffering of pictures.
const (
	lossy    = 0.004 // loss at which a receiver must wait for what is sent again
	veryLost = 0.03  // and wait for a second time, half
	maxDelay = 500 * time.Millisecond
	noticed  = 60 * time.Millisecond // until the packet comes that shows a gap: the next frame, where the last of one is lost
	slowly   = 0.02                  // of a step: the usual loss is that of some ten seconds
)

// playout is how long a receiver should at least hold pictures back, so that what gets lost on the way to us or to it can be sent again without a stall.
func playout(upLoss float64, upRTT time.Duration, downLoss float64, downRTT time.Duration) time.Duration {
	return min(again(upLoss, upRTT)+again(downLoss, downRTT), maxDelay)
}

func again(loss float64, rtt time.Duration) time.Duration {
	switch {
	case loss < lossy:
		return 0
	case loss < veryLost:
		return rtt*5/4 + noticed
	}
	return rtt*7/4 + noticed
}

func (s *slot) setDepth(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.depth = n
}

// holding is how long a receiver is asked to hold pictures back: longer at once, shorter only when nothing longer was wanted for a while, as every change is a
// jump for who looks. It is a plain value; next is pure.
type holding struct {
	asked, most time.Duration // most: that was wanted since
	since       time.Time
}

// A change is worth it beyond these.
const (
	longer  = 30 * time.Millisecond
	shorter = 80 * time.Millisecond
	heldFor = 15 * time.Second
)

func (h holding) next(want time.Duration, now time.Time) holding {
	if h.since.IsZero() || want > h.asked+longer {
		return holding{want, want, now}
	}
	h.most = max(h.most, want)
	if now.Sub(h.since) < heldFor {
		return h
	}
	if h.most == 0 || h.most+shorter < h.asked {
		h.asked = h.most
	}
	return holding{h.asked, want, now}
}

// setDelay asks the receiver to hold pictures back.
func (s *slot) setDelay(want time.Duration, now time.Time) {
	const most = 0xfff // 41 s: the receiver decides
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holding = s.holding.next(want, now)
	s.delay = uint32(s.holding.asked/(10*time.Millisecond))<<12 | most
}

func (s *slot) usualLoss() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.usual
}

// limit tells every sender what its pictures may use; mu is held.
func (r *Room) limit() {
	for _, p := range r.peers {
		if p.state != Connected {
			continue
		}
		total := 0.0
		var ssrcs []uint32
		for _, g := range p.groups {
			if g.kind != Video || g.key.name == "" {
				continue
			}
			if g.encodings[0].rid != "" {
				total += 2 * videoMax // the choice of encodings limits it
			} else {
				total += orDefault(g.allowed, videoMax)
			}
			for _, s := range g.encodings {
				ssrcs = append(ssrcs, s.ssrc)
			}
		}
		if len(ssrcs) > 0 {
			p.sendRTCP(&rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: float32(total + audioShare), SSRCs: ssrcs})
		}
	}
}

// tellLayers tells a sender which of its encodings anybody needs, when that changes; mu is held.
func (r *Room) tellLayers(p *Peer, now time.Time) {
	var wants []LayerWant
	changed := false
	for _, g := range p.groups {
		if len(g.encodings) == 0 || g.encodings[0].rid == "" || g.key.name == "" {
			continue
		}
		w := LayerWant{Source: g.key.name, Active: []string{}, MaxKbps: map[string]int{}}
		for e, rid := range g.names() {
			// The worst is always there to fall back on; a recording gets everything.
			if e > 0 && now.After(g.need[rid].until) && r.tap.Load() == nil {
				continue
			}
			w.Active = append(w.Active, rid)
			w.MaxKbps[rid] = int(max(nominal[e].bits*1.5, g.need[rid].bits*1.2) / 1000)
		}
		told := fmt.Sprint(w.Active)
		changed = changed || told != g.told
		g.told = told
		wants = append(wants, w)
	}
	if changed {
		slices.SortFunc(wants, func(a, b LayerWant) int { return strings.Compare(a.Source, b.Source) })
		r.notify(Event{Peer: p.id, Gen: p.gen, Layers: wants})
	}
}

// lastSecond gives what the slots saw since the last call; Room.mu is held.
func (p *Peer) lastSecond() second {
	out := second{rtt: p.rtt(), believed: float64(p.estimate.Load())}
	active := 0
	for _, s := range p.slots {
		bits, lost, ok := s.second()
		out.sent += bits
		if ok {
			active++
			out.loss += lost
		}
	}
	if active > 0 {
		out.loss /= float64(active)
	}
	return out
}
