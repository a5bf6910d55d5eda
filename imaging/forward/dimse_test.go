package forward_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yilian"
	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
	"yilian/imaging/forward"
	"yilian/imaging/queue"
)

func TestForwardOnceByteForByte(t *testing.T) {
	w, s := newWorld(t), &scripted{}
	w.set(s.listen(t))
	uid := w.store(12)
	w.send(uid, queue.Routine)
	w.awaitDone(1)
	if err := s.once(w.kept(uid)); err != nil {
		t.Error(err)
	}
	// Ordered again, and again after late images: only those go.
	w.send(uid, queue.Routine)
	w.await("nothing to do", func() bool { j := w.jobs(queue.Done); return len(j) == 1 && j[0].Attempts == 0 })
	if err := s.once(w.kept(uid)); err != nil {
		t.Error(err)
	}
	if stats := w.service.Stats()["p"]; stats.Instances != 12 || stats.Bytes < 12*64*64*2 || stats.Refused+stats.Failures != 0 {
		t.Errorf("stats %+v", stats)
	}
}

// TestForwardRules: what a rule hits goes when the study is complete, and on arrival instance by instance.
func TestForwardRules(t *testing.T) {
	w, s := newWorld(t), &scripted{}
	w.set(s.listen(t))
	w.rules = []forward.Rule{
		{ID: "r", Name: "CT", Peers: []string{"p"}, Trigger: forward.OnComplete, When: forward.Condition{Modalities: []string{"CT"}, SOPClasses: []string{"1.2.840.10008."}}},
		{ID: "x", Name: "MR", Peers: []string{"gone"}, Trigger: forward.OnArrival, When: forward.Condition{Modalities: []string{"MR"}}},
	}
	uid := w.store(4)
	changed := func() {
		t.Helper()
		orders, err := w.service.Changed(t.Context(), uid)
		if err == nil && len(orders) > 0 {
			err = w.worker.Put(t.Context(), orders...)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	changed()
	if n := len(w.jobs("")); n != 0 {
		t.Fatalf("%d jobs before it is complete", n)
	}
	w.mu.Lock()
	w.cases = forward.Case{Complete: true, Urgency: "stat"}
	w.mu.Unlock()
	for range 3 { // messages come more than once
		changed()
	}
	w.awaitDone(1)
	if j := w.jobs(queue.Done)[0]; j.Priority != queue.Stat || j.About != string(uid) {
		t.Errorf("job %+v", j)
	}
	if err := s.once(w.kept(uid)); err != nil {
		t.Error(err)
	}
	_, hits, misses, err := w.service.DryRun(t.Context(), uid)
	if err != nil || len(hits) != 1 || misses["x"] != "modality" {
		t.Errorf("dry run: %v, %v, %v", hits, misses, err)
	}
}

// TestForwardSyntaxes: what the peer refuses as it is kept goes decompressed, in explicit or, where that is all it takes, implicit VR.
func TestForwardSyntaxes(t *testing.T) {
	for name, c := range map[string]struct {
		transfer string
		takes    []string
		want     string
	}{
		"as kept":                    {"", []string{dicom.ExplicitVRLittleEndian, dicom.ImplicitVRLittleEndian}, dicom.ExplicitVRLittleEndian},
		"implicit is all it takes":   {"", []string{dicom.ImplicitVRLittleEndian}, dicom.ImplicitVRLittleEndian},
		"compressed for a poor line": {"jpeg-ls", []string{dicom.ExplicitVRLittleEndian, dicom.JPEGLSLossless}, dicom.JPEGLSLossless},
		"which it does not take":     {"jpeg-ls", []string{dicom.ExplicitVRLittleEndian}, dicom.ExplicitVRLittleEndian},
	} {
		t.Run(name, func(t *testing.T) {
			w, s := newWorld(t), &scripted{takes: func(_, ts string) bool { return slices.Contains(c.takes, ts) }}
			p := s.listen(t)
			p.Transfer = c.transfer
			w.set(p)
			uid := w.store(2)
			w.send(uid, queue.Routine)
			w.awaitDone(1)
			for sop := range w.kept(uid) {
				got := s.got[sop]
				if len(got) != 1 || got[0].syntax != c.want {
					t.Fatalf("got %d, in %s", len(got), got[0].syntax)
				}
				object, err := dicom.Scan(bytes.NewReader(got[0].data), dicom.Syntax(got[0].syntax), dicom.Options{})
				if err != nil {
					t.Fatal(err)
				}
				d := object.Dataset
				rows, _ := d.Int(dicom.Rows)
				columns, _ := d.Int(dicom.Columns)
				if d.UID(dicom.SOPInstanceUID) != sop || d.String(dicom.PatientName) == "" || c.want != dicom.JPEGLSLossless && object.Layout.Length != int64(rows*columns*2) {
					t.Errorf("%d bytes of %d × %d pixels of %q", object.Layout.Length, rows, columns, d.UID(dicom.SOPInstanceUID))
				}
			}
		})
	}
}

// TestForwardRealFiles sends files of every transfer syntax to a peer that takes native pixels only: each arrives, or is a dead
// letter that says why.
func TestForwardRealFiles(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join("..", "..", "..", "shared", "dicom", "ts", "CTImage_*.dcm"))
	if len(files) == 0 {
		t.Skip("no shared test files")
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t)
			s := &scripted{takes: func(_, ts string) bool { return ts == dicom.ImplicitVRLittleEndian }}
			w.set(s.listen(t))
			w.send(w.keep(file), queue.Routine)
			w.await("settled", func() bool { return len(w.jobs(queue.Done))+len(w.jobs(queue.Dead)) == 1 })
			if dead := w.jobs(queue.Dead); len(dead) == 1 {
				t.Logf("dead letter: %s", dead[0].Failure.Text)
				if dead[0].Failure.Code != forward.CodeSyntax {
					t.Errorf("died of %+v", dead[0].Failure)
				}
				return
			}
			for _, got := range s.got {
				d, err := dicom.Parse(got[0].data, dicom.Syntax(dicom.ImplicitVRLittleEndian))
				if err != nil || d.Get(dicom.PixelData) == nil {
					t.Errorf("%v", err)
				}
			}
		})
	}
}

