package packet

import "time"

// Reception counts what arrives of one stream, as RFC 3550 A.3 and A.8 do. The zero value is ready; it is not safe for concurrent use.
type Reception struct {
	started  bool
	cycles   uint32
	base     uint32 // extended number of the first packet
	highest  uint16
	received uint32
	bytes    uint64
	jitter   float64 // in units of the clock rate
	transit  int64

	priorExpected, priorReceived uint32
	priorBytes                   uint64

	reportedExpected, reportedReceived uint32
}

// Add counts a packet that arrived at a time.
func (r *Reception) Add(p Packet, clockRate uint32, at time.Time) {
	if !r.started {
		r.started = true
		r.base, r.highest = uint32(p.Seq), p.Seq
		r.transit = transit(p.Timestamp, clockRate, at)
	} else if Newer(p.Seq, r.highest) {
		if p.Seq < r.highest {
			r.cycles += 1 << 16
		}
		r.highest = p.Seq
	}
	r.received++
	r.bytes += uint64(p.Size)

	t := transit(p.Timestamp, clockRate, at)
	d := t - r.transit
	r.transit = t
	if d < 0 {
		d = -d
	}
	if d < int64(clockRate)*10 { // a jump of the clock is not jitter
		r.jitter += (float64(d) - r.jitter) / 16
	}
}

// transit is the relative transit time modulo 2^32, sign-extended.
func transit(ts, clockRate uint32, at time.Time) int64 {
	arrival := uint32(uint64(at.UnixMicro()) * uint64(clockRate) / 1e6)
	return int64(int32(arrival - ts))
}

// Interval is what arrived since the last one.
type Interval struct {
	Expected, Received uint32
	Bytes              uint64
	JitterMS           float64
}

// Loss is the share of packets that did not arrive, 0…1; retransmissions that came count as arrived.
func (i Interval) Loss() float64 {
	if i.Expected == 0 || i.Received >= i.Expected {
		return 0
	}
	return float64(i.Expected-i.Received) / float64(i.Expected)
}

// Take gives the figures since the last Take.
func (r *Reception) Take(clockRate uint32) Interval {
	if !r.started {
		return Interval{}
	}
	expected := r.cycles + uint32(r.highest) - r.base + 1
	i := Interval{
		Expected: expected - r.priorExpected,
		Received: r.received - r.priorReceived,
		Bytes:    r.bytes - r.priorBytes,
		JitterMS: r.jitter * 1000 / float64(clockRate),
	}
	r.priorExpected, r.priorReceived, r.priorBytes = expected, r.received, r.bytes
	return i
}

// Report is the reception report block of RFC 3550 6.4.1, without what it says of sender reports.
type Report struct {
	Fraction uint8  // lost since the last report, in 256ths
	Lost     uint32 // in all, 24 bits
	Highest  uint32 // extended number
	Jitter   uint32 // in units of the clock rate
}

// Report gives what is to be told since the last Report; it is not ok before anything came.
func (r *Reception) Report() (Report, bool) {
	if !r.started {
		return Report{}, false
	}
	highest := r.cycles + uint32(r.highest)
	expected := highest - r.base + 1
	out := Report{Highest: highest, Jitter: uint32(r.jitter)}
	if expected > r.received {
		out.Lost = min(expected-r.received, 1<<23-1)
	}
	e, got := expected-r.reportedExpected, r.received-r.reportedReceived
	if e > 0 && got < e {
		out.Fraction = uint8(min((e-got)<<8/e, 255))
	}
	r.reportedExpected, r.reportedReceived = expected, r.received
	return out, true
}

// Received is how many packets came since the start.
func (r *Reception) Received() uint32 { return r.received }
