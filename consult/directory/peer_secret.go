package directory

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"

	"yilian"
	"yilian/consult/flow"
)

// peerSecret is the password or token of a peer, sealed; its identifier is the peer's.
type peerSecret struct {
	flow.Meta
	Sealed []byte `json:"sealed"`
}

// maxSecret bounds a password or token.
const maxSecret = 16 << 10

// SetSecret gives a peer its password or token; "" takes it away.
func (f *Forwarding) SetSecret(ctx context.Context, cmd flow.Command, id, secret string) (p Peer, err error) {
	if err := adminsOnly(cmd.Actor); err != nil {
		return p, err
	}
	if len(secret) > maxSecret {
		return p, invalid("peer.secret", "The secret is too long.")
	}
	sealed, err := f.seal.close(id, secret)
	if err != nil {
		return p, err
	}
	err = f.store.Update(ctx, func(tx flow.Tx) error {
		p, err = f.peers.UpdateIn(tx, cmd, id, func(_ flow.Tx, old Peer) (Peer, flow.Change, error) {
			if old.Removed {
				return old, flow.Change{}, errNoPeer()
			}
			old.HasSecret = secret != ""
			return old, flow.Change{Action: "secret"}, nil
		})
		if err != nil {
			return err
		}
		change := flow.Change{Action: "secret", Silent: true}
		_, err := f.secrets.GetIn(tx, id)
		within := flow.Command{Actor: cmd.Actor, At: cmd.At}
		if yilian.KindOf(err) == yilian.NotFound {
			_, err = f.secrets.CreateIn(tx, within, func(flow.Tx) (peerSecret, flow.Change, error) {
				return peerSecret{Meta: flow.Meta{ID: id}, Sealed: sealed}, change, nil
			})
			return err
		}
		_, err = f.secrets.UpdateIn(tx, within, id, func(_ flow.Tx, old peerSecret) (peerSecret, flow.Change, error) {
			old.Sealed = sealed
			return old, change, nil
		})
		return err
	})
	return p, err
}

// Secret opens the password or token of a peer; "" if it has none.
func (f *Forwarding) Secret(ctx context.Context, p Peer) (string, error) {
	if !p.HasSecret {
		return "", nil
	}
	kept, err := f.secrets.Get(ctx, p.ID)
	if err != nil {
		return "", err
	}
	return f.seal.open(p.ID, kept.Sealed)
}

// SecretFor is Secret for a peer as it might be saved: it answers the stored secret only if that is still shown to the same place.
func (f *Forwarding) SecretFor(ctx context.Context, p Peer) (string, error) {
	stored, err := f.Peer(ctx, p.ID)
	if err != nil || stored.secretPlace() != p.secretPlace() {
		return "", err
	}
	return f.Secret(ctx, stored)
}

// sealer encrypts secrets with AES-256-GCM, each bound to what it belongs to.
type sealer struct{ aead cipher.AEAD }

func newSealer(key []byte) (*sealer, error) {
	if len(key) == 0 {
		return &sealer{}, nil
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("key of the peers' secrets: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("key of the peers' secrets: %w", err)
	}
	return &sealer{aead}, nil
}

// errNoKey: this node has no key.
func errNoKey(err error) error {
	e := yilian.Errorf(yilian.Unavailable, "peer.key", "The secret cannot be opened with this node's key.")
	e.Err = err
	return e
}

func (s *sealer) close(owner, secret string) ([]byte, error) {
	if s.aead == nil {
		return nil, errNoKey(errors.New("there is none"))
	}
	return s.aead.Seal(nil, nil, []byte(secret), []byte(owner)), nil
}

func (s *sealer) open(owner string, sealed []byte) (string, error) {
	if s.aead == nil {
		return "", errNoKey(errors.New("there is none"))
	}
	plain, err := s.aead.Open(nil, nil, sealed, []byte(owner))
	if err != nil {
		return "", errNoKey(err)
	}
	return string(plain), nil
}

// NewSecretKey makes a key for NewForwarding.
func NewSecretKey() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return key
}
