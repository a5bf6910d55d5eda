package pixel

import (
	"fmt"
	"image"
	"math"
	"testing"
)

// area and linear are the two filters in floating point, for one dimension: the weight of each input in an output position.
func area(size, n, i int) []float64 {
	out := make([]float64, size)
	from, to := float64(i)*float64(size)/float64(n), float64(i+1)*float64(size)/float64(n)
	for k := range out {
		out[k] = max(0, min(to, float64(k+1))-max(from, float64(k))) / (to - from)
	}
	return out
}

func interpolated(size, n, i int) []float64 {
	out := make([]float64, size)
	x := min(max((float64(i)+0.5)*float64(size)/float64(n)-0.5, 0), float64(size-1))
	at := int(math.Floor(x))
	out[at] = 1 - (x - float64(at))
	if at+1 < size {
		out[at+1] = x - float64(at)
	}
	return out
}

// TestResample compares pictures of any size, of a part of the image, with the filters in floating point.
func TestResample(t *testing.T) {
	rng := newRand(40)
	const cols, rows = 37, 29
	for _, channels := range []int{1, 3} {
		source := make([]byte, cols*rows*channels)
		for i := range source {
			source[i] = byte(rng.IntN(256))
		}
		p := painter{channels, func(y, from, to int, dst []byte) { copy(dst, source[(y*cols+from)*channels:(y*cols+to)*channels]) }}
		for _, view := range []image.Rectangle{image.Rect(0, 0, cols, rows), image.Rect(3, 5, 30, 18), image.Rect(36, 28, 37, 29), image.Rect(0, 7, 37, 8)} {
			for _, size := range []image.Point{{1, 1}, {5, 5}, {18, 14}, {37, 29}, {36, 30}, {74, 58}, {100, 7}, {7, 100}} {
				t.Run(fmt.Sprintf("%d %v to %v", channels, view, size), func(t *testing.T) {
					resampled(t, p, source, cols, view, size)
				})
			}
		}
	}
}

func resampled(t *testing.T, p painter, source []byte, cols int, view image.Rectangle, size image.Point) {
	filter := func(size, n, i int) []float64 {
		if size > n {
			return area(size, n, i)
		}
		return interpolated(size, n, i)
	}
	got := pixels((*Renderer)(nil).compose(p, view, size.X, size.Y))
	for y := range size.Y {
		down := filter(view.Dy(), size.Y, y)
		for x := range size.X {
			across := filter(view.Dx(), size.X, x)
			for c := range p.channels {
				want := 0.0
				for v, a := range down {
					for u, b := range across {
						if a != 0 && b != 0 {
							want += a * b * float64(source[((view.Min.Y+v)*cols+view.Min.X+u)*p.channels+c])
						}
					}
				}
				if g := got[(y*size.X+x)*p.channels+c]; math.Abs(float64(g)-want) > 0.8 {
					t.Fatalf("sample %d of pixel %d, %d is %d, want %.2f", c, x, y, g, want)
				}
			}
		}
	}
}
