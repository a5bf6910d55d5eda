package phantom

import (
	"math"
	"math/rand/v2"
)

// canvas is a grid of values over a plane in millimetres; x grows to the patient's left, y to the back.
type canvas struct {
	w, h   int
	x0, y0 float64 // of the centre of the first cell
	dx, dy float64
	v      []float32
	spare  []float32
}

func newCanvas(w, h int, width, height float64) *canvas {
	dx, dy := width/float64(w), height/float64(h)
	return &canvas{w: w, h: h, x0: -width/2 + dx/2, y0: -height/2 + dy/2, dx: dx, dy: dy, v: make([]float32, w*h), spare: make([]float32, w*h)}
}

func (c *canvas) fill(v float32) {
	for i := range c.v {
		c.v[i] = v
	}
}

// span gives the cells whose centres lie from a to b, cut to the grid.
func span(a, b, start, step float64, n int) (int, int) {
	return max(int(math.Ceil((a-start)/step)), 0), min(int(math.Floor((b-start)/step)), n-1)
}

// each calls f for the cells of a rectangle.
func (c *canvas) each(ax, ay, bx, by float64, f func(x, y float64, v *float32)) {
	i0, i1 := span(ax, bx, c.x0, c.dx, c.w)
	j0, j1 := span(ay, by, c.y0, c.dy, c.h)
	for j := j0; j <= j1; j++ {
		y := c.y0 + float64(j)*c.dy
		for i := i0; i <= i1; i++ {
			f(c.x0+float64(i)*c.dx, y, &c.v[j*c.w+i])
		}
	}
}

// ellipse paints a filled ellipse.
func (c *canvas) ellipse(cx, cy, a, b float64, value float32) {
	if a <= 0 || b <= 0 {
		return
	}
	j0, j1 := span(cy-b, cy+b, c.y0, c.dy, c.h)
	for j := j0; j <= j1; j++ {
		t := (c.y0 + float64(j)*c.dy - cy) / b
		half := a * math.Sqrt(max(1-t*t, 0))
		i0, i1 := span(cx-half, cx+half, c.x0, c.dx, c.w)
		for i := i0; i <= i1; i++ {
			c.v[j*c.w+i] = value
		}
	}
}

// bar paints all within r of a line, harder towards its edge when rim is not 0.
func (c *canvas) bar(ax, ay, bx, by, r float64, value, rim float32) {
	c.each(min(ax, bx)-r, min(ay, by)-r, max(ax, bx)+r, max(ay, by)+r, func(x, y float64, v *float32) {
		d := toSegment(x, y, 0, ax, ay, 0, bx, by, 0)
		switch {
		case d > r:
		case rim != 0 && d > r-1.6:
			*v = rim
		default:
			*v = value
		}
	})
}

// tube blends a round stick of 3D ends into the plane z, softly over half a millimetre, so that thin ones show faintly.
func (c *canvas) tube(s *segment, z float64, value float32) {
	r := s.r + 0.5
	c.each(min(s.ax, s.bx)-r, min(s.ay, s.by)-r, max(s.ax, s.bx)+r, max(s.ay, s.by)+r, func(x, y float64, v *float32) {
		cover := s.r + 0.5 - toSegment(x, y, z, s.ax, s.ay, s.az, s.bx, s.by, s.bz)
		if cover > 0 {
			*v += (value - *v) * float32(min(cover, 1))
		}
	})
}

// segment is a piece of a vessel.
type segment struct{ ax, ay, az, bx, by, bz, r float64 }

// toSegment gives the distance of a point from a line segment.
func toSegment(x, y, z, ax, ay, az, bx, by, bz float64) float64 {
	ux, uy, uz := bx-ax, by-ay, bz-az
	px, py, pz := x-ax, y-ay, z-az
	t := 0.0
	if l := ux*ux + uy*uy + uz*uz; l > 0 {
		t = min(max((px*ux+py*uy+pz*uz)/l, 0), 1)
	}
	px, py, pz = px-t*ux, py-t*uy, pz-t*uz
	return math.Sqrt(px*px + py*py + pz*pz)
}

// blur softens the picture with the kernel 1 2 1 in both directions, n times: the point spread of a scanner.
func (c *canvas) blur(n int) {
	for range n {
		blurRows(c.spare, c.v, c.w, c.h, 1, c.w)
		blurRows(c.v, c.spare, c.h, c.w, c.w, 1)
	}
}

func blurRows(dst, src []float32, n, lines, step, stride int) {
	for l := range lines {
		at := l * stride
		before, here := src[at], src[at]
		for range n - 1 {
			next := src[at+step]
			dst[at] = before*0.25 + here*0.5 + next*0.25
			before, here = here, next
			at += step
		}
		dst[at] = before*0.25 + here*0.75
	}
}

// texture is correlated noise of mean 0 and deviation 1 on a torus, to be laid over pictures at any shift.
type texture struct {
	n int // side, a power of two
	v []float32
}

// newTexture filters white noise to the band that a reconstruction leaves: no single cells, no wide patches.
func newTexture(rng *rand.Rand, n, soft int) *texture {
	c := newCanvas(n, n, float64(n), float64(n))
	for i := range c.v {
		c.v[i] = float32(rng.NormFloat64())
	}
	c.blur(soft)
	fine := append([]float32(nil), c.v...)
	c.blur(6 * soft)
	var sum, squares float64
	for i := range fine {
		fine[i] -= 0.7 * c.v[i]
		sum += float64(fine[i])
		squares += float64(fine[i]) * float64(fine[i])
	}
	mean := sum / float64(len(fine))
	scale := 1 / math.Sqrt(squares/float64(len(fine))-mean*mean)
	for i := range fine {
		fine[i] = float32((float64(fine[i]) - mean) * scale)
	}
	return &texture{n: n, v: fine}
}

// grain gives two shifted layers of the texture added up: as good as new for each picture.
func (t *texture) grain(rng *rand.Rand) func(i, j int) float32 {
	ax, ay, bx, by, m := rng.IntN(t.n), rng.IntN(t.n), rng.IntN(t.n), rng.IntN(t.n), t.n-1
	return func(i, j int) float32 {
		return 0.7071 * (t.v[(j+ay)&m*t.n+(i+ax)&m] + t.v[(m-(j+by)&m)*t.n+(m-(i+bx)&m)])
	}
}

// at reads the texture between its cells.
func (t *texture) at(x, y float64) float64 {
	m := t.n - 1
	fx, fy := math.Floor(x), math.Floor(y)
	i, j := int(fx), int(fy)
	u, w := float32(x-fx), float32(y-fy)
	upper, lower := t.v[(j&m)*t.n:], t.v[((j+1)&m)*t.n:]
	a := upper[i&m]*(1-u) + upper[(i+1)&m]*u
	b := lower[i&m]*(1-u) + lower[(i+1)&m]*u
	return float64(a*(1-w) + b*w)
}

// smooth rises from 0 to 1 as t does, with flat ends.
func smooth(t float64) float64 {
	t = min(max(t, 0), 1)
	return t * t * (3 - 2*t)
}
