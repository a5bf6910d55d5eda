package dicom

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

// TestMutatedCorpus flips, cuts and repeats bytes in the headers of real files: each result is read or refused, soon.
func TestMutatedCorpus(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, f := range corpusFiles(t) {
		original, err := os.ReadFile(f.path)
		if err != nil {
			t.Fatal(err)
		}
		if len(original) < 200 || len(original) > 300<<10 {
			continue
		}
		for range 6 {
			b := mutate(rng, original)
			start := time.Now()
			obj, err := ScanFile(bytes.NewReader(b), Options{})
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("%s: took %v", f.name, took)
			}
			if _, ok := errors.AsType[*SyntaxError](err); err != nil && !ok {
				t.Errorf("%s: %v", f.name, err)
			}
			if err == nil {
				use(t, obj)
			}
		}
	}
}

func mutate(rng *rand.Rand, original []byte) []byte {
	b := bytes.Clone(original)
	header := min(len(b), 4000)
	for range 1 + rng.IntN(4) {
		at := rng.IntN(header)
		switch rng.IntN(5) {
		case 0:
			b[at] ^= 1 << rng.IntN(8)
		case 1:
			b[at] = byte(rng.IntN(256))
		case 2:
			b = b[:max(at, 1)]
			header = len(b)
		case 3:
			n := min(rng.IntN(64), len(b)-at)
			b = append(b[:at:at], append(bytes.Clone(b[at:at+n]), b[at:]...)...)
		case 4:
			copy(b[at:], []byte{0xFF, 0xFF, 0xFF, 0xFF})
		}
	}
	return b
}
