package yilian_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// pkg is what `go list -json` tells of one package.
type pkg struct {
	ImportPath   string
	Doc          string
	GoFiles      []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// forbidden: a package below `from` must not import anything below `to`. `except` names the folders that may.
var forbidden = []struct{ from, to, except string }{
	{"yilian/consult", "yilian/imaging", ""},
	{"yilian/consult", "yilian/signaling", ""},
	{"yilian/consult", "yilian/storage", ""},
	{"yilian/imaging", "yilian/consult", ""},
	{"yilian/imaging", "yilian/signaling", ""},
	{"yilian/signaling", "yilian/consult", ""},
	{"yilian/signaling", "yilian/imaging", ""},
	{"yilian/signaling", "yilian/storage", ""},
	{"yilian/web", "yilian/", ""},
	{"yilian/", "yilian/cmd", "yilian/cmd"},
	{"yilian/", "github.com/pion", "yilian/signaling"},
	{"yilian/", "github.com/minio/minio-go", "yilian/storage/blob"},
	{"yilian/", "github.com/redis/go-redis", "yilian/storage/bus"},
	{"yilian/", "database/sql", "yilian/storage/sqlstore"},
	{"yilian/", "github.com/jackc/pgx", "yilian/storage/sqlstore"},
	{"yilian/", "modernc.org/sqlite", "yilian/storage/sqlstore"},
}

// pure packages know no I/O (DESIGN: imaging/dicom, imaging/pixel and the rules of a workflow take bytes and values).
var pure = []string{"yilian/imaging/dicom", "yilian/imaging/pixel", "yilian/imaging/phantom", "yilian/imaging/deident"}

func TestImportDirections(t *testing.T) {
	for _, p := range packages(t) {
		for _, imp := range p.Imports {
			for _, rule := range forbidden {
				if under(p.ImportPath, rule.from) && under(imp, rule.to) && (rule.except == "" || !under(p.ImportPath, rule.except)) {
					t.Errorf("%s imports %s: %s must not import %s", p.ImportPath, imp, rule.from, rule.to)
				}
			}
		}
	}
}

func TestPurePackagesDoNoIO(t *testing.T) {
	for _, p := range packages(t) {
		for _, name := range pure {
			if p.ImportPath != name {
				continue
			}
			for _, imp := range p.Imports {
				if imp == "os" || imp == "net" || strings.HasPrefix(imp, "net/") {
					t.Errorf("%s imports %s, but it must know no I/O", name, imp)
				}
			}
		}
	}
}

// TestRootImportsNothing keeps the root package a vocabulary.
func TestRootImportsNothing(t *testing.T) {
	for _, p := range packages(t) {
		if p.ImportPath != "yilian" {
			continue
		}
		for _, imp := range p.Imports {
			if strings.Contains(imp, ".") || strings.HasPrefix(imp, "yilian/") {
				t.Errorf("the root package imports %s", imp)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.GoFiles) > 0 && p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

func under(path, folder string) bool {
	folder = strings.TrimSuffix(folder, "/")
	return path == folder || strings.HasPrefix(path, folder+"/")
}

func packages(t *testing.T) []pkg {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command("go", "list", "-json", "./...")
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var all []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 3 {
		t.Fatalf("only %d packages found", len(all))
	}
	return all
}
