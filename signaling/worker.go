package signaling

import "sync"

// worker is an unbounded queue with one reader, whose goroutine lives only while there is something in it: most rooms are still for most of the time. What one
// peer can put into it is bounded by its rate limit.
type worker[T any] struct {
	read func(items []T) // called in turn, never twice at a time

	mu      sync.Mutex
	items   []T
	closed  bool
	reading bool
	idle    sync.WaitGroup // the reader; added to under mu
}

// post puts an item in; it is false when nobody will read it any more.
func (w *worker[T]) post(item T) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	w.items = append(w.items, item)
	if !w.reading {
		w.reading = true
		w.idle.Go(w.work)
	}
	return true
}

func (w *worker[T]) work() {
	for {
		w.mu.Lock()
		items := w.items
		w.items = nil
		if len(items) == 0 {
			w.reading = false
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		w.read(items)
	}
}

// close refuses further items and gives those that nobody began to read.
func (w *worker[T]) close() (rest []T) {
	w.mu.Lock()
	defer w.mu.Unlock()
	rest, w.items, w.closed = w.items, nil, true
	return rest
}

// finish refuses further items and waits until those before are read. It is not for the reader.
func (w *worker[T]) finish() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.idle.Wait()
}