func TestForwardRefused(t *testing.T) {
	w := newWorld(t)
	s := &scripted{takes: func(string, string) bool { return false }}
	w.set(s.listen(t))
	uid := w.store(3)
	w.send(uid, queue.Routine)
	j := w.awaitDead(forward.CodeSyntax)
	if j.Attempts != 1 || len(s.got) != 0 {
		t.Errorf("%+v, %d came", j, len(s.got))
	}
	// Mended and replayed, all of it goes.
	s.takes = nil
	if n, err := w.db.Queue().Replay(t.Context(), time.Now(), queue.Filter{State: queue.Dead}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	w.worker.Wake()
	w.awaitDone(1)
	if err := s.once(w.kept(uid)); err != nil {
		t.Error(err)
	}
}

// TestForwardPoison: one instance at which the peer aborts every time holds up no other.
func TestForwardPoison(t *testing.T) {
	w := newWorld(t)
	uid := w.store(8)
	var poison string
	for sop := range w.kept(uid) {
		poison = sop
		break
	}
	s := &scripted{answer: func(sop string, _ *dimse.Association) (dimse.Status, bool) { return 0, sop != poison }}
	p := s.listen(t)
	p.Attempts = 2
	w.set(p)
	w.send(uid, queue.Routine)
	w.awaitDead(forward.CodeBroken)
	want := w.kept(uid)
	delete(want, poison)
	if err := s.once(want); err != nil {
		t.Error(err)
	}
}

// TestForwardStatuses: a refusal is final, a failure is tried again, and a peer that is full is left alone for a while.
func TestForwardStatuses(t *testing.T) {
	for name, c := range map[string]struct {
		first dimse.Status
		dead  string
	}{
		"success with a warning": {dimse.CoercedElements, ""},
		"it has it already":      {dimse.DuplicateInstance, ""},
		"out of resources":       {dimse.OutOfResources, ""},
		"processing failure":     {dimse.ProcessingFailure, ""},
		"cannot understand":      {dimse.CannotUnderstand, forward.CodeRefused},
		"not authorised":         {dimse.NotAuthorized, forward.CodeRefused},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			var n atomic.Int64
			s := &scripted{answer: func(string, *dimse.Association) (dimse.Status, bool) {
				if n.Add(1) == 1 {
					return c.first, true
				}
				return dimse.Success, true
			}}
			w.set(s.listen(t))
			w.send(w.store(2), queue.Routine)
			if c.dead != "" {
				w.awaitDead(c.dead)
				if len(s.got) != 1 {
					t.Errorf("%d of the others came", len(s.got))
				}
				return
			}
			w.awaitDone(1)
		})
	}
}

