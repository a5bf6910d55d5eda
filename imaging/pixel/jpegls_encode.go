package pixel

import (
	"yilian/imaging/dicom"
)

// lsEncoder writes ISO 14495-1 with the default parameters.
type lsEncoder struct {
	lsModel
	w bitWriter
}

func (im *Image) encodeJPEGLS(dst []byte, f *Frame, syntax string, o EncodeOptions) ([]byte, error) {
	p, precision, err := im.coded(f, syntax)
	if err != nil {
		return nil, err
	}
	params := lsParams{near: o.Near}
	switch {
	case o.Near != 0 && syntax == dicom.JPEGLSLossless || o.Near < 0 || o.Near > 255:
		return nil, invalid("a deviation of %d in %s", o.Near, dicom.Syntax(syntax).Name)
	case o.Near > 0 && precision > im.HighBit+1 && !im.Signed:
		return nil, &UnsupportedError{syntax, "an overlay among the bits of near-lossless samples"}
	}
	if err := params.derive(precision); err != nil {
		return nil, err
	}
	mode := ilvPlane
	if p.samples > 1 {
		mode = map[Interleave]int{ByLine: ilvLine, BySample: ilvSample, ByPlane: ilvPlane}[o.Interleave]
	}
	return encodeLS(dst, p, precision, params, mode), nil
}

// encodeLS appends the codestream of a frame.
func encodeLS(dst []byte, p raster, precision int, params lsParams, mode int) []byte {
	e := &lsEncoder{w: bitWriter{out: appendFrameHeader(dst, mSOF55, precision, &p), ls: true}}
	n := p.samples
	if mode == ilvPlane {
		n = 1
	}
	mask := uint16(1<<precision - 1)
	for first := 0; first < p.samples; first += n {
		e.w.out = appendScanHeader(e.w.out, first, n, byte(params.near), byte(mode), 0)
		e.begin(params)
		e.scan(&p, lsScan{first: first, n: n, mode: mode, near: params.near}, mask)
		e.w.flush()
	}
	return append(e.w.out, 0xFF, mEOI)
}

// scan encodes all lines of a scan.
func (e *lsEncoder) scan(p *raster, s lsScan, mask uint16) {
	together := 1
	if s.mode == ilvSample {
		together = s.n
	}
	var planes []*lsLines
	for range s.n / together {
		planes = append(planes, newLSLines(together, p.cols))
	}
	for y := range p.rows {
		for i, l := range planes {
			l.advance()
			p.load(y, s.first+i, together, mask, l.samples())
			if together == 1 {
				e.line(i, l.above, l.line)
			} else {
				e.pixels(l)
			}
		}
	}
}

// line encodes one line of a component (A.3 to A.7). In near-lossless coding it replaces the samples by what will be decoded.
func (e *lsEncoder) line(component int, above, line []uint16) {
	cols := len(line) - 2
	above = above[:len(line)]
	a, c := int(line[0]), int(above[0])
	b := int(above[1])
	for x := 1; x <= cols; {
		next := int(above[x+1])
		q := e.context(a, b, c, next)
		if q != 0 {
			a = e.regular(q, a, b, c, int(line[x]))
			line[x] = uint16(a)
			c, b = b, next
			x++
			continue
		}
		n := 0
		for n <= cols-x && abs(int(line[x+n])-a) <= e.near {
			line[x+n] = uint16(a)
			n++
		}
		x += n
		if !e.run(component, n, x > cols) {
			return
		}
		b = int(above[x])
		kind := 0
		if abs(a-b) <= e.near {
			kind = 1
		}
		a = e.interruption(component, kind, a, b, int(line[x]))
		line[x] = uint16(a)
		e.runIndex[component] = max(e.runIndex[component]-1, 0)
		x++
		c, b = b, int(above[x])
	}
}

// pixels encodes one line in interleave mode 2.
func (e *lsEncoder) pixels(l *lsLines) {
	n, above, line := l.n, l.above, l.line
	var q [4]int
	for x := 1; x <= l.cols; {
		at, flat := x*n, true
		for i := range n {
			q[i] = e.context(int(line[at-n+i]), int(above[at+i]), int(above[at-n+i]), int(above[at+n+i]))
			flat = flat && q[i] == 0
		}
		if !flat {
			for i := range n {
				line[at+i] = uint16(e.regular(q[i], int(line[at-n+i]), int(above[at+i]), int(above[at-n+i]), int(line[at+i])))
			}
			x++
			continue
		}
		from := x
		for x <= l.cols && e.same(line[(from-1)*n:from*n], line[x*n:(x+1)*n]) {
			copy(line[x*n:(x+1)*n], line[(from-1)*n:from*n])
			x++
		}
		if !e.run(0, x-from, x > l.cols) {
			return
		}
		for i := range n {
			line[x*n+i] = uint16(e.interruption(0, 0, int(line[(x-1)*n+i]), int(above[x*n+i]), int(line[x*n+i])))
		}
		e.runIndex[0] = max(e.runIndex[0]-1, 0)
		x++
	}
}

