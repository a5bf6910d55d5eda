package pixel

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"math"
	"testing"

	"yilian"
)

// photograph makes a picture with gradients, edges and some noise.
func photograph(w, h int) (*image.Gray, *image.RGBA) {
	gray, rgba := image.NewGray(image.Rect(0, 0, w, h)), image.NewRGBA(image.Rect(0, 0, w, h))
	rng := newRand(30)
	for y := range h {
		for x := range w {
			v := 128 + 90*math.Sin(float64(x)/17)*math.Cos(float64(y)/23) + float64(rng.IntN(9))
			if (x/40+y/30)%5 == 0 {
				v /= 3
			}
			gray.Pix[y*gray.Stride+x] = byte(v)
			copy(rgba.Pix[y*rgba.Stride+4*x:], []byte{byte(v), byte(255 - v), byte(x*255/w/2 + y*255/h/2), 255})
		}
	}
	return gray, rgba
}

// noise is the mean square difference of two pictures.
func noise(a, b image.Image) float64 {
	sum, n := 0.0, 0
	bounds := a.Bounds()
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			r, g, bl, _ := a.At(x, y).RGBA()
			r2, g2, bl2, _ := b.At(x, y).RGBA()
			for _, d := range []float64{float64(r>>8) - float64(r2>>8), float64(g>>8) - float64(g2>>8), float64(bl>>8) - float64(bl2>>8)} {
				sum += d * d
			}
			n += 3
		}
	}
	return sum / float64(n)
}

// TestEncodeJPEG compares with the encoder of the standard library: no worse a picture, in no more bytes, at every quality.
func TestEncodeJPEG(t *testing.T) {
	gray, rgba := photograph(333, 207)
	for _, quality := range []int{1, 25, 50, 80, 90, 95, 100} {
		for name, img := range map[string]image.Image{"gray": gray, "colour": rgba} {
			var ours, theirs bytes.Buffer
			if err := errors.Join(EncodeJPEG(&ours, img, quality), jpeg.Encode(&theirs, img, &jpeg.Options{Quality: quality})); err != nil {
				t.Fatal(err)
			}
			size, limit := ours.Len(), theirs.Len()
			a, err := jpeg.Decode(&ours)
			if err != nil {
				t.Fatalf("%s of quality %d: %v", name, quality, err)
			}
			b, err := jpeg.Decode(&theirs)
			if err != nil {
				t.Fatal(err)
			}
			if x, y := noise(img, a), noise(img, b); x > 1.02*y+0.05 || float64(size) > 1.02*float64(limit)+50 {
				t.Errorf("%s of quality %d: noise %.3f in %d bytes, by the standard library %.3f in %d", name, quality, x, size, y, limit)
			}
		}
	}
}

// TestEncodeJPEGSizes: any size comes back, from a part of a larger picture too.
func TestEncodeJPEGSizes(t *testing.T) {
	gray, rgba := photograph(70, 70)
	other := &image.NRGBA{Pix: rgba.Pix, Stride: rgba.Stride, Rect: rgba.Rect}
	for _, size := range []image.Point{{1, 1}, {1, 20}, {20, 1}, {7, 9}, {8, 8}, {16, 16}, {17, 33}, {64, 63}} {
		at := image.Rectangle{image.Pt(3, 5), image.Pt(3, 5).Add(size)}
		for _, img := range []image.Image{gray.SubImage(at), rgba.SubImage(at), other.SubImage(at)} {
			var b bytes.Buffer
			if err := EncodeJPEG(&b, img, 95); err != nil {
				t.Fatal(err)
			}
			back, err := jpeg.Decode(&b)
			if err != nil || back.Bounds().Size() != size {
				t.Fatalf("%v: %v, %v", size, back, err)
			}
			sum, n := 0, 0
			for y := range size.Y {
				for x := range size.X {
					_, g, _, _ := img.At(at.Min.X+x, at.Min.Y+y).RGBA()
					_, g2, _, _ := back.At(x, y).RGBA()
					sum += diff(byte(g>>8), byte(g2>>8))
					n++
				}
			}
			if sum > 4*n {
				t.Errorf("%T of %v is off by %d on average", img, size, sum/n)
			}
		}
	}
	for _, img := range []image.Image{image.NewGray(image.Rect(0, 0, 0, 5)), image.NewGray(image.Rect(0, 0, 65536, 1))} {
		if err := EncodeJPEG(&bytes.Buffer{}, img, 90); yilian.KindOf(err) != yilian.Invalid {
			t.Errorf("%T of %v: %v", img, img.Bounds(), err)
		}
	}
	if err := EncodeJPEG(broken{}, gray, 90); !errors.Is(err, errBroken) {
		t.Errorf("an error of the writer: %v", err)
	}
}

type broken struct{}

var errBroken = errors.New("broken")

func (broken) Write([]byte) (int, error) { return 0, errBroken }
