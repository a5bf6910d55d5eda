package sfu

import (
	"slices"

	"github.com/pion/rtcp"
)

// What a line's bits are spent on, in bits/s. Sound is never held back.
const (
	audioShare  = 40_000    // one Opus stream with headers
	videoMin    = 90_000    // below this a video is not worth having
	videoResume = 150_000   // and above this it may come back
	videoMax    = 2_500_000 // what one sender may use
)

// budget divides what a receiver's line can take among its videos, most important first. It gives the bit rate of each, 0 for one that must
// wait. held tells which wait already: they come back only with a margin, so that video does not flap.
func budget(line float64, audios int, held []bool) []float64 {
	out := make([]float64, len(held))
	rest := max(0, line*0.95-float64(audios)*audioShare)
	for n := len(held); n > 0; n-- { // as many as there is room for
		each := rest / float64(n)
		need := float64(videoMin)
		if held[n-1] {
			need = videoResume
		}
		if each < need {
			continue
		}
		for i := range n {
			out[i] = min(each, videoMax)
		}
		return out
	}
	return out
}

// allocate applies the budget of every receiver and tells every sender what the weakest of its receivers can take; mu is held.
func (r *Room) allocate() {
	limit := map[*source]float64{}
	for _, p := range r.peers {
		if p.state == Connected {
			p.line = p.line.next(p.lastSecond())
			r.spend(p, limit)
		}
	}
	for _, p := range r.peers {
		if p.state != Connected {
			continue
		}
		var total float64
		var ssrcs []uint32
		for _, s := range p.sources {
			if s.kind == Video && s.key.name != "" {
				total += orDefault(limit[s], videoMax)
				ssrcs = append(ssrcs, uint32(s.track.SSRC()))
			}
		}
		if len(ssrcs) > 0 {
			p.sendRTCP(&rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: float32(total + audioShare), SSRCs: ssrcs})
		}
	}
}

// spend decides which of a peer's videos wait, and lowers the limits of the others' senders.
func (r *Room) spend(p *Peer, limit map[*source]float64) {
	var videos []*slot
	audios := 0
	for _, s := range p.slots {
		switch {
		case s.holder == sourceKey{}:
		case s.kind == Audio:
			audios++
		default:
			videos = append(videos, s)
		}
	}
	slices.SortStableFunc(videos, func(a, b *slot) int {
		return importance(offered{a.holder, Video}) - importance(offered{b.holder, Video})
	})
	held := make([]bool, len(videos))
	for i, s := range videos {
		held[i] = s.isPaused()
	}
	changed := false
	for i, bits := range budget(p.line.target, audios, held) {
		s := videos[i]
		changed = s.setPaused(bits == 0) || changed
		if src := s.source(); src != nil && bits > 0 && (limit[src] == 0 || bits < limit[src]) {
			limit[src] = bits
		}
	}
	if changed {
		r.tell(p)
	}
}

func orDefault(v, instead float64) float64 {
	if v == 0 {
		return instead
	}
	return v
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
