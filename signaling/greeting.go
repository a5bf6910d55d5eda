package signaling

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"yilian/signaling/protocol"
)

// A hello may come by POST, on a connection that the client has anyway: its answer is there a round trip later, while the WebSocket still opens.

// wire is the way to a client: a socket, or for a moment a letter.
type wire interface {
	send(m protocol.Message, data []byte) // data is m, encoded
	hangUp(code int, text string)
	ping()
	abort()
}

// letter is the way to a client whose hello came by POST: what is told up to the answer goes into the response. Then it stands for the socket that is being opened;
// what is told meanwhile is lost, as with every socket: a welcome tells all of it again.
type letter struct {
	offered bool          // an answer follows the welcome
	done    chan struct{} // closed when the response is complete

	mu       sync.Mutex
	messages []json.RawMessage
	code     int  // of a close; guarded by mu
	sealed   bool // done is closed; guarded by mu
	forget   func()
}

func (l *letter) send(m protocol.Message, data []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sealed {
		return
	}
	l.messages = append(l.messages, data)
	switch m := m.(type) {
	case protocol.Welcome:
		if m.Lobby || !l.offered {
			l.seal()
		}
	case protocol.Answer:
		l.seal()
	case protocol.Problem:
		if m.Re == "offer" {
			l.seal()
		}
	}
}

// seal completes the response; mu is held.
func (l *letter) seal() {
	if !l.sealed {
		l.sealed = true
		close(l.done)
	}
}

func (l *letter) hangUp(code int, _ string) {
	l.mu.Lock()
	l.code = code
	l.seal()
	l.mu.Unlock()
	l.forget()
}

func (l *letter) ping() {}

// abort is called with the server's list held.
func (l *letter) abort() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.code = protocol.CloseRestart
	l.seal()
}

// content is the response: the messages in order, and the close code if that is the end.
func (l *letter) content() protocol.Reply {
	l.mu.Lock()
	defer l.mu.Unlock()
	return protocol.Reply{Messages: l.messages, Close: l.code}
}

// greet serves a hello that comes by POST.
func (s *Server) greet(w http.ResponseWriter, req *http.Request) {
	if !s.fromHere(req) {
		http.Error(w, "another origin", http.StatusForbidden)
		return
	}
	if !s.open() {
		http.Error(w, "no free line", http.StatusServiceUnavailable)
		return
	}
	defer s.work.Done()
	reply, err := s.reply(req.Context(), w, req)
	if errors.Is(err, errSaid) {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	if err != nil {
		refusal, ok := refusalOf(err)
		if !ok {
			http.Error(w, "not a hello", http.StatusBadRequest)
			return
		}
		problem, err := protocol.Encode(refusal.problem)
		if err != nil { // texts and numbers
			s.cfg.Logger.Error("encode problem", "err", err)
		}
		reply = protocol.Reply{Messages: []json.RawMessage{problem}, Close: refusal.code}
	}
	writeReply(w, req, reply)
}

// errSaid tells that a hello by POST came behind the same one on a socket.
var errSaid = errors.New("this hello was said already")

// reply brings the person into the room and waits for the answer to the offer.
func (s *Server) reply(ctx context.Context, w http.ResponseWriter, req *http.Request) (protocol.Reply, error) {
	// Who sends a hello slowly is a burden like who opens a socket and says nothing. What cannot be bounded is bounded by the server around.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(helloWithin))
	hello, err := readHello(w, req)
	s.entered(nil) // it has been heard; whom it lets in is counted by the letter
	if err != nil {
		return protocol.Reply{}, err
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	in, err := s.entry(*hello)
	if err != nil {
		return protocol.Reply{}, err
	}
	if in.again {
		return protocol.Reply{}, errSaid
	}
	in.socket = s.nextID.Add(1)
	l := s.newLetter(in)
	r, err := s.bring(ctx, in)
	if err != nil {
		l.forget()
		return protocol.Reply{}, err
	}
	drop := func() {
		l.forget()
		r.inbox.post(dropped{in.socket})
	}
	late := time.NewTimer(answerWithin)
	defer late.Stop()
	select {
	case <-l.done:
	case <-late.C:
	case <-ctx.Done():
		drop()
		return protocol.Reply{}, ctx.Err()
	}
	reply := l.content()
	if reply.Close == 0 {
		time.AfterFunc(socketWithin, drop)
	}
	return reply, nil
}

// socketWithin is how long a seat that was taken by POST waits for its socket before it counts as without one.
const socketWithin = helloWithin + 5*time.Second

// newLetter makes the letter of an entry and lists it.
func (s *Server) newLetter(in enter) *letter {
	l := &letter{offered: in.hello.Offer != nil, done: make(chan struct{})}
	l.forget = func() {
		s.mu.Lock()
		delete(s.sockets, in.socket)
		s.mu.Unlock()
	}
	s.mu.Lock()
	s.sockets[in.socket] = l
	s.mu.Unlock()
	return l
}

// readHello reads a body that is one hello, packed or not.
func readHello(w http.ResponseWriter, req *http.Request) (*protocol.Hello, error) {
	var body io.Reader = http.MaxBytesReader(w, req.Body, protocol.MaxMessage)
	if req.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(body)
		if err != nil {
			return nil, errors.Join(protocol.ErrMalformed, err)
		}
		body = unpacked
	}
	data, err := io.ReadAll(io.LimitReader(body, protocol.MaxMessage+1))
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok || len(data) > protocol.MaxMessage {
		return nil, errors.Join(errTooLarge, tooLarge)
	}
	if err != nil {
		return nil, errors.Join(protocol.ErrMalformed, err)
	}
	return helloOf(data)
}

// worthPacking is from how many bytes on a response is packed: below it fits into one segment in any case.
const worthPacking = 1 << 10

func writeReply(w http.ResponseWriter, req *http.Request, reply protocol.Reply) {
	data, err := json.Marshal(reply)
	if err != nil { // raw messages that this side encoded
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if len(data) < worthPacking || !strings.Contains(req.Header.Get("Accept-Encoding"), "gzip") {
		_, _ = w.Write(data)
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	packed := gzip.NewWriter(w)
	_, _ = packed.Write(data) // a client that is gone opens its socket anew
	_ = packed.Close()
}

// fromHere is the rule of the upgrader for who may come: pages of the same host, or what the settings say.
func (s *Server) fromHere(req *http.Request) bool {
	if s.cfg.Origin != nil {
		return s.cfg.Origin(req)
	}
	origin := req.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, req.Host)
}
