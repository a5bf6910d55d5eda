package sfu

import (
	"math"
	"time"

	"yilian/signaling/sfu/packet"
)

// Sample is how a peer's line did since the last sample.
type Sample struct {
	Peer             string
	Gen              int
	UpLoss, DownLoss float64 // 0…1
	UpBits, DownBits float64 // bits/s
	RTT, Jitter      time.Duration
	Estimate         float64 // bits/s that the receiver's line is believed to take
	Path             string  // "udp", "tcp", "relay"
	Paused           bool    // video is held back
	Layer            string  // of the most important video that is sent to it
	Available        float64 // bits/s that the line could carry towards it beyond what is sent; 0: not known

	// What a score of the sound is made of, besides RTT and Jitter: the share of its sound that is still missing after all repairs, and whether Opus RED is in use.
	AudioUpLoss, AudioDownLoss float64 // 0…1
	RED                        bool
}

// Sample gives the figures of every peer since the last call, which was so long ago.
func (r *Room) Sample(over time.Duration) []Sample {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []Sample
	for _, id := range r.order {
		if p := r.peers[id]; p != nil {
			out = append(out, p.sample(over))
		}
	}
	return out
}

// sample gives the figures of the line since the last one; Room.mu is held.
func (p *Peer) sample(over time.Duration) Sample {
	out := Sample{Peer: p.id, Gen: p.gen, RTT: p.rtt(), Estimate: p.spending.line}
	out.Path, _ = p.path.Load().(string)
	p.sampleUp(&out, over)
	p.sampleDown(&out, over)
	if out.Estimate > out.DownBits {
		out.Available = out.Estimate - out.DownBits
	}
	return out
}

func (p *Peer) sampleUp(out *Sample, over time.Duration) {
	var expected, received uint32
	for _, s := range p.sources {
		i := s.figures()
		expected += i.Expected
		received += min(i.Received, i.Expected)
		out.UpBits += float64(i.Bytes) * 8 / over.Seconds()
		if i.Received > 0 {
			out.Jitter = max(out.Jitter, time.Duration(i.JitterMS*float64(time.Millisecond)))
		}
		if s.kind == Audio {
			out.AudioUpLoss = max(out.AudioUpLoss, packet.Interval{Expected: i.Expected, Received: i.heard}.Loss())
			out.RED = out.RED || s.usesRED.Load()
		}
	}
	out.UpLoss = packet.Interval{Expected: expected, Received: received}.Loss()
}

func (p *Peer) sampleDown(out *Sample, over time.Duration) {
	best := class(classes)
	for _, s := range p.slots {
		bytes, lost, active := s.take()
		out.DownBits += float64(bytes) * 8 / over.Seconds()
		if s.holder == (sourceKey{}) {
			continue
		}
		out.Paused = out.Paused || s.isPaused()
		if !active {
			continue
		}
		out.DownLoss = max(out.DownLoss, lost)
		if s.kind == Audio {
			repeated, red := s.repeats()
			out.AudioDownLoss = max(out.AudioDownLoss, math.Pow(lost, float64(1+repeated)))
			out.RED = out.RED || red
		} else if shown, c := s.layerNow(); c < best {
			out.Layer, best = shown, c
		}
	}
}

// repeats tells how many frames before its own a packet of sound carries.
func (s *slot) repeats() (n int, red bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.red == 0 {
		return 0, false
	}
	return s.depth, s.depth > 0
}

func (s *slot) layerNow() (string, class) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.layerName(), s.class
}
