package main

import (
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// engines are the settings of PostgreSQL, S3 and Redis instances, with a database and a prefix of this test's own.
func engines(t *testing.T) []string {
	t.Helper()
	pg, s3, redis := os.Getenv("YILIAN_TEST_POSTGRES"), os.Getenv("YILIAN_TEST_S3"), os.Getenv("YILIAN_TEST_REDIS")
	if pg == "" || s3 == "" || redis == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("no engines: run deploy/engines.sh start and take its environment")
		}
		t.Skip("no engines are running")
	}
	name := "program_" + strings.ToLower(printable(newUID()[10:20]))
	if out, err := run1(t, tool(t, "psql"), pg, "-c", "CREATE DATABASE "+name); err != nil {
		t.Fatalf("psql: %v %s", err, out)
	}
	t.Cleanup(func() { _, _ = run1(t, "psql", pg, "-c", "DROP DATABASE "+name+" WITH (FORCE)") })
	place := func(text, path string) string {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		u.Path = path
		return u.String()
	}
	objects, err := url.Parse(s3)
	if err != nil {
		t.Fatal(err)
	}
	return []string{"--database", place(pg, "/"+name), "--objects", place(s3, objects.Path+"/"+name), "--bus", redis, "--node", name}
}

// TestClusterEngines runs the same program over PostgreSQL, S3 and Redis, kills it, and finds everything again.
func TestClusterEngines(t *testing.T) {
	set := engines(t)
	p := startProgram(t, t.TempDir(), set...)
	dir := writePhantom(t, 20)
	bin, err := builtProgram()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := run1(t, bin, "send", dir, "--to", p.dcm, "--calling", "QINGXI_CT"); err != nil {
		t.Fatalf("send: %v %s", err, out)
	}
	p.kill()
	p.start()
	c := p.signIn("qingxi")
	where := c.located()
	if len(where) != 20 {
		t.Fatalf("%d instances after a restart, want 20", len(where))
	}
	for _, path := range where {
		if n := len(p.instance(c, path)); n < 1000 {
			t.Errorf("an instance came back with %d bytes", n)
		}
		break
	}
	// The study's clinical life goes on after the restart: quiet, complete, on the unmatched list.
	desk := p.signIn("zhiban")
	p.await("complete", 40*time.Second, func() bool {
		_, list := desk.try("GET", "/api/unmatched", nil)
		return strings.Contains(string(list), `"state":"unmatched"`)
	})
	if err := p.stop(); err != nil {
		t.Errorf("stopped with %v", err)
	}
}
