package label

import (
	"image"
	"image/color"
	"image/draw"
	"math"
)

// Fonts are asked for each character in their order.
type Fonts []*Font

// pick answers the font and glyph of a character: of the first font that has it, or that font's sign for a missing one.
func (fonts Fonts) pick(r rune) (*Font, uint16) {
	for _, f := range fonts {
		if g := f.chars[r]; g != 0 {
			return f, g
		}
	}
	return fonts[0], 0
}

// Width is that of a line in pixels at a size in pixels per em.
func (fonts Fonts) Width(line string, size float64) float64 {
	var w float64
	for _, r := range line {
		f, g := fonts.pick(r)
		w += f.advance(g) * size / f.units
	}
	return w
}

// Height is the distance of two lines.
func (fonts Fonts) Height(size float64) int { return int(math.Ceil(1.25 * size)) }

// Draw writes a line in white with a black edge, so that it can be read on any picture; x and y are its upper left corner. What does
// not fit is cut off.
func (fonts Fonts) Draw(img draw.Image, x, y int, size float64, line string) {
	if len(fonts) == 0 || size <= 0 {
		return
	}
	w, h := int(fonts.Width(line, size))+4, fonts.Height(size)+4
	mask := newCoverage(min(w, img.Bounds().Dx()+4), h)
	pen := 2.0
	base := 2 + round(0.95*size)
	for _, r := range line {
		f, g := fonts.pick(r)
		scale := size / f.units
		for _, curve := range f.outline(g) {
			mask.curve(curve, func(p point) (float64, float64) { return pen + p.x*scale, base - p.y*scale })
		}
		pen += f.advance(g) * scale
	}
	ink := mask.alpha()
	at := image.Rect(x-2, y-2, x-2+ink.Bounds().Dx(), y-2+ink.Bounds().Dy())
	black := image.NewUniform(color.Black)
	for _, d := range []image.Point{{-1, 0}, {1, 0}, {0, -1}, {0, 1}} {
		draw.DrawMask(img, at.Add(d), black, image.Point{}, ink, image.Point{}, draw.Over)
	}
	draw.DrawMask(img, at, image.NewUniform(color.White), image.Point{}, ink, image.Point{}, draw.Over)
}

// coverage adds up how much of each pixel lies inside of curves: every edge notes, at its place, how much of the pixel's area is to
// its right and how much of what follows on the line; a sum along the line then tells what is inside (non-zero winding, as far as
// curves do not overlap in opposite directions).
type coverage struct {
	w, h int
	acc  []float64
}

func newCoverage(w, h int) *coverage { return &coverage{w, h, make([]float64, w*h+2)} }

// curve adds a closed curve of lines and quadratic arcs: between two control points the curve goes through their middle.
func (c *coverage) curve(points []point, place func(point) (x, y float64)) {
	if len(points) < 2 {
		return
	}
	start := points[0]
	if !start.on {
		if last := points[len(points)-1]; last.on {
			start = last
		} else {
			start = middle(start, last)
		}
	}
	at, control, bent := start, point{}, false
	lead := func(to point) {
		if bent {
			c.arc(at, control, to, place)
		} else {
			c.line(at, to, place)
		}
		at, bent = to, false
	}
	for _, p := range points {
		switch {
		case p.on:
			lead(p)
		case bent:
			next := p
			lead(middle(control, p))
			control, bent = next, true
		default:
			control, bent = p, true
		}
	}
	lead(start)
}

func middle(a, b point) point { return point{(a.x + b.x) / 2, (a.y + b.y) / 2, true} }

// arc is drawn as a few lines; glyphs are small.
func (c *coverage) arc(a, control, b point, place func(point) (x, y float64)) {
	const n = 8
	last := a
	for i := 1; i <= n; i++ {
		t := float64(i) / n
		s := 1 - t
		next := point{x: s*s*a.x + 2*s*t*control.x + t*t*b.x, y: s*s*a.y + 2*s*t*control.y + t*t*b.y}
		c.line(last, next, place)
		last = next
	}
}

func (c *coverage) line(a, b point, place func(point) (x, y float64)) {
	x0, y0 := place(a)
	x1, y1 := place(b)
	if y0 == y1 {
		return
	}
	sign := 1.0
	if y0 > y1 {
		x0, y0, x1, y1, sign = x1, y1, x0, y0, -1
	}
	slope := (x1 - x0) / (y1 - y0)
	if y0 < 0 {
		x0 -= y0 * slope
		y0 = 0
	}
	x := x0
	for row := int(y0); row < c.h && float64(row) < y1; row++ {
		top, bottom := max(float64(row), y0), min(float64(row+1), y1)
		next := x + slope*(bottom-top)
		c.strip(row, min(x, next), max(x, next), sign*(bottom-top))
		x = next
	}
}

// strip adds an edge within one row that runs from left to right and is dy high.
func (c *coverage) strip(row int, left, right, dy float64) {
	limit := float64(c.w)
	left, right = min(max(left, 0), limit), min(max(right, 0), limit)
	cells := c.acc[row*c.w:]
	first := min(int(left), c.w-1)
	last := min(int(math.Ceil(right)), c.w)
	if last <= first+1 { // within one pixel
		middle := (left+right)/2 - float64(first)
		cells[first] += dy * (1 - middle)
		cells[first+1] += dy * middle
		return
	}
	for i := first; i < last; i++ {
		// The part of the edge's height in the pixels up to i, and the area it leaves on its right there.
		l, r := max(left, float64(i)), min(right, float64(i+1))
		part := dy * (r - l) / (right - left)
		middle := (l+r)/2 - float64(i)
		cells[i] += part * (1 - middle)
		cells[i+1] += part * middle
	}
}

// alpha sums up.
func (c *coverage) alpha() *image.Alpha {
	out := image.NewAlpha(image.Rect(0, 0, c.w, c.h))
	for y := range c.h {
		sum := 0.0
		for x := range c.w {
			sum += c.acc[y*c.w+x]
			out.Pix[y*out.Stride+x] = uint8(255*min(math.Abs(sum), 1) + 0.5)
		}
	}
	return out
}
