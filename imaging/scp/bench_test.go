package scp

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dimse"
)

// sink is an archive that keeps nothing.
type sink struct{}

func (sink) Store(_ context.Context, _ yilian.Actor, in imaging.Incoming, data io.Reader) (imaging.Stored, error) {
	n, err := io.Copy(io.Discard, data)
	return imaging.Stored{Study: "1.2.3", Instance: in.SOPInstance, Size: n}, err
}

func (sink) EndAssociation(context.Context, string) error { return nil }

// BenchmarkStore is what the door itself costs: one association, 525 KB an instance.
func BenchmarkStore(b *testing.B) {
	d := open(b, Config{Archive: sink{}})
	a, err := dimse.Dial(b.Context(), d.addr, dimse.Options{Calling: "TESTER", Called: "YILIAN", Contexts: []dimse.Proposal{proposal(ctImage, dimse.ExplicitVRLittleEndian)}})
	if err != nil {
		b.Fatal(err)
	}
	data := make([]byte, 525_000)
	b.SetBytes(int64(len(data)))
	for i := 0; b.Loop(); i++ {
		o, err := a.Store(b.Context(), dimse.Instance{SOPClass: ctImage, SOPInstance: fmt.Sprint("1.2.", i+1), TransferSyntax: dimse.ExplicitVRLittleEndian, Data: io.MultiReader(bytes.NewReader(data)), Size: int64(len(data))})
		if err != nil || o.Status != dimse.Success {
			b.Fatal(o, err)
		}
	}
	_ = a.Release(b.Context())
}
