package bus

import (
	"bytes"
	"context"
	"sync"
	"sync/atomic"
)

// hub hands messages to the subscribers of this process.
type hub struct {
	mu      sync.Mutex
	topics  map[string]map[*subscriber]struct{} // guarded by mu
	closed  bool                                // guarded by mu
	dropped atomic.Uint64
	// quiet is called when a topic has lost its last subscriber; may be nil.
	quiet func(topic string)
}

type subscriber struct{ messages chan []byte }

func newHub() *hub { return &hub{topics: map[string]map[*subscriber]struct{}{}} }

// subscribe adds a subscriber that leaves when ctx ends.
func (h *hub) subscribe(ctx context.Context, topic string) <-chan []byte {
	s := &subscriber{messages: make(chan []byte, Buffer)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		close(s.messages)
		return s.messages
	}
	if h.topics[topic] == nil {
		h.topics[topic] = map[*subscriber]struct{}{}
	}
	h.topics[topic][s] = struct{}{}
	context.AfterFunc(ctx, func() { h.leave(topic, s) })
	return s.messages
}

func (h *hub) leave(topic string, s *subscriber) {
	h.mu.Lock()
	_, there := h.topics[topic][s]
	delete(h.topics[topic], s)
	last := there && len(h.topics[topic]) == 0
	if last {
		delete(h.topics, topic)
	}
	if there {
		close(s.messages)
	}
	h.mu.Unlock()
	if last && h.quiet != nil {
		h.quiet(topic)
	}
}

// publish gives each subscriber of the topic the message; a full one loses its oldest.
func (h *hub) publish(topic string, data []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.topics[topic]) == 0 {
		return
	}
	data = bytes.Clone(data)
	for s := range h.topics[topic] {
		h.push(s, data)
	}
}

// push ends because only publish, under the lock, adds to the channel.
func (h *hub) push(s *subscriber, data []byte) {
	for {
		select {
		case s.messages <- data:
			return
		default:
		}
		select {
		case <-s.messages:
			h.dropped.Add(1)
		default:
		}
	}
}

// listening answers the topics with subscribers.
func (h *hub) listening() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	topics := make([]string, 0, len(h.topics))
	for t := range h.topics {
		topics = append(topics, t)
	}
	return topics
}

func (h *hub) has(topic string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.topics[topic]) > 0
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, subscribers := range h.topics {
		for s := range subscribers {
			close(s.messages)
		}
	}
	clear(h.topics)
}
