package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/webrtc/v4"
)

// Janus is a running Janus with its video room plugin, spoken to by its WebSocket API (janus.conf.meetecho.com/docs/rest.html and
// videoroom.html).
type Janus struct {
	URL string      // ws://host:port
	API *webrtc.API // not of loopback: its ICE library leaves that out
}

// Fill makes a room and puts all parties into it: first all publishers, then, for each who receives, one transport with the streams of all others.
func (j *Janus) Fill(ctx context.Context, room string, parties []Party) (leave func() error, err error) {
	s, err := dialJanus(ctx, j.URL)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	var open []*janusTransport
	leave = func() error {
		mu.Lock()
		defer mu.Unlock()
		return errors.Join(each(open, joinsAtOnce, (*janusTransport).close), s.close())
	}
	keep := func(t *janusTransport) {
		mu.Lock()
		defer mu.Unlock()
		open = append(open, t)
	}
	feeds := map[string]json.Number{}
	err = s.makeRoom(ctx, room)
	if err == nil {
		err = each(parties, joinsAtOnce, func(p Party) error {
			if p.Source == nil {
				return nil
			}
			feed, t, err := s.publish(ctx, j.API, room, p)
			mu.Lock()
			feeds[p.Name] = feed
			mu.Unlock()
			if t != nil {
				keep(t)
			}
			return err
		})
	}
	if err == nil {
		err = each(parties, joinsAtOnce, func(p Party) error {
			if p.Sink == nil {
				return nil
			}
			var others []map[string]any
			for name, feed := range feeds {
				if name != p.Name {
					others = append(others, map[string]any{"feed": feed})
				}
			}
			t, err := s.subscribe(ctx, j.API, room, others, p.Sink)
			if t != nil {
				keep(t)
			}
			return err
		})
	}
	if err != nil {
		return nil, errors.Join(err, leave())
	}
	return leave, nil
}

// janusSession is one WebSocket with one session; its reader hands answers to those who wait.
type janusSession struct {
	ws   *websocket.Conn
	over chan struct{}
	wg   sync.WaitGroup

	mu      sync.Mutex
	id      json.Number
	serial  int
	waiting map[string]chan janusMessage // by transaction
}

// janusMessage is what Janus says, as far as it is of use here.
type janusMessage struct {
	Janus       string `json:"janus"`
	Transaction string `json:"transaction"`
	Data        struct{ ID json.Number }
	Error       *struct{ Reason string }
	PluginData  struct {
		Data struct {
			VideoRoom string      `json:"videoroom"`
			ID        json.Number `json:"id"`
			Error     string      `json:"error"`
		}
	}
	JSEP *webrtc.SessionDescription `json:"jsep"`
}

const janusPatience = 10 * time.Second

func dialJanus(ctx context.Context, url string) (*janusSession, error) {
	dialer := websocket.Dialer{HandshakeTimeout: janusPatience, Subprotocols: []string{"janus-protocol"}}
	ws, resp, err := dialer.DialContext(ctx, url, nil)
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("janus: %w", err)
	}
	s := &janusSession{ws: ws, waiting: map[string]chan janusMessage{}, over: make(chan struct{})}
	s.wg.Go(s.read)
	m, err := s.ask(ctx, map[string]any{"janus": "create"}, false)
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	s.id = m.Data.ID
	s.wg.Go(s.keepAlive)
	return s, nil
}

func (s *janusSession) read() {
	defer close(s.over)
	for {
		_, data, err := s.ws.ReadMessage()
		if err != nil {
			return
		}
		var m janusMessage
		if json.Unmarshal(data, &m) != nil || m.Transaction == "" {
			continue // an event of the room
		}
		s.mu.Lock()
		to := s.waiting[m.Transaction]
		s.mu.Unlock()
		if to != nil {
			select {
			case to <- m:
			default:
			}
		}
	}
}

