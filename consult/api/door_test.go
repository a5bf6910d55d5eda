package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/directory/directorytest"
	"yilian/consult/flow"
	"yilian/consult/flow/flowtest"
	"yilian/consult/patient"
	"yilian/consult/reading"
	"yilian/consult/recording"
	"yilian/consult/request"
	"yilian/consult/share"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bus is publish and subscribe in one process.
type bus struct {
	mu   sync.Mutex
	subs []chan []byte
}

func (b *bus) Publish(_ context.Context, _ string, data []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.subs {
		s <- data
	}
	return nil
}

func (b *bus) Subscribe(context.Context, string) (<-chan []byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := make(chan []byte, 256)
	b.subs = append(b.subs, s)
	return s, nil
}

type calls struct{}

func (calls) Ticket(_ context.Context, room string, _ request.Participant) (request.Pass, error) {
	return request.Pass{Token: "ticket-" + room}, nil
}
func (calls) Dismiss(context.Context, string) error { return nil }

func (calls) Close(context.Context, string, string) error { return nil }

// door is the whole consult side behind HTTP, in memory, with clock, relay and push running.
type door struct {
	t      *testing.T
	api    *API
	dir    *directory.Service
	req    *request.Service
	store  *flowtest.Store
	county *directorytest.County
	server *httptest.Server
}

