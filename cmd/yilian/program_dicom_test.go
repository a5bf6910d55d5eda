package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yilian/imaging/phantom"
)

// instance retrieves one instance as a Part 10 file, as it is stored.
func (p *program) instance(c *client, path string) []byte {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), "GET", c.base+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Accept", `multipart/related; type="application/dicom"; transfer-syntax=*`)
	res, err := c.http.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %d %v", path, res.StatusCode, err)
	}
	// One part: between the first blank line and the closing boundary.
	_, part, _ := bytes.Cut(body, []byte("\r\n\r\n"))
	end := bytes.LastIndex(part, []byte("\r\n--"))
	if end < 0 {
		p.t.Fatalf("%s: no multipart answer", path)
	}
	return part[:end]
}

// located finds every instance in the archive: SOP Instance UID → path.
func (c *client) located() map[string]string {
	c.t.Helper()
	var found []map[string]struct{ Value []any }
	out := map[string]string{}
	for offset := 0; ; offset += 200 {
		status, body := c.try("GET", fmt.Sprintf("/dicom-web/instances?limit=200&offset=%d", offset), nil)
		if status == http.StatusNoContent {
			return out
		}
		if err := json.Unmarshal(body, &found); err != nil {
			c.t.Fatalf("QIDO: %d %v", status, err)
		}
		for _, i := range found {
			uid := func(tag string) string { return i[tag].Value[0].(string) }
			out[uid("00080018")] = "/dicom-web/studies/" + uid("0020000D") + "/series/" + uid("0020000E") + "/instances/" + uid("00080018")
		}
		if len(found) < 200 {
			return out
		}
	}
}

// dataSet cuts the meta information off a Part 10 file.
func dataSet(t *testing.T, file []byte) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.dcm")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := readInstanceFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return file[f.start:]
}