func (s *janusSession) keepAlive() {
	tick := time.NewTicker(20 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-s.over:
			return
		case <-tick.C:
			_ = s.write(map[string]any{"janus": "keepalive", "session_id": s.id, "transaction": "keep"})
		}
	}
}

func (s *janusSession) close() error {
	err := s.ws.Close()
	s.wg.Wait()
	return err
}

func (s *janusSession) write(m map[string]any) error {
	data, err := json.Marshal(m) // without the newline of WriteJSON, after which Janus looks for a second value
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ws.WriteMessage(websocket.TextMessage, data)
}

// ask sends a request and waits for its answer; with later, for the event that comes after the acknowledgement.
func (s *janusSession) ask(ctx context.Context, m map[string]any, later bool) (janusMessage, error) {
	answers := make(chan janusMessage, 4)
	s.mu.Lock()
	s.serial++
	name := fmt.Sprintf("t%d", s.serial)
	s.waiting[name] = answers
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.waiting, name)
		s.mu.Unlock()
	}()
	m["transaction"] = name
	if s.id != "" {
		m["session_id"] = s.id
	}
	if err := s.write(m); err != nil {
		return janusMessage{}, fmt.Errorf("janus: %w", err)
	}
	patience := time.NewTimer(janusPatience)
	defer patience.Stop()
	for {
		select {
		case a := <-answers:
			switch {
			case a.Error != nil:
				return a, fmt.Errorf("janus: %s", a.Error.Reason)
			case a.PluginData.Data.Error != "":
				return a, fmt.Errorf("janus: %s", a.PluginData.Data.Error)
			case a.Janus == "ack" && later:
			default:
				return a, nil
			}
		case <-patience.C:
			return janusMessage{}, errors.New("janus: no answer")
		case <-s.over:
			return janusMessage{}, errors.New("janus: closed the socket")
		case <-ctx.Done():
			return janusMessage{}, ctx.Err()
		}
	}
}

// attach gives a new handle of the video room.
func (s *janusSession) attach(ctx context.Context) (json.Number, error) {
	m, err := s.ask(ctx, map[string]any{"janus": "attach", "plugin": "janus.plugin.videoroom"}, false)
	return m.Data.ID, err
}

func (s *janusSession) tell(ctx context.Context, handle json.Number, body map[string]any, jsep *webrtc.SessionDescription, later bool) (janusMessage, error) {
	m := map[string]any{"janus": "message", "handle_id": handle, "body": body}
	if jsep != nil {
		m["jsep"] = jsep
	}
	return s.ask(ctx, m, later)
}

func (s *janusSession) makeRoom(ctx context.Context, room string) error {
	handle, err := s.attach(ctx)
	if err != nil {
		return err
	}
	_, err = s.tell(ctx, handle, map[string]any{
		"request": "create", "room": roomNumber(room), "publishers": 64, "bitrate": 0, "audiocodec": "opus", "videocodec": "vp8", "fir_freq": 0,
	}, nil, false)
	return err
}

// roomNumber makes the number that Janus wants from a name.
func roomNumber(room string) int {
	n := 0
	for _, b := range []byte(room) {
		n = (n*31 + int(b)) & 0xffffff
	}
	return n + 1
}

// janusTransport is a peer connection with Janus.
type janusTransport struct {
	pc *webrtc.PeerConnection
	wg sync.WaitGroup
}

func (t *janusTransport) close() error {
	err := t.pc.GracefulClose()
	t.wg.Wait()
	return err
}

