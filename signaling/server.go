package signaling

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"yilian/signaling/protocol"
	"yilian/signaling/sfu"
)

// Server holds the rooms of this process. It is safe for concurrent use.
type Server struct {
	cfg      Config
	signer   signer
	engine   *sfu.Engine
	upgrader websocket.Upgrader
	nextID   atomic.Uint64
	work     sync.WaitGroup // rooms and sockets

	observing     context.Context // of the observer's calls
	stopObserving context.CancelFunc

	mu       sync.Mutex
	stopping bool
	entering int // who is let in and is no socket yet
	rooms    map[string]*room
	sockets  map[uint64]wire
	used     map[string]usedTicket
	closed   map[string]time.Time // rooms that were closed for good
}

// Ports are the media ports that are open, 0 for none.
type Ports = sfu.Ports

// New opens the media ports. Run must be called to serve and to close them.
func New(c Config) (*Server, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	engine, err := sfu.NewEngine(c.media())
	if err != nil {
		return nil, err
	}
	return newServer(c, engine), nil
}

func newServer(c Config, engine *sfu.Engine) *Server {
	s := &Server{
		cfg: c, signer: signer{c.Key}, engine: engine,
		upgrader: websocket.Upgrader{CheckOrigin: c.Origin, HandshakeTimeout: helloWithin, ReadBufferSize: 1024, WriteBufferPool: &sync.Pool{}},
		rooms:    map[string]*room{}, sockets: map[uint64]wire{}, used: map[string]usedTicket{}, closed: map[string]time.Time{},
	}
	s.observing, s.stopObserving = context.WithCancel(context.Background())
	return s
}

// Ports gives the media ports.
func (s *Server) Ports() Ports { return s.engine.Ports() }

// Times of stopping.
const (
	comeBackAfter = 500 * time.Millisecond // plus up to the same again, so that not all come at once
	tellWithin    = 3 * time.Second
	observeWithin = 5 * time.Second
	closedFor     = 24 * time.Hour
)

// Run serves until ctx ends, then tells every call that the server is going away, closes the media ports, and returns when all goroutines are over.
func (s *Server) Run(ctx context.Context) error {
	sweep := time.NewTicker(time.Minute)
	defer sweep.Stop()
	s.work.Go(func() { s.ping(ctx) })
	for {
		select {
		case <-sweep.C:
			s.sweep()
			continue
		case <-ctx.Done():
		}
		break
	}
	s.mu.Lock()
	s.stopping = true
	rooms := make([]*room, 0, len(s.rooms))
	for _, r := range s.rooms {
		rooms = append(rooms, r)
	}
	s.mu.Unlock()
	for _, r := range rooms {
		r.inbox.post(shut{restart: comeBackAfter + rand.N(comeBackAfter)})
	}
	tooLong := time.AfterFunc(observeWithin, s.stopObserving)
	defer tooLong.Stop()
	abort := time.AfterFunc(tellWithin, s.abortSockets)
	defer abort.Stop()
	s.work.Wait()
	s.stopObserving()
	return s.engine.Close()
}

// abortSockets ends what has not ended by being told.
func (s *Server) abortSockets() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, socket := range s.sockets {
		socket.abort()
	}
}

// sweep forgets what can no longer matter.
func (s *Server) sweep() {
	now := s.cfg.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, ticket := range s.used {
		if ticket.expires < now.Unix() {
			delete(s.used, id)
		}
	}
	for name, at := range s.closed {
		if now.Sub(at) > closedFor {
			delete(s.closed, name)
		}
	}
}

