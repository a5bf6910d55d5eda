package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"yilian/internal/foreign"
	"yilian/signaling/lines"
)

// TestOnlyPort443 holds a call between two real Chromiums, one of them behind a firewall and address translation that let through TCP to port 443 and nothing
// else: page, signalling and media.
func TestOnlyPort443(t *testing.T) {
	if testing.Short() {
		t.Skip("browsers are not short")
	}
	if err := lines.Missing(); err != nil {
		foreign.Missing(t, err.Error())
	}
	script := filepath.Join("..", "..", "web", "e2e", "lines.mjs")
	for _, path := range []string{script, filepath.Join("..", "..", "web", "app", "node_modules", "playwright-core")} {
		if _, err := os.Stat(path); err != nil {
			foreign.Missing(t, path)
		}
	}
	binary, err := builtProgram()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	node := exec.CommandContext(ctx, "node", script, "--only", "only-443", "--rounds", "1")
	node.Env, node.Stderr = append(os.Environ(), "YILIAN="+binary), os.Stderr
	node.Cancel = func() error { return node.Process.Signal(os.Interrupt) } // it has browsers to close
	node.WaitDelay = 20 * time.Second
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	var got []lineRun
	scan := bufio.NewScanner(out)
	scan.Buffer(nil, 16<<20)
	for scan.Scan() {
		var r lineRun
		if err := json.Unmarshal(scan.Bytes(), &r); err != nil {
			t.Errorf("%.200s: %v", scan.Text(), err)
		}
		got = append(got, r)
	}
	if err := node.Wait(); err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].Error != "" || got[0].Path != "relay-tls" || got[0].FPS < 5 {
		t.Fatalf("measured %+v", got)
	}
	t.Logf("first frame %.0f ms, %.1f frames a second by %s", got[0].First, got[0].FPS, got[0].Path)
}
