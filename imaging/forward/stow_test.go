package forward_test

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
	"yilian/imaging/forward"
	"yilian/imaging/queue"
)

// stowPeer is a STOW-RS server that does as it is told.
type stowPeer struct {
	// before may answer a request itself; the number counts from 1.
	before func(n int, w http.ResponseWriter, r *http.Request) bool
	// fails answers a Failure Reason for an instance; 0: stored.
	fails func(uid string) int
	mute  bool // answers success without a body

	mu       sync.Mutex
	requests int               // guarded by mu
	got      map[string]int    // guarded by mu: how often each instance was stored
	syntaxes map[string]string // guarded by mu
	auth     string            // guarded by mu
	most     int               // guarded by mu: instances of the largest request
}

func (s *stowPeer) listen(t *testing.T) forward.Peer {
	s.got, s.syntaxes = map[string]int{}, map[string]string{}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return forward.Peer{Name: "web", URL: server.URL + "/dicom-web", Timeouts: dimse.Timeouts{Response: time.Second}}
}

func (s *stowPeer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests++
	n := s.requests
	s.auth = r.Header.Get("Authorization")
	s.mu.Unlock()
	if r.URL.Path != "/dicom-web/studies" {
		http.NotFound(w, r)
		return
	}
	if s.before != nil && s.before(n, w, r) {
		return
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/related" || params["type"] != "application/dicom" {
		http.Error(w, "no", http.StatusUnsupportedMediaType)
		return
	}
	var stored, failed []map[string]any
	parts := multipart.NewReader(r.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if err != nil {
			break
		}
		object, err := dicom.ScanFile(p, dicom.Options{})
		if err != nil {
			http.Error(w, "bad part", http.StatusBadRequest)
			return
		}
		uid := object.Dataset.UID(dicom.SOPInstanceUID)
		item := map[string]any{"00081155": map[string]any{"vr": "UI", "Value": []string{uid}}}
		if s.fails != nil && s.fails(uid) != 0 {
			item["00081197"] = map[string]any{"vr": "US", "Value": []int{s.fails(uid)}}
			failed = append(failed, item)
			continue
		}
		stored = append(stored, item)
		s.mu.Lock()
		s.got[uid]++
		s.syntaxes[uid] = object.Syntax.UID
		s.most = max(s.most, len(stored))
		s.mu.Unlock()
	}
	if s.mute {
		return
	}
	out := map[string]any{}
	if len(stored) > 0 {
		out["00081199"] = map[string]any{"vr": "SQ", "Value": stored}
	}
	status := http.StatusOK
	if len(failed) > 0 {
		out["00081198"] = map[string]any{"vr": "SQ", "Value": failed}
		if status = http.StatusAccepted; len(stored) == 0 {
			status = http.StatusConflict
		}
	}
	w.Header().Set("Content-Type", "application/dicom+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(out)
}

// once tells what is wrong with "each of these exactly once".
func (s *stowPeer) once(want map[string]string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for uid := range want {
		if s.got[uid] != 1 {
			return fmt.Errorf("%s came %d times", uid, s.got[uid])
		}
	}
	if len(s.got) != len(want) {
		return fmt.Errorf("%d came, want %d", len(s.got), len(want))
	}
	return nil
}

func TestSTOW(t *testing.T) {
	for name, mute := range map[string]bool{"told one by one": false, "told without a word": true} {
		t.Run(name, func(t *testing.T) {
			w, s := newWorld(t), &stowPeer{mute: mute}
			p := s.listen(t)
			p.Bearer = "token"
			w.set(p)
			uid := w.store(70) // two requests
			w.send(uid, queue.Routine)
			w.awaitDone(1)
			if err := s.once(w.kept(uid)); err != nil {
				t.Error(err)
			}
			if s.requests != 2 || s.most != 50 || s.auth != "Bearer token" {
				t.Errorf("%d requests, the largest of %d, with %q", s.requests, s.most, s.auth)
			}
		})
	}
}

// TestSTOWAnswers: what an answer says about the peer, about a request, or about one instance of it.
func TestSTOWAnswers(t *testing.T) {
	status := func(codes ...int) func(int, http.ResponseWriter, *http.Request) bool {
		return func(n int, w http.ResponseWriter, r *http.Request) bool {
			if n > len(codes) {
				return false
			}
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(codes[n-1])
			return true
		}
	}
	for name, c := range map[string]struct {
		before func(int, http.ResponseWriter, *http.Request) bool
		held   string // the lane was held for this
		dead   string
	}{
		"busy":           {before: status(503, 429), held: forward.CodeFull},
		"wrong token":    {before: status(401, 403), held: forward.CodeUnauthorised},
		"wrong place":    {before: status(404), held: forward.CodeMisplaced},
		"sent elsewhere": {before: status(307), held: forward.CodeMisplaced},
		"failed":         {before: status(500, 500)},
		"not together":   {before: status(400)},
		"too large":      {before: status(413)},
		"refused":        {before: status(400, 400, 400, 400), dead: forward.CodeRefused},
		"breaks off": {before: func(n int, w http.ResponseWriter, r *http.Request) bool {
			if n > 2 {
				return false
			}
			_, _ = io.CopyN(io.Discard, r.Body, 1000)
			panic(http.ErrAbortHandler)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w, s := newWorld(t), &stowPeer{before: c.before}
			w.set(s.listen(t))
			uid := w.store(3)
			held := ""
			w.send(uid, queue.Routine)
			if c.dead != "" {
				w.awaitDead(c.dead)
				return
			}
			w.await("done", func() bool {
				if h, err := w.db.Queue().Holds(t.Context()); err == nil && len(h) == 1 {
					held = h[0].Failure.Code
				}
				return len(w.jobs(queue.Done)) == 1
			})
			if err := s.once(w.kept(uid)); err != nil {
				t.Error(err)
			}
			if c.held != "" && held != "" && held != c.held {
				t.Errorf("held for %q, want %q", held, c.held)
			}
		})
	}
}

// TestSTOWPartly: of a request of which some were refused, the others are stored and never sent again.
func TestSTOWPartly(t *testing.T) {
	w := newWorld(t)
	uid := w.store(6)
	want := w.kept(uid)
	var bad string
	for bad = range want {
		break
	}
	s := &stowPeer{fails: func(sop string) int {
		if sop == bad {
			return 0xC000
		}
		return 0
	}}
	w.set(s.listen(t))
	w.send(uid, queue.Routine)
	if j := w.awaitDead(forward.CodeRefused); j.Failure.Text != "1 of 6 instances were not taken: C000 cannot understand." {
		t.Errorf("died of %q", j.Failure.Text)
	}
	delete(want, bad)
	if err := s.once(want); err != nil {
		t.Error(err)
	}
	s.fails = nil
	if _, err := w.db.Queue().Replay(t.Context(), time.Now(), queue.Filter{State: queue.Dead}); err != nil {
		t.Fatal(err)
	}
	w.awaitDone(1)
	if err := s.once(w.kept(uid)); err != nil {
		t.Error(err)
	}
}

// TestSTOWTransfer: compressed for a poor line; decompressed for who takes nothing else.
func TestSTOWTransfer(t *testing.T) {
	w := newWorld(t)
	var refuse bool
	s := &stowPeer{before: func(n int, w http.ResponseWriter, r *http.Request) bool {
		if refuse = n == 1; refuse {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusUnsupportedMediaType)
		}
		return refuse
	}}
	p := s.listen(t)
	p.Transfer = "jpeg-ls"
	w.set(p)
	first := w.store(2)
	w.send(first, queue.Routine)
	w.awaitDone(1)
	second := w.store(2)
	w.send(second, queue.Routine)
	w.awaitDone(2)
	for uid, ts := range s.syntaxes {
		want := dicom.JPEGLSLossless
		if _, ok := w.kept(first)[uid]; ok {
			want = dicom.ExplicitVRLittleEndian
		}
		if ts != want {
			t.Errorf("came in %s, want %s", ts, want)
		}
	}
	if len(s.got) != 4 {
		t.Errorf("%d came", len(s.got))
	}
}

// TestSTOWDeaf: a server that takes a request and never answers is bounded by the time-out.
func TestSTOWDeaf(t *testing.T) {
	w := newWorld(t)
	s := &stowPeer{before: func(_ int, _ http.ResponseWriter, r *http.Request) bool {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
		return true
	}}
	p := s.listen(t)
	p.Attempts, p.Timeouts.Response = 1, 50*time.Millisecond
	w.set(p)
	w.send(w.store(2), queue.Routine)
	w.awaitDead(forward.CodeBroken)
}
