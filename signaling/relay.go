package signaling

import (
	"time"

	"yilian"
	"yilian/signaling/protocol"
	"yilian/signaling/sfu"
)

const (
	crowded    = 6 << 10 // bytes on their way to somebody from which on only the newest of each kind is sent: the line is narrower than what is shown
	retryAfter = 50 * time.Millisecond
)

// newest are the last values that wait for one receiver's data channel, in order.
type newest []waiting

type waiting struct {
	of   valueKey
	msg  protocol.Shared
	data []byte
}

// valueKey is whose value of what: a later one takes the place of an earlier.
type valueKey struct{ from, topic string }

// put lets a value wait, in place of an earlier one of its kind.
func (n newest) put(w waiting) newest {
	for i := range n {
		if n[i].of == w.of {
			n = append(n[:i:i], n[i+1:]...)
			break
		}
	}
	return append(n, w)
}

// relay writes a shared value once, for the data channels and sockets that it goes to.
func (r *room) relay(e relay) {
	data, err := protocol.Encode(e.msg)
	if err != nil {
		r.server.cfg.Logger.Error("encode message", "type", e.msg.Kind(), "err", err)
		return
	}
	w := waiting{valueKey{e.msg.From, e.msg.Topic}, e.msg, data}
	for _, to := range e.to {
		if to.person != "" && (len(r.late[to]) > 0 || r.forwards().Unsent(string(to.person)) > crowded) {
			r.wait(to, w)
			continue
		}
		r.deliver(to, w)
	}
}

// deliver sends a value by the data channel, or by the socket where there is none.
func (r *room) deliver(to destination, w waiting) {
	if to.person != "" && r.forwards().SendData(string(to.person), sfu.LabelLooking, w.data) {
		return
	}
	if s := r.server.socket(to.socket); s != nil {
		s.send(w.msg, w.data)
	}
}

// wait keeps a value until the line of its receiver is free again.
func (r *room) wait(to destination, w waiting) {
	if len(r.late) == 0 {
		r.late = map[destination]newest{}
		r.again(retryAfter)
	}
	r.late[to] = r.late[to].put(w)
}

// again looks after what waits a moment later.
func (r *room) again(after time.Duration) {
	if r.retry == nil {
		r.retry = time.AfterFunc(after, func() { r.inbox.post(retry{}) })
		return
	}
	r.retry.Reset(after)
}

// sendLate sends what waited, as far as the lines take it.
func (r *room) sendLate() {
	for to, values := range r.late {
		for len(values) > 0 && r.forwards().Unsent(string(to.person)) <= crowded {
			r.deliver(to, values[0])
			values = values[1:]
		}
		if r.late[to] = values; len(values) == 0 {
			delete(r.late, to)
		}
	}
	if len(r.late) > 0 {
		r.again(retryAfter)
	}
}

// withoutLate forgets what waits for somebody whose transport is gone.
func (r *room) withoutLate(person yilian.PersonID) {
	for to := range r.late {
		if to.person == person {
			delete(r.late, to)
		}
	}
}
