package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yilian/imaging/phantom"
)

// storeSCP is DCMTK's storescp as a peer, which says what it receives.
type storeSCP struct {
	t    *testing.T
	dir  string
	addr string
	args []string
	said *lockedBuffer
	cmd  *exec.Cmd
}

func newStoreSCP(t *testing.T, args ...string) *storeSCP {
	t.Helper()
	tool(t, "storescp")
	s := &storeSCP{t: t, dir: t.TempDir(), addr: freeAddress(t), args: args, said: &lockedBuffer{}}
	t.Cleanup(s.stop)
	return s
}

func (s *storeSCP) start() {
	s.t.Helper()
	s.cmd = exec.Command("storescp", append(append([]string{"-v", "-aet", "STORESCP", "-od", s.dir}, s.args...), port(s.addr))...)
	s.cmd.Env = append(os.Environ(), "TCP_NODELAY=1")
	s.cmd.Stdout, s.cmd.Stderr = s.said, s.said
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	for range 100 {
		if c, err := net.Dial("tcp", s.addr); err == nil {
			_ = c.Close()
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.t.Fatal("storescp does not listen")
}

func (s *storeSCP) stop() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait() // it was killed
	s.cmd = nil
}

// received is how many C-STOREs it got, files how many different ones it has (named by their UIDs).
func (s *storeSCP) received() int { return strings.Count(s.said.String(), "Received Store Request") }

func (s *storeSCP) files() int {
	all, err := os.ReadDir(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	return len(all)
}

// peer makes a peer and a rule that sends everything there on arrival.
func (c *client) peer(addr string, more map[string]any) (peer map[string]any) {
	c.t.Helper()
	p := map[string]any{"name": "PACS", "kind": "dimse", "called": "STORESCP", "address": addr}
	for k, v := range more {
		p[k] = v
	}
	c.call("POST", "/api/admin/peers", p, &peer)
	c.call("POST", "/api/admin/routes", map[string]any{"name": "all to " + addr, "trigger": "arrival", "peers": []any{peer["id"]}}, nil)
	return peer
}

// forwardLine is what matters here of a peer's queue.
type forwardLine struct {
	Peer, State, ErrorCode       string
	Waiting, Running, Dead, Sent int64
	Failures                     int
}

func (c *client) line(peer any) forwardLine {
	c.t.Helper()
	var list struct{ Items []forwardLine }
	c.call("GET", "/api/admin/forward/queue", nil, &list)
	for _, l := range list.Items {
		if l.Peer == peer {
			return l
		}
	}
	c.t.Fatalf("peer %v has no line", peer)
	return forwardLine{}
}

// deliver sends a folder to the program as the county's CT.
func (p *program) deliver(dir string) {
	p.t.Helper()
	cmd := exec.Command("storescu", "-q", "-aet", "QINGXI_CT", "-aec", "YILIAN", "+sd", "127.0.0.1", port(p.dcm), dir)
	cmd.Env = append(os.Environ(), "TCP_NODELAY=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("storescu: %v %s", err, out)
	}
}

// writeCT makes a study of n slices of its own in a folder.
func writeCT(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	for o, err := range phantom.Study(phantom.ChestCT, phantom.Options{Images: n, StudyUID: newUID(), Seed: rand.Uint64()}) {
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.dcm", o.Number)), o.File, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestForwardThroughOutageAndKill: images that come while the peer is down reach it when it is back, each once; a kill in the middle
// of a delivery repeats nothing but what was under way.
func TestForwardThroughOutageAndKill(t *testing.T) {
	tool(t, "storescu")
	scp := newStoreSCP(t)
	p := startProgram(t, t.TempDir())
	admin := p.signIn("admin")
	peer := admin.peer(scp.addr, nil)
	p.deliver(writeCT(t, 30))
	p.await("peer down", 15*time.Second, func() bool { l := admin.line(peer["id"]); return l.State == "down" && l.Waiting == 1 })
	if l := admin.line(peer["id"]); l.ErrorCode != "forward.unreachable" || l.Dead != 0 {
		t.Errorf("while the peer is down: %+v", l)
	}
	scp.start()
	admin.call("POST", "/api/admin/peers/"+peer["id"].(string)+"/resume", nil, nil)
	p.await("delivered", 20*time.Second, func() bool { return admin.line(peer["id"]).Waiting == 0 })
	if scp.received() != 30 || scp.files() != 30 {
		t.Fatalf("%d received, %d files, want 30", scp.received(), scp.files())
	}

	// Twice in the middle of a slow delivery.
	admin.call("GET", "/api/admin/peers", nil, nil)
	peer["instancesPerSecond"] = 25
	admin.call("PUT", "/api/admin/peers/"+peer["id"].(string), peer, &peer)
	began := time.Now()
	p.deliver(writeCT(t, 60))
	for _, after := range []int{15, 35} {
		p.await(fmt.Sprint("received ", after), 20*time.Second, func() bool { return scp.received() >= 30+after })
		p.kill()
		p.start()
	}
	p.await("delivered", 90*time.Second, func() bool { return scp.files() >= 90 })
	if took := time.Since(began); took < 60/25*time.Second {
		t.Errorf("60 instances took %v at 25 a second", took)
	}
	admin = p.signIn("admin")
	p.await("queue empty", 20*time.Second, func() bool { return admin.line(peer["id"]).Waiting == 0 })
	if again := scp.received() - 90; scp.files() != 90 || again > 4 {
		t.Errorf("%d files, %d sent again after two kills", scp.files(), again)
	} else {
		t.Logf("%d sent again after two kills", again)
	}
	if log := p.log.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("errors in the log:\n%.2000s", log[strings.Index(log, "level=ERROR"):])
	}
}

// TestForwardWhenComplete: a rule for complete studies waits for the evidence, and sends what comes late, too.
func TestForwardWhenComplete(t *testing.T) {
	tool(t, "storescu")
	scp := newStoreSCP(t)
	scp.start()
	p := startProgram(t, t.TempDir())
	admin := p.signIn("admin")
	admin.settings(map[string]any{"reading": map[string]any{"quiet": map[string]any{"CT": "2s", "": "2s"}}})
	var peer map[string]any
	admin.call("POST", "/api/admin/peers", map[string]any{"name": "PACS", "kind": "dimse", "called": "STORESCP", "address": scp.addr}, &peer)
	admin.call("POST", "/api/admin/routes", map[string]any{
		"name": "CT", "trigger": "complete", "peers": []any{peer["id"]}, "when": map[string]any{"modalities": []any{"CT"}, "sources": []any{"QINGXI*"}},
	}, nil)
	whole := writeCT(t, 6)
	late := t.TempDir()
	if err := os.Rename(filepath.Join(whole, "0006.dcm"), filepath.Join(late, "0006.dcm")); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	p.deliver(whole)
	p.await("delivered", 30*time.Second, func() bool { return scp.files() == 5 })
	if took := time.Since(began); took < 2*time.Second {
		t.Errorf("sent after %v, before the series was quiet", took)
	}
	p.deliver(late)
	p.await("late image delivered", 30*time.Second, func() bool { return scp.files() == 6 })
	if scp.received() != 6 {
		t.Errorf("%d received, want 6", scp.received())
	}
}

// TestForwardDeadLetter: what a peer breaks off at is a dead letter that says why; when the peer is mended it is replayed.
func TestForwardDeadLetter(t *testing.T) {
	tool(t, "storescu")
	scp := newStoreSCP(t, "--abort-during")
	p := startProgram(t, t.TempDir())
	admin := p.signIn("admin")
	scp.start()
	peer := admin.peer(scp.addr, map[string]any{"attempts": 1})
	p.deliver(writeCT(t, 3))
	var jobs struct {
		Items []struct{ ID, State, Study, Error, ErrorCode string }
	}
	await := func(state string) {
		t.Helper()
		p.await(state, 20*time.Second, func() bool {
			admin.call("GET", "/api/admin/forward/jobs?peer="+peer["id"].(string), nil, &jobs)
			return len(jobs.Items) == 1 && jobs.Items[0].State == state
		})
	}
	await("dead")
	if j := jobs.Items[0]; j.ErrorCode != "forward.broken" || !strings.Contains(j.Error, "abort") {
		t.Errorf("dead letter %+v", j)
	}
	if l := admin.line(peer["id"]); l.Dead != 1 || l.Waiting != 0 {
		t.Errorf("line %+v", l)
	}
	scp.stop()
	scp.args = nil
	scp.start()
	var replayed struct{ Jobs int }
	admin.call("POST", "/api/admin/forward/replay", map[string]any{"peer": peer["id"], "reason": "mended"}, &replayed)
	if replayed.Jobs != 1 {
		t.Errorf("replayed %+v", replayed)
	}
	await("done")
	if scp.files() < 3 {
		t.Errorf("%d files", scp.files())
	}
	var one struct{ Delivered, Total int }
	admin.call("GET", "/api/admin/forward/jobs/"+jobs.Items[0].ID, nil, &one)
	if one.Delivered != 3 || one.Total != 3 {
		t.Errorf("job %+v", one)
	}
	var plan struct {
		Rules []struct {
			Holds, Now bool
			Name       string
		}
	}
	admin.call("GET", "/api/admin/forward/dry-run?study="+jobs.Items[0].Study, nil, &plan)
	if len(plan.Rules) != 1 || !plan.Rules[0].Holds || !plan.Rules[0].Now {
		t.Errorf("plan %+v", plan)
	}
	var test struct {
		OK   bool
		Code string
	}
	admin.call("POST", "/api/admin/peers/test", map[string]any{"peer": peer}, &test)
	if !test.OK {
		t.Errorf("test %+v", test)
	}
	res, err := http.Get("http://" + p.http + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		t.Errorf("metrics %d", res.StatusCode)
	}
}
