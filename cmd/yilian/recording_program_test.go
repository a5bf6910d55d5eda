package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
	"github.com/pion/webrtc/v4/pkg/media/ivfreader"
	"github.com/pion/webrtc/v4/pkg/media/oggreader"

	"yilian/internal/foreign"
	calling "yilian/signaling/client"
	"yilian/signaling/protocol"
)

// onAir is one person in a call who sends a voice and a picture.
type onAir struct {
	*calling.Client
	mu     sync.Mutex
	states []string // of the recording
	asked  bool     // whether they may be recorded
}

// speaks enters the call of a request, sending what signaling/record has for its tests, over and over.
func speaks(t *testing.T, who *client, request string) *onAir {
	t.Helper()
	s := &onAir{}
	mic, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, "mic", "a")
	if err != nil {
		t.Fatal(err)
	}
	camera, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}, "camera", "a")
	if err != nil {
		t.Fatal(err)
	}
	s.Client, err = calling.Join(t.Context(), calling.Options{
		URL: who.rtc(), Ticket: who.ticket(request), OnMessage: s.hear, Send: map[string]webrtc.TrackLocal{"mic": mic, "camera": camera},
	})
	if err != nil {
		t.Fatal(err)
	}
	var sending sync.WaitGroup
	over := make(chan struct{})
	pump := func(track *webrtc.TrackLocalStaticSample, frames [][]byte, every time.Duration) {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-over:
				return
			case <-tick.C:
				_ = track.WriteSample(media.Sample{Data: frames[i%len(frames)], Duration: every}) // the line may be gone
			}
		}
	}
	sending.Go(func() { pump(mic, sounds(t), 20*time.Millisecond) })
	sending.Go(func() { pump(camera, pictures(t), time.Second/15) })
	t.Cleanup(func() {
		close(over)
		sending.Wait()
		_ = s.Client.Close()
	})
	return s
}

func (s *onAir) hear(m protocol.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch m := m.(type) {
	case *protocol.Recording:
		s.states = append(s.states, m.State)
	case *protocol.Asked:
		s.asked = s.asked || m.What == protocol.AskRecord
	}
}

// state is how the recording stands, as this person was told.
func (s *onAir) state() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.states) == 0 {
		return ""
	}
	return s.states[len(s.states)-1]
}

func (s *onAir) wasAsked() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

func fixture(t *testing.T, name string) io.Reader {
	data, err := os.ReadFile(filepath.Join("..", "..", "signaling", "record", "testdata", name))
	if err != nil {
		t.Error(err)
	}
	return bytes.NewReader(data)
}

