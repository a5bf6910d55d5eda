package packet

// Mapper maps streams that follow one another on one outgoing SSRC onto a single stream with continuous sequence numbers and timestamps that never jump
// back, and closes the gaps of packets that are left out on purpose. A stream starts with Switch; each of its packets is then either mapped or dropped. What
// is lost on the way leaves a gap, so that the receiver asks for it. The zero value is ready; it is not safe for concurrent use.
type Mapper struct {
	started  bool
	highest  uint16 // incoming number seen last in order
	lastSeq  uint16 // highest number that went out
	lastTS   uint32 // timestamp that went out with it
	tsOffset uint32 // out = in + tsOffset
	runs     [maxRuns]run
	n        int // runs in use; the last is the newest
}

const maxRuns = 64

// run is a stretch of incoming numbers with one offset, up to the next run without what was dropped before that.
type run struct {
	first    uint16 // incoming number
	offset   uint16 // out = in + offset
	pictures uint16 // dropped before it since the stream began
}

// Switch begins a stream (or the same one again after a pause) with the packet that has these numbers. elapsed is the time since the last packet that went
// out, in units of the clock rate; at least 1 is taken.
func (m *Mapper) Switch(seq uint16, ts, elapsed uint32) {
	if !m.started {
		m.started = true
		m.lastSeq, m.lastTS = seq-1, ts
	} else {
		m.tsOffset = m.lastTS + max(elapsed, 1) - ts
	}
	m.runs[0] = run{first: seq, offset: m.lastSeq + 1 - seq}
	m.n, m.highest = 1, seq-1
}

// Map gives the outgoing numbers of a packet of the current stream and how many pictures had been dropped before it; it is not ok for a packet from before the
// switch, for one that was dropped, and for one that is too old to tell.
func (m *Mapper) Map(seq uint16, ts uint32) (outSeq uint16, outTS uint32, pictures uint16, ok bool) {
	i, ok := m.find(seq)
	if !ok {
		return 0, 0, 0, false
	}
	r := m.runs[i]
	outSeq, outTS = seq+r.offset, ts+m.tsOffset
	if Newer(seq, m.highest) {
		m.highest = seq
		m.lastSeq, m.lastTS = outSeq, outTS
		m.trim(seq)
	}
	return outSeq, outTS, r.pictures, true
}

// Drop leaves a packet out. ended tells that a picture was left out with it.
func (m *Mapper) Drop(seq uint16, ended bool) {
	if m.n == 0 || !Newer(seq, m.highest) {
		return // its number has been left free; it stays so
	}
	last := m.runs[m.n-1]
	if seq != last.first { // something of the last run has been, or may still come
		if m.n == maxRuns {
			copy(m.runs[:], m.runs[1:])
			m.n--
		}
		m.n++
	}
	m.highest = seq
	next := run{first: seq + 1, offset: last.offset - 1, pictures: last.pictures}
	if ended {
		next.pictures++
	}
	// What was lost just before it has its number reserved.
	m.lastSeq = seq + last.offset - 1
	m.runs[m.n-1] = next
}

// Close takes what is missing right before a packet for dropped: it is known never to come, and its numbers are not left free.
func (m *Mapper) Close(seq uint16) {
	gap := seq - m.highest - 1
	if m.n == 0 || gap == 0 || !Newer(seq, m.highest) {
		return
	}
	last := m.runs[m.n-1]
	if m.highest+1 != last.first {
		if m.n == maxRuns {
			copy(m.runs[:], m.runs[1:])
			m.n--
		}
		m.n++
	}
	m.highest = seq - 1
	m.runs[m.n-1] = run{first: seq, offset: last.offset - gap, pictures: last.pictures}
}

// find gives the run of an incoming number.
func (m *Mapper) find(seq uint16) (int, bool) {
	for i := m.n - 1; i >= 0; i-- {
		if Newer(m.runs[i].first, seq) {
			continue
		}
		return i, m.within(i, seq)
	}
	return 0, false
}

// within tells whether an incoming number at or behind the start of a run is before its end.
func (m *Mapper) within(i int, seq uint16) bool {
	if i == m.n-1 {
		return true
	}
	dropped := m.runs[i].offset - m.runs[i+1].offset
	return Newer(m.runs[i+1].first-dropped, seq)
}

// trim keeps the start of the oldest run within half the number space.
func (m *Mapper) trim(seq uint16) {
	for m.n > 1 && seq-m.runs[1].first >= 1<<13 {
		copy(m.runs[:], m.runs[1:m.n])
		m.n--
	}
	if seq-m.runs[0].first >= 1<<14 {
		m.runs[0].first = seq - 1<<13
	}
}

// Find gives the outgoing number of a packet of the current stream that is not newer than what went out, as Map does, and changes nothing.
func (m *Mapper) Find(seq uint16) (outSeq, pictures uint16, ok bool) {
	if m.n == 0 || Newer(seq, m.highest) {
		return 0, 0, false
	}
	i, ok := m.find(seq)
	if !ok {
		return 0, 0, false
	}
	return seq + m.runs[i].offset, m.runs[i].pictures, true
}

// Reverse gives the incoming number of a packet that went out, to find it in the cache; it is not ok for what was not sent from the current stream.
func (m *Mapper) Reverse(outSeq uint16) (seq uint16, pictures uint16, ok bool) {
	if m.n == 0 || Newer(outSeq, m.lastSeq) {
		return 0, 0, false
	}
	for i := m.n - 1; i >= 0; i-- {
		r := m.runs[i]
		seq = outSeq - r.offset
		if Newer(r.first, seq) {
			continue
		}
		if m.within(i, seq) && !Newer(seq, m.highest) {
			return seq, r.pictures, true
		}
	}
	return 0, 0, false
}

// Timestamp maps a timestamp of the current stream.
func (m *Mapper) Timestamp(ts uint32) uint32 { return ts + m.tsOffset }

// LastIncoming is the timestamp, in the terms of the current stream, of the packet with the highest number that went out.
func (m *Mapper) LastIncoming() uint32 { return m.lastTS - m.tsOffset }
