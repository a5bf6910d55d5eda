package scp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dimse"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ctImage = "1.2.840.10008.5.1.4.1.1.2"
	study   = yilian.StudyUID("1.2.3")
)

func proposal(class string, syntaxes ...string) dimse.Proposal {
	return dimse.Proposal{AbstractSyntax: class, TransferSyntaxes: syntaxes}
}

func call(t *testing.T, d *door, calling, called string, contexts ...dimse.Proposal) (*dimse.Association, error) {
	t.Helper()
	if contexts == nil {
		contexts = []dimse.Proposal{proposal(ctImage, dimse.ExplicitVRLittleEndian), proposal(dimse.Verification, dimse.ImplicitVRLittleEndian)}
	}
	a, err := dimse.Dial(t.Context(), d.addr, dimse.Options{Calling: calling, Called: called, Contexts: contexts, Timeouts: dimse.Timeouts{ARTIM: time.Second}})
	if err == nil {
		t.Cleanup(func() { _ = a.Close() })
	}
	return a, err
}

func mustCall(t *testing.T, d *door, contexts ...dimse.Proposal) *dimse.Association {
	t.Helper()
	a, err := call(t, d, "TESTER", "YILIAN", contexts...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func store(t *testing.T, a *dimse.Association, instance string, data io.Reader) (dimse.Outcome, error) {
	t.Helper()
	return a.Store(t.Context(), dimse.Instance{SOPClass: ctImage, SOPInstance: instance, TransferSyntax: dimse.ExplicitVRLittleEndian, Data: data, Size: -1})
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 500 {
		if is() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("not within 5 s: %s", what)
}

func TestRejections(t *testing.T) {
	var mu sync.Mutex
	var refused []Refusal
	d := open(t, Config{Archive: &memory{}, Hooks: Hooks{Refused: func(r Refusal) {
		mu.Lock()
		defer mu.Unlock()
		refused = append(refused, r)
	}}})
	for _, c := range []struct {
		calling, called string
		want            dimse.Reject
		told            bool
	}{
		{"STRANGER", "YILIAN", dimse.RejectCallingAE, true},
		{"TESTER", "SOMEONE", dimse.RejectCalledAE, true},
		{"DOWN", "YILIAN", dimse.RejectCongestion, false},
	} {
		_, err := call(t, d, c.calling, c.called)
		if r, ok := errors.AsType[*dimse.Reject](err); !ok || *r != c.want {
			t.Errorf("%s to %s: %v, want %v", c.calling, c.called, err, c.want)
		}
		mu.Lock()
		if told := len(refused) == 1 && refused[0].Calling == c.calling && refused[0].Address == netip.MustParseAddr("127.0.0.1"); told != c.told {
			t.Errorf("%s to %s: told %v", c.calling, c.called, refused)
		}
		refused = nil
		mu.Unlock()
	}
	if n := d.Stats(); n.Rejected != 3 || n.Accepted != 0 {
		t.Errorf("%+v", n)
	}
}

func TestNegotiation(t *testing.T) {
	const private = "1.3.12.2.1107.5.9.1"
	for _, c := range []struct {
		class    string
		syntaxes []string
		want     string // the accepted transfer syntax
	}{
		{ctImage, []string{"1.2.840.10008.1.2.4.201", dimse.ExplicitVRLittleEndian}, "1.2.840.10008.1.2.4.201"},
		{ctImage, []string{dimse.ImplicitVRLittleEndian, dimse.ExplicitVRLittleEndian}, dimse.ImplicitVRLittleEndian},
		{ctImage, []string{dimse.ExplicitVRBigEndian}, dimse.ExplicitVRBigEndian},
		{ctImage, []string{"1.2.840.10008.1.2.4.112"}, "1.2.840.10008.1.2.4.112"},
		{ctImage, []string{"1.2.840.10008.1.2.6.1", dimse.ExplicitVRLittleEndian}, dimse.ExplicitVRLittleEndian},
		{ctImage, []string{"1.2.840.113619.5.2", dimse.ImplicitVRLittleEndian}, dimse.ImplicitVRLittleEndian},
		{ctImage, []string{"1.2.840.113619.5.2"}, ""},
		{ctImage, []string{"1.2.840.10008.1.20"}, ""},
		{"1.2.840.10008.5.1.4.1.1.999", []string{dimse.ImplicitVRLittleEndian}, dimse.ImplicitVRLittleEndian},
		{"1.2.840.10008.5.1.4.34.7", []string{dimse.ImplicitVRLittleEndian}, dimse.ImplicitVRLittleEndian},
		{private, []string{dimse.ImplicitVRLittleEndian}, dimse.ImplicitVRLittleEndian},
		{dimse.Verification, []string{dimse.ExplicitVRLittleEndian}, dimse.ExplicitVRLittleEndian},
		{"1.2.840.10008.5.1.4.1.2.2.1", []string{dimse.ImplicitVRLittleEndian}, ""},   // study root FIND
		{"1.2.840.10008.5.1.4.1.1.201.3", []string{dimse.ImplicitVRLittleEndian}, ""}, // inventory MOVE
		{"1.2.840.10008.1.20.1", []string{dimse.ImplicitVRLittleEndian}, ""},          // storage commitment
	} {
		s := &Server{}
		got := s.answer(dimse.Proposed{ID: 1, AbstractSyntax: c.class, TransferSyntaxes: c.syntaxes}, Caller{Query: true})
		if accepted := got.Result == dimse.ContextAccepted; accepted != (c.want != "") || accepted && got.TransferSyntax != c.want {
			t.Errorf("%s in %v: %+v, want %q", c.class, c.syntaxes, got, c.want)
		}
	}
	strict := &Server{config: Config{RefusePrivate: true}}
	if got := strict.answer(dimse.Proposed{ID: 1, AbstractSyntax: private, TransferSyntaxes: []string{dimse.ImplicitVRLittleEndian}}, Caller{}); got.Result != dimse.ContextAbstractSyntaxNotSupported {
		t.Errorf("private class: %+v", got)
	}
}

func TestStatuses(t *testing.T) {
	var fault error
	archive := &memory{fault: func(imaging.Incoming) error { return fault }}
	d := open(t, Config{Archive: archive})
	a := mustCall(t, d)
	fail := func(kind yilian.Kind, code string) error {
		return fmt.Errorf("storing: %w", yilian.Errorf(kind, code, "What people may read, 汉字 and all, but only 64 characters of it in the end."))
	}
	const comment = "What people may read, ?? and all, but only 64 characters of it i"
	for _, c := range []struct {
		fault   error
		want    dimse.Status
		comment string
	}{
		{nil, dimse.Success, ""},
		{fail(yilian.Conflict, imaging.CodeConflict), dimse.Success, ""},
		{fail(yilian.Conflict, imaging.CodeOwner), dimse.Success, ""},
		{fail(yilian.Conflict, "other"), dimse.CannotUnderstand, comment},
		{fail(yilian.Invalid, imaging.CodeMismatch), dimse.DataSetMismatch, comment},
		{fail(yilian.Invalid, imaging.CodeMalformed), dimse.CannotUnderstand, comment},
		{fail(yilian.Invalid, "other"), dimse.CannotUnderstand, comment},
		{fail(yilian.Forbidden, imaging.CodeForbidden), dimse.NotAuthorized, comment},
		{fail(yilian.Unavailable, imaging.CodeUnavailable), dimse.OutOfResources, comment},
		{fail(yilian.TooLarge, imaging.CodeTooLarge), dimse.CannotUnderstand, comment},
		{fail(yilian.Internal, "secret"), dimse.ProcessingFailure, ""},
		{errors.New("secret"), dimse.ProcessingFailure, ""},
	} {
		fault = c.fault
		got, err := store(t, a, "1.2.3.4", strings.NewReader(strings.Repeat("x", 100_000)))
		if err != nil || got.Status != c.want || got.Comment != c.comment {
			t.Errorf("%v: %v %q %v, want %v %q", c.fault, got.Status, got.Comment, err, c.want, c.comment)
		}
	}
	if err := a.Release(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestReceivingAndEnd(t *testing.T) {
	archive := &memory{}
	ended := make(chan Summary, 2)
	d := open(t, Config{Archive: archive, Hooks: Hooks{Ended: func(s Summary) { ended <- s }}})
	a, b := mustCall(t, d), mustCall(t, d)
	if n := d.Receiving(study); n != 0 {
		t.Errorf("receiving %d before the first instance", n)
	}
	for i, assoc := range []*dimse.Association{a, b, a} {
		if got, err := store(t, assoc, fmt.Sprint("1.2.3.", i), strings.NewReader("data")); err != nil || got.Status != dimse.Success {
			t.Fatalf("%v %v", got, err)
		}
	}
	if n := d.Receiving(study); n != 2 {
		t.Errorf("receiving %d, want 2", n)
	}
	if err := a.Release(t.Context()); err != nil {
		t.Error(err)
	}
	sum := <-ended
	if n := d.Receiving(study); n != 1 {
		t.Errorf("receiving %d when one has ended, want 1", n)
	}
	if !sum.Released || sum.Stored != 2 || sum.Bytes != 8 || sum.Calling != "TESTER" || len(sum.Studies) != 1 || sum.Studies[0] != study {
		t.Errorf("%+v", sum)
	}
	b.Abort()
	if sum = <-ended; sum.Released || sum.Err == nil || sum.Stored != 1 {
		t.Errorf("%+v", sum)
	}
	if n := d.Receiving(study); n != 0 {
		t.Errorf("receiving %d at the end", n)
	}
	archive.mu.Lock()
	defer archive.mu.Unlock()
	if len(archive.ended) != 2 || archive.ended[0] == archive.ended[1] {
		t.Errorf("the archive was told of %v", archive.ended)
	}
	for _, k := range archive.kept {
		if k.in.Association != archive.ended[0] && k.in.Association != archive.ended[1] {
			t.Errorf("stored under association %q", k.in.Association)
		}
	}
}

func TestLimits(t *testing.T) {
	d := open(t, Config{Archive: &memory{}, Limits: Limits{Associations: 4, PerDevice: 2, PerAddress: 7}})
	a := mustCall(t, d)
	mustCall(t, d)
	if _, err := call(t, d, "TESTER", "YILIAN"); !isReject(err, dimse.RejectLimit) {
		t.Errorf("a third association of one device: %v", err)
	}
	for _, ae := range []string{"OTHER1", "OTHER2"} {
		if _, err := call(t, d, ae, "YILIAN"); err != nil {
			t.Error(err)
		}
	}
	if _, err := call(t, d, "OTHER3", "YILIAN"); !isReject(err, dimse.RejectLimit) {
		t.Errorf("a fifth association: %v", err)
	}
	if err := a.Release(t.Context()); err != nil {
		t.Error(err)
	}
	eventually(t, "room again", func() bool { _, err := call(t, d, "OTHER3", "YILIAN"); return err == nil })

	// connections that say nothing fill the address's share; who comes after is cut off, and others would not be
	var silent []net.Conn
	for range 8 {
		conn, err := net.Dial("tcp", d.addr)
		if err != nil {
			t.Fatal(err)
		}
		silent = append(silent, conn)
	}
	eventually(t, "a connection over the limit is dropped", func() bool { return d.Stats().Dropped > 0 })
	if n := d.Stats().Connections; n > 7 {
		t.Errorf("%d connections open", n)
	}
	for _, conn := range silent {
		_ = conn.Close()
	}
	eventually(t, "silent connections are forgotten", func() bool { return d.Stats().Connections == 4 })
}

func isReject(err error, want dimse.Reject) bool {
	r, ok := errors.AsType[*dimse.Reject](err)
	return ok && *r == want
}

// TestHostilePeersHarmNobody: while others send garbage, stall and hold lines open, a good sender is served.
func TestHostilePeersHarmNobody(t *testing.T) {
	archive := &memory{}
	d := open(t, Config{Archive: archive})
	stop := make(chan struct{})
	var hostile sync.WaitGroup
	for i := range 6 {
		hostile.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				conn, err := net.Dial("tcp", d.addr)
				if err != nil {
					return
				}
				_, _ = conn.Write(bytes.Repeat([]byte{byte(i), 0, 0xff, 0xff, 0xff, 0xff}, 1000))
				if i%2 == 0 {
					time.Sleep(20 * time.Millisecond)
				}
				_ = conn.Close()
			}
		})
	}
	a := mustCall(t, d)
	for i := range 50 {
		if got, err := store(t, a, fmt.Sprint("1.2.3.", i), bytes.NewReader(make([]byte, 50_000))); err != nil || got.Status != dimse.Success {
			t.Fatalf("%v %v", got, err)
		}
	}
	if err := a.Release(t.Context()); err != nil {
		t.Error(err)
	}
	close(stop)
	hostile.Wait()
	if n := archive.count(); n != 50 {
		t.Errorf("%d stored", n)
	}
}

func TestOtherRequests(t *testing.T) {
	d := open(t, Config{Archive: &memory{}})
	conn := dialRaw(t, d)
	// a C-FIND on a storage context, a C-CANCEL, a response out of nothing, then a C-ECHO on the same context
	for _, c := range []struct {
		command string
		status  int // -1: no answer
	}{
		{cmd(0x0020, "\x00\x00\x00\x07\x02\x00\x00\x00\x00\x00"), 0x0211},
		{"\x00\x00\x00\x01\x02\x00\x00\x00\xff\x0f" + "\x00\x00\x20\x01\x02\x00\x00\x00\x01\x00" + "\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01", -1},
		{"\x00\x00\x00\x01\x02\x00\x00\x00\x01\x80" + "\x00\x00\x20\x01\x02\x00\x00\x00\x01\x00" + "\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01" + "\x00\x00\x00\x09\x02\x00\x00\x00\x00\x00", -1},
		{cmd(0x0030, ""), 0},
		{cmd(0x0001, "\x00\x00\x00\x07\x02\x00\x00\x00\x00\x00"+"\x00\x00\x00\x10\x04\x00\x00\x001.2\x00"), 0xC000}, // C-STORE without a data set
	} {
		status := conn.exchange(c.command, c.status >= 0)
		if c.status >= 0 && status != c.status {
			t.Errorf("%q: status %04X, want %04X", c.command, status, c.status)
		}
	}
}

func TestStopFinishesWhatIsBeingReceived(t *testing.T) {
	begun := make(chan struct{})
	archive := &memory{hold: make(chan struct{}), fault: func(imaging.Incoming) error { close(begun); return nil }}
	d := open(t, Config{Archive: archive, Limits: Limits{Grace: 10 * time.Second}})
	idle := mustCall(t, d)
	busy := mustCall(t, d)
	r, w := io.Pipe()
	answered := make(chan error, 1)
	go func() {
		got, err := store(t, busy, "1.2.3.4", r)
		if err == nil && got.Status != dimse.Success {
			err = fmt.Errorf("status %v", got.Status)
		}
		answered <- err
	}()
	if _, err := w.Write(make([]byte, 300_000)); err != nil {
		t.Fatal(err)
	}
	<-begun
	stopped := make(chan struct{})
	go func() {
		d.stop()
		close(stopped)
	}()
	// the idle association ends at once, new ones are not taken
	eventually(t, "the idle association has ended", func() bool { _, err := idle.Echo(t.Context()); return err != nil })
	_ = idle.Close()
	eventually(t, "no new association", func() bool { _, err := call(t, d, "TESTER", "YILIAN"); return err != nil })
	if _, err := w.Write([]byte("end")); err != nil {
		t.Error(err)
	}
	_ = w.Close()
	close(archive.hold)
	if err := <-answered; err != nil {
		t.Errorf("the instance under way: %v", err)
	}
	<-stopped
	if archive.count() != 1 {
		t.Errorf("%d stored", archive.count())
	}
}

func TestStopAbortsAfterTheGrace(t *testing.T) {
	d := open(t, Config{Archive: &memory{}, Limits: Limits{Grace: 300 * time.Millisecond}})
	a := mustCall(t, d)
	r, w := io.Pipe()
	answered := make(chan error, 1)
	go func() {
		_, err := store(t, a, "1.2.3.4", r)
		answered <- err
	}()
	if _, err := w.Write(make([]byte, 300_000)); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	d.stop()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
	go func() { // the sender goes on until it notices
		for {
			if _, err := w.Write(make([]byte, 100_000)); err != nil {
				return
			}
		}
	}()
	if err := <-answered; err == nil {
		t.Error("answered though it was cut")
	}
	_ = r.Close()
}

func TestNewChecksItsConfiguration(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	for name, c := range map[string]Config{
		"no listener": {AETitle: "A", Archive: &memory{}, Devices: devices{}},
		"no archive":  {AETitle: "A", Listener: l, Devices: devices{}},
		"no devices":  {AETitle: "A", Listener: l, Archive: &memory{}},
		"no AE title": {Listener: l, Archive: &memory{}, Devices: devices{}},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestRunReportsALostListener: a listener that dies by itself is an error, unlike one that Run closes.
func TestRunReportsALostListener(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Listener: l, AETitle: "A", Archive: &memory{}, Devices: devices{}})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Run(context.Background()) }()
	_ = l.Close()
	if err := <-done; !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}
