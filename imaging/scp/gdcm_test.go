package scp

import (
	"net"
	"os/exec"
	"testing"

	"yilian"
)

// TestGDCM: a second implementation of the sender, with nothing in common with DCMTK.
func TestGDCM(t *testing.T) {
	archive := &memory{}
	d := open(t, Config{Archive: archive})
	host, port, _ := net.SplitHostPort(d.addr)
	gdcmscu := func(args ...string) {
		// Debian's gdcmscu 3.0.21 throws an exception once it has released any association, with storescp as with us.
		out, err := exec.Command(tool(t, "gdcmscu"), append(args, "--aetitle", "TESTER", "--call", "YILIAN", host, port)...).CombinedOutput()
		t.Logf("%v: %v %s", args, err, out)
	}
	gdcmscu("--echo")
	if n := d.Stats().Echoes; n != 1 {
		t.Errorf("%d echoes", n)
	}
	s := generate(t, t.TempDir(), 1, 50_000)
	gdcmscu("--store", "-i", s.path)
	got, ok := archive.get(yilian.InstanceUID(s.instance))
	if !ok || got.sum != s.sum() {
		t.Errorf("arrived %v: %+v, want %d bytes", ok, got, len(s.data))
	}
	eventually(t, "both associations released", func() bool { return d.Stats().Released == 2 })
}
