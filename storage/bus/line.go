package bus

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// lineQuiet is how long the line may be silent before it is asked for a sign of life; without one it is taken for dead.
	lineQuiet = 5 * time.Second
	lineWait  = 2 * time.Second // at most between two attempts to connect
)

// line is the one connection on which a process listens. When it breaks, a new one takes its place with all topics.
type line struct {
	redis *Redis

	mu      sync.Mutex
	current *redis.PubSub            // guarded by mu: nil while there is none
	pending map[string]chan struct{} // guarded by mu: topics that Redis has not confirmed; closed when it does
}

func newLine(r *Redis) *line { return &line{redis: r, pending: map[string]chan struct{}{}} }

// add listens to a topic and waits until Redis has confirmed it, or for a while.
func (l *line) add(ctx context.Context, topic string) {
	l.mu.Lock()
	confirmed := l.pending[topic]
	if confirmed == nil {
		confirmed = make(chan struct{})
		l.pending[topic] = confirmed
	}
	if l.current != nil {
		// An error shows up where the line is read, and a new line takes all topics.
		_ = l.current.Subscribe(ctx, l.redis.channel(topic))
	}
	l.mu.Unlock()
	wait := time.NewTimer(redisTimeout)
	defer wait.Stop()
	select {
	case <-confirmed:
	case <-ctx.Done():
	case <-wait.C:
	}
}

// drop stops listening to a topic, unless somebody has begun anew.
func (l *line) drop(topic string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current != nil && topic != Gap && !l.redis.hub.has(topic) {
		_ = l.current.Unsubscribe(context.Background(), l.redis.channel(topic))
	}
}

// run keeps a line until ctx ends.
func (l *line) run(ctx context.Context) {
	wait := 50 * time.Millisecond
	for attempt := 0; ctx.Err() == nil; attempt++ {
		begun := time.Now()
		err := l.listen(ctx, attempt > 0)
		if ctx.Err() != nil {
			return
		}
		l.redis.log.Warn("the bus is interrupted", "err", err)
		if time.Since(begun) > lineQuiet {
			wait = 50 * time.Millisecond
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
		wait = min(2*wait, lineWait)
	}
}

// listen opens a line and reads it until it breaks.
func (l *line) listen(ctx context.Context, again bool) error {
	p := l.redis.client.Subscribe(ctx)
	stop := context.AfterFunc(ctx, func() { _ = p.Close() }) // wakes Receive
	defer func() {
		if stop() {
			_ = p.Close()
		}
	}()
	if err := l.connect(ctx, p); err != nil {
		return err
	}
	defer func() {
		l.mu.Lock()
		l.current = nil
		l.mu.Unlock()
	}()
	return l.read(ctx, p, again)
}

// connect subscribes the new line to all topics. Gap is the last, so when Redis confirms it all are there.
func (l *line) connect(ctx context.Context, p *redis.PubSub) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var channels []string
	for _, topic := range l.redis.hub.listening() {
		if topic != Gap {
			channels = append(channels, l.redis.channel(topic))
		}
	}
	channels = append(channels, l.redis.channel(Gap))
	if err := p.Subscribe(ctx, channels...); err != nil {
		return err
	}
	l.current = p
	return nil
}

// read hands on what arrives. An error, or silence after being asked, ends the line.
func (l *line) read(ctx context.Context, p *redis.PubSub, again bool) error {
	asked := false
	for {
		m, err := p.ReceiveTimeout(ctx, lineQuiet)
		if silent(err) && !asked {
			asked = true
			err = p.Ping(ctx)
			if err == nil {
				continue
			}
		}
		if err != nil {
			return err
		}
		asked = false
		switch m := m.(type) {
		case *redis.Message:
			l.redis.hub.publish(l.topic(m.Channel), []byte(m.Payload))
		case *redis.Subscription:
			if m.Kind != "subscribe" {
				break
			}
			if l.confirm(l.topic(m.Channel)) == Gap && again {
				l.redis.log.Info("the bus is back")
				l.redis.hub.publish(Gap, nil)
				again = false
			}
		}
	}
}

func silent(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

func (l *line) topic(channel string) string { return strings.TrimPrefix(channel, l.redis.prefix+":") }

// confirm wakes who waits for a topic.
func (l *line) confirm(topic string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.pending[topic]; c != nil {
		close(c)
		delete(l.pending, topic)
	}
	return topic
}