// TestForwardDeafPeer: one that answers nothing holds its lane only, costs one probe at a time, and costs no attempts.
func TestForwardDeafPeer(t *testing.T) {
	w, s := newWorld(t), &scripted{deaf: true}
	p := s.listen(t)
	p.Timeouts = dimse.Timeouts{Response: 100 * time.Millisecond, ARTIM: 100 * time.Millisecond}
	p.Associations = 8
	w.set(p)
	for range 6 {
		w.send(w.store(1), queue.Routine)
	}
	var holds []queue.Hold
	w.await("held", func() bool {
		holds, _ = w.db.Queue().Holds(t.Context())
		return len(holds) == 1 && holds[0].Failures >= 9
	})
	if holds[0].Failure.Code != forward.CodeSilent {
		t.Errorf("held for %+v", holds[0])
	}
	s.mu.Lock()
	dialled := s.dialled
	s.mu.Unlock()
	if dialled > holds[0].Failures+1 {
		t.Errorf("%d connections for %d failures", dialled, holds[0].Failures)
	}
	for _, j := range w.jobs(queue.Waiting) {
		if j.Attempts != 0 {
			t.Errorf("a job paid for the peer: %+v", j)
		}
	}
	// Stopping does not wait for it.
	began := time.Now()
	w.stop()
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("stopping took %v", took)
	}
}

// TestForwardSilentInTheMiddle: a peer that takes an image and never answers.
func TestForwardSilentInTheMiddle(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	s := &scripted{answer: func(string, *dimse.Association) (dimse.Status, bool) { <-release; return 0, false }}
	p := s.listen(t)
	t.Cleanup(sync.OnceFunc(func() { close(release) }))
	p.Attempts = 1
	p.Timeouts = dimse.Timeouts{Response: 100 * time.Millisecond, ARTIM: 50 * time.Millisecond}
	w.set(p)
	w.send(w.store(5), queue.Routine)
	w.awaitDead(forward.CodeBroken)
}

func TestForwardRate(t *testing.T) {
	w, s := newWorld(t), &scripted{}
	p := s.listen(t)
	p.Bytes = 100 << 10
	w.set(p)
	uid := w.store(20) // about 9 KB each
	began := time.Now()
	w.send(uid, queue.Routine)
	w.awaitDone(1)
	total := 0
	for _, got := range s.got {
		total += len(got[0].data)
	}
	least := time.Duration(float64(total-64<<10) / float64(p.Bytes) * float64(time.Second)) // after the first burst
	if took := time.Since(began); took < least {
		t.Errorf("%d bytes took %v, want at least %v", total, took, least)
	}
	p.Bytes, p.Instances = 0, 20
	w.set(p)
	began = time.Now()
	w.send(w.store(11), queue.Routine)
	w.awaitDone(2)
	if took := time.Since(began); took < 500*time.Millisecond {
		t.Errorf("11 instances at 20 a second took %v", took)
	}
}

