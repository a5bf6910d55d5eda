package signaling

import (
	"math"
	"time"

	"yilian/signaling/protocol"
	"yilian/signaling/sfu"
)

// speech is what the E-model needs of a line on which people talk through the server.
type speech struct {
	delay  time.Duration // round trip between participant and server
	jitter time.Duration
	loss   float64       // share of the sound that is still missing after all repairs, 0…1
	repair time.Duration // that the sound waits for what repairs it
}

// speechOf takes from a sample what is heard. Not what the network lost counts, but what is missing still: Opus RED (RFC 2198) brings a frame again in the
// packet after it, so that of losses at random only those of both are heard; the forwarder knows how many of a sender's frames came after all. A receiver's own
// report of what it made up is better than an estimate, if it covers any time.
func speechOf(s sfu.Sample, report *protocol.Report) speech {
	heard := speech{delay: s.RTT, jitter: s.Jitter, loss: max(s.AudioUpLoss, s.AudioDownLoss)}
	if s.RED && max(s.UpLoss, s.DownLoss) > 0 {
		heard.repair = opusFrame // a jitter buffer in which losses are made good holds one packet more
	}
	if report != nil && report.Seconds > 0 {
		heard.loss = max(s.AudioUpLoss, report.Concealed)
	}
	return heard
}

// Figures of the E-model (ITU-T G.107) that are not measured here.
const (
	ratingBest   = 93.2  // R without any impairment (G.107 table 3)
	knee         = 177.3 // ms; from there on delay disturbs the conversation
	robustness   = 25.1  // Bpl of a codec that conceals losses, as G.711 with its appendix I (G.113 table I.4); Opus has no figure
	opusFrame    = 20 * time.Millisecond
	codecAndPlay = 20 * time.Millisecond // one frame, and its way through the devices
	otherHalf    = 30 * time.Millisecond // one way between the server and the other side, which is a sample of its own
)

// mos is the mean opinion score that is to be expected, 1…4.5: R after G.107 in the simplified form for packet networks, then G.107 annex B. It judges
// this one line, as heard by somebody whose own line is good: what people hear of each other is at most the worse of their two scores.
func (s speech) mos() float64 {
	oneWay := s.delay/2 + 2*s.jitter + codecAndPlay + otherHalf + s.repair // the jitter buffer holds about twice the jitter
	d := float64(oneWay.Microseconds()) / 1000
	r := ratingBest - 0.024*d
	if d > knee {
		r -= 0.11 * (d - knee)
	}
	loss := 100 * min(max(s.loss, 0), 1)
	r -= 95 * loss / (loss + robustness) // Ie,eff with Ie = 0 and losses at random (BurstR = 1)
	return scoreOf(r)
}

// scoreOf turns a rating into a score (G.107 annex B).
func scoreOf(r float64) float64 {
	switch {
	case r <= 0:
		return 1
	case r >= 100:
		return 4.5
	}
	mos := 1 + 0.035*r + r*(r-60)*(100-r)*7e-6
	return math.Round(max(mos, 1)*100) / 100
}
