package forward_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
	"yilian/imaging/forward"
	"yilian/imaging/phantom"
	"yilian/imaging/queue"
	"yilian/imaging/scp"
	"yilian/internal/foreign"
	"yilian/storage/blob"
	"yilian/storage/sqlstore"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is an archive with its work queue on a real database and folder. It is the settings and cases of its forward.Service, too.
type world struct {
	*testing.T
	dir     string
	db      *sqlstore.DB
	archive *imaging.Archive
	service *forward.Service
	worker  *queue.Worker
	stop    func()

	mu    sync.Mutex
	peers map[string]forward.Peer // guarded by mu
	rules []forward.Rule          // guarded by mu
	cases forward.Case            // guarded by mu
}

// all lets everybody do everything.
type all struct{}

func (all) Scope(context.Context, yilian.Actor) (imaging.Scope, error) {
	return imaging.Scope{All: true}, nil
}
func (all) MayRead(context.Context, yilian.Actor, yilian.StudyUID) error { return nil }
func (all) MayStore(context.Context, yilian.Actor) (yilian.InstitutionID, error) {
	return "town", nil
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, dir: t.TempDir(), peers: map[string]forward.Peer{}}
	var err error
	if w.db, err = sqlstore.Open(t.Context(), sqlstore.Options{Path: filepath.Join(w.dir, "yilian.db")}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.db.Close() })
	blobs, err := blob.Folder(filepath.Join(w.dir, "objects"))
	if err != nil {
		t.Fatal(err)
	}
	if w.archive, err = imaging.New(imaging.Config{Index: w.db.Imaging(), Blobs: blobs, Access: all{}}); err != nil {
		t.Fatal(err)
	}
	if w.service, err = forward.New(forward.Config{Archive: w.archive, Settings: w, Cases: w, Trail: w.db.Imaging(), Marked: w.db.Queue().Marked, Put: w.put, AETitle: "YILIAN"}); err != nil {
		t.Fatal(err)
	}
	w.run()
	return w
}

func (w *world) put(ctx context.Context, orders ...queue.Order) error {
	return w.worker.Put(ctx, orders...)
}

// run lets a worker work until stop.
func (w *world) run() {
	fast := queue.Backoff{First: 20 * time.Millisecond, Max: 100 * time.Millisecond}
	w.worker = queue.NewWorker(queue.Config{
		Store: w.db.Queue(), Handlers: w.service.Handlers(), Lane: w.service.Lane,
		Poll: 20 * time.Millisecond, Retry: fast, Probe: fast,
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.worker.Run(ctx) }()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			w.Error(err)
		}
	})
	w.Cleanup(w.stop)
}

func (w *world) Peer(_ context.Context, id string) (forward.Peer, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p, ok := w.peers[id]; ok {
		return p, nil
	}
	return forward.Peer{}, yilian.Errorf(yilian.NotFound, "peer.unknown", "There is no such peer.")
}

func (w *world) Rules(context.Context) ([]forward.Rule, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.rules), nil
}

func (w *world) Case(context.Context, yilian.StudyUID) (forward.Case, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cases, nil
}

func (w *world) set(p forward.Peer) forward.Peer {
	w.mu.Lock()
	defer w.mu.Unlock()
	p.ID = "p"
	w.peers[p.ID] = p
	return p
}

// store keeps a CT study of n slices and answers its UID.
func (w *world) store(n int) yilian.StudyUID {
	w.Helper()
	var uid yilian.StudyUID
	for o, err := range phantom.Study(phantom.ChestCT, phantom.Options{Images: n, Size: 64, Seed: rand.Uint64()}) {
		if err != nil {
			w.Fatal(err)
		}
		uid = w.keep(o.File)
	}
	return uid
}

func (w *world) keep(file []byte) yilian.StudyUID {
	w.Helper()
	stored, err := w.archive.Store(w.Context(), yilian.Actor{Device: "CT"}, imaging.Incoming{Part10: true, Source: "CT"}, bytes.NewReader(file))
	if err != nil {
		w.Fatal(err)
	}
	return stored.Study
}

func (w *world) send(uid yilian.StudyUID, p queue.Priority) {
	w.Helper()
	o, err := w.service.Order(w.Context(), "p", uid, p, "somebody")
	if err == nil {
		err = w.worker.Put(w.Context(), o)
	}
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) jobs(s queue.State) []queue.Job {
	w.Helper()
	page, _, err := w.db.Queue().List(context.Background(), time.Now(), queue.Filter{State: s})
	if err != nil {
		w.Fatal(err)
	}
	return page
}

func (w *world) await(what string, done func() bool) {
	w.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			holds, _ := w.db.Queue().Holds(context.Background())
			w.Fatalf("not %s in time; waiting %+v, dead %+v, held %+v", what, w.jobs(queue.Waiting), w.jobs(queue.Dead), holds)
		}
	}
}

func (w *world) awaitDone(n int) {
	w.Helper()
	w.await("done", func() bool { return len(w.jobs(queue.Done)) == n })
}

func (w *world) awaitDead(code string) queue.Job {
	w.Helper()
	w.await("dead", func() bool { return len(w.jobs(queue.Dead)) == 1 })
	j := w.jobs(queue.Dead)[0]
	if j.Failure.Code != code {
		w.Errorf("died of %+v, want %s", j.Failure, code)
	}
	return j
}

