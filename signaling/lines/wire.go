package lines

import (
	"container/heap"
	"io"
	"sync"
	"time"
)

// wire carries packets one way: what is read from one device is written to the other when the model says so.
type wire struct {
	from  io.Reader
	to    io.Writer
	enter func(ipv4) bool // a router at the beginning; false: dropped
	leave func(ipv4) bool // one at the end
	clock func() time.Duration

	mu    sync.Mutex
	model *Model
	air   air
	sent  int
	wake  chan struct{} // something earlier is under way; room for one
}

type flying struct {
	at    time.Duration
	order int // packets that come out at the same time keep their order
	data  []byte
}

type air []flying

func (a air) Len() int { return len(a) }
func (a air) Less(i, j int) bool {
	return a[i].at < a[j].at || a[i].at == a[j].at && a[i].order < a[j].order
}
func (a air) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *air) Push(x any)   { *a = append(*a, x.(flying)) }
func (a *air) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

// take reads until the device is closed.
func (w *wire) take() {
	buf := make([]byte, 1<<16)
	for {
		n, err := w.from.Read(buf)
		if err != nil {
			return
		}
		if p, ok := readIPv4(buf[:n]); ok && w.enter(p) {
			w.send(p)
		}
	}
}

func (w *wire) send(p ipv4) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at, fate := w.model.Take(w.clock(), p.look())
	if fate != Delivered {
		return
	}
	w.sent++
	heap.Push(&w.air, flying{at, w.sent, append([]byte(nil), p...)})
	if w.air[0].order == w.sent {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

// deliver writes packets at their times until over is closed.
func (w *wire) deliver(over <-chan struct{}) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		wait := time.Hour
		for {
			data, next, any := w.due()
			if data == nil {
				if any {
					wait = next
				}
				break
			}
			if p, ok := readIPv4(data); ok && w.leave(p) {
				_, _ = w.to.Write(data) // a device that is closing loses what is in the air
			}
		}
		timer.Reset(wait)
		select {
		case <-over:
			return
		case <-w.wake:
		case <-timer.C:
		}
	}
}

// due gives a packet whose time has come, or how long it is until the next.
func (w *wire) due() (data []byte, next time.Duration, any bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.air) == 0 {
		return nil, 0, false
	}
	if next = w.air[0].at - w.clock(); next > 0 {
		return nil, next, true
	}
	return heap.Pop(&w.air).(flying).data, 0, true
}

func (w *wire) change(f func(*Model)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f(w.model)
}
