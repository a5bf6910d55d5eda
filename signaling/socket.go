package signaling

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"yilian/signaling/protocol"
)

// Times of a socket.
const (
	pingEvery    = 5 * time.Second  // two tries fit into deadAfter
	deadAfter    = 15 * time.Second // of silence
	helloWithin  = 10 * time.Second
	writeWithin  = 10 * time.Second
	closeWithin  = time.Second
	maxQueue     = 512     // messages waiting for a slow reader
	maxQueueSize = 2 << 20 // and their bytes
)

// socket is one WebSocket: a goroutine of its own reads; what is to be written is queued, and a writer runs only while there is something. send and hangUp may be
// called from anywhere and never block.
type socket struct {
	id     uint64
	ws     *websocket.Conn
	closed atomic.Bool // the close frame was sent: only the peer's is still awaited

	mu      sync.Mutex
	queue   []frame        // guarded by mu
	size    int            // bytes in queue; guarded by mu
	writing bool           // a writer runs; guarded by mu
	talking bool           // hello was said, and not yet good-bye; guarded by mu
	over    bool           // nothing more is queued; guarded by mu
	writers sync.WaitGroup // the one writer; added to under mu while not over
}

// frame is a message, a ping, or with code the close.
type frame struct {
	data []byte
	code int
	text string
}

func newSocket(id uint64, ws *websocket.Conn) *socket { return &socket{id: id, ws: ws} }

// send queues a message. A reader so slow that the queue is full loses the socket.
func (s *socket) send(_ protocol.Message, data []byte) { s.put(frame{data: data}) }

// ping queues a ping, while there is a dialogue: who has not said hello or is being told to go would only be kept from reading.
func (s *socket) ping() {
	s.mu.Lock()
	talking := s.talking
	s.mu.Unlock()
	if talking {
		s.put(frame{})
	}
}

// hangUp queues the close: what was sent before still goes out.
func (s *socket) hangUp(code int, text string) {
	s.mu.Lock()
	s.talking = false
	s.mu.Unlock()
	s.put(frame{code: code, text: text})
}

func (s *socket) put(f frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return
	}
	s.size += len(f.data)
	if s.size > maxQueueSize || len(s.queue) >= maxQueue {
		s.end()
		return
	}
	s.queue = append(s.queue, f)
	if !s.writing {
		s.writing = true
		s.writers.Go(s.write)
	}
}

// abort ends the connection at once; a write that hangs in it fails.
func (s *socket) abort() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end()
}

// end is abort with mu held.
func (s *socket) end() {
	s.over, s.queue = true, nil
	_ = s.ws.NetConn().Close()
}

// next takes what is queued; false when the writer is to end.
func (s *socket) next() ([]frame, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		s.writing, s.queue = false, nil
		return nil, false
	}
	frames := s.queue
	s.queue, s.size = nil, 0
	return frames, true
}

// write is the writer. It ends when nothing is left to be written, or the socket is over.
func (s *socket) write() {
	for {
		frames, more := s.next()
		if !more {
			return
		}
		for _, f := range frames {
			if f.code != 0 {
				s.close(f.code, f.text)
				return
			}
			if err := s.writeFrame(f); err != nil {
				s.abort()
				return
			}
		}
	}
}

// finish waits for the writer. It is called when the last word has been queued.
func (s *socket) finish() {
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
	s.writers.Wait()
}

func (s *socket) writeFrame(f frame) error {
	if f.data == nil {
		return s.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeWithin))
	}
	return s.writeText(f.data)
}

func (s *socket) writeText(data []byte) error {
	if err := s.ws.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	return s.ws.WriteMessage(websocket.TextMessage, data)
}

// close sends the close frame and gives the peer a moment to answer: a connection that is closed with unread input would be reset, and the peer would not
// learn why.
func (s *socket) close(code int, text string) {
	s.closed.Store(true)
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
	now := time.Now()
	_ = s.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, text), now.Add(closeWithin))
	_ = s.ws.NetConn().SetReadDeadline(now.Add(closeWithin))
}

// drain waits for the peer's close, for a moment, and closes. It is the reader's last act.
func (s *socket) drain() {
	for budget := 1 << 20; budget > 0; {
		_, r, err := s.ws.NextReader()
		if err != nil {
			break
		}
		n, err := io.Copy(io.Discard, io.LimitReader(r, int64(budget)))
		budget -= int(n) + 64
		if err != nil {
			break
		}
	}
	_ = s.ws.Close()
}

// Errors of reading that are answered with a close code.
var (
	errTooLarge = errors.New("message too large")
	errTooFast  = errors.New("too many messages")
	errNotText  = errors.New("not a text message")
)

// expect sets how long the socket may be silent from now on, and lets pings go out.
func (s *socket) expect(within time.Duration) error {
	s.mu.Lock()
	s.talking = !s.over
	s.mu.Unlock()
	s.ws.SetPongHandler(func(string) error {
		if s.closed.Load() {
			return nil
		}
		return s.ws.SetReadDeadline(time.Now().Add(within))
	})
	return s.ws.SetReadDeadline(time.Now().Add(within))
}

// read gives the next message.
func (s *socket) read(within time.Duration) ([]byte, error) {
	kind, r, err := s.ws.NextReader()
	if err != nil {
		return nil, err
	}
	if kind != websocket.TextMessage {
		return nil, errNotText
	}
	data, err := io.ReadAll(io.LimitReader(r, protocol.MaxMessage+1))
	if err != nil {
		return nil, err
	}
	if len(data) > protocol.MaxMessage {
		return nil, errTooLarge
	}
	if s.closed.Load() {
		return data, nil
	}
	return data, s.ws.SetReadDeadline(time.Now().Add(within))
}

// bucket is a token bucket: rate messages a second over a burst.
type bucket struct {
	tokens float64
	last   time.Time
}

func (b *bucket) take(now time.Time) bool {
	if b.last.IsZero() {
		b.tokens = protocol.MaxBurst
	} else {
		b.tokens = min(protocol.MaxBurst, b.tokens+now.Sub(b.last).Seconds()*protocol.MaxRate)
	}
	b.last = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