// CloseRoom ends a room for everybody in it; the reason is shown to them and recorded. Resume tokens of the room become void; a new ticket opens it
// anew. It returns when everybody has been told; a room that is not there is no error.
func (s *Server) CloseRoom(ctx context.Context, name, reason string) error {
	s.mu.Lock()
	r := s.rooms[name]
	s.closed[name] = s.cfg.Now()
	s.mu.Unlock()
	if r == nil {
		return nil
	}
	done := make(chan struct{})
	if !r.inbox.post(shut{reason: reason, done: done}) {
		return nil
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Stats are figures for operators.
type Stats struct{ Rooms, Sockets int }

// Stats gives the figures now.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{Rooms: len(s.rooms), Sockets: len(s.sockets)}
}

// Handler is the WebSocket's door, and that of a hello by POST.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serve) }

func (s *Server) serve(w http.ResponseWriter, req *http.Request) {
	if req.Method == http.MethodPost {
		s.greet(w, req)
		return
	}
	if !s.open() {
		http.Error(w, "no free line", http.StatusServiceUnavailable)
		return
	}
	defer s.work.Done() // of the handler
	ws, err := s.upgrader.Upgrade(w, req, nil)
	if err != nil {
		s.entered(nil)
		return // the upgrader has answered
	}
	socket := newSocket(s.nextID.Add(1), ws)
	s.entered(socket)
	s.work.Go(func() { s.talk(socket) }) // the handler's goroutine ends here, and with it all that net/http keeps for a request
}

// talk is the life of a socket. A bug that a message finds costs this socket, not the calls of everybody.
func (s *Server) talk(k *socket) {
	defer func() {
		if p := recover(); p != nil {
			s.cfg.Logger.Error("panic at a socket", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			k.abort()
		}
		k.finish()
		k.drain()
		s.mu.Lock()
		delete(s.sockets, k.id)
		s.mu.Unlock()
	}()
	s.read(s.observing, k)
}

// ping tells every socket that this side lives, until ctx ends: each every pingEvery, evenly spread.
func (s *Server) ping(ctx context.Context) {
	const parts = 5
	t := time.NewTicker(pingEvery / parts)
	defer t.Stop()
	for turn := uint64(0); ; turn++ {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		var due []wire
		s.mu.Lock()
		for id, k := range s.sockets {
			if id%parts == turn%parts {
				due = append(due, k)
			}
		}
		s.mu.Unlock()
		for _, k := range due {
			k.ping()
		}
	}
}

// open keeps a place for who knocks, unless the server is stopping or full; entered takes it.
func (s *Server) open() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping || len(s.sockets)+s.entering >= s.cfg.MaxSockets {
		return false
	}
	s.entering++
	s.work.Add(1)
	return true
}

// entered gives a place that was kept to a socket, or back.
func (s *Server) entered(k *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entering--
	if k != nil {
		s.sockets[k.id] = k
	}
}

func (s *Server) socket(id uint64) wire {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sockets[id]
}

// read is the reader of a socket; when it returns, the socket is over.
func (s *Server) read(ctx context.Context, k *socket) {
	if err := k.ws.SetReadDeadline(time.Now().Add(helloWithin)); err != nil {
		s.reject(k, err)
		return
	}
	data, err := k.read(deadAfter)
	var r *room
	if err == nil {
		aside(func() { r, err = s.hello(ctx, k, data) })
	}
	if err != nil {
		s.reject(k, err)
		return
	}
	err = s.messages(k, r)
	s.reject(k, err)
	r.inbox.post(dropped{k.id})
}

// messages reads until the socket ends.
func (s *Server) messages(k *socket, r *room) error {
	if err := k.expect(deadAfter); err != nil {
		return err
	}
	var rate bucket
	for {
		data, err := k.read(deadAfter)
		if err != nil {
			return err
		}
		if !rate.take(time.Now()) {
			return errTooFast
		}
		aside(func() { err = s.hand(k, r, data) })
		if err != nil {
			return err
		}
	}
}

// hand gives a message to the room; the error is the end of the socket.
func (s *Server) hand(k *socket, r *room, data []byte) error {
	msg, err := protocol.DecodeClient(data)
	switch problem, fatal := problemOf(err); {
	case fatal:
		return err
	case problem != nil:
		s.tell(k, *problem)
	case !r.inbox.post(received{k.id, msg}):
		return errStopping // the room is over and has said so already
	}
	return nil
}

// aside runs f on a stack of its own and waits for it. A stack that has grown stays so for as long as its goroutine: that of a reader, which waits most of the time, is
// to stay small.
func aside(f func()) {
	var panicked any
	var done sync.WaitGroup
	done.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				panicked = fmt.Sprintf("%v\n%s", p, debug.Stack())
			}
		}()
		f()
	})
	done.Wait()
	if panicked != nil {
		panic(panicked)
	}
}

// problemOf turns an error of decoding into what the client is told, and whether that is the end.
func problemOf(err error) (p *protocol.Problem, fatal bool) {
	if err == nil {
		return nil, false
	}
	if limit, ok := errors.AsType[*protocol.LimitError](err); ok {
		return &protocol.Problem{Code: "limit", Text: limit.Error(), Re: limit.Kind}, false
	}
	if errors.Is(err, protocol.ErrUnknown) {
		return &protocol.Problem{Code: "unknown", Text: err.Error()}, false
	}
	return &protocol.Problem{Code: "bad-message", Text: "The message is not one of this protocol.", Fatal: true}, true
}

func (s *Server) tell(k *socket, m protocol.Message) {
	if data, err := protocol.Encode(m); err == nil {
		k.send(m, data)
	}
}
