package signaling

import "sync"

// mailbox is an unbounded queue with one reader. What one peer can put into it is bounded by its rate limit.
type mailbox[T any] struct {
	mu     sync.Mutex
	items  []T
	closed bool
	ready  chan struct{} // has one token when there may be items
}

func newMailbox[T any]() *mailbox[T] { return &mailbox[T]{ready: make(chan struct{}, 1)} }

// post puts an item in; it is false when nobody will read it any more.
func (m *mailbox[T]) post(item T) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	m.items = append(m.items, item)
	select {
	case m.ready <- struct{}{}:
	default:
	}
	return true
}

// take gives everything that is there.
func (m *mailbox[T]) take() []T {
	m.mu.Lock()
	defer m.mu.Unlock()
	items := m.items
	m.items = nil
	return items
}

// close refuses further items and gives those that were not taken.
func (m *mailbox[T]) close() (rest []T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	rest, m.items, m.closed = m.items, nil, true
	return rest
}