func pictures(t *testing.T) (frames [][]byte) {
	r, _, err := ivfreader.NewWith(fixture(t, "vp8.ivf"))
	for err == nil {
		var f []byte
		if f, _, err = r.ParseNextFrame(); err == nil {
			frames = append(frames, f)
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	return frames
}

func sounds(t *testing.T) (frames [][]byte) {
	r, err := oggreader.NewWithOptions(fixture(t, "opus.ogg"))
	for err == nil {
		var f []byte
		if f, _, err = r.ParseNextPage(); err == nil && !bytes.HasPrefix(f, []byte("Opus")) {
			frames = append(frames, f)
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	return frames
}

// recorded is a recording as the API tells of it.
type recordedCall struct {
	ID, State, Reason, Failure string
	DurationMs                 int64
	Consents                   []struct {
		Person struct{ Name string }
		Given  bool
	}
	Files []struct {
		Name, Person, MIME, SHA256 string
		Size, OffsetMs, DurationMs int64
	}
}

// recordedOf answers the recordings of a request once they are as awaited.
func (c *clinicalCase) recordedOf(t *testing.T, within time.Duration, ok func([]recordedCall) bool) []recordedCall {
	t.Helper()
	var all struct{ Items []recordedCall }
	c.p.await("recordings", within, func() bool {
		all.Items = nil
		c.doctor.call("GET", "/api/requests/"+c.request+"/recordings", nil, &all)
		return ok(all.Items)
	})
	return all.Items
}

// onCall has a specialist accept and both speak.
func onCall(t *testing.T, p *program) (c *clinicalCase, doctor, specialist *onAir) {
	t.Helper()
	c = newCase(t, p)
	c.specialist.call("PUT", "/api/presence", map[string]any{"status": "available"}, nil)
	var patient struct{ ID string }
	c.doctor.call("POST", "/api/patients", map[string]any{"name": c.name, "sex": c.sex, "birthDate": c.birth}, &patient)
	c.patient = patient.ID
	c.ask()
	c.specialist.do("POST", "/api/requests/"+c.request+"/accept", nil)
	return c, speaks(t, c.doctor, c.request), speaks(t, c.specialist, c.request)
}

// agreed has the specialist ask and the doctor agree, and waits until it is recorded.
func agreed(t *testing.T, p *program, doctor, specialist *onAir) {
	t.Helper()
	if err := specialist.Send(&protocol.Record{On: true}); err != nil {
		t.Fatal(err)
	}
	p.await("the question", 5*time.Second, doctor.wasAsked)
	if err := doctor.Send(&protocol.Consent{Recording: true}); err != nil {
		t.Fatal(err)
	}
	p.await("the recording", 5*time.Second, func() bool { return doctor.state() == protocol.RecordingOn })
}

// plays reads a file of a recording as a browser does, in ranges, and has it decoded by somebody else.
func (c *clinicalCase) plays(t *testing.T, r recordedCall, name string, least float64) {
	t.Helper()
	at := "/api/recordings/" + r.ID + "/files/" + name
	status, whole, header := c.doctor.raw("GET", at, nil, nil)
	if status != http.StatusOK || header.Get("Accept-Ranges") != "bytes" || header.Get("Cache-Control") != "private, no-store" {
		t.Fatalf("GET %s: %d %v", at, status, header)
	}
	status, part, _ := c.doctor.raw("GET", at, nil, http.Header{"Range": {"bytes=100-4099"}})
	if status != http.StatusPartialContent || !bytes.Equal(part, whole[100:4100]) {
		t.Errorf("a range of %s: %d, %d bytes", at, status, len(part))
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(foreign.Program(t, "ffprobe"), "-v", "error", "-show_entries", "format=duration:stream=codec_name", "-of", "json", path).CombinedOutput()
	var found struct {
		Streams []struct {
			Codec string `json:"codec_name"`
		} `json:"streams"`
		Format struct {
			Duration json.Number `json:"duration"`
		} `json:"format"`
	}
	if err != nil || json.Unmarshal(out, &found) != nil || len(found.Streams) != 2 || found.Streams[0].Codec != "opus" || found.Streams[1].Codec != "vp8" {
		t.Fatalf("%s: %v %s", name, err, out)
	}
	if d, err := found.Format.Duration.Float64(); err != nil || d < least {
		t.Errorf("%s has %v s, want at least %v", name, found.Format.Duration, least)
	}
	if out, err := exec.Command(foreign.Program(t, "ffmpeg"), "-v", "error", "-xerror", "-i", path, "-fps_mode", "passthrough", "-enc_time_base", "1:1000", "-f", "null", "-").CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%s does not decode: %v\n%s", name, err, out)
	}
}

// TestRecording: asked, agreed, recorded, ended, made into files that play for those who took part, and for nobody else; each look is in
// the trail.
func TestRecording(t *testing.T) {
	p := startProgram(t, t.TempDir())
	c, doctor, specialist := onCall(t, p)
	agreed(t, p, doctor, specialist)
	if err := doctor.Send(&protocol.Mark{Text: "看这里"}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(5 * time.Second)
	if err := specialist.Send(&protocol.Record{On: false}); err != nil {
		t.Fatal(err)
	}
	all := c.recordedOf(t, 15*time.Second, func(all []recordedCall) bool { return len(all) == 1 && all[0].State == "stored" })
	r := all[0]
	if len(r.Files) != 2 || len(r.Consents) != 2 || r.Consents[0].Person.Name == "" || r.Consents[1].Person.Name == "" || !r.Consents[0].Given || r.Reason != "ended" {
		t.Fatalf("%+v", r)
	}
	for _, f := range r.Files {
		c.plays(t, r, f.Name, 3.5)
	}
	var index struct {
		DurationMs int64
		Events     []struct{ Type, Text string }
	}
	c.specialist.call("GET", "/api/recordings/"+r.ID+"/index", nil, &index)
	marked := false
	for _, e := range index.Events {
		marked = marked || e.Type == "mark" && e.Text == "看这里"
	}
	if !marked || index.DurationMs < 4500 {
		t.Errorf("%+v", index)
	}
	for _, login := range []string{"shiqiao", "zhou", "neike", "admin", "audit", "yuepian"} {
		stranger := p.signIn(login)
		for _, path := range []string{"", "/index", "/files/" + r.Files[0].Name} {
			if status, _ := stranger.try("GET", "/api/recordings/"+r.ID+path, nil); status != http.StatusNotFound && status != http.StatusForbidden {
				t.Errorf("%s gets %s: %d", login, path, status)
			}
		}
	}
	head := p.signIn("qingxi-yuanzhang")
	head.call("POST", "/api/recordings/"+r.ID+"/hold", map[string]any{"version": 0, "reason": "投诉"}, nil)
	if status, _ := head.try("POST", "/api/recordings/"+r.ID+"/delete", map[string]any{"version": 0, "reason": "不要"}); status != http.StatusConflict {
		t.Errorf("deleted on hold: %d", status)
	}
	head.call("POST", "/api/recordings/"+r.ID+"/release", map[string]any{"version": 0, "reason": "了结"}, nil)
	head.call("POST", "/api/recordings/"+r.ID+"/delete", map[string]any{"version": 0, "reason": "不要"}, nil)
	if status, _ := c.doctor.try("GET", "/api/recordings/"+r.ID+"/files/"+r.Files[0].Name, nil); status != http.StatusConflict {
		t.Errorf("a deleted file: %d", status)
	}
	if status, trail := p.signIn("audit").try("GET", "/api/admin/events?entity=recording&id="+r.ID, nil); status != http.StatusOK || strings.Count(string(trail), `"play"`) < 2 {
		t.Errorf("the trail: %d %s", status, trail)
	}
}

// TestKillWhileRecording: after kill -9 in the middle, everything but the last seconds is there and plays.
func TestKillWhileRecording(t *testing.T) {
	data := t.TempDir()
	p := startProgram(t, data)
	c, doctor, specialist := onCall(t, p)
	agreed(t, p, doctor, specialist)
	time.Sleep(8 * time.Second)
	p.kill()
	p.start()
	c.doctor = p.signIn("qingxi")
	all := c.recordedOf(t, 15*time.Second, func(all []recordedCall) bool { return len(all) == 1 && all[0].State == "stored" })
	r := all[0]
	if len(r.Files) != 2 || r.Reason != "crash" {
		t.Fatalf("%+v", r)
	}
	for _, f := range r.Files {
		c.plays(t, r, f.Name, 3)
	}
}

// TestRecordingWithdrawn: who takes the consent back ends it at once for all, and what there was is gone by the default rule; the call goes on.
func TestRecordingWithdrawn(t *testing.T) {
	p := startProgram(t, t.TempDir())
	c, doctor, specialist := onCall(t, p)
	agreed(t, p, doctor, specialist)
	time.Sleep(time.Second)
	if err := doctor.Send(&protocol.Consent{Recording: false}); err != nil {
		t.Fatal(err)
	}
	p.await("the end of the recording", 5*time.Second, func() bool { return specialist.state() == protocol.RecordingOff })
	all := c.recordedOf(t, 10*time.Second, func(all []recordedCall) bool { return len(all) == 1 && all[0].State == "deleted" })
	if len(all[0].Files) != 0 || all[0].Reason != "withdrawn" {
		t.Errorf("%+v", all[0])
	}
	if err := doctor.Send(&protocol.Say{Ref: "1", Text: "x"}); err != nil {
		t.Errorf("the call has ended: %v", err)
	}
}

// TestRecordingWithoutRoom: a store that runs full ends the recording for everybody to see; the call goes on, and what was stored plays once
// there is room again.
func TestRecordingWithoutRoom(t *testing.T) {
	data := t.TempDir()
	objects := filepath.Join(data, "objects")
	if err := os.Mkdir(objects, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=300m", "tmpfs", objects).CombinedOutput(); err != nil {
		foreign.Missing(t, "the right to mount a small disk ("+strings.TrimSpace(string(out))+")")
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", objects).Run() })
	p := startProgram(t, data)
	c, doctor, specialist := onCall(t, p)
	agreed(t, p, doctor, specialist)
	time.Sleep(4 * time.Second)
	filler := filepath.Join(objects, "filler")
	if err := os.WriteFile(filler, make([]byte, 60<<20), 0o600); err != nil { // less is left than objects leave to others
		t.Fatal(err)
	}
	p.await("the failure to be told", 20*time.Second, func() bool {
		return doctor.state() == protocol.RecordingFailed && specialist.state() == protocol.RecordingFailed
	})
	if err := doctor.Send(&protocol.Say{Ref: "1", Text: "x"}); err != nil {
		t.Errorf("the call has ended: %v", err)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	all := c.recordedOf(t, 30*time.Second, func(all []recordedCall) bool { return len(all) == 1 && all[0].State == "stored" })
	if r := all[0]; r.Failure != "store" || r.Reason != "failed" || len(r.Files) != 2 {
		t.Errorf("%+v", r)
	}
	for _, f := range all[0].Files {
		c.plays(t, all[0], f.Name, 0.5)
	}
}

// TestFsckOfRecordings: whole files are found to be whole, a damaged one is named, and fetched from a copy.
func TestFsckOfRecordings(t *testing.T) {
	data := t.TempDir()
	p := startProgram(t, data)
	c, doctor, specialist := onCall(t, p)
	agreed(t, p, doctor, specialist)
	time.Sleep(3 * time.Second)
	if err := specialist.Send(&protocol.Record{On: false}); err != nil {
		t.Fatal(err)
	}
	c.recordedOf(t, 15*time.Second, func(all []recordedCall) bool { return len(all) == 1 && all[0].State == "stored" })
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	program, err := builtProgram()
	if err != nil {
		t.Fatal(err)
	}
	out, err := run1(t, program, "fsck", "--data", data)
	if err != nil || !strings.Contains(out, "3 objects of recordings: 0 faults") {
		t.Fatalf("%v\n%s", err, out)
	}
	backup := t.TempDir()
	objects := filepath.Join(data, "objects")
	if err := os.CopyFS(filepath.Join(backup, "objects"), os.DirFS(objects)); err != nil {
		t.Fatal(err)
	}
	damage(t, objects)
	if out, err = run1(t, program, "fsck", "--data", data); err == nil || !strings.Contains(out, "webm: the bytes are not those that were stored") {
		t.Errorf("the damage is not found: %v\n%s", err, out)
	}
	if out, err = run1(t, program, "fsck", "--data", data, "--repair", "--from", backup); err != nil || !strings.Contains(out, "1 faults, 1 repaired") {
		t.Errorf("not repaired: %v\n%s", err, out)
	}
	if out, err = run1(t, program, "fsck", "--data", data); err != nil {
		t.Errorf("after the repair: %v\n%s", err, out)
	}
}

// damage changes a bit of the newest object with video, wherever the store has put it.
func damage(t *testing.T, objects string) {
	t.Helper()
	done := false
	err := filepath.WalkDir(objects, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || done {
			return err
		}
		whole, err := os.ReadFile(path)
		if at := bytes.LastIndex(whole, []byte("V_VP8")); err == nil && at > 0 {
			whole[at] ^= 1
			done = true
			return os.WriteFile(path, whole, 0o600)
		}
		return err
	})
	if err != nil || !done {
		t.Fatalf("nothing damaged: %v", err)
	}
}
