package main

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
	"yilian/imaging/scp"
)

// receiver is a storage SCP that keeps sums. answer, when set, decides about each instance by how often it came.
type receiver struct {
	addr   string
	answer func(instance string, times int) error

	mu    sync.Mutex
	times map[string]int
	sums  map[string][32]byte
}

func (r *receiver) Store(_ context.Context, _ yilian.Actor, in imaging.Incoming, data io.Reader) (imaging.Stored, error) {
	r.mu.Lock()
	r.times[string(in.SOPInstance)]++
	times := r.times[string(in.SOPInstance)]
	r.mu.Unlock()
	if r.answer != nil {
		if err := r.answer(string(in.SOPInstance), times); err != nil {
			return imaging.Stored{}, err
		}
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, data); err != nil {
		return imaging.Stored{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sums[in.TransferSyntax+" "+string(in.SOPInstance)] = [32]byte(sum.Sum(nil))
	return imaging.Stored{Instance: in.SOPInstance}, nil
}

func (r *receiver) EndAssociation(context.Context, string) error { return nil }

func (r *receiver) Device(_ context.Context, c scp.Connection) (scp.Caller, error) {
	if c.Calling == "STRANGER" {
		return scp.Caller{}, yilian.Errorf(yilian.NotFound, "device.unknown", "No such device.")
	}
	return scp.Caller{Actor: yilian.Actor{Device: c.Calling}}, nil
}

func startReceiver(t *testing.T, answer func(string, int) error) *receiver {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{addr: l.Addr().String(), answer: answer, times: map[string]int{}, sums: map[string][32]byte{}}
	s, err := scp.New(scp.Config{Listener: l, AETitle: "YILIAN", Archive: r, Devices: r, Timeouts: dimse.Timeouts{ARTIM: time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return r
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// sendAll pushes files and gives their verdicts by path.
func sendAll(t *testing.T, r *receiver, calling string, files []instanceFile) (map[string]string, error) {
	t.Helper()
	p := pusher{
		addr: r.addr, options: dimse.Options{Calling: calling, Called: "YILIAN"},
		jobs: 3, retries: 3, pause: time.Millisecond, log: quiet(),
	}
	verdicts := map[string]string{}
	err := p.push(t.Context(), files, func(res sendResult) { verdicts[res.file.path] = res.verdict() })
	return verdicts, err
}

func generated(t *testing.T, n int) []instanceFile {
	t.Helper()
	dir := t.TempDir()
	if _, err := makeSlices(dir, n); err != nil {
		t.Fatal(err)
	}
	files, skipped, err := findInstances([]string{dir})
	if err != nil || len(skipped) != 0 || len(files) != n {
		t.Fatalf("%d files, %v, %v", len(files), skipped, err)
	}
	return files
}

// expectSame compares what arrived with what stands in the files after the meta information.
func (r *receiver) expectSame(t *testing.T, files []instanceFile) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range files {
		b, err := os.ReadFile(f.path)
		if err != nil {
			t.Fatal(err)
		}
		data := b[f.start:]
		if len(data)%2 == 1 && f.syntax == "1.2.840.10008.1.2.1.99" {
			data = append(data, 0)
		}
		if got, ok := r.sums[f.syntax+" "+f.instance]; !ok || got != sha256.Sum256(data) {
			t.Errorf("%s: arrived %v, other bytes", f.path, ok)
		}
	}
}

func TestSendFolder(t *testing.T) {
	r := startReceiver(t, nil)
	files := generated(t, 20)
	verdicts, err := sendAll(t, r, "SENDER", files)
	if err != nil || len(verdicts) != len(files) {
		t.Fatalf("%d results, %v", len(verdicts), err)
	}
	r.expectSame(t, files)
}

// TestSendEveryEncoding sends each test file in its own transfer syntax, the ones that DCMTK does not know among them.
func TestSendEveryEncoding(t *testing.T) {
	dir := sharedDICOM(t, "ts")
	files, skipped, err := findInstances([]string{dir})
	if err != nil || len(files) < 70 {
		t.Fatalf("%d files, %v, %v", len(files), skipped, err)
	}
	syntaxes := map[string]bool{}
	seen := map[string]bool{}
	var distinct []instanceFile
	for _, f := range files { // some files are the same instance in another encoding
		if key := f.syntax + f.instance; !seen[key] {
			seen[key] = true
			distinct = append(distinct, f)
			syntaxes[f.syntax] = true
		}
	}
	r := startReceiver(t, nil)
	verdicts, err := sendAll(t, r, "SENDER", distinct)
	if err != nil {
		t.Fatal(err)
	}
	for path, verdict := range verdicts {
		if !strings.HasPrefix(verdict, "0000") {
			t.Errorf("%s: %s", path, verdict)
		}
	}
	r.expectSame(t, distinct)
	for _, must := range []string{"1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203", "1.2.840.10008.1.2.4.111"} {
		if !syntaxes[must] {
			t.Errorf("no file in %s", must)
		}
	}
	t.Logf("%d files in %d transfer syntaxes", len(distinct), len(syntaxes))
}

func sharedDICOM(t *testing.T, folder string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "dicom", folder)
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no shared test files")
	}
	return dir
}

// TestFindMalformed: what is no Part 10 file is left out with a reason, and nothing panics.
func TestFindMalformed(t *testing.T) {
	dir := sharedDICOM(t, "malformed")
	files, skipped, err := findInstances([]string{dir})
	if err != nil || len(files) == 0 || len(skipped) == 0 {
		t.Errorf("%d files, %d skipped, %v", len(files), len(skipped), err)
	}
	for _, s := range skipped {
		if s.why == "" {
			t.Errorf("%s: no reason", s.path)
		}
	}
}

func TestSendRetriesWhatMaySucceedLater(t *testing.T) {
	full := yilian.Errorf(yilian.Unavailable, imaging.CodeUnavailable, "The disk is full.")
	bad := yilian.Errorf(yilian.Invalid, imaging.CodeMalformed, "Not a data set.")
	files := generated(t, 6)
	r := startReceiver(t, func(instance string, times int) error {
		switch {
		case instance == files[1].instance && times < 3:
			return full
		case instance == files[2].instance:
			return full
		case instance == files[3].instance:
			return bad
		}
		return nil
	})
	verdicts, err := sendAll(t, r, "SENDER", files)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		verdict string
		times   int
	}{
		{"0000 success", 1}, {"0000 success", 3}, {`A700 out of resources ("The disk is full.")`, 4}, {`C000 cannot understand ("Not a data set.")`, 1}, {"0000 success", 1}, {"0000 success", 1},
	} {
		if got, times := verdicts[files[i].path], r.times[files[i].instance]; got != want.verdict || times != want.times {
			t.Errorf("file %d: %q after %d times, want %q after %d", i, got, times, want.verdict, want.times)
		}
	}
}

func TestSendGivesUp(t *testing.T) {
	files := generated(t, 3)
	r := startReceiver(t, nil)
	_, err := sendAll(t, r, "STRANGER", files)
	if reject, ok := errors.AsType[*dimse.Reject](err); !ok || *reject != dimse.RejectCallingAE {
		t.Errorf("as a stranger: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r = &receiver{addr: l.Addr().String()}
	_ = l.Close()
	if verdicts, err := sendAll(t, r, "SENDER", files); err == nil || len(verdicts) != 0 {
		t.Errorf("nobody there: %v, %v", verdicts, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := pusher{addr: r.addr, options: dimse.Options{Calling: "A", Called: "B"}, log: quiet()}
	if err := p.push(ctx, files, func(sendResult) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

func TestSendRemembersWhatWasSent(t *testing.T) {
	dir := t.TempDir()
	if _, err := makeSlices(filepath.Join(dir, "files"), 5); err != nil {
		t.Fatal(err)
	}
	broken := true
	r := startReceiver(t, func(instance string, _ int) error {
		if broken && instance == "2.25.7300.1.3" {
			return yilian.Errorf(yilian.Invalid, imaging.CodeMalformed, "Not yet.")
		}
		return nil
	})
	cmd := sendCmd{
		Paths: []string{filepath.Join(dir, "files")}, To: r.addr, Called: "YILIAN", Calling: "SENDER", Jobs: 1, Timeout: time.Minute,
		State: filepath.Join(dir, "state"),
	}
	if err := cmd.Run(t.Context(), quiet()); err == nil || !strings.Contains(err.Error(), "1 of 5") {
		t.Errorf("first run: %v", err)
	}
	broken = false
	if err := cmd.Run(t.Context(), quiet()); err != nil {
		t.Errorf("second run: %v", err)
	}
	for i := range 5 {
		want := 1
		if i == 3 {
			want = 2
		}
		if got := r.times[fmt.Sprintf("2.25.7300.1.%d", i)]; got != want {
			t.Errorf("instance %d came %d times, want %d", i, got, want)
		}
	}
}

func TestBatches(t *testing.T) {
	var files []instanceFile
	for i := range 300 {
		files = append(files, instanceFile{path: fmt.Sprint(i), class: fmt.Sprint("1.2.", i), syntax: "1"})
	}
	var sizes []int
	for b := range batches(files) {
		sizes = append(sizes, len(b))
		if n := len(proposals(b)); n > maxContexts {
			t.Errorf("%d contexts", n)
		}
	}
	if fmt.Sprint(sizes) != "[128 128 44]" {
		t.Errorf("%v", sizes)
	}
	for range batches(files) {
		break // must not go on yielding
	}
	if n := 0; n != len(proposals(nil)) {
		t.Error("proposals of nothing")
	}
}

func TestReadMeta(t *testing.T) {
	dir := t.TempDir()
	if _, err := makeSlices(dir, 1); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(dir, "00000.dcm"))
	if err != nil {
		t.Fatal(err)
	}
	lying := bytes.Clone(good)
	lying[140] = 0xff // a wrong group length does no harm
	for name, c := range map[string]struct {
		bytes []byte
		ok    bool
	}{
		"good": {good, true}, "wrong group length": {lying, true}, "empty": {nil, false}, "preamble only": {good[:132], false},
		"cut in the meta information": {good[:200], false}, "HTML": {[]byte("<html>" + strings.Repeat(" ", 200)), false},
		"element of 4 GiB": {append(bytes.Clone(good[:132]), "\x02\x00\x01\x00OB\x00\x00\xff\xff\xff\xff"...), false},
	} {
		path := filepath.Join(dir, "file")
		if err := os.WriteFile(path, c.bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := readInstanceFile(path)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		if c.ok && (f.instance != "2.25.7300.1.0" || f.start+f.size != int64(len(c.bytes))) {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if _, _, err := findInstances([]string{filepath.Join(dir, "nowhere")}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that does not exist: %v", err)
	}
}

// TestReadUIDs: the data set's word goes before the meta information's, in every way of encoding it.
func TestReadUIDs(t *testing.T) {
	d := dicom.New("GB18030")
	d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.2")
	d.SetString(dicom.SOPInstanceUID, "1.2.3.4")
	d.SetString(dicom.PatientID, "1")
	path := filepath.Join(t.TempDir(), "file")
	for _, syntax := range []string{dicom.ImplicitVRLittleEndian, dicom.ExplicitVRLittleEndian, dicom.ExplicitVRBigEndian, dicom.DeflatedExplicitVRLittleEndian, dicom.JPEG2000} {
		meta := dicom.AppendMeta(nil, dicom.Meta{SOPClassUID: "1.2", SOPInstanceUID: "1.2.3.9", TransferSyntax: syntax})
		plain, err := dicom.AppendDataset(nil, d, dicom.Syntax(strings.Replace(syntax, dicom.DeflatedExplicitVRLittleEndian, dicom.ExplicitVRLittleEndian, 1)))
		if err != nil {
			t.Fatal(err)
		}
		file := append(bytes.Clone(meta), plain...)
		if syntax == dicom.DeflatedExplicitVRLittleEndian {
			file = append(bytes.Clone(meta), deflated(t, plain)...)
		}
		for name, b := range map[string][]byte{"whole": file, "without data set": meta, "cut": file[:len(meta)+20]} {
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := readInstanceFile(path)
			want := [2]string{"1.2", "1.2.3.9"}
			if name == "whole" {
				want = [2]string{"1.2.840.10008.5.1.4.1.1.2", "1.2.3.4"}
			}
			if got := [2]string{f.class, f.instance}; err != nil || got != want || f.start != int64(len(meta)) {
				t.Errorf("%s, %s: %v, %v", syntax, name, got, err)
			}
		}
	}
}

func deflated(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestEcho(t *testing.T) {
	r := startReceiver(t, nil)
	if err := (&echoCmd{Addr: r.addr, Called: "YILIAN", Calling: "ME", Repeat: 2, Timeout: 5 * time.Second}).Run(t.Context(), quiet()); err != nil {
		t.Error(err)
	}
	err := (&echoCmd{Addr: r.addr, Called: "WRONG", Calling: "ME", Timeout: 5 * time.Second}).Run(t.Context(), quiet())
	if reject, ok := errors.AsType[*dimse.Reject](err); !ok || *reject != dimse.RejectCalledAE {
		t.Error(err)
	}
}
