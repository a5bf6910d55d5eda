package pixel

import "math/bits"

// lsParams are the preset coding parameters of a scan (ISO 14495-1 C.2.4.1.1) and what follows from them.
type lsParams struct {
	maxVal, t1, t2, t3, reset int
	near                      int
	rng, qbpp, limit          int
}

// derive fills in the defaults and the dependent values (A.2.1, C.2.4.1.1.1).
func (p *lsParams) derive(precision int) error {
	if p.maxVal == 0 {
		p.maxVal = 1<<precision - 1
	}
	limit := func(i, low int) int {
		if i > p.maxVal || i < low {
			return low
		}
		return i
	}
	var d1, d2, d3 int
	if p.maxVal >= 128 {
		f := (min(p.maxVal, 4095) + 128) / 256
		d1, d2, d3 = f*(3-2)+2, f*(7-3)+3, f*(21-4)+4
	} else {
		f := 256 / (p.maxVal + 1)
		d1, d2, d3 = max(2, 3/f), max(3, 7/f), max(4, 21/f)
	}
	if p.t1 == 0 {
		p.t1 = limit(d1+3*p.near, p.near+1)
	}
	if p.t2 == 0 {
		p.t2 = limit(d2+5*p.near, p.t1)
	}
	if p.t3 == 0 {
		p.t3 = limit(d3+7*p.near, p.t2)
	}
	if p.reset == 0 {
		p.reset = 64
	}
	if p.maxVal >= 1<<precision || p.near > min(255, p.maxVal/2) || p.t1 <= p.near || p.t2 < p.t1 || p.t3 < p.t2 || p.t3 > p.maxVal || p.reset < 3 {
		return invalid("JPEG-LS coding parameters")
	}
	p.rng = p.maxVal + 1
	if p.near > 0 {
		p.rng = (p.maxVal+2*p.near)/(2*p.near+1) + 1
	}
	p.qbpp = bits.Len(uint(p.rng - 1))
	bpp := max(2, bits.Len(uint(p.maxVal)))
	p.limit = 2 * (bpp + max(8, bpp))
	return nil
}

const lsContexts = 365

// lsContext holds the counters of a context (A.2.1): sum of errors, magnitudes, occurrences, and the prediction's correction.
type lsContext struct{ a, b, c, n int }

// lsDecoder decodes ISO 14495-1, lossless and near-lossless, in all three interleave modes. Mapping tables are refused.
type lsDecoder struct {
	lsParams
	h         *jpegHeader
	r         *bitReader
	contexts  [lsContexts]lsContext
	runs      [2]lsContext // c counts negative errors
	runIndex  []int        // by component of the scan
	quantised []int8       // of gradients from -maxVal to maxVal
	presets   lsParams
	restart   int
	out       []uint16
	done      int
}

func decodeLS(h *jpegHeader, data []byte) ([]uint16, error) {
	if h.precision < 2 || h.precision > 16 {
		return nil, invalid("JPEG-LS of %d bits", h.precision)
	}
	for _, c := range h.components {
		if c.h != 1 || c.v != 1 {
			return nil, invalid("JPEG-LS with subsampled components")
		}
	}
	d := &lsDecoder{h: h, out: make([]uint16, h.rows*h.cols*len(h.components))}
	rest := data
	for d.done < len(h.components) {
		var header []byte
		var err error
		rest, err = jpegSegments(rest, func(marker byte, body []byte) (bool, error) {
			switch marker {
			case mSOS:
				header = body
				return true, nil
			case mLSE:
				return false, d.preset(body)
			case mDRI:
				return false, invalid("JPEG-LS with restart intervals")
			}
			return marker == mEOI, nil
		})
		if err != nil {
			return nil, err
		}
		d.r = &bitReader{data: rest, ls: true}
		if err := d.scan(header); err != nil {
			return nil, err
		}
		rest = nextScan(rest, max(d.r.pos-1, 0))
	}
	return d.out, nil
}

// preset reads an LSE segment (C.2.4.1).
func (d *lsDecoder) preset(b []byte) error {
	if len(b) < 1 || b[0] != 1 || len(b) < 11 {
		return invalid("a JPEG-LS extension that is not read")
	}
	v := func(i int) int { return int(b[1+2*i])<<8 | int(b[2+2*i]) }
	d.presets = lsParams{maxVal: v(0), t1: v(1), t2: v(2), t3: v(3), reset: v(4)}
	return nil
}

// scan reads one scan: header (C.2.3) and all lines.
func (d *lsDecoder) scan(b []byte) error {
	if len(b) < 1 || len(b) < 4+2*int(b[0]) || b[0] == 0 || d.done+int(b[0]) > len(d.h.components) {
		return invalid("a damaged JPEG-LS scan header")
	}
	n := int(b[0])
	first := -1
	for k, c := range d.h.components {
		if c.id == b[1] {
			first = k
		}
		if b[2] != 0 {
			return invalid("JPEG-LS with a mapping table")
		}
	}
	mode := b[2+2*n]
	if first < 0 || first+n > len(d.h.components) || mode > 2 || mode == 0 && n != 1 || mode == 2 && n == 1 {
		return invalid("a JPEG-LS scan of %d components in interleave mode %d", n, mode)
	}
	d.lsParams = d.presets
	d.near = int(b[1+2*n])
	if err := d.derive(d.h.precision); err != nil {
		return err
	}
	d.start(n)
	d.done += n
	stride := len(d.h.components)
	if mode == 2 {
		return d.bySample(n, first, stride)
	}
	return d.byLine(n, first, stride)
}

