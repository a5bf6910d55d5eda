package pixel

import "image"

// painter gives a picture line by line: one sample a pixel for grey, three for red, green and blue. paint fills dst with the
// pixels from ≤ x < to of line y.
type painter struct {
	channels int
	paint    func(y, from, to int, dst []byte)
}

// compose shows a part of what p paints in w by h pixels: averaged over areas when it gets smaller, interpolated linearly when larger.
// A larger picture is made in bands of lines.
func (r *Renderer) compose(p painter, view image.Rectangle, w, h int) image.Image {
	var out image.Image
	var row func(y int, line []byte) []byte // where a line goes; line itself may serve
	done := func(int, []byte) {}            // told when it is there
	bounds := image.Rect(0, 0, w, h)
	if p.channels == 1 {
		img := &image.Gray{Pix: r.canvas(w * h), Stride: w, Rect: bounds}
		row = func(y int, _ []byte) []byte { return img.Pix[y*w:][:w] }
		out = img
	} else {
		img := &image.RGBA{Pix: r.canvas(4 * w * h), Stride: 4 * w, Rect: bounds}
		row = func(_ int, line []byte) []byte { return line }
		done = func(y int, line []byte) {
			row := img.Pix[4*w*y:][:4*w]
			for ; len(row) >= 4 && len(line) >= 3; row, line = row[4:], line[3:] {
				row[0], row[1], row[2], row[3] = line[0], line[1], line[2], 0xFF
			}
		}
		out = img
	}
	s := newSampler(p, view, w, h)
	bands := min(max(max(w*h, view.Dx()*view.Dy())/(2*partPixels), 1), h, maxParts)
	r.helpers().share(bands, func(i int) { s.lines(i*h/bands, (i+1)*h/bands, row, done) })
	return out
}

// sampler makes the lines of a picture from those of a painter.
type sampler struct {
	p            painter
	view         image.Rectangle
	w, h         int
	across, down *taps // nil where a pixel becomes a pixel
}

func newSampler(p painter, view image.Rectangle, w, h int) *sampler {
	s := &sampler{p: p, view: view, w: w, h: h}
	if w != view.Dx() || h != view.Dy() {
		s.across, s.down = newTaps(view.Dx(), w), newTaps(view.Dy(), h)
	}
	return s
}

// lines makes some lines of the picture.
func (s *sampler) lines(begin, end int, row func(int, []byte) []byte, done func(int, []byte)) {
	p, view := s.p, s.view
	scratch := make([]byte, s.w*p.channels)
	if s.across == nil {
		for y := begin; y < end; y++ {
			line := row(y, scratch)
			p.paint(view.Min.Y+y, view.Min.X, view.Max.X, line)
			done(y, line)
		}
		return
	}
	source := newCache(p, view)
	sums := make([]uint32, view.Dx()*p.channels)
	for y := begin; y < end; y++ {
		clear(sums)
		from, weights := s.down.of(y)
		for i, weight := range weights {
			accumulate(sums, source.line(from+i), weight)
		}
		line := row(y, scratch)
		if p.channels == 1 {
			s.across.gray(sums, line)
		} else {
			s.across.colour(sums, line)
		}
		done(y, line)
	}
}

// accumulate adds a weighted line.
func accumulate(sums []uint32, line []byte, weight uint32) {
	line = line[:len(sums)]
	for len(sums) >= 4 {
		l := line[:4]
		s := sums[:4]
		s[0] += uint32(l[0]) * weight
		s[1] += uint32(l[1]) * weight
		s[2] += uint32(l[2]) * weight
		s[3] += uint32(l[3]) * weight
		sums, line = sums[4:], line[4:]
	}
	for i := range sums {
		sums[i] += uint32(line[i]) * weight
	}
}

// cache keeps the last two lines: neighbouring lines of the picture share them.
type cache struct {
	p      painter
	view   image.Rectangle
	number [2]int // of the lines, from 0 in the view; -1: none
	lines  [2][]byte
}

func newCache(p painter, view image.Rectangle) *cache {
	n := view.Dx() * p.channels
	return &cache{p, view, [2]int{-1, -1}, [2][]byte{make([]byte, n), make([]byte, n)}}
}

func (c *cache) line(y int) []byte {
	slot := y % 2
	if c.number[slot] != y {
		c.number[slot] = y
		c.p.paint(c.view.Min.Y+y, c.view.Min.X, c.view.Max.X, c.lines[slot])
	}
	return c.lines[slot]
}

// unit is the sum of the weights of one output position.
const unit = 4096

// taps says of which inputs, one after the other, each output position is made.
type taps struct {
	from    []int // first input, by output position
	end     []int // of its weights
	weights []uint32
}

func newTaps(size, n int) *taps {
	t := &taps{from: make([]int, n), end: make([]int, n), weights: make([]uint32, 0, max(2*n, size+n))}
	ratio := float64(size) / float64(n)
	for i := range n {
		if ratio > 1 {
			t.box(i, float64(i)*ratio, float64(i+1)*ratio, size)
		} else {
			t.between(i, min(max((float64(i)+0.5)*ratio-0.5, 0), float64(size-1)), size)
		}
		t.end[i] = len(t.weights)
	}
	return t
}

// of gives the first input of an output position and the weights from there on.
func (t *taps) of(i int) (from int, weights []uint32) {
	start := 0
	if i > 0 {
		start = t.end[i-1]
	}
	return t.from[i], t.weights[start:t.end[i]]
}

// between is linear interpolation at x.
func (t *taps) between(i int, x float64, size int) {
	at := int(x)
	weight := uint32((x-float64(at))*unit + 0.5)
	t.from[i] = at
	if at+1 >= size {
		t.weights = append(t.weights, unit)
		return
	}
	t.weights = append(t.weights, unit-weight, weight)
}

// box covers the inputs from from to to, those at the ends in part.
func (t *taps) box(i int, from, to float64, size int) {
	first := min(int(from), size-1)
	t.from[i] = first
	start, sum := len(t.weights), uint32(0)
	for at := first; at < size && float64(at) < to; at++ {
		weight := uint32((min(to, float64(at+1)) - max(from, float64(at))) / (to - from) * unit)
		t.weights = append(t.weights, weight)
		sum += weight
	}
	t.weights[start+(len(t.weights)-start)/2] += unit - sum // what rounding lost
}

// gray makes a line of the picture from the sums of one sample a pixel.
func (t *taps) gray(sums []uint32, line []byte) {
	start := 0
	for x, end := range t.end {
		weights := t.weights[start:end]
		values := sums[t.from[x]:][:len(weights)]
		sum := uint64(unit * unit / 2)
		for i, w := range weights {
			sum += uint64(values[i]) * uint64(w)
		}
		line[x] = byte(sum / (unit * unit))
		start = end
	}
}

// colour does the same for three.
func (t *taps) colour(sums []uint32, line []byte) {
	start := 0
	for x, end := range t.end {
		weights := t.weights[start:end]
		values := sums[3*t.from[x]:][:3*len(weights)]
		r, g, b := uint64(unit*unit/2), uint64(unit*unit/2), uint64(unit*unit/2)
		for i, w := range weights {
			v := values[3*i:][:3]
			r += uint64(v[0]) * uint64(w)
			g += uint64(v[1]) * uint64(w)
			b += uint64(v[2]) * uint64(w)
		}
		out := line[3*x:][:3]
		out[0], out[1], out[2] = byte(r/(unit*unit)), byte(g/(unit*unit)), byte(b/(unit*unit))
		start = end
	}
}
