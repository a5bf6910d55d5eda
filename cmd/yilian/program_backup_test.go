package main

import (
	"bytes"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// TestBackupOfRunningProgram backs the program up while images arrive, restores elsewhere, and finds there what was in it before:
// images byte for byte, people with their passwords, and a whole audit trail.
func TestBackupOfRunningProgram(t *testing.T) {
	original := filepath.Join(t.TempDir(), "data")
	p := startProgram(t, original)
	bin, err := builtProgram()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := run1(t, bin, "send", writePhantom(t, 20), "--to", p.dcm, "--calling", "QINGXI_CT"); err != nil {
		t.Fatalf("send: %v %s", err, out)
	}
	before := p.signIn("qingxi")
	where := before.located()
	more := exec.Command(bin, "send", writePhantom(t, 60), "--to", p.dcm, "--calling", "QINGXI_CT")
	if err := more.Start(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "backup.tar")
	if out, err := run1(t, bin, "backup", "--data", original, "--to", file); err != nil {
		t.Fatalf("backup: %v %s", err, out)
	}
	if err := more.Wait(); err != nil {
		t.Errorf("sending beside a backup: %v", err)
	}

	data := filepath.Join(t.TempDir(), "restored")
	if out, err := run1(t, bin, "restore", "--from", file, "--data", data); err != nil {
		t.Fatalf("restore: %v %s", err, out)
	}
	if out, err := run1(t, bin, "restore", "--from", file, "--data", data); err == nil {
		t.Errorf("restored over an installation: %s", out)
	}
	q := startProgram(t, data)
	after := q.signIn("qingxi")
	restored := after.located()
	if len(where) != 20 || len(restored) < len(where) {
		t.Errorf("%d instances were sent before the backup, %d were restored", len(where), len(restored))
	}
	for uid := range where {
		if restored[uid] == "" {
			t.Errorf("an instance that was there before the backup is not restored")
		}
	}
	still := before.located()
	for _, uid := range slices.Sorted(maps.Keys(restored)) {
		if still[uid] == "" {
			continue // the demo of the restored program has made it since
		}
		if !bytes.Equal(q.instance(after, restored[uid]), p.instance(before, restored[uid])) {
			t.Errorf("an instance was restored with other bytes")
		}
	}
	if err := q.stop(); err != nil {
		t.Errorf("stopped with %v", err)
	}
	if bad := brokenChains(t, filepath.Join(data, "yilian.db"), []string{"system", "qingxi"}); len(bad) > 0 {
		t.Errorf("broken trails: %q", bad)
	}
}