// start sets the counters as at the beginning of a scan (A.8 step 1) and tabulates the quantisation of gradients (A.3.3).
func (d *lsDecoder) start(components int) {
	a := max(2, (d.rng+32)/64)
	for i := range d.contexts {
		d.contexts[i] = lsContext{a: a, n: 1}
	}
	d.runs = [2]lsContext{{a: a, n: 1}, {a: a, n: 1}}
	d.runIndex = make([]int, components)
	d.quantised = make([]int8, 2*d.maxVal+1)
	for i := range d.quantised {
		d.quantised[i] = d.quantise(i - d.maxVal)
	}
}

func (d *lsDecoder) quantise(g int) int8 {
	abs, sign := g, int8(1)
	if g < 0 {
		abs, sign = -g, -1
	}
	switch {
	case abs <= d.near:
		return 0
	case abs < d.t1:
		return sign
	case abs < d.t2:
		return 2 * sign
	case abs < d.t3:
		return 3 * sign
	}
	return 4 * sign
}

// byLine decodes interleave modes 0 (one component) and 1 (a line of each). Lines have a sample more at both ends (A.2.1).
func (d *lsDecoder) byLine(n, first, stride int) error {
	cols := d.h.cols
	above, line := make([][]int, n), make([][]int, n)
	for i := range n {
		above[i], line[i] = make([]int, cols+2), make([]int, cols+2)
	}
	for y := range d.h.rows {
		for i := range n {
			above[i], line[i] = line[i], above[i]
			d.line(i, above[i], line[i])
			for x, v := range line[i][1 : cols+1] {
				d.out[(y*cols+x)*stride+first+i] = uint16(v)
			}
		}
		if d.r.overrun() {
			return invalid("the codestream ends early")
		}
	}
	return nil
}

// line decodes one line of a component (A.3 to A.7).
func (d *lsDecoder) line(component int, above, line []int) {
	cols := d.h.cols
	line[0], above[cols+1] = above[1], above[cols]
	for x := 1; x <= cols; {
		a, b, c, dd := line[x-1], above[x], above[x-1], above[x+1]
		q := d.context(dd-b, b-c, c-a)
		if q != 0 {
			line[x] = d.regular(q, a, b, c)
			x++
			continue
		}
		n, more := d.run(component, cols-x+1)
		for ; n > 0; n-- {
			line[x] = a
			x++
		}
		if !more {
			break
		}
		line[x] = d.interruption(component, a, above[x])
		d.runIndex[component] = max(d.runIndex[component]-1, 0)
		x++
	}
}

// bySample decodes interleave mode 2: the components of a pixel one after the other, runs for all of them together.
func (d *lsDecoder) bySample(n, first, stride int) error {
	cols := d.h.cols
	above, line := make([]int, (cols+2)*n), make([]int, (cols+2)*n)
	for y := range d.h.rows {
		above, line = line, above
		d.sampleLine(n, above, line)
		for x := range cols {
			for i := range n {
				d.out[(y*cols+x)*stride+first+i] = uint16(line[(x+1)*n+i])
			}
		}
		if d.r.overrun() {
			return invalid("the codestream ends early")
		}
	}
	return nil
}

func (d *lsDecoder) sampleLine(n int, above, line []int) {
	cols := d.h.cols
	copy(line[:n], above[n:2*n])
	copy(above[(cols+1)*n:], above[cols*n:(cols+1)*n])
	var q [4]int
	for x := 1; x <= cols; {
		at, flat := x*n, true
		for i := range n {
			b, c := above[at+i], above[at-n+i]
			q[i] = d.context(above[at+n+i]-b, b-c, c-line[at-n+i])
			flat = flat && q[i] == 0
		}
		if !flat {
			for i := range n {
				line[at+i] = d.regular(q[i], line[at-n+i], above[at+i], above[at-n+i])
			}
			x++
			continue
		}
		run, more := d.run(0, cols-x+1)
		for ; run > 0; run-- {
			copy(line[x*n:(x+1)*n], line[(x-1)*n:x*n])
			x++
		}
		if !more {
			break
		}
		for i := range n {
			line[x*n+i] = d.interruptionOf(0, 0, line[(x-1)*n+i], above[x*n+i])
		}
		d.runIndex[0] = max(d.runIndex[0]-1, 0)
		x++
	}
}

// context quantises the gradients and joins them (A.3.3, A.3.4); its sign is that of the context.
func (d *lsDecoder) context(d1, d2, d3 int) int {
	m := d.maxVal
	return 81*int(d.quantised[d1+m]) + 9*int(d.quantised[d2+m]) + int(d.quantised[d3+m])
}

