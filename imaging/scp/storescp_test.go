package scp

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"yilian/imaging/dimse"
)

const studyRootFind = "1.2.840.10008.5.1.4.1.2.2.1"

// TestSendToStoreSCP: the sending side against DCMTK's receiver, which keeps every bit.
func TestSendToStoreSCP(t *testing.T) {
	samples := []*sample{generate(t, t.TempDir(), 1, 2), generate(t, t.TempDir(), 2, 60_000)}
	if dir := shared(t, "ts"); dir != "" {
		for _, name := range []string{"CTImage_explicit_be.dcm", "CTImage_deflated.dcm", "CTImage_jpegls_lossless_80.dcm", "CTImage_rle.dcm", "MR_small_implicit.dcm", "examples_jpeg2k.dcm"} {
			s, err := readSample(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			samples = append(samples, s)
		}
	}
	dir, addr := storescp(t)
	for _, s := range samples {
		t.Run(filepath.Base(s.path), func(t *testing.T) {
			a, err := dimse.Dial(t.Context(), addr, dimse.Options{
				Calling: "TESTER", Called: "STORESCP", Timeouts: dimse.Timeouts{ARTIM: 2 * time.Second},
				Contexts: []dimse.Proposal{proposal(dimse.Verification, dimse.ImplicitVRLittleEndian), proposal(s.class, s.syntax), proposal(studyRootFind, s.syntax)},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = a.Close() }()
			if _, ok := a.Context(studyRootFind, s.syntax); ok || len(a.Contexts()) != 2 {
				t.Errorf("accepted %v", a.Contexts())
			}
			if status, err := a.Echo(t.Context()); err != nil || status != dimse.Success {
				t.Errorf("echo: %v, %v", status, err)
			}
			got, err := a.Store(t.Context(), dimse.Instance{
				SOPClass: s.class, SOPInstance: s.instance, TransferSyntax: s.syntax, Data: bytes.NewReader(s.data), Size: int64(len(s.data)),
			})
			if err != nil || got.Status != dimse.Success {
				t.Fatalf("store: %+v, %v", got, err)
			}
			if err := a.Release(t.Context()); err != nil {
				t.Error(err)
			}
			files, err := filepath.Glob(filepath.Join(dir, "*"))
			if err != nil || len(files) != 1 {
				t.Fatalf("%v, %v", files, err)
			}
			kept, err := readSample(files[0])
			if err != nil {
				t.Fatal(err)
			}
			want := s.data
			if len(want)%2 == 1 { // deflated: padded to an even length
				want = append(bytes.Clone(want), 0)
			}
			if !bytes.Equal(kept.data, want) {
				t.Errorf("storescp has %d other bytes, sent %d", len(kept.data), len(want))
			}
			if err := os.Remove(files[0]); err != nil {
				t.Fatal(err)
			}
		})
	}
}