// writePhantom makes a study of n slices in a folder.
func writePhantom(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	for o, err := range phantom.Study(phantom.ChestCT, phantom.Options{Images: n, StudyUID: newUID(), Seed: 7}) {
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.dcm", o.Number)), o.File, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestStockSendersOfEverySyntax sends real files in every transfer syntax with DCMTK's storescu, those that it cannot send with our
// own sender, and compares what comes back.
func TestStockSendersOfEverySyntax(t *testing.T) {
	p := startProgram(t, t.TempDir())
	if out, err := run1(t, tool(t, "echoscu"), "-aet", "QINGXI_CT", "-aec", "YILIAN", "127.0.0.1", port(p.dcm)); err != nil {
		t.Fatalf("echoscu: %v %s", err, out)
	}
	p.kill()
	dirs := []string{writePhantom(t, 3)}
	if shared := filepath.Join("..", "..", "..", "shared", "dicom", "ts"); exists(shared) {
		dirs = append(dirs, shared)
	}
	found, _, err := findInstances(dirs)
	if err != nil || len(found) == 0 {
		t.Fatalf("no files: %v", err)
	}
	var stock, own int
	for _, files := range rounds(found) {
		a, b := sendRound(t, files)
		stock, own = stock+a, own+b
	}
	if stock < 3 {
		t.Errorf("storescu sent only %d files", stock)
	}
	t.Logf("%d by storescu, %d by yilian send", stock, own)
}

// rounds parts files so that no round has two of one SOP instance: the corpus has one image in many encodings.
func rounds(files []instanceFile) (parts [][]instanceFile) {
	seen := map[string]int{}
	for _, f := range files {
		n := seen[f.instance]
		seen[f.instance]++
		if n == len(parts) {
			parts = append(parts, nil)
		}
		parts[n] = append(parts[n], f)
	}
	return parts
}

// sendRound sends files into a fresh archive and looks at what comes back. It answers how many storescu could send.
func sendRound(t *testing.T, files []instanceFile) (stock, own int) {
	t.Helper()
	storescu := tool(t, "storescu")
	bin, err := builtProgram()
	if err != nil {
		t.Fatal(err)
	}
	p := startProgram(t, t.TempDir())
	defer p.kill()
	ours := map[string]bool{}
	for _, f := range files {
		// -R proposes only what is needed: storescu sends a file as it is when its syntax is among what was proposed.
		args := []string{"-R", "-aet", "QINGXI_CT", "-aec", "YILIAN"}
		if option, ok := proposeOption[f.syntax]; ok {
			out, err := run1(t, storescu, append(args, option, "127.0.0.1", port(p.dcm), f.path)...)
			if err == nil {
				stock++
				continue
			}
			t.Logf("storescu cannot send %s: %s", filepath.Base(f.path), lastLine(out))
		}
		own++
		ours[f.instance] = true
		if out, err := run1(t, bin, "send", f.path, "--to", p.dcm, "--calling", "QINGXI_CT"); err != nil {
			t.Errorf("yilian send %s: %v %s", filepath.Base(f.path), err, lastLine(out))
		}
	}
	c := p.signIn("qingxi")
	where := c.located()
	for _, f := range files {
		path, ok := where[f.instance]
		if !ok {
			t.Errorf("%s is not in the archive", filepath.Base(f.path))
			continue
		}
		file, err := os.ReadFile(f.path)
		if err != nil {
			t.Fatal(err)
		}
		// storescu writes lengths and padding anew on its way; our own sender passes the file's bytes on, and they come back as they were.
		if got := dataSet(t, p.instance(c, path)); ours[f.instance] && !bytes.Equal(got, file[f.start:]) {
			t.Errorf("%s came back with other bytes (%d, was %d)", filepath.Base(f.path), len(got), len(file)-int(f.start))
		}
	}
	return stock, own
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// proposeOption holds storescu's options that propose a transfer syntax.
var proposeOption = map[string]string{
	"1.2.840.10008.1.2": "-xi", "1.2.840.10008.1.2.1": "-xe", "1.2.840.10008.1.2.2": "-xb", "1.2.840.10008.1.2.1.99": "-xd",
	"1.2.840.10008.1.2.4.50": "-xy", "1.2.840.10008.1.2.4.51": "-xx", "1.2.840.10008.1.2.4.70": "-xs",
	"1.2.840.10008.1.2.4.80": "-xt", "1.2.840.10008.1.2.4.81": "-xu", "1.2.840.10008.1.2.4.90": "-xv", "1.2.840.10008.1.2.4.91": "-xw",
	"1.2.840.10008.1.2.5": "-xr",
}

func port(addr string) string { return addr[strings.LastIndex(addr, ":")+1:] }

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

// TestStrangersAreRefused: an AE title that nobody registered, or that is not ours, gets no association.
func TestStrangersAreRefused(t *testing.T) {
	echoscu := tool(t, "echoscu")
	p := startProgram(t, t.TempDir())
	for _, c := range []struct{ calling, called, reason string }{
		{"STRANGER", "YILIAN", "Calling AE Title Not Recognized"},
		{"QINGXI_CT", "ELSEWHERE", "Called AE Title Not Recognized"},
	} {
		out, err := run1(t, echoscu, "-v", "-aet", c.calling, "-aec", c.called, "127.0.0.1", port(p.dcm))
		if err == nil || !strings.Contains(out, c.reason) {
			t.Errorf("%s → %s: %v %s", c.calling, c.called, err, out)
		}
	}
	// The trail names the stranger, so that a device with a wrong title is found.
	p.await("noted", 5*time.Second, func() bool {
		_, trail := p.signIn("audit").try("GET", "/api/admin/events?entity=device&id=STRANGER", nil)
		return strings.Contains(string(trail), `"refused"`)
	})
}

// TestKillDuringIngest kills the program in the middle of a study: what it acknowledged is there after the next start, and the
// rest can be sent again.
func TestKillDuringIngest(t *testing.T) {
	data := t.TempDir()
	p := startProgram(t, data)
	dir := writePhantom(t, 120)
	bin, err := builtProgram()
	if err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(t.TempDir(), "sent")
	for round := range 3 {
		send := exec.Command(bin, "send", dir, "--to", p.dcm, "--calling", "QINGXI_CT", "--state", state, "--retries", "0", "--jobs", "2")
		if err := send.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(60+40*round) * time.Millisecond)
		p.kill()
		_ = send.Wait() // it fails: that is the point
		p.start()
		c := p.signIn("qingxi")
		where := c.located()
		acknowledged := sentInstances(t, state, dir)
		t.Logf("round %d: %d acknowledged, %d in the archive", round+1, len(acknowledged), len(where))
		for _, uid := range acknowledged {
			path, ok := where[uid]
			if !ok {
				t.Fatalf("an instance was acknowledged and is lost; the log:\n%s", p.log)
			}
			if round == 2 && len(p.instance(c, path)) < 1000 {
				t.Errorf("an instance came back empty")
			}
		}
	}
	if out, err := run1(t, bin, "send", dir, "--to", p.dcm, "--calling", "QINGXI_CT"); err != nil {
		t.Fatalf("sending all again: %v %s", err, out)
	}
	if n := len(p.signIn("qingxi").located()); n != 120 {
		t.Errorf("%d instances after sending all again, want 120", n)
	}
}

// sentInstances reads the sender's own record of what was acknowledged.
func sentInstances(t *testing.T, state, dir string) []string {
	t.Helper()
	st, err := openSendState(state)
	if err != nil {
		t.Fatal(err)
	}
	defer st.close(slog.New(slog.DiscardHandler))
	files, _, err := findInstances([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]bool{}
	for _, f := range st.remaining(files) {
		left[f.instance] = true
	}
	var uids []string
	for _, f := range files {
		if !left[f.instance] {
			uids = append(uids, f.instance)
		}
	}
	return uids
}
