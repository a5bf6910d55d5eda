package directory_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/directory/directorytest"
	"yilian/consult/flow"
	"yilian/consult/flow/flowtest"
)

// TestPeerSecret: a secret is sealed for its peer and the node's key, and is lost when the peer moves.
func TestPeerSecret(t *testing.T) {
	store := flowtest.New()
	dir := directory.New(store, slog.New(slog.DiscardHandler), nil)
	county := directorytest.New(t, store, dir, time.Now())
	key := directory.NewSecretKey()
	open := func(key []byte) *directory.Forwarding {
		t.Helper()
		f, err := directory.NewForwarding(store, dir, key)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	f := open(key)
	admin := flow.By(county.Actor("admin"))
	peer := func(name string) directory.Peer {
		t.Helper()
		p, err := f.SavePeer(t.Context(), admin, directory.Peer{Name: name, Kind: directory.PeerDICOMweb, URL: "https://pacs.example", Auth: "bearer"})
		if err == nil {
			p, err = f.SetSecret(t.Context(), admin, p.ID, "secret of "+name)
		}
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	a, b := peer("a"), peer("b")
	if s, err := f.Secret(t.Context(), b); err != nil || s != "secret of b" {
		t.Errorf("%q, %v", s, err)
	}
	sealed := func(id string) (doc struct{ Sealed []byte }) {
		t.Helper()
		err := store.View(t.Context(), func(rd flow.Reader) error {
			rec, err := rd.Get(flow.Ref{Kind: "peerSecret", ID: id})
			if err == nil {
				err = json.Unmarshal(rec.Doc, &doc)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	if bytes.Contains(sealed(a.ID).Sealed, []byte("secret")) {
		t.Error("the secret stands in the store in clear")
	}
	for name, other := range map[string]*directory.Forwarding{"another key": open(directory.NewSecretKey()), "no key": open(nil)} {
		if s, err := other.Secret(t.Context(), a); yilian.KindOf(err) != yilian.Unavailable || s != "" {
			t.Errorf("with %s: %q, %v", name, s, err)
		}
	}
	if _, err := directory.NewForwarding(store, dir, []byte("short")); err == nil {
		t.Error("took a short key")
	}
	a.URL = "https://elsewhere.example"
	if s, err := f.SecretFor(t.Context(), a); err != nil || s != "" {
		t.Errorf("the stored secret would be shown elsewhere: %q, %v", s, err)
	}
	moved, err := f.SavePeer(t.Context(), admin, a)
	if err != nil || moved.HasSecret {
		t.Errorf("moved: %+v, %v", moved, err)
	}
	for who, actor := range map[string]yilian.Actor{"doctor": county.Actor("town"), "nobody": {}} {
		cmd := flow.By(actor)
		if _, err := f.SetSecret(t.Context(), cmd, b.ID, "x"); yilian.KindOf(err) != yilian.Forbidden {
			t.Errorf("%s sets a secret: %v", who, err)
		}
		if err := f.RemovePeer(t.Context(), cmd, b.ID); yilian.KindOf(err) != yilian.Forbidden {
			t.Errorf("%s removes a peer: %v", who, err)
		}
		if _, err := f.SaveRoute(t.Context(), cmd, directory.Route{}); yilian.KindOf(err) != yilian.Forbidden {
			t.Errorf("%s makes a rule: %v", who, err)
		}
	}
}
