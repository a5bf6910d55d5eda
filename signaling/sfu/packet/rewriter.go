package packet

// Rewriter maps streams that follow one another on one outgoing SSRC onto a single stream with continuous sequence numbers and
// timestamps that never jump back. It starts a stream with Switch and maps each packet with Map. The zero value is ready.
type Rewriter struct {
	started   bool
	seqOffset uint16 // out = in + seqOffset
	tsOffset  uint32 // out = in + tsOffset
	first     uint16 // first incoming number of the current stream
	firstOut  uint16 // and what it became
	lastSeq   uint16 // highest number that went out
	lastTS    uint32 // timestamp that went out with it
}

// Switch begins a stream (or the same one again after a pause) with the packet that has these numbers. elapsed is the time since the last packet that went
// out, in units of the clock rate; at least 1 is taken.
func (r *Rewriter) Switch(seq uint16, ts, elapsed uint32) {
	if !r.started {
		r.started = true
		r.lastSeq, r.lastTS = seq-1, ts
		r.seqOffset, r.tsOffset = 0, 0
	} else {
		r.seqOffset = r.lastSeq + 1 - seq
		r.tsOffset = r.lastTS + max(elapsed, 1) - ts
	}
	r.first, r.firstOut = seq, seq+r.seqOffset
}

// Map gives the outgoing numbers of a packet of the current stream; it is not ok for one from before the switch.
func (r *Rewriter) Map(seq uint16, ts uint32) (outSeq uint16, outTS uint32, ok bool) {
	if !r.started || Newer(r.first, seq) {
		return 0, 0, false
	}
	outSeq, outTS = seq+r.seqOffset, ts+r.tsOffset
	if Newer(outSeq, r.lastSeq) {
		r.lastSeq, r.lastTS = outSeq, outTS
		if seq-r.first >= 1<<14 { // the start falls behind; keep it within half the number space
			r.first = seq - 1<<13
			r.firstOut = r.first + r.seqOffset
		}
	}
	return outSeq, outTS, true
}

// Reverse gives the incoming number of a packet that went out, to find it in the cache; it is not ok for what was not sent from the current stream.
func (r *Rewriter) Reverse(outSeq uint16) (seq uint16, ok bool) {
	if !r.started || Newer(r.firstOut, outSeq) || Newer(outSeq, r.lastSeq) {
		return 0, false
	}
	return outSeq - r.seqOffset, true
}

// Timestamp maps a timestamp of the current stream.
func (r *Rewriter) Timestamp(ts uint32) uint32 { return ts + r.tsOffset }