func (e *lsEncoder) same(a, b []uint16) bool {
	for i, v := range a {
		if abs(int(v)-int(b[i])) > e.near {
			return false
		}
	}
	return true
}

func abs(v int) int { return max(v, -v) }

// regular encodes one sample in its context (A.4, A.5, A.6) and gives it as it will be decoded.
func (e *lsEncoder) regular(q, a, b, c, x int) int {
	sign := q >> 63
	ctx := &e.contexts[(q^sign)-sign]
	px := min(max(e.predict(a, b, c)+(ctx.c^sign)-sign, 0), e.maxVal)
	err := ((x - px) ^ sign) - sign
	if e.near > 0 {
		err = e.quantiseError(err)
		x = min(max(px+((err*(2*e.near+1)^sign)-sign), 0), e.maxVal)
	}
	err = e.modulo(err)
	k := golomb(ctx.n, ctx.a)
	m := err<<1 ^ err>>63
	if k == 0 && e.near == 0 && 2*ctx.b <= -ctx.n {
		m = ^err<<1 ^ ^err>>63
	}
	ctx.update(err, e.near, e.resetAt)
	e.golombCode(m, k, e.limit)
	return x
}

// quantiseError is A.4.4.
func (e *lsEncoder) quantiseError(err int) int {
	if err > 0 {
		return (err + e.near) / (2*e.near + 1)
	}
	return -((e.near - err) / (2*e.near + 1))
}

// modulo is A.4.5.
func (e *lsEncoder) modulo(err int) int {
	if err < 0 {
		err += e.rng
	}
	if err >= (e.rng+1)/2 {
		err -= e.rng
	}
	return err
}

// golombCode writes a limited-length Golomb code (A.5.3).
func (e *lsEncoder) golombCode(m int, k uint, limit int) {
	zeros, escape := m>>k, limit-e.qbpp-1
	switch {
	case zeros >= escape:
		e.zeros(escape)
		e.w.put(1, 1)
		e.w.put(uint32(m-1), uint(e.qbpp))
	case uint(zeros)+1+k <= 32:
		e.w.put(1<<k|uint32(m)&(1<<k-1), uint(zeros)+1+k)
	default:
		e.zeros(zeros)
		e.w.put(1<<k|uint32(m)&(1<<k-1), 1+k)
	}
}

func (e *lsEncoder) zeros(n int) {
	for ; n > 32; n -= 32 {
		e.w.put(0, 32)
	}
	e.w.put(0, uint(n))
}

// run writes the length of a run (A.7.1), and tells whether a sample that ends it follows.
func (e *lsEncoder) run(component, n int, toEnd bool) bool {
	index := &e.runIndex[component]
	for n >= 1<<lsRunOrder[*index] {
		e.w.put(1, 1)
		n -= 1 << lsRunOrder[*index]
		*index = min(*index+1, 31)
	}
	if toEnd {
		if n > 0 {
			e.w.put(1, 1)
		}
		return false
	}
	e.w.put(uint32(n), lsRunOrder[*index]+1)
	return true
}

// interruption encodes the sample that ends a run (A.7.2) and gives it as it will be decoded.
func (e *lsEncoder) interruption(component, kind, a, b, x int) int {
	px, sign := b, 1
	switch {
	case kind == 1:
		px = a
	case a > b:
		sign = -1
	}
	err := sign * (x - px)
	if e.near > 0 {
		err = e.quantiseError(err)
		x = min(max(px+sign*err*(2*e.near+1), 0), e.maxVal)
	}
	err = e.modulo(err)
	ctx := &e.runs[kind]
	k := ctx.runGolomb(kind)
	m := 2*abs(err) - kind
	switch { // A.22: the sign that is met more often gets the even numbers
	case k == 0 && err > 0 && 2*ctx.c < ctx.n, err < 0 && 2*ctx.c >= ctx.n, err < 0 && k != 0:
		m--
	}
	ctx.updateRun(err, m, kind, e.resetAt)
	e.golombCode(m, k, e.limit-int(lsRunOrder[e.runIndex[component]])-1)
	return x
}
