package scp

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"time"
)

// handshakeTime bounds a TLS handshake, where Timeouts.ARTIM does not say otherwise.
const handshakeTime = 15 * time.Second

// handshake makes a connection of the secure listener secure. It happens on the association's goroutine, so that a silent peer
// holds up nobody else.
func (c *association) handshake(ctx context.Context) error {
	if !c.secure {
		return nil
	}
	conn := tls.Server(c.conn, c.server.config.TLS)
	limited, cancel := context.WithTimeout(ctx, cmp.Or(c.server.config.Timeouts.ARTIM, handshakeTime))
	defer cancel()
	if err := conn.HandshakeContext(limited); err != nil {
		return err
	}
	if shown := conn.ConnectionState().PeerCertificates; len(shown) > 0 {
		sum := sha256.Sum256(shown[0].Raw)
		c.fingerprint = hex.EncodeToString(sum[:])
	}
	c.conn = conn
	return nil
}
