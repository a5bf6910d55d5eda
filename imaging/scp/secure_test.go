package scp

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
	"yilian/imaging/phantom"
)

// authority signs the certificates of a test.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	dir  string
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, dir: t.TempDir()}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test authority"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.key = a.newKey()
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.write("ca.pem", "CERTIFICATE", der)
	return a
}

func (a *authority) newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	return key
}

func (a *authority) write(name, kind string, der []byte) {
	if err := os.WriteFile(filepath.Join(a.dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// issue makes a certificate for 127.0.0.1, as name.pem and name.key in dir, too.
func (a *authority) issue(name string) tls.Certificate {
	a.t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	key := a.newKey()
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(name+".pem", "CERTIFICATE", der)
	a.write(name+".key", "PRIVATE KEY", private)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// witness remembers how callers came.
type witness struct {
	devices
	mu   sync.Mutex
	seen []Connection
}

func (w *witness) Device(ctx context.Context, c Connection) (Caller, error) {
	w.mu.Lock()
	w.seen = append(w.seen, c)
	w.mu.Unlock()
	return w.devices.Device(ctx, c)
}

func (w *witness) last() Connection {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.seen) == 0 {
		return Connection{}
	}
	return w.seen[len(w.seen)-1]
}

func secureWorld(t *testing.T, ca *authority, p dimse.TLSProfile, required bool) (*world, *witness, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	seen := &witness{}
	w := newWorld(t, func(c *Config) {
		c.Secure, c.TLS, c.Devices = l, dimse.SecureServer(p, ca.issue("server"), ca.pool(), required), seen
		c.Timeouts = dimse.Timeouts{ARTIM: time.Second}
	})
	return w, seen, l.Addr().String()
}

// TestTLSWithDCMTK in both profiles: echo and storage with a client certificate, with a wrong one, without, and in the clear.
func TestTLSWithDCMTK(t *testing.T) {
	ca, stranger := newAuthority(t), newAuthority(t)
	ca.issue("client")
	stranger.issue("client")
	for name, profile := range map[string]dimse.TLSProfile{"BCP 195": dimse.BCP195, "modified": dimse.ModifiedBCP195} {
		t.Run(name, func(t *testing.T) {
			w, seen, addr := secureWorld(t, ca, profile, true)
			own := []string{"+tls", filepath.Join(ca.dir, "client.key"), filepath.Join(ca.dir, "client.pem"), "+cf", filepath.Join(ca.dir, "ca.pem")}
			base := append([]string{"-v", "-aet", "TESTER", "-aec", "YILIAN"}, hostPort(addr)...)
			run(t, "echoscu", append(slices.Clone(base), own...)...)
			der, _ := os.ReadFile(filepath.Join(ca.dir, "client.pem"))
			block, _ := pem.Decode(der)
			sum := sha256.Sum256(block.Bytes)
			if c := seen.last(); !c.Secure || c.Fingerprint != hex.EncodeToString(sum[:]) {
				t.Errorf("%+v", c)
			}
			s := generate(t, t.TempDir(), 1, 60_000)
			run(t, "storescu", append(append(slices.Clone(base), own...), s.path)...)
			if n := w.Stats().Stored; n != 1 {
				t.Errorf("%d stored", n)
			}
			for why, args := range map[string][]string{
				"a strange certificate": {"+tls", filepath.Join(stranger.dir, "client.key"), filepath.Join(stranger.dir, "client.pem"), "-ic"},
				"no certificate":        {"+tla", "-ic"},
				"in the clear":          nil,
			} {
				out, err := exec.Command(tool(t, "echoscu"), append(append([]string{"-to", "5", "-ta", "5"}, base...), args...)...).CombinedOutput()
				if err == nil {
					t.Errorf("%s: served\n%s", why, out)
				}
			}
			if n := w.Stats().Accepted; n != 2 {
				t.Errorf("%d associations", n)
			}
		})
	}
}

func TestTLSOwnPeers(t *testing.T) {
	ca := newAuthority(t)
	client := ca.issue("client")
	w, seen, addr := secureWorld(t, ca, dimse.BCP195, false)
	ct := w.store("county", phantom.HeadCT, phantom.Options{Images: 2, Size: 64})
	dial := func(config *tls.Config) error {
		a, err := dimse.Dial(t.Context(), addr, dimse.Options{
			Calling: "TESTER", Called: "YILIAN", TLS: config, Timeouts: dimse.Timeouts{ARTIM: time.Second},
			Contexts: []dimse.Proposal{proposal(StudyRootFind, dimse.ExplicitVRLittleEndian)},
		})
		if err != nil {
			return err
		}
		defer func() { _ = a.Close() }()
		if all, _ := find(t, a, StudyRootFind, keysOf(levelStudy, dicom.StudyInstanceUID, ct[0].StudyUID)); len(all) != 1 {
			t.Errorf("%d found", len(all))
		}
		return a.Release(t.Context())
	}
	if err := dial(dimse.SecureClient(dimse.ModifiedBCP195, ca.pool(), &client)); err != nil || seen.last().Fingerprint == "" {
		t.Errorf("with a certificate: %v, %+v", err, seen.last())
	}
	if err := dial(dimse.SecureClient(dimse.BCP195, ca.pool(), nil)); err != nil || seen.last().Fingerprint != "" {
		t.Errorf("without: %v, %+v", err, seen.last())
	}
	old := dimse.SecureClient(dimse.BCP195, ca.pool(), nil)
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	if err := dial(old); err == nil {
		t.Error("TLS 1.1 was taken")
	}
	weak := dimse.SecureClient(dimse.BCP195, ca.pool(), nil)
	weak.MaxVersion, weak.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}
	if err := dial(weak); err == nil {
		t.Error("a cipher without authentication was taken")
	}
	if err := dial(dimse.SecureClient(dimse.BCP195, newAuthority(t).pool(), nil)); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a server of an unknown authority: %v", err)
	}
	if err := w.call(dimse.Options{}, StudyRootFind).Release(t.Context()); err != nil || seen.last().Secure {
		t.Errorf("the plain door beside it: %v, %+v", err, seen.last())
	}
}

// TestSilentTLSPeer holds up nobody and is cut.
func TestSilentTLSPeer(t *testing.T) {
	ca := newAuthority(t)
	w, _, addr := secureWorld(t, ca, dimse.BCP195, false)
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	eventually(t, "connected", func() bool { return w.Stats().Connections == 1 })
	eventually(t, "cut", func() bool { return w.Stats().Connections == 0 })
}

// TestMoveOverTLS: the destination is called as securely as it is set.
func TestMoveOverTLS(t *testing.T) {
	ca := newAuthority(t)
	other, _, addr := secureWorld(t, ca, dimse.BCP195, true)
	client := ca.issue("client")
	w := newWorld(t, func(c *Config) {
		c.Destinations = places{
			"YILIAN": {AE: "YILIAN", Address: addr, TLS: dimse.SecureClient(dimse.BCP195, ca.pool(), &client)},
			"BARE":   {AE: "YILIAN", Address: addr, TLS: dimse.SecureClient(dimse.BCP195, ca.pool(), nil), Timeouts: dimse.Timeouts{Response: time.Second}},
		}
	})
	ct := w.store("county", phantom.HeadCT, phantom.Options{Images: 3, Size: 64})
	a := w.call(dimse.Options{}, StudyRootMove)
	keys := keysOf(levelStudy, dicom.StudyInstanceUID, ct[0].StudyUID)
	if o, err := a.Move(t.Context(), StudyRootMove, "YILIAN", keys, nil); err != nil || o.Status != dimse.Success || other.Stats().Stored != 3 {
		t.Errorf("%+v, %v", o, err)
	}
	if o, err := a.Move(t.Context(), StudyRootMove, "BARE", keys, nil); err != nil || o.Status.OK() {
		t.Errorf("without a certificate: %+v, %v", o, err)
	}
}