// kept are the data sets of a study in the archive: UID → hash.
func (w *world) kept(uid yilian.StudyUID) map[string]string {
	w.Helper()
	out := map[string]string{}
	for i, err := range w.archive.Instances(w.Context(), yilian.System, imaging.Path{Study: uid}) {
		if err != nil {
			w.Fatal(err)
		}
		out[string(i.UID)] = i.SHA256
	}
	return out
}

// scripted is a peer that does as it is told.
type scripted struct {
	*testing.T
	addr string
	// takes answers whether a context is accepted. Nil: all.
	takes func(class, syntax string) bool
	// answer answers a status, or does something worse. Nil: success.
	answer func(uid string, a *dimse.Association) (dimse.Status, bool)
	deaf   bool // accepts connections and says nothing

	mu       sync.Mutex
	got      map[string][]received // guarded by mu
	order    []string              // guarded by mu
	notices  []*dicom.Dataset      // guarded by mu: N-CREATEs of availability notices
	asked    []*dicom.Dataset      // guarded by mu: N-ACTIONs of storage commitment
	dialled  int                   // guarded by mu
	together int                   // guarded by mu: associations at the same time, at most
	open     int                   // guarded by mu
}

type received struct {
	syntax, sum string
	data        []byte
}

// listen starts a peer and answers its settings.
func (s *scripted) listen(t *testing.T) forward.Peer {
	t.Helper()
	s.T, s.got = t, map[string][]received{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { s.serve(ctx, c) })
		}
	})
	t.Cleanup(func() {
		cancel()
		_ = l.Close()
		serving.Wait()
	})
	return forward.Peer{Name: "scripted", Called: "PEER", Calling: "YILIAN", Address: s.addr, Timeouts: dimse.Timeouts{Response: time.Second, ARTIM: time.Second}}
}

func (s *scripted) serve(ctx context.Context, c net.Conn) {
	s.mu.Lock()
	s.dialled++
	s.mu.Unlock()
	if s.deaf {
		<-ctx.Done()
		_ = c.Close()
		return
	}
	a, err := dimse.Accept(ctx, c, dimse.AcceptOptions{Negotiate: func(_ context.Context, rq *dimse.Associate) (dimse.Agreement, *dimse.Reject) {
		var out dimse.Agreement
		for _, p := range rq.Proposed {
			if s.takes == nil || s.takes(p.AbstractSyntax, p.TransferSyntaxes[0]) {
				out.Contexts = append(out.Contexts, dimse.Answered{ID: p.ID, TransferSyntax: p.TransferSyntaxes[0]})
			}
		}
		return out, nil
	}})
	if err != nil {
		return
	}
	s.mu.Lock()
	s.open++
	s.together = max(s.together, s.open)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.open--
		s.mu.Unlock()
		_ = a.Close()
	}()
	for {
		m, err := a.Next(ctx)
		if err != nil {
			return
		}
		status, ok := s.take(a, m)
		if !ok {
			return
		}
		if err := a.Reply(m, m.Command.Response(status)); err != nil {
			return
		}
	}
}

func (s *scripted) take(a *dimse.Association, m *dimse.Message) (dimse.Status, bool) {
	switch {
	case m.Command.Field == dimse.NCreateRQ && m.Command.AffectedSOPClass == scp.AvailabilityClass:
		return s.hear(m, &s.notices)
	case m.Command.Field == dimse.NActionRQ && m.Command.RequestedSOPClass == scp.CommitmentPush:
		return s.hear(m, &s.asked)
	}
	if m.Command.Field != dimse.CStoreRQ {
		return dimse.Success, true
	}
	uid := m.Command.AffectedSOPInstance
	if s.answer != nil {
		if status, ok := s.answer(uid, a); !ok || status != dimse.Success {
			if ok {
				_, _ = io.Copy(io.Discard, m.Data)
			}
			return status, ok
		}
	}
	data, err := io.ReadAll(m.Data)
	if err != nil {
		return 0, false
	}
	sum := sha256.Sum256(data)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got[uid] = append(s.got[uid], received{m.Context.TransferSyntax, hex.EncodeToString(sum[:]), data})
	s.order = append(s.order, uid)
	return dimse.Success, true
}

// hear takes what it is told.
func (s *scripted) hear(m *dimse.Message, into *[]*dicom.Dataset) (dimse.Status, bool) {
	object, err := dicom.Scan(m.Data, dicom.Syntax(m.Context.TransferSyntax), dicom.Options{})
	if err != nil {
		return 0, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	*into = append(*into, object.Dataset)
	return dimse.Success, true
}

// once tells what is wrong with "each of these exactly once, byte for byte".
func (s *scripted) once(want map[string]string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for uid, sum := range want {
		if got := s.got[uid]; len(got) != 1 || got[0].sum != sum {
			errs = append(errs, fmt.Errorf("%s came %d times", uid, len(got)))
		}
	}
	if len(s.got) != len(want) {
		errs = append(errs, fmt.Errorf("%d came, want %d", len(s.got), len(want)))
	}
	return errors.Join(errs...)
}

// tool finds a foreign program: without it the test is left out here, and fails where CI is set.
func tool(t *testing.T, name string) string {
	t.Helper()
	return foreign.Program(t, name)
}
