package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	authorityLife = 10 * 365 * 24 * time.Hour
	// Apple refuses leaf certificates over 825 days even from a user-installed authority.
	leafLife  = 397 * 24 * time.Hour
	leafRenew = 30 * 24 * time.Hour
)

// authority is the local certificate authority of an installation that has no certificate of its own. A phone that trusts it
// once may use camera, microphone and notifications.
type authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// openAuthority loads the authority in dir or makes it.
func openAuthority(dir string, now time.Time) (*authority, error) {
	a := &authority{dir: dir}
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "ca.crt"), filepath.Join(dir, "ca.key"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return a, a.create(now)
	case err != nil:
		return nil, fmt.Errorf("local certificate authority: %w", err)
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("local certificate authority: ca.key is not an ECDSA key")
	}
	a.cert, a.key = pair.Leaf, key
	return a, nil
}

func (a *authority) create(now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	host, _ := os.Hostname()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "医联 Yilian " + host, Organization: []string{"Yilian local authority"}},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(authorityLife), IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		return err
	}
	a.key = key
	if err := os.MkdirAll(a.dir, 0o700); err != nil {
		return err
	}
	return writePair(a.dir, "ca", key, der)
}

// leaf answers a certificate for the names, from disk while it covers them all and lasts, otherwise a new one.
func (a *authority) leaf(names []string, now time.Time) (tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(a.dir, "server.crt"), filepath.Join(a.dir, "server.key"))
	if err == nil && now.Before(pair.Leaf.NotAfter.Add(-leafRenew)) && covers(pair.Leaf, names) && pair.Leaf.CheckSignatureFrom(a.cert) == nil {
		return pair, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: names[0]},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(leafLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, n)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return tls.Certificate{}, err
	}
	if err := writePair(a.dir, "server", key, der); err != nil {
		return tls.Certificate{}, err
	}
	return tls.LoadX509KeyPair(filepath.Join(a.dir, "server.crt"), filepath.Join(a.dir, "server.key"))
}

func covers(cert *x509.Certificate, names []string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { return cert.VerifyHostname(n) != nil })
}

func serial() *big.Int {
	// RFC 5280 4.1.2.2: positive, at most 20 octets.
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		panic(err) // the system has no randomness: nothing here can be trusted
	}
	return n
}

func writePair(dir, name string, key *ecdsa.PrivateKey, der []byte) error {
	k, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := writeAtomically(filepath.Join(dir, name+".key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: k}), 0o600); err != nil {
		return err
	}
	return writeAtomically(filepath.Join(dir, name+".crt"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644)
}

// writeAtomically leaves either the old file or the whole new one.
func writeAtomically(path string, data []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// localNames are the names and addresses by which this machine may be called on its own network.
func localNames(public []string) []string {
	names := []string{"localhost", "127.0.0.1", "::1"}
	if host, err := os.Hostname(); err == nil {
		names = append(names, host, host+".local")
	}
	for _, ip := range localAddrs() {
		names = append(names, ip.String())
	}
	names = append(names, public...)
	slices.Sort(names[3:])
	return slices.Compact(names)
}

// relayURLs are those under which browsers find the relay behind the port of https. They check its certificate as they check the page's.
func (s *service) relayURLs(now time.Time) ([]string, error) {
	host, port, err := net.SplitHostPort(s.settings.TURNTLS)
	if err != nil {
		host = s.settings.TURNTLS
		if _, port, err = net.SplitHostPort(s.https.Addr().String()); err != nil {
			return nil, err
		}
	}
	hosts := []string{host}
	if host == "auto" {
		if hosts, err = s.relayHosts(now); err != nil {
			return nil, err
		}
	}
	var urls []string
	for _, h := range hosts {
		urls = append(urls, "turns:"+net.JoinHostPort(h, port)+"?transport=tcp")
	}
	return urls, nil
}

// relayHosts are the names that the given certificate is for; without one, the addresses that the local authority's is for.
func (s *service) relayHosts(now time.Time) ([]string, error) {
	if s.settings.Cert != "" {
		pair, err := s.certificate(now)
		if err != nil {
			return nil, err
		}
		names := slices.DeleteFunc(slices.Clone(pair.Leaf.DNSNames), func(n string) bool { return strings.HasPrefix(n, "*") })
		if len(names) > 0 {
			return names[:1], nil
		}
		for _, ip := range pair.Leaf.IPAddresses {
			names = append(names, ip.String())
		}
		return names, nil
	}
	if len(s.settings.PublicIP) > 0 {
		return s.settings.PublicIP, nil
	}
	if at, err := netip.ParseAddrPort(s.https.Addr().String()); err == nil && !at.Addr().IsUnspecified() {
		return []string{at.Addr().Unmap().WithZone("").String()}, nil
	}
	var hosts []string
	for _, ip := range localAddrs() {
		hosts = append(hosts, ip.String())
	}
	return hosts, nil
}

// localAddrs are the unicast addresses of this machine's interfaces, without loopback and link-local ones.
func localAddrs() []netip.Addr {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var ips []netip.Addr
	for _, a := range addrs {
		p, err := netip.ParsePrefix(a.String())
		if err != nil || p.Addr().IsLoopback() || !p.Addr().IsGlobalUnicast() {
			continue
		}
		ips = append(ips, p.Addr().Unmap())
	}
	return ips
}
