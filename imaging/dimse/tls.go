package dimse

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
)

// TLSProfile is a TLS Secure Transport Connection Profile of PS3.15 Annex B. Both want TLS 1.2 or 1.3 and authenticated
// encryption with forward secrecy, and negotiate nothing older.
type TLSProfile int

// The profiles.
const (
	// BCP195 is the BCP 195 RFC 8996, 9325 profile (PS3.15 B.12).
	BCP195 TLSProfile = iota
	// ModifiedBCP195 is the Modified BCP 195 RFC 8996, 9325 profile (PS3.15 B.13): of TLS 1.2 only AES-256 and ChaCha20.
	ModifiedBCP195
)

// suites are those of TLS 1.2; TLS 1.3 has none but good ones, and Go offers all of them.
func (p TLSProfile) suites() []uint16 {
	strong := []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	}
	if p == ModifiedBCP195 {
		return strong
	}
	return append(strong, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)
}

func (p TLSProfile) config() *tls.Config {
	return &tls.Config{
		MinVersion:    tls.VersionTLS12,
		CipherSuites:  p.suites(),
		Renegotiation: tls.RenegotiateNever,
	}
}

// SecureServer makes the configuration of a listener. clients are the authorities that sign client certificates: nil takes
// clients without one; required refuses clients without one, otherwise one is checked when it is shown.
func SecureServer(p TLSProfile, own tls.Certificate, clients *x509.CertPool, required bool) *tls.Config {
	c := p.config()
	c.Certificates = []tls.Certificate{own}
	c.ClientCAs = clients
	switch {
	case required:
		c.ClientAuth = tls.RequireAndVerifyClientCert
	case clients != nil:
		c.ClientAuth = tls.VerifyClientCertIfGiven
	}
	return c
}

// SecureClient makes the configuration of a caller. servers are the authorities that sign the peer's certificate, nil those of
// the system; own is shown to a peer that asks for a certificate, if there is one.
func SecureClient(p TLSProfile, servers *x509.CertPool, own *tls.Certificate) *tls.Config {
	c := p.config()
	c.RootCAs = servers
	if own != nil {
		c.Certificates = []tls.Certificate{*own}
	}
	return c
}

// secure makes a connection secure, or closes it.
func secure(ctx context.Context, conn net.Conn, addr string, config *tls.Config) (net.Conn, error) {
	if config.ServerName == "" && !config.InsecureSkipVerify {
		config = config.Clone()
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			host = addr
		}
		config.ServerName = host
	}
	client := tls.Client(conn, config)
	if err := client.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return client, nil
}