// regular decodes one sample in its context (A.4, A.5, A.6).
func (d *lsDecoder) regular(q, a, b, c int) int {
	sign := 1
	if q < 0 {
		q, sign = -q, -1
	}
	ctx := &d.contexts[q]
	px := a + b - c
	switch {
	case c >= max(a, b):
		px = min(a, b)
	case c <= min(a, b):
		px = max(a, b)
	}
	px = min(max(px+sign*ctx.c, 0), d.maxVal)
	k := golomb(ctx.n, ctx.a)
	m := d.golombValue(k, d.limit)
	e := m >> 1
	if m&1 != 0 {
		e = -e - 1
	}
	if d.near == 0 && k == 0 && 2*ctx.b <= -ctx.n {
		e = -e - 1 // A.5.2: the map is turned over
	}
	ctx.update(e, d.near, d.reset)
	return d.reconstruct(px, sign*e)
}

// golomb gives the Golomb parameter k of A.5.1.
func golomb(n, a int) uint {
	k := uint(0)
	for n<<k < a && k < 24 {
		k++
	}
	return k
}

// golombValue reads a limited-length Golomb code (A.5.3).
func (d *lsDecoder) golombValue(k uint, limit int) int {
	escape := limit - d.qbpp - 1
	zeros := 0
	for zeros < escape {
		v := d.r.peek(24)
		if v != 0 {
			z := bits.LeadingZeros32(v << 8)
			if zeros+z >= escape {
				break
			}
			zeros += z
			d.r.skip(uint(z) + 1)
			if k == 0 {
				return zeros
			}
			return zeros<<k | int(d.r.read(k))
		}
		n := min(24, escape-zeros)
		zeros += n
		d.r.skip(uint(n))
		if d.r.overrun() {
			return 0
		}
	}
	return d.escaped(escape - zeros)
}

// escaped reads the rest of the zeros, the one, and the value as it is.
func (d *lsDecoder) escaped(zeros int) int {
	d.r.read(uint(zeros))
	d.r.read(1)
	return int(d.r.read(uint(d.qbpp))) + 1
}

// update keeps the counters of a context (A.6.1, A.6.2).
func (c *lsContext) update(e, near, reset int) {
	c.b += e * (2*near + 1)
	c.a += max(e, -e)
	if c.n == reset {
		c.a >>= 1
		c.b >>= 1
		c.n >>= 1
	}
	c.n++
	switch {
	case c.b <= -c.n:
		c.b = max(c.b+c.n, 1-c.n)
		c.c = max(c.c-1, -128)
	case c.b > 0:
		c.b = min(c.b-c.n, 0)
		c.c = min(c.c+1, 127)
	}
}

// reconstruct adds the error, undoing quantisation and the modulo (A.4.4, A.4.5).
func (d *lsDecoder) reconstruct(px, e int) int {
	step := 2*d.near + 1
	v := px + e*step
	switch {
	case v < -d.near:
		v += d.rng * step
	case v > d.maxVal+d.near:
		v -= d.rng * step
	}
	return min(max(v, 0), d.maxVal)
}

// lsRunOrder is J of A.2.1.
var lsRunOrder = [32]uint{0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15}

// run reads the length of a run (A.7.1); more tells that a sample which ends it follows before the end of the line.
func (d *lsDecoder) run(component, left int) (n int, more bool) {
	index := &d.runIndex[component]
	for d.r.read(1) == 1 {
		step := 1 << lsRunOrder[*index]
		if step <= left-n {
			n += step
			*index = min(*index+1, 31)
		} else {
			n = left
		}
		if n == left {
			return n, false
		}
	}
	n += int(d.r.read(lsRunOrder[*index]))
	if n >= left { // only damaged data say so
		return left, false
	}
	return n, true
}

func (d *lsDecoder) interruption(component, a, b int) int {
	kind := 0
	if diff := a - b; max(diff, -diff) <= d.near {
		kind = 1
	}
	return d.interruptionOf(component, kind, a, b)
}

// interruptionOf decodes the sample that ends a run (A.7.2).
func (d *lsDecoder) interruptionOf(component, kind, a, b int) int {
	ctx := &d.runs[kind]
	t := ctx.a
	if kind == 1 {
		t += ctx.n >> 1
	}
	k := golomb(ctx.n, t)
	m := d.golombValue(k, d.limit-int(lsRunOrder[d.runIndex[component]])-1)
	v := m + kind
	odd := v&1 != 0
	e := (v + 1) >> 1
	if (k != 0 || 2*ctx.c >= ctx.n) == odd {
		e = -e
	}
	if e < 0 {
		ctx.c++
	}
	ctx.a += (m + 1 - kind) >> 1
	if ctx.n == d.reset {
		ctx.a >>= 1
		ctx.n >>= 1
		ctx.c >>= 1
	}
	ctx.n++
	switch {
	case kind == 1:
		return d.reconstruct(a, e)
	case a > b:
		return d.reconstruct(b, -e)
	}
	return d.reconstruct(b, e)
}
