package signaling

import (
	"time"

	"yilian/signaling/protocol"
	"yilian/signaling/sfu"
)

// thresholds of a line's grade. A line has the worst grade that any of its figures has. Speech is hard to follow above 300 ms one way
// (ITU-T G.114) and beyond about 10 % loss even with concealment.
var thresholds = []struct {
	grade  string
	loss   float64 // share of packets, either way
	rttMS  float64
	jitter float64 // ms
}{
	{protocol.GradeBad, 0.20, 1200, 250},
	{protocol.GradePoor, 0.08, 600, 100},
	{protocol.GradeFair, 0.02, 300, 40},
}

// gradeOf judges one sample.
func gradeOf(l protocol.Line, paused bool) string {
	for _, t := range thresholds {
		if l.UpLoss >= t.loss || l.DownLoss >= t.loss || l.RTTMS >= t.rttMS || l.JitterMS >= t.jitter {
			return t.grade
		}
		if t.grade == protocol.GradePoor && paused {
			return t.grade
		}
	}
	return protocol.GradeGood
}

// Samples in a row before a link counts as degraded, and as well again.
const (
	poorAfter = 2
	wellAfter = 3
)

// quality turns samples into a steady judgement.
type quality struct {
	degraded   string // "", "poor" or "audio-only"
	poor, well int
}

// next takes one sample's grade.
func (q quality) next(grade string, paused bool) quality {
	if grade == protocol.GradePoor || grade == protocol.GradeBad {
		q.poor, q.well = q.poor+1, 0
	} else {
		q.poor, q.well = 0, q.well+1
	}
	switch {
	case paused:
		q.degraded = "audio-only"
	case q.poor >= poorAfter:
		q.degraded = "poor"
	case q.degraded != "" && q.well >= wellAfter:
		q.degraded = ""
	}
	return q
}

// lineOf turns the forwarder's figures into the protocol's.
func lineOf(s sfu.Sample, report *protocol.Report) protocol.Line {
	l := protocol.Line{
		ID:       s.Peer,
		UpLoss:   s.UpLoss,
		DownLoss: s.DownLoss,
		RTTMS:    milliseconds(s.RTT),
		JitterMS: milliseconds(s.Jitter),
		UpKbps:   s.UpBits / 1000,
		DownKbps: s.DownBits / 1000,
	}
	l.Layer, l.AvailableKbps = s.Layer, max(s.Available, s.Estimate)/1000
	if report != nil {
		l.Freezes = report.Freezes
	}
	l.MOS = speechOf(s, report).mos()
	l.Grade = gradeOf(l, s.Paused)
	return l
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
