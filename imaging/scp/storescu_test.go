package scp

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"yilian"
)

// profile writes a configuration of storescu that proposes one SOP class in one transfer syntax.
func profile(t *testing.T, class, syntax string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "storescu.cfg")
	text := fmt.Sprintf("[[TransferSyntaxes]]\n[Own]\nTransferSyntax1 = %s\n"+
		"[[PresentationContexts]]\n[Context]\nPresentationContext1 = %s\\Own\n"+
		"[[Profiles]]\n[Only]\nPresentationContexts = Context\n", syntax, class)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func sendTo(t *testing.T, addr string, args ...string) string {
	t.Helper()
	host, port, _ := net.SplitHostPort(addr)
	return run(t, "storescu", append([]string{"-aet", "TESTER", "-aec", "YILIAN", "-nh", host, port}, args...)...)
}

func TestStoreSCUGenerated(t *testing.T) {
	archive := &memory{}
	d := open(t, Config{Archive: archive})
	dir := t.TempDir()
	var samples []*sample
	for i, size := range []int{2, 4000, 16 << 10, 60_000} {
		samples = append(samples, generate(t, dir, i, size))
	}
	sendTo(t, d.addr, "+sd", dir)
	for _, s := range samples {
		got, ok := archive.get(yilian.InstanceUID(s.instance))
		if !ok || got.sum != s.sum() || got.in.TransferSyntax != s.syntax || got.in.SOPClass != s.class || got.in.Source != "TESTER" {
			t.Errorf("%s: %+v, want %d bytes %s", s.path, got, len(s.data), s.sum())
		}
	}
	for _, options := range [][]string{{"-R"}, {"+C"}, {"-xe"}, {"-xs"}, {"-pdu", "4096"}, {"--max-send-pdu", "4096"}, {"--repeat", "3"}} {
		archive.mu.Lock()
		clear(archive.kept)
		archive.mu.Unlock()
		sendTo(t, d.addr, append(options, samples[3].path)...)
		if got, _ := archive.get(yilian.InstanceUID(samples[3].instance)); got.sum != samples[3].sum() {
			t.Errorf("%v: got %+v", options, got)
		}
	}
}

// TestStoreSCUTransferSyntaxes sends each encoding that storescu knows, as it is. storescu writes some data sets anew (it
// drops padding and makes lengths its own), so what must arrive is what storescp, told to keep every bit, gets from it.
func TestStoreSCUTransferSyntaxes(t *testing.T) {
	dir := shared(t, "ts")
	if dir == "" {
		t.Skip("no shared test files")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.dcm"))
	if err != nil {
		t.Fatal(err)
	}
	archive := &memory{}
	d := open(t, Config{Archive: archive})
	judgeDir, judge := storescp(t)
	syntaxes := map[string]int{}
	asIs := 0
	for _, path := range files {
		s, err := readSample(path)
		if err != nil {
			t.Log(err)
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			if younger(s.syntax) {
				t.Skipf("storescu 3.6.7 does not know %s", s.syntax)
			}
			config := profile(t, s.class, s.syntax)
			want := judged(t, judgeDir, judge, config, path)
			if want == nil { // storescp does not take the older JPEG processes
				want = s
			}
			if path == filepath.Join(dir, "explicit_VR-UN.dcm") {
				t.Skip("storescu finds no SOP class in it")
			}
			out := sendTo(t, d.addr, "-v", "-xf", config, "Only", path)
			got, ok := archive.get(yilian.InstanceUID(s.instance))
			if !ok {
				t.Fatalf("did not arrive:\n%s", out)
			}
			if got.in.TransferSyntax != s.syntax {
				t.Errorf("came in %s, sent in %s", got.in.TransferSyntax, s.syntax)
			}
			if got.sum != want.sum() {
				t.Errorf("%d bytes, storescp got %d", got.size, len(want.data))
			}
			if got.sum == s.sum() {
				asIs++
			}
			syntaxes[s.syntax]++
		})
	}
	t.Logf("%d transfer syntaxes; %d files came exactly as they are on disk", len(syntaxes), asIs)
	if len(syntaxes) < 15 || asIs < 20 {
		t.Errorf("too few: %v", syntaxes)
	}
}

// younger tells of transfer syntaxes that are younger than storescu 3.6.7: high-throughput JPEG 2000, JPEG XL, and
// deflated image frames.
func younger(syntax string) bool {
	return strings.HasPrefix(syntax, "1.2.840.10008.1.2.4.2") || strings.HasPrefix(syntax, "1.2.840.10008.1.2.4.11") ||
		strings.HasPrefix(syntax, "1.2.840.10008.1.2.8.")
}

// storescp starts the peer that keeps what it receives, bit by bit, in dir.
func storescp(t *testing.T) (dir, addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = l.Addr().String()
	_, port, _ := net.SplitHostPort(addr)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	cmd := exec.Command(tool(t, "storescp"), "+B", "+xa", "-pm", "-od", dir, port)
	cmd.Env = append(os.Environ(), "TCP_NODELAY=1") // Nagle's algorithm is not what is looked at here
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for range 100 {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			_ = conn.Close()
			return dir, addr
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("storescp did not start")
	return "", ""
}

// judged sends a file to storescp and takes apart what it kept; nil when it kept nothing.
func judged(t *testing.T, dir, addr, config, path string) *sample {
	t.Helper()
	host, port, _ := net.SplitHostPort(addr)
	cmd := exec.Command(tool(t, "storescu"), host, port, "-xf", config, "Only", path)
	cmd.Env = append(os.Environ(), "TCP_NODELAY=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Logf("to storescp: %s", out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 1 {
		return nil
	}
	s, err := readSample(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestStockSenderIsNotStalled: Nagle's algorithm in the sender against delayed acknowledgements in the receiver costs 40 ms
// once or twice an instance. TCP_QUICKACK takes that away, without anything set at the sender.
func TestStockSenderIsNotStalled(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("TCP_QUICKACK is Linux's")
	}
	const n = 50
	archive := &memory{}
	d := open(t, Config{Archive: archive})
	dir := t.TempDir()
	for i := range n {
		generate(t, dir, i, 60_000)
	}
	host, port, _ := net.SplitHostPort(d.addr)
	cmd := exec.Command(tool(t, "storescu"), "-aec", "YILIAN", "+sd", host, port, dir)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")} // without TCP_NODELAY
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if each := time.Since(began) / n; each > 30*time.Millisecond {
		t.Errorf("%v an instance", each)
	}
	if archive.count() != n {
		t.Errorf("%d arrived", archive.count())
	}
}
