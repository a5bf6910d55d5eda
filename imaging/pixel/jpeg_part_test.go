package pixel

import (
	"bytes"
	"cmp"
	"errors"
	"image"
	"image/jpeg"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
)

// TestTransform: the processor's own way gives what the plain one gives, to the bit, for blocks of every kind.
func TestTransform(t *testing.T) {
	rng := newRand(31)
	const stride = 29
	pix := make([]byte, 7*stride+8)
	for range 5000 {
		kind := rng.IntN(4)
		for i := range pix {
			switch kind {
			case 0:
				pix[i] = byte(rng.IntN(256))
			case 1:
				pix[i] = byte(128 + i%stride + rng.IntN(3))
			case 2:
				pix[i] = byte(255 * rng.IntN(2))
			case 3:
				pix[i] = pix[0]
			}
		}
		var scale [64]float32
		for i := range scale {
			scale[i] = 1 / (float32(1+rng.IntN(255)) * 8 * aanScale[i/8] * aanScale[i%8])
		}
		var plain, fast [64]int16
		a, b := transformGo(pix, stride, &scale, &plain), transform(pix, stride, &scale, &fast)
		if a != b || plain != fast {
			t.Fatalf("plain %x %v\nfast  %x %v", a, plain, b, fast)
		}
		for i, v := range plain {
			if a>>i&1 == 1 != (v != 0) {
				t.Fatalf("bit %d of %x stands for %d", i, a, v)
			}
		}
	}
}

func TestOrdered(t *testing.T) {
	for i, at := range byColumn {
		if got := ordered(1 << at); got != 1<<i {
			t.Errorf("value %d stands at %d: %x", i, at, got)
		}
	}
	if ordered(^uint64(0)) != ^uint64(0) || ordered(0) != 0 {
		t.Error("bits were lost or made up")
	}
}

// TestEncodeJPEGParts: pictures of several parts are the same with and without helpers, and are read by others.
func TestEncodeJPEGParts(t *testing.T) {
	djpeg, _ := exec.LookPath("djpeg")
	workers := NewWorkers(3)
	for _, size := range []image.Point{{512, 512}, {511, 513}, {2000, 301}, {9, 8000}, {8000, 9}, {65535, 17}, {17, 65535}, {1200, 1203}} {
		gray, rgba := photograph(size.X, size.Y)
		for _, img := range []image.Image{gray, rgba} {
			var alone, together bytes.Buffer
			if err := errors.Join(EncodeJPEG(&alone, img, 90), workers.EncodeJPEG(&together, img, 90)); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(alone.Bytes(), together.Bytes()) {
				t.Errorf("%T of %v: %d bytes alone, %d others with helpers", img, size, alone.Len(), together.Len())
			}
			back, err := jpeg.Decode(bytes.NewReader(alone.Bytes()))
			if err != nil || back.Bounds().Size() != size {
				t.Fatalf("%T of %v: %v", img, size, err)
			}
			if n := noise(img, back); n > 25 {
				t.Errorf("%T of %v: noise %.1f", img, size, n)
			}
			if djpeg == "" {
				continue
			}
			cmd := exec.Command(djpeg, "-pnm", "-outfile", filepath.Join(t.TempDir(), "out.pnm"))
			cmd.Stdin = &alone
			if said, err := cmd.CombinedOutput(); err != nil || len(said) > 0 {
				t.Errorf("%T of %v: djpeg: %v %s", img, size, err, said)
			}
		}
	}
	if len(workers.free) != 0 {
		t.Errorf("%d helpers did not come back", len(workers.free))
	}
}

// FuzzEncodeJPEG: whatever the pixels, the standard library reads what is written, and sees about the same.
func FuzzEncodeJPEG(f *testing.F) {
	f.Add([]byte{0, 255, 3, 128}, uint16(9), uint16(17), uint8(90), false)
	f.Add([]byte("\xFF\x00\xFF\x00\xFF\xFF\x00"), uint16(64), uint16(64), uint8(100), true)
	f.Add([]byte{1}, uint16(300), uint16(200), uint8(1), true)
	f.Fuzz(func(t *testing.T, pixels []byte, w, h uint16, quality uint8, colour bool) {
		if len(pixels) == 0 || w == 0 || h == 0 || int(w)*int(h) > 1<<17 {
			return
		}
		rect := image.Rect(0, 0, int(w), int(h))
		gray, rgba := image.NewGray(rect), image.NewRGBA(rect)
		for i := range gray.Pix {
			gray.Pix[i] = pixels[i%len(pixels)]
		}
		for i := range rgba.Pix {
			rgba.Pix[i] = pixels[i%len(pixels)] | 255*byte(i%4/3)
		}
		var img image.Image = gray
		if colour {
			img = rgba
		}
		var b bytes.Buffer
		if err := EncodeJPEG(&b, img, int(quality)); err != nil {
			t.Fatal(err)
		}
		back, err := jpeg.Decode(&b)
		if err != nil || back.Bounds() != rect {
			t.Fatalf("%v, %v", back, err)
		}
		var other bytes.Buffer
		if err := jpeg.Encode(&other, img, &jpeg.Options{Quality: min(cmp.Or(int(quality), 90), 100)}); err != nil {
			t.Fatal(err)
		}
		theirs, err := jpeg.Decode(&other)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := noise(img, back), noise(img, theirs); quality <= 100 && w > 30 && h > 30 && a > 1.3*b+5 { // what is beyond the edges weighs less the larger it is
			t.Errorf("noise %.1f at quality %d, by the standard library %.1f", a, quality, b)
		}
	})
}

func TestWorkersShare(t *testing.T) {
	for _, k := range []*Workers{nil, NewWorkers(0), NewWorkers(1), NewWorkers(8)} {
		var done [100]atomic.Int32
		k.share(len(done), func(i int) { done[i].Add(1); runtime.Gosched() })
		for i := range done {
			if n := done[i].Load(); n != 1 {
				t.Fatalf("%d was done %d times", i, n)
			}
		}
		k.share(0, func(int) { t.Error("there is nothing to do") })
		func() {
			defer func() {
				if recover() == nil {
					t.Error("a panic was lost")
				}
			}()
			k.share(50, func(i int) {
				if i == 20 {
					panic("broken")
				}
			})
		}()
		if k != nil && len(k.free) != 0 {
			t.Errorf("%d helpers did not come back", len(k.free))
		}
	}
}
