package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"unicode"

	"yilian"
	"yilian/consult/flow"
)

// secret answers a key of 32 bytes that every node of the installation shares and that survives restarts: it is made on first
// use and kept with the records.
func secret(ctx context.Context, store flow.Store, name string) (key []byte, err error) {
	ref := flow.Ref{Kind: "secret", ID: name}
	err = store.Update(ctx, func(tx flow.Tx) error {
		rec, err := tx.Get(ref)
		if yilian.KindOf(err) != yilian.NotFound {
			if err != nil {
				return err
			}
			return json.Unmarshal(rec.Doc, &key)
		}
		key = make([]byte, 32)
		if _, err := rand.Read(key); err != nil {
			return err
		}
		doc, err := json.Marshal(key)
		if err != nil {
			return err
		}
		return tx.Put(flow.Record{Ref: ref, Doc: doc})
	})
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", name, err)
	}
	return key, nil
}

// printable keeps what a stranger sent from breaking a log line: at most 16 characters, graphic ones only.
func printable(s string) string {
	if len(s) > 16 {
		s = s[:16]
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return '?'
	}, s)
}

// newUID makes a UID from a random UUID (PS3.5 B.2).
func newUID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return "2.25." + new(big.Int).SetBytes(b).String()
}
