package main

import (
	"crypto/x509"
	"testing"
	"time"
)

func TestLocalAuthority(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	names := []string{"localhost", "127.0.0.1", "192.0.2.7"}
	ca, err := openAuthority(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	first, err := ca.leaf(names, now)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca.cert)
	for _, n := range names {
		if _, err := first.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: n, CurrentTime: now}); err != nil {
			t.Errorf("%s: %v", n, err)
		}
	}

	again, err := openAuthority(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	if !again.cert.Equal(ca.cert) {
		t.Fatal("a restart made a new authority: every phone would have to trust it again")
	}
	for _, c := range []struct {
		why   string
		names []string
		at    time.Time
		same  bool
	}{
		{"nothing changed", names, now, true},
		{"this machine has a new address", append(names, "192.0.2.8"), now, false},
		{"it ends soon", names, now.Add(leafLife - leafRenew + time.Hour), false},
	} {
		leaf, err := again.leaf(c.names, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if leaf.Leaf.Equal(first.Leaf) != c.same {
			t.Errorf("%s: same certificate is %v, want %v", c.why, !c.same, c.same)
		}
		first = leaf
	}
}