// TestForwardOvertakes: a study that is urgent goes between the images of one that is not, which goes on where it was.
func TestForwardOvertakes(t *testing.T) {
	w, s := newWorld(t), &scripted{}
	p := s.listen(t)
	p.Instances = 20
	w.set(p)
	slow, stat, later := w.store(100), w.store(3), w.store(1)
	w.send(slow, queue.Bulk)
	w.await("begun", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.order) > 5 })
	w.send(later, queue.Bulk)
	w.send(stat, queue.Stat)
	w.awaitDone(3)
	at := func(uid yilian.StudyUID) (first, last int) {
		first = -1
		for sop := range w.kept(uid) {
			i := slices.Index(s.order, sop)
			if first < 0 || i < first {
				first = i
			}
			last = max(last, i)
		}
		return first, last
	}
	_, end := at(slow)
	if _, last := at(stat); last > end-20 {
		t.Errorf("the urgent study ended at %d, the other at %d", last, end)
	}
	if first, _ := at(later); first < end {
		t.Errorf("one that is as bulky went between: %d before %d", first, end)
	}
	want := w.kept(slow)
	for _, uid := range []yilian.StudyUID{stat, later} {
		for sop, sum := range w.kept(uid) {
			want[sop] = sum
		}
	}
	if err := s.once(want); err != nil {
		t.Error(err)
	}
}

// TestForwardResumes: a program that stops in the middle sends nothing again but the one whose answer it did not hear.
func TestForwardResumes(t *testing.T) {
	w, s := newWorld(t), &scripted{}
	p := s.listen(t)
	p.Instances = 100
	w.set(p)
	uid := w.store(60)
	w.send(uid, queue.Routine)
	for _, n := range []int{10, 25, 40} {
		w.await("begun", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.order) > n })
		w.stop()
		w.run()
	}
	w.awaitDone(1)
	again := 0
	for sop := range w.kept(uid) {
		again += len(s.got[sop]) - 1
		if len(s.got[sop]) == 0 {
			t.Errorf("%s did not come", sop)
		}
	}
	if again > 3 {
		t.Errorf("%d came again after three stops", again)
	}
}

// TestForwardAssociations: as many jobs at a time as the peer allows, and no two of the same study.
func TestForwardAssociations(t *testing.T) {
	w, s := newWorld(t), &scripted{}
	p := s.listen(t)
	p.Associations, p.Instances = 3, 60
	w.set(p)
	want, studies := map[string]string{}, []yilian.StudyUID{}
	for range 6 {
		uid := w.store(10)
		studies = append(studies, uid)
		for sop, sum := range w.kept(uid) {
			want[sop] = sum
		}
	}
	for _, uid := range studies {
		w.send(uid, queue.Routine)
	}
	w.awaitDone(6)
	if err := s.once(want); err != nil {
		t.Error(err)
	}
	if s.together < 2 || s.together > 3 {
		t.Errorf("%d associations at the same time", s.together)
	}
}

func TestProbe(t *testing.T) {
	w, s := newWorld(t), &scripted{}
	p := s.listen(t)
	if probe := w.service.Probe(t.Context(), p); !probe.OK || probe.Program == "" {
		t.Errorf("probe %+v", probe)
	}
	p.Address = "127.0.0.1:1"
	if probe := w.service.Probe(t.Context(), p); probe.OK || probe.Code != forward.CodeUnreachable {
		t.Errorf("probe %+v", probe)
	}
	p.URL = "http://127.0.0.1:1/dicom-web"
	if probe := w.service.Probe(t.Context(), p); probe.OK || probe.Code != forward.CodeUnreachable {
		t.Errorf("probe %+v", probe)
	}
}
