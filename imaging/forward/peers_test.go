package forward_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yilian/imaging/dimse"
	"yilian/imaging/forward"
	"yilian/imaging/queue"
	"yilian/internal/foreign"
)

// freeAddress was free a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// orthanc is Debian's Orthanc on loopback.
type orthanc struct {
	*testing.T
	dicom, http string
	config      string
	cmd         *exec.Cmd
}

func newOrthanc(t *testing.T) *orthanc {
	t.Helper()
	tool(t, "Orthanc")
	o := &orthanc{T: t, dicom: freeAddress(t), http: freeAddress(t)}
	port := func(addr string) json.Number { return json.Number(addr[strings.LastIndex(addr, ":")+1:]) }
	dir := t.TempDir()
	config := map[string]any{
		"Name": "peer", "StorageDirectory": dir, "IndexDirectory": dir, "HttpPort": port(o.http), "DicomPort": port(o.dicom), "DicomAet": "ORTHANC",
		"DicomAlwaysAllowStore": true, "DicomAlwaysAllowEcho": true, "DicomCheckCalledAet": false, "RemoteAccessAllowed": false, "AuthenticationEnabled": true,
		"RegisteredUsers": map[string]string{"yilian": "wx"}, "OverwriteInstances": false, "DicomWeb": map[string]any{"Enable": true, "Root": "/dicom-web/"},
	}
	if plugin := "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"; exists(plugin) {
		config["Plugins"] = []string{plugin}
	}
	data, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	o.config = filepath.Join(dir, "orthanc.json")
	if err := os.WriteFile(o.config, data, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.stop)
	return o
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

func (o *orthanc) start() {
	o.Helper()
	o.cmd = exec.Command("Orthanc", o.config)
	o.cmd.Dir = filepath.Dir(o.config)
	if err := o.cmd.Start(); err != nil {
		o.Fatal(err)
	}
	for range 200 {
		if o.count() >= 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	o.Fatal("Orthanc does not answer")
}

func (o *orthanc) stop() {
	if o.cmd == nil {
		return
	}
	_ = o.cmd.Process.Kill()
	_ = o.cmd.Wait() // it was killed
	o.cmd = nil
}

// count is how many instances it has; -1 while it does not answer.
func (o *orthanc) count() int {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+o.http+"/statistics", http.NoBody)
	if err != nil {
		o.Fatal(err)
	}
	req.SetBasicAuth("yilian", "wx")
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return -1
	}
	defer func() { _ = res.Body.Close() }()
	var out struct{ CountInstances int }
	data, err := io.ReadAll(res.Body)
	if err != nil || json.Unmarshal(data, &out) != nil {
		return -1
	}
	return out.CountInstances
}

// TestForwardOrthanc: Debian's Orthanc as the peer, by both ways, down at first.
func TestForwardOrthanc(t *testing.T) {
	o := newOrthanc(t)
	has := 0 // it keeps what it got
	for name, p := range map[string]forward.Peer{
		"dimse":    {Called: "ORTHANC", Calling: "YILIAN", Address: o.dicom},
		"dicomweb": {URL: "http://" + o.http + "/dicom-web", User: "yilian", Password: "wx"},
	} {
		t.Run(name, func(t *testing.T) {
			if p.URL != "" && !exists("/usr/share/orthanc/plugins/libOrthancDicomWeb.so") {
				foreign.Missing(t, "orthanc-dicomweb")
			}
			w := newWorld(t)
			w.set(p)
			uid := w.store(15)
			w.send(uid, queue.Routine)
			w.await("held", func() bool { h, err := w.db.Queue().Holds(t.Context()); return err == nil && len(h) == 1 })
			o.start()
			defer o.stop()
			if probe := w.service.Probe(t.Context(), p); !probe.OK {
				t.Errorf("probe %+v", probe)
			}
			if p.URL != "" {
				bad := p
				bad.Password = "wrong"
				if probe := w.service.Probe(t.Context(), bad); probe.OK || probe.Code != forward.CodeUnauthorised {
					t.Errorf("probe with a wrong password %+v", probe)
				}
			}
			w.awaitDone(1)
			if has += 15; o.count() != has {
				t.Errorf("Orthanc has %d, want %d", o.count(), has)
			}
			if stats := w.service.Stats()["p"]; stats.Instances != 15 {
				t.Errorf("stats %+v", stats)
			}
		})
	}
}

// TestForwardStoreSCP: DCMTK's storescp aborts in the middle of what it is sent, is mended, and gets the rest.
func TestForwardStoreSCP(t *testing.T) {
	tool(t, "storescp")
	addr := freeAddress(t)
	dir := t.TempDir()
	start := func(args ...string) *exec.Cmd {
		t.Helper()
		cmd := exec.Command("storescp", append(append([]string{"-q", "-od", dir}, args...), addr[strings.LastIndex(addr, ":")+1:])...)
		cmd.Env = append(os.Environ(), "TCP_NODELAY=1")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		for range 100 {
			if c, err := net.Dial("tcp", addr); err == nil {
				_ = c.Close()
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		return cmd
	}
	w := newWorld(t)
	w.set(forward.Peer{Called: "STORESCP", Calling: "YILIAN", Address: addr, Attempts: 1, Timeouts: dimse.Timeouts{Response: 5 * time.Second}})
	bad := start("--abort-after")
	w.send(w.store(6), queue.Routine)
	w.awaitDead(forward.CodeBroken)
	_ = bad.Process.Kill()
	_ = bad.Wait()
	start()
	if _, err := w.db.Queue().Replay(t.Context(), time.Now(), queue.Filter{State: queue.Dead}); err != nil {
		t.Fatal(err)
	}
	w.worker.Wake()
	w.awaitDone(1)
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 6 {
		t.Errorf("%d files, %v", len(files), err)
	}
}