func newDoor(t *testing.T) *door {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	raw, b := flowtest.New(), &bus{}
	relay, clock := flow.NewRelay(raw, b, log), flow.NewClock(raw, log)
	store := flow.Watch(raw, relay.Wake, clock.Wake)
	dir := directory.New(store, log, nil)
	patients := patient.NewService(store, time.Now)
	req := request.New(request.Config{Store: store, Directory: dir, Patients: patients, Calls: calls{}, Files: newFiles(), Log: log})
	dir.Register(clock)
	req.Register(clock, relay)
	clinical := testClinical(t, store, dir, patients)
	for _, kind := range reading.Kinds {
		clock.Handle(kind, clinical.Readings.Due)
	}
	recordings := recording.New(recording.Config{Store: store, Consults: req, Rules: dir})
	a, err := New(Config{Store: store, Directory: dir, Requests: req, Recordings: recordings, Clinical: clinical, Bus: b, KeptAside: noneKept{}, Truth: noTruth{}, Exports: noExports{}, Shares: share.New(store, noStudies{}, time.Now), GivenAway: noGiven{}, Prints: noPrints{}, Imports: noImports{}, Peers: testPeers(t, store, dir), Forwarding: noForwarding{}, Log: log, Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, run := range []func(context.Context) error{relay.Run, clock.Run, a.Run} {
		running.Go(func() { _ = run(ctx) })
	}
	d := &door{t: t, api: a, dir: dir, req: req, store: raw, server: httptest.NewServer(a.Handler())}
	d.county = directorytest.New(t, store, dir, time.Now())
	t.Cleanup(func() {
		cancel()
		running.Wait()
		d.server.Close()
	})
	return d
}

// page is one browser.
type page struct {
	*door
	client *http.Client
	csrf   string
}

func (d *door) page() *page {
	jar, err := cookiejar.New(nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return &page{door: d, client: &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}}
}

func (d *door) signedIn(login string) *page {
	d.t.Helper()
	d.county.SetPasswords(d.t, login)
	p := d.page()
	me := p.ok("POST", "/api/session", map[string]any{"login": login, "password": directorytest.Password})
	p.csrf = me["csrf"].(string)
	return p
}

// call answers status and decoded body.
func (p *page) call(method, path string, body any, header ...string) (int, map[string]any) {
	p.t.Helper()
	var r io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			p.t.Fatal(err)
		}
		r = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.server.URL+path, r)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if p.csrf != "" {
		req.Header.Set("X-CSRF-Token", p.csrf)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := p.client.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	out := map[string]any{}
	if len(data) > 0 && json.Unmarshal(data, &out) != nil {
		out["raw"] = string(data)
	}
	return resp.StatusCode, out
}

func (p *page) ok(method, path string, body any, header ...string) map[string]any {
	p.t.Helper()
	status, out := p.call(method, path, body, header...)
	if status >= 300 {
		p.t.Fatalf("%s %s: %d %v", method, path, status, out)
	}
	return out
}

func (p *page) refused(status int, code, method, path string, body any, header ...string) map[string]any {
	p.t.Helper()
	got, out := p.call(method, path, body, header...)
	if got != status || out["code"] != code {
		p.t.Fatalf("%s %s: %d %v, want %d %s", method, path, got, out, status, code)
	}
	return out
}

func items(m map[string]any) []map[string]any {
	var list []map[string]any
	for _, x := range m["items"].([]any) {
		list = append(list, x.(map[string]any))
	}
	return list
}

func has(list any, want string) bool {
	for _, x := range list.([]any) {
		if x == want {
			return true
		}
	}
	return false
}

// noneKept is an archive that kept nothing aside.
type noneKept struct{}

func (noneKept) Conflicts(context.Context, yilian.Actor, string, int) ([]Kept, string, error) {
	return nil, "", nil
}

func (noneKept) Resolve(context.Context, yilian.Actor, string, bool, string) (Correction, error) {
	return Correction{}, yilian.Errorf(yilian.NotFound, "kept.unknown", "There is no such instance.")
}

func (noneKept) Step(context.Context, yilian.Actor, string, NewStep) (Correction, error) {
	return Correction{}, yilian.Errorf(yilian.NotFound, "kept.unknown", "There is no such instance.")
}

func (noneKept) Corrections(context.Context, yilian.Actor, CorrectionFilter) ([]Correction, string, error) {
	return nil, "", nil
}

// noExports is an archive without studies.
type noExports struct{}

func (noExports) Export(context.Context, yilian.Actor, yilian.StudyUID, ExportFormat) (Export, error) {
	return Export{}, yilian.Errorf(yilian.NotFound, "study.not_found", "There is no such study.")
}

// noPrints lets nobody print.
type noPrints struct{}

func (noPrints) Print(context.Context, flow.Command, yilian.StudyUID, Printing) error {
	return yilian.Errorf(yilian.Forbidden, "print.house", "Pictures are printed by the institution that made them, or by their reader.")
}

// noImports is an archive that has nothing and reads no disc.
type noImports struct{}

func (noImports) ReadDirectory(context.Context, yilian.Actor, io.Reader) ([]DiscPatient, error) {
	return nil, yilian.Errorf(yilian.Invalid, "fileset.directory", "This is no directory of a file-set (DICOMDIR).")
}

func (noImports) Here(context.Context, yilian.Actor, yilian.StudyUID, []OfferedInstance) ([]yilian.InstanceUID, error) {
	return []yilian.InstanceUID{}, nil
}

// noTruth is an archive in which nothing was ever wrong.
type noTruth struct{ Truth }

func (noTruth) Corrections(context.Context, yilian.Actor, CorrectionFilter) ([]Correction, string, error) {
	return nil, "", nil
}

func (noTruth) Correction(context.Context, yilian.Actor, string) (Correction, error) {
	return Correction{}, yilian.Errorf(yilian.NotFound, "correction.unknown", "There is no such correction.")
}

func (noTruth) Sides(context.Context, yilian.Actor, yilian.StudyUID) ([]Side, error) { return nil, nil }

func (noTruth) Rejected(context.Context, yilian.Actor, yilian.StudyUID, string, int) ([]RejectedInstance, string, error) {
	return nil, "", nil
}

func (noTruth) KeptSides(context.Context, yilian.Actor, string, int) ([]KeptSides, string, error) {
	return nil, "", nil
}

func (noTruth) Notices(context.Context, yilian.Actor, bool, string, int) ([]Notice, string, error) {
	return nil, "", nil
}

func (noTruth) Acknowledge(context.Context, yilian.Actor, string) error {
	return yilian.Errorf(yilian.NotFound, "notice.unknown", "There is no such notice.")
}

func (noTruth) Holds(context.Context, yilian.Actor, yilian.StudyUID, bool, string, int) ([]Hold, string, error) {
	return nil, "", nil
}

func (noTruth) Space(context.Context) SpaceAnswer { return SpaceAnswer{Level: "ok"} }

func toString(v map[string]any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(data)
}
