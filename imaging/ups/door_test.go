package ups_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"yilian"
	"yilian/imaging/ups"
	"yilian/storage/sqlstore"
)

// bench is a door over a real database; whoever calls is named by a header.
type bench struct {
	t      *testing.T
	url    string
	db     *sqlstore.DB
	worker *ups.Service
	mu     sync.Mutex
	now    time.Time // guarded by mu
}

func newBench(t *testing.T) *bench {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: filepath.Join(t.TempDir(), "yilian.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	b := &bench{t: t, db: db, now: time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)}
	b.worker = ups.New(db.Worklist(), b.clock, nil)
	t.Cleanup(b.worker.Close)
	door := &ups.Door{Service: b.worker, Prefix: "/dicom-web", Authenticate: func(r *http.Request) (yilian.Actor, error) {
		who := r.Header.Get("X-Test")
		if who == "" {
			return yilian.Actor{}, yilian.Errorf(yilian.Unauthenticated, "session.none", "Who is it?")
		}
		institution, scopes, _ := strings.Cut(who, " ")
		return yilian.Actor{Name: "engine", Institution: yilian.InstitutionID(institution), Roles: []yilian.Role{yilian.RoleProgram}, Scopes: strings.Fields(scopes)}, nil
	}}
	server := httptest.NewServer(door.Handler())
	t.Cleanup(server.Close)
	b.url = server.URL + "/dicom-web"
	return b
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(time.Millisecond)
	return b.now
}

const (
	both     = "north worklist:read worklist:write"
	stranger = "south worklist:read worklist:write"
	reader   = "north worklist:read"
)

// relay hands the messages about workitems on, as the program does.
func (b *bench) relay() {
	b.t.Helper()
	msgs, err := b.db.Flow().ClaimMessages(b.t.Context(), time.Now(), 100, time.Minute)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, m := range msgs {
		b.worker.Changed(b.t.Context(), m.Key)
		if err := b.db.Flow().Delivered(b.t.Context(), m.ID); err != nil {
			b.t.Fatal(err)
		}
	}
}

func (b *bench) do(who, method, path, body string) (int, http.Header, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("X-Test", who)
	if body != "" {
		r.Header.Set("Content-Type", "application/dicom+json")
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(raw)
}

// want does a request and checks its status.
func (b *bench) want(status int, who, method, path, body string) (http.Header, string) {
	b.t.Helper()
	got, header, answer := b.do(who, method, path, body)
	if got != status {
		b.t.Fatalf("%s %s by %q: %d, want %d: %s", method, path, who, got, status, answer)
	}
	return header, answer
}

func workitem(label string) string {
	return fmt.Sprintf(`{"00741000":{"vr":"CS","Value":["SCHEDULED"]},"00741200":{"vr":"CS","Value":["HIGH"]},
		"00741204":{"vr":"LO","Value":[%q]},"00741202":{"vr":"LO","Value":["AI"]},"00404005":{"vr":"DT","Value":["20261102080000"]},
		"00404041":{"vr":"CS","Value":["READY"]},"00100010":{"vr":"PN","Value":[{"Alphabetic":"Zhang^San","Ideographic":"张^三"}]},
		"00404018":{"vr":"SQ","Value":[{"00080100":{"vr":"SH","Value":["CAD"]}}]}}`, label)
}

const (
	one = "1.2.3.1"
	tx  = "2.25.77"
)

func state(to, transaction string) string {
	return fmt.Sprintf(`{"00741000":{"vr":"CS","Value":[%q]},"00081195":{"vr":"UI","Value":[%q]}}`, to, transaction)
}

const performed = `{"00081195":{"vr":"UI","Value":["2.25.77"]},"00741216":{"vr":"SQ","Value":[{
	"00404050":{"vr":"DT","Value":["20261102080100"]},"00404051":{"vr":"DT","Value":["20261102080200"]},
	"00404028":{"vr":"SQ","Value":[{"00080100":{"vr":"SH","Value":["GPU1"]}}]},
	"00404019":{"vr":"SQ","Value":[{"00080100":{"vr":"SH","Value":["CAD"]}}]},"00404033":{"vr":"SQ"}}]}}`

// TestLife: created, found, claimed by one, performed, completed; the secret of the claim is in no answer.
func TestLife(t *testing.T) {
	b := newBench(t)
	header, _ := b.want(201, both, "POST", "/workitems?"+one, workitem("肺结节"))
	if got := header.Get("Content-Location"); got != b.url+"/workitems/"+one {
		t.Errorf("created at %q", got)
	}
	b.want(409, both, "POST", "/workitems?workitem="+one, workitem("again"))
	b.want(400, both, "POST", "/workitems/"+one, state("COMPLETED", ""))
	b.want(400, both, "PUT", "/workitems/"+one+"/state", state("IN PROGRESS", ""))
	b.want(409, both, "PUT", "/workitems/"+one+"/state", state("COMPLETED", tx))
	b.want(200, both, "PUT", "/workitems/"+one+"/state", state("IN PROGRESS", tx))
	b.want(409, both, "PUT", "/workitems/"+one+"/state", state("IN PROGRESS", "2.25.78"))
	b.want(400, both, "POST", "/workitems/"+one, `{"00741204":{"vr":"LO","Value":["mine now"]}}`)
	b.want(400, both, "PUT", "/workitems/"+one+"/state", state("COMPLETED", tx)) // nothing performed yet
	b.want(200, both, "POST", "/workitems/"+one, performed)
	b.want(400, both, "PUT", "/workitems/"+one+"/state", state("COMPLETED", "2.25.78"))
	b.want(200, both, "PUT", "/workitems/"+one+"/state", state("COMPLETED", tx))
	header, _ = b.want(200, both, "PUT", "/workitems/"+one+"/state", state("COMPLETED", tx))
	if !strings.Contains(header.Get("Warning"), "already in the requested state") {
		t.Errorf("no warning: %v", header)
	}
	_, answer := b.want(200, reader, "GET", "/workitems/"+one, "")
	if strings.Contains(answer, tx) || !strings.Contains(answer, `"COMPLETED"`) || !strings.Contains(answer, "肺结节") {
		t.Errorf("answered %s", answer)
	}
	b.want(409, both, "POST", "/workitems/"+one, performed)
	b.want(409, both, "POST", "/workitems/"+one+"/cancelrequest", "")
}

// TestNobodyElse: another institution, a token without the scope and nobody at all.
func TestNobodyElse(t *testing.T) {
	b := newBench(t)
	b.want(201, both, "POST", "/workitems?"+one, workitem("x"))
	for _, c := range []struct {
		status            int
		who, method, path string
	}{
		{401, "", "GET", "/workitems"},
		{404, stranger, "GET", "/workitems/" + one},
		{204, stranger, "GET", "/workitems"},
		{404, stranger, "POST", "/workitems/" + one + "/cancelrequest"},
		{403, reader, "POST", "/workitems/" + one + "/cancelrequest"},
		{404, stranger, "POST", "/workitems/" + one + "/subscribers/AE"},
		{403, "north", "GET", "/workitems"},
		{426, both, "GET", "/subscribers/AE"},
		{404, both, "GET", "/workitems/1.9.9"},
	} {
		b.want(c.status, c.who, c.method, c.path, "")
	}
	if status, _, _ := b.do(stranger, "POST", "/workitems?"+one, workitem("taken")); status != 409 {
		t.Errorf("a UID of another institution: %d", status)
	}
}

func TestBadInput(t *testing.T) {
	b := newBench(t)
	for name, body := range map[string]string{
		"not JSON": "x", "two": "[" + workitem("a") + "," + workitem("b") + "]", "empty": "{}", "wrong state": strings.Replace(workitem("a"), "SCHEDULED", "COMPLETED", 1),
		"claimed": strings.Replace(workitem("a"), `{"00741000"`, `{"00081195":{"vr":"UI","Value":["1.2"]},"00741000"`, 1), "deep": strings.Repeat(`{"00404018":{"vr":"SQ","Value":[`, 5000),
	} {
		if status, _, answer := b.do(both, "POST", "/workitems", body); status != 400 {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	if status, _, _ := b.do(both, "POST", "/workitems", workitem(strings.Repeat("x", 2<<20))); status != 413 {
		t.Errorf("too large: %d", status)
	}
	b.want(400, both, "GET", "/workitems?NoSuchAttribute=1", "")
	b.want(400, both, "POST", "/workitems?1.02", workitem("leading zero"))
}

func TestSearch(t *testing.T) {
	b := newBench(t)
	for k := range 5 {
		b.want(201, both, "POST", fmt.Sprintf("/workitems?1.2.3.%d", k+1), workitem(fmt.Sprintf("label %d", k+1)))
	}
	b.want(200, both, "PUT", "/workitems/1.2.3.2/state", state("IN PROGRESS", tx))
	for query, want := range map[string]int{
		"": 5, "ProcedureStepState=SCHEDULED": 4, "00741000=IN%20PROGRESS": 1, "ProcedureStepLabel=label*": 5, "ProcedureStepLabel=label%20?": 5,
		"ProcedureStepLabel=label%203": 1, "PatientName=zhang*": 5, "PatientName=%E5%BC%A0*": 5, "PatientName=li*": 0,
		"ScheduledWorkitemCodeSequence.CodeValue=CAD": 5, "ScheduledWorkitemCodeSequence.CodeValue=X": 0, "SOPInstanceUID=1.2.3.1,1.2.3.4": 2,
		"ScheduledProcedureStepStartDateTime=20261101-20261103": 5, "ScheduledProcedureStepStartDateTime=20261103-": 0, "limit=2": 2, "limit=2&offset=4": 1,
	} {
		status, header, answer := b.do(reader, "GET", "/workitems?"+query, "")
		var all []ups.Attributes
		if status == 200 {
			if err := json.Unmarshal([]byte(answer), &all); err != nil {
				t.Fatal(err)
			}
		}
		if len(all) != want || want == 0 && status != 204 {
			t.Errorf("%q: %d with %d, want %d", query, status, len(all), want)
		}
		if more := header.Get("Warning") != ""; more != (query == "limit=2") {
			t.Errorf("%q: says that there are more: %v", query, more)
		}
	}
}

// listen opens an event channel.
func (b *bench) listen(who, ae string) *websocket.Conn {
	b.t.Helper()
	conn, res, err := websocket.DefaultDialer.DialContext(b.t.Context(), "ws"+strings.TrimPrefix(b.url, "http")+"/subscribers/"+ae, http.Header{"X-Test": {who}})
	if err != nil {
		b.t.Fatal(err)
	}
	_ = res.Body.Close()
	b.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// hear reads one report and answers workitem, type and state.
func (b *bench) hear(conn *websocket.Conn) string {
	b.t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	var m map[string]struct{ Value []any }
	if err := conn.ReadJSON(&m); err != nil {
		b.t.Fatal(err)
	}
	text := fmt.Sprint(m["00001000"].Value, m["00001002"].Value)
	if v := m["00741000"].Value; v != nil {
		text += fmt.Sprint(v)
	}
	return text
}

// TestChannel: a subscriber hears the state at first and every change, in order; a global one of new workitems; another
// institution of nothing.
func TestChannel(t *testing.T) {
	b := newBench(t)
	b.want(201, both, "POST", "/workitems?"+one, workitem("x"))
	header, _ := b.want(201, reader, "POST", "/workitems/"+one+"/subscribers/ONE", "")
	if got := header.Get("Content-Location"); got != "ws"+strings.TrimPrefix(b.url, "http")+"/subscribers/ONE" {
		t.Errorf("the channel is at %q", got)
	}
	b.want(201, reader, "POST", "/workitems/"+ups.GlobalSubscription+"/subscribers/ALL", "")
	b.want(201, reader, "POST", "/workitems/"+ups.FilteredGlobal+"/subscribers/SOME?filter=ProcedureStepLabel=wanted", "")
	b.want(201, stranger, "POST", "/workitems/"+ups.GlobalSubscription+"/subscribers/ALL", "")
	b.relay()
	single, all, some, foreign := b.listen(reader, "ONE"), b.listen(reader, "ALL"), b.listen(reader, "SOME"), b.listen(stranger, "ALL")
	if got, want := b.hear(single), "[1.2.3.1] [1][SCHEDULED]"; got != want {
		t.Errorf("at first: %s", got)
	}
	time.Sleep(50 * time.Millisecond) // the channels are attached after the handshake
	b.want(200, both, "PUT", "/workitems/"+one+"/state", state("IN PROGRESS", tx))
	b.want(202, both, "POST", "/workitems/"+one+"/cancelrequest", `{"00741238":{"vr":"LT","Value":["not needed"]}}`)
	b.want(200, both, "POST", "/workitems/"+one, `{"00081195":{"vr":"UI","Value":["2.25.77"]},"00741002":{"vr":"SQ","Value":[{"00404052":{"vr":"DT","Value":["20261102090000"]}}]}}`)
	b.want(200, both, "PUT", "/workitems/"+one+"/state", state("CANCELED", tx))
	b.want(201, both, "POST", "/workitems?1.2.3.2", workitem("wanted"))
	b.relay() // one message for four changes: they are told one by one all the same
	for _, conn := range []*websocket.Conn{single, all} {
		for _, want := range []string{"[1.2.3.1] [1][IN PROGRESS]", "[1.2.3.1] [2]", "[1.2.3.1] [3]", "[1.2.3.1] [1][CANCELED]"} {
			if got := b.hear(conn); got != want {
				t.Errorf("heard %s, want %s", got, want)
			}
		}
	}
	for _, conn := range []*websocket.Conn{all, some} {
		if got, want := b.hear(conn), "[1.2.3.2] [1][SCHEDULED]"; got != want {
			t.Errorf("heard %s, want %s", got, want)
		}
	}
	b.want(200, reader, "POST", "/workitems/"+ups.GlobalSubscription+"/subscribers/ALL/suspend", "")
	b.want(200, reader, "DELETE", "/workitems/"+one+"/subscribers/ONE", "")
	b.want(201, both, "POST", "/workitems?1.2.3.3", workitem("wanted"))
	b.want(202, both, "POST", "/workitems/1.2.3.2/cancelrequest", "")
	b.relay()
	if got, want := b.hear(all), "[1.2.3.2] [1][CANCELED]"; got != want {
		t.Errorf("after the suspension: %s, want %s", got, want)
	}
	for name, conn := range map[string]*websocket.Conn{"the stranger": foreign, "who unsubscribed": single, "who suspended": all} {
		_ = conn.SetReadDeadline(time.Now().Add(150 * time.Millisecond))
		if _, m, err := conn.ReadMessage(); err == nil {
			t.Errorf("%s hears %s", name, m)
		}
	}
}

func TestSweep(t *testing.T) {
	b := newBench(t)
	for k := range 3 {
		b.want(201, both, "POST", fmt.Sprintf("/workitems?1.2.3.%d", k+1), workitem("x"))
	}
	b.want(202, both, "POST", "/workitems/1.2.3.1/cancelrequest", "")
	b.want(202, both, "POST", "/workitems/1.2.3.2/cancelrequest", "")
	b.want(201, reader, "POST", "/workitems/1.2.3.2/subscribers/HOLD?deletionlock=true", "")
	if n, err := b.worker.Sweep(t.Context()); err != nil || n != 0 {
		t.Errorf("too early: %d, %v", n, err)
	}
	b.mu.Lock()
	b.now = b.now.AddDate(0, 0, 31)
	b.mu.Unlock()
	if n, err := b.worker.Sweep(t.Context()); err != nil || n != 1 {
		t.Errorf("swept %d, %v", n, err)
	}
	b.want(404, both, "GET", "/workitems/1.2.3.1", "")
	b.want(200, both, "GET", "/workitems/1.2.3.2", "")
	b.want(200, reader, "DELETE", "/workitems/1.2.3.2/subscribers/HOLD", "")
	if n, err := b.worker.Sweep(t.Context()); err != nil || n != 1 {
		t.Errorf("after the lock was lifted: %d, %v", n, err)
	}
}

// TestOneClaims: of many who claim at once, one gets it.
func TestOneClaims(t *testing.T) {
	b := newBench(t)
	b.want(201, both, "POST", "/workitems?"+one, workitem("x"))
	var wg sync.WaitGroup
	won := make(chan int, 8)
	for k := range 8 {
		wg.Go(func() {
			if status, _, _ := b.do(both, "PUT", "/workitems/"+one+"/state", state("IN PROGRESS", fmt.Sprintf("2.25.%d", k+1))); status == 200 {
				won <- k
			}
		})
	}
	wg.Wait()
	if len(won) != 1 {
		t.Errorf("%d have claimed it", len(won))
	}
}
