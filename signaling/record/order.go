package record

import (
	"slices"
	"time"

	"yilian/signaling/sfu/packet"
)

// How long a missing packet is waited for: a recording is in no hurry, and retransmissions over a poor line take a second.
const (
	patience  = time.Second
	heldMost  = 1024
	restarted = 1 << 12 // so far behind is no late packet but another count
)

// rtp is one packet that the recorder owns.
type rtp struct {
	seq     uint16
	ts      uint32
	marker  bool
	arrived time.Time
	payload []byte
}

// order puts packets into the order of their numbers, waiting a while for those that are late. The zero value is ready.
type order struct {
	started bool
	next    uint16
	held    []rtp // ascending, none before next
}

// push takes a packet and hands on what is in order now; lost is how many are missing right before it. A repeated or much too late
// packet is dropped: free takes back the payload of whatever is not handed on.
func (o *order) push(p rtp, emit func(p rtp, lost int), free func(rtp)) {
	switch {
	case !o.started:
		o.started, o.next = true, p.seq
	case p.seq != o.next && !packet.Newer(p.seq, o.next):
		if o.next-p.seq < restarted {
			free(p)
			return
		}
		o.flush(emit)
		o.next = p.seq
	}
	i, found := slices.BinarySearchFunc(o.held, p, func(a, b rtp) int { return int(int16(a.seq - b.seq)) })
	if found {
		free(p)
		return
	}
	o.held = slices.Insert(o.held, i, p)
	o.release(p.arrived, emit)
}

// release hands on what is in order, and what has waited long enough for what did not come.
func (o *order) release(now time.Time, emit func(rtp, int)) {
	n := 0
	for ; n < len(o.held); n++ {
		p := o.held[n]
		if p.seq != o.next && now.Sub(p.arrived) < patience && len(o.held)-n < heldMost {
			break
		}
		lost := int(p.seq - o.next)
		o.next = p.seq + 1
		emit(p, lost)
	}
	o.held = slices.Delete(o.held, 0, n)
}

// flush hands on everything.
func (o *order) flush(emit func(rtp, int)) {
	for _, p := range o.held {
		lost := int(p.seq - o.next)
		o.next = p.seq + 1
		emit(p, lost)
	}
	clear(o.held)
	o.held = o.held[:0]
}