func (s *janusSession) publish(ctx context.Context, api *webrtc.API, room string, p Party) (feed json.Number, t *janusTransport, err error) {
	handle, err := s.attach(ctx)
	if err != nil {
		return "", nil, err
	}
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return "", nil, err
	}
	t = &janusTransport{pc: pc}
	for _, track := range []webrtc.TrackLocal{p.Source.Mic, p.Source.Camera} {
		sender, err := pc.AddTrack(track)
		if err != nil {
			return "", t, err
		}
		t.wg.Go(func() { // pion needs a sender's RTCP read
			buf := make([]byte, 1500)
			for {
				if _, _, err := sender.Read(buf); err != nil {
					return
				}
			}
		})
	}
	joined, err := s.tell(ctx, handle, map[string]any{"request": "join", "ptype": "publisher", "room": roomNumber(room), "display": p.Name}, nil, true)
	if err != nil {
		return "", t, err
	}
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		return "", t, err
	}
	local, err := gathered(ctx, pc, offer)
	if err != nil {
		return "", t, err
	}
	answer, err := s.tell(ctx, handle, map[string]any{"request": "publish"}, local, true)
	if err == nil && answer.JSEP == nil {
		err = errors.New("janus: published without an answer")
	}
	if err == nil {
		err = pc.SetRemoteDescription(*answer.JSEP)
	}
	return joined.PluginData.Data.ID, t, err
}

func (s *janusSession) subscribe(ctx context.Context, api *webrtc.API, room string, streams []map[string]any, sink *Sink) (*janusTransport, error) {
	handle, err := s.attach(ctx)
	if err != nil {
		return nil, err
	}
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, err
	}
	t := &janusTransport{pc: pc}
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { t.wg.Go(func() { sink.Read(track) }) })
	offer, err := s.join(ctx, handle, room, streams)
	if err == nil && offer.JSEP == nil {
		err = errors.New("janus: subscribed without an offer")
	}
	if err != nil {
		return t, err
	}
	if err := pc.SetRemoteDescription(*offer.JSEP); err != nil {
		return t, err
	}
	answer, err := pc.CreateAnswer(nil)
	if err != nil {
		return t, err
	}
	local, err := gathered(ctx, pc, answer)
	if err != nil {
		return t, err
	}
	_, err = s.tell(ctx, handle, map[string]any{"request": "start", "room": roomNumber(room)}, local, true)
	return t, err
}

// join asks for streams until they are there: a publisher that has been answered is none before its media flow.
func (s *janusSession) join(ctx context.Context, handle json.Number, room string, streams []map[string]any) (m janusMessage, err error) {
	for end := time.Now().Add(janusPatience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		body := map[string]any{"request": "join", "ptype": "subscriber", "room": roomNumber(room), "streams": streams}
		m, err = s.tell(ctx, handle, body, nil, true)
		if err == nil || !strings.Contains(err.Error(), "No such feed") {
			break
		}
	}
	return m, err
}

// gathered sets a description and gives it with all candidates.
func gathered(ctx context.Context, pc *webrtc.PeerConnection, d webrtc.SessionDescription) (*webrtc.SessionDescription, error) {
	done := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(d); err != nil {
		return nil, err
	}
	select {
	case <-done:
		return pc.LocalDescription(), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// JanusConfig are the settings files of a Janus that has nothing but the video room, on loopback, by name; folder is where they are.
func JanusConfig(folder, port string) map[string]string {
	plugins := []string{"audiobridge", "duktape", "echotest", "lua", "nosip", "recordplay", "sip", "streaming", "textroom", "videocall", "voicemail"}
	transports := []string{"http", "mqtt", "nanomsg", "pfunix", "rabbitmq"}
	off := func(names []string, pattern string) string {
		var files []string
		for _, n := range names {
			files = append(files, fmt.Sprintf(pattern, n))
		}
		return strings.Join(files, ",")
	}
	return map[string]string{
		"janus.jcfg": fmt.Sprintf(`general: { configs_folder = %q, debug_level = 2, log_to_stdout = true }
media: { ipv6 = false }
plugins: { disable = %q }
transports: { disable = %q }
`, folder, off(plugins, "libjanus_%s.so"), off(transports, "libjanus_%s.so")),
		"janus.transport.websockets.jcfg": fmt.Sprintf(`general: { json = "compact", ws = true, ws_port = %s, ws_ip = "127.0.0.1", wss = false }
admin: { admin_ws = false }
`, port),
		"janus.plugin.videoroom.jcfg": "general: { }\n",
	}
}
