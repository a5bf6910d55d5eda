// Package foreign finds the programs of others that tests talk to and are judged by. Where one is missing a test is left out, but fails
// in CI: nothing is left out silently there. It is no part of the program.
package foreign

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Missing leaves a test out, or fails it where the environment has CI.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not installed: run deploy/peers.sh", what)
	}
	t.Skipf("%s is not installed", what)
}

// Program answers the path of a program.
func Program(t testing.TB, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	// Debian keeps servers where the path of users does not lead.
	path := filepath.Join("/usr/sbin", name)
	if _, err := os.Stat(path); err != nil {
		Missing(t, name)
	}
	return path
}

// python is Debian's, which has Debian's modules.
const python = "/usr/bin/python3"

// Python answers the path of a Python with modules.
func Python(t testing.TB, modules ...string) string {
	t.Helper()
	if err := exec.CommandContext(t.Context(), python, "-c", "import "+strings.Join(modules, ", ")).Run(); err != nil {
		Missing(t, "Python with "+strings.Join(modules, ", "))
	}
	return python
}

// root is the folder of the module.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; !exists(filepath.Join(dir, "go.mod")); dir = filepath.Dir(dir) {
		if dir == filepath.Dir(dir) {
			t.Fatal("not below the module's folder")
		}
	}
	return dir
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }
