package pixel

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"testing"

	"yilian"
	"yilian/imaging/dicom"
)

// losslessStream encodes ISO 10918-1 annex H in the forms that a decoder must read; every category has a code of 5 bits.
type losslessStream struct {
	rows, cols, samples, precision int
	predictor, shift, restart      int
	apart                          bool // a scan for each component
}

func (s losslessStream) encode(v []uint16) []byte {
	out := []byte{0xFF, mSOI, 0xFF, mSOF3}
	out = binary.BigEndian.AppendUint16(out, uint16(8+3*s.samples))
	out = append(out, byte(s.precision), byte(s.rows>>8), byte(s.rows), byte(s.cols>>8), byte(s.cols), byte(s.samples))
	for i := range s.samples {
		out = append(out, byte(i+1), 0x11, 0)
	}
	out = append(out, 0xFF, mDHT, 0, 2+1+16+17, 0)
	out = append(out, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	for i := range 17 {
		out = append(out, byte(i))
	}
	if s.restart > 0 {
		out = append(out, 0xFF, mDRI, 0, 4, byte(s.restart>>8), byte(s.restart))
	}
	groups := [][]int{{}}
	for i := range s.samples {
		if s.apart && i > 0 {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], i)
	}
	for _, g := range groups {
		out = append(out, 0xFF, mSOS, 0, byte(6+2*len(g)), byte(len(g)))
		for _, c := range g {
			out = append(out, byte(c+1), 0)
		}
		out = append(out, byte(s.predictor), 0, byte(s.shift))
		out = s.scan(out, v, g)
	}
	return append(out, 0xFF, mEOI)
}

func (s losslessStream) scan(out []byte, v []uint16, components []int) []byte {
	w := plainBits{}
	count, markers := 0, 0
	first := true
	for y := range s.rows {
		for x := range s.cols {
			if s.restart > 0 && count == s.restart {
				out = append(append(out, w.flush()...), 0xFF, byte(mRST0+markers%8))
				markers++
				count, first = 0, true
			}
			count++
			for _, c := range components {
				at := func(y, x int) uint16 { return v[(y*s.cols+x)*s.samples+c] >> s.shift }
				p := uint16(1) << (s.precision - s.shift - 1)
				switch {
				case x > 0 && first:
					p = at(y, x-1)
				case first:
				case x == 0:
					p = at(y-1, 0)
				default:
					p = predict(s.predictor, at(y, x-1), at(y-1, x), at(y-1, x-1))
				}
				w.difference(int16(at(y, x) - p))
			}
		}
		first = false
	}
	return append(out, w.flush()...)
}

type plainBits struct {
	out []byte
	acc uint64
	n   int
}

func (w *plainBits) put(v uint32, n int) {
	w.acc = w.acc<<n | uint64(v)&(1<<n-1)
	w.n += n
	for w.n >= 8 {
		b := byte(w.acc >> (w.n - 8))
		w.n -= 8
		w.out = append(w.out, b)
		if b == 0xFF {
			w.out = append(w.out, 0)
		}
	}
}

func (w *plainBits) difference(d int16) {
	if d == -32768 {
		w.put(16, 5)
		return
	}
	n := bits.Len16(uint16(max(d, -d)))
	w.put(uint32(n), 5)
	if d < 0 {
		d += int16(1<<n - 1)
	}
	w.put(uint32(uint16(d)), n)
}

func (w *plainBits) flush() []byte {
	if w.n > 0 {
		w.put(0xFF, 8-w.n)
	}
	out := w.out
	*w = plainBits{}
	return out
}

func TestLossless(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	const rows, cols = 29, 37
	var cases []losslessStream
	for p := 1; p <= 7; p++ {
		cases = append(cases, losslessStream{precision: 12, samples: 1, predictor: p})
	}
	for precision := 2; precision <= 16; precision++ {
		cases = append(cases, losslessStream{precision: precision, samples: 1, predictor: 1})
	}
	cases = append(cases, losslessStream{precision: 8, samples: 3, predictor: 1}, losslessStream{precision: 8, samples: 3, predictor: 6, apart: true},
		losslessStream{precision: 12, samples: 1, predictor: 4, restart: cols}, losslessStream{precision: 16, samples: 1, predictor: 7, restart: 3 * cols},
		losslessStream{precision: 8, samples: 3, predictor: 5, restart: cols, apart: true}, losslessStream{precision: 12, samples: 1, predictor: 1, shift: 3},
		losslessStream{precision: 8, samples: 3, predictor: 2, shift: 1, apart: true})
	for _, c := range cases {
		c.rows, c.cols = rows, cols
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			v := picture(rng, rows, cols, c.samples, c.precision)
			for i := range v {
				v[i] = v[i] >> c.shift << c.shift
			}
			allocated := 8
			if c.precision > 8 {
				allocated = 16
			}
			im := describe(t, dicom.JPEGLossless, rows, cols, c.samples, allocated, c.precision, map[int]string{1: "MONOCHROME2", 3: "RGB"}[c.samples])
			stream := c.encode(v)
			f, err := im.Decode(stream, 0)
			if err != nil || !bytes.Equal(f.Data, little(v, allocated)) {
				t.Fatalf("error %v", err)
			}
			for _, n := range []int{len(stream) / 2, len(stream) - 30, 40, 10} {
				if _, err := im.Decode(stream[:n], 0); yilian.KindOf(err) != yilian.Invalid {
					t.Errorf("cut to %d of %d bytes: %v", n, len(stream), err)
				}
			}
		})
	}
}
