package pixel

import (
	"math/bits"

	"yilian/imaging/dicom"
)

// lsDecoder decodes ISO 14495-1, lossless and near-lossless, in all three interleave modes. Mapping tables are refused.
type lsDecoder struct {
	lsModel
	h       *jpegHeader
	r       bitReader
	presets lsParams
	restart int // lines, 0: none
	out     raster
	done    int  // components decoded
	damaged bool // a code that no encoder writes was met
}

func decodeLS(h *jpegHeader, data []byte, out raster) error {
	if h.precision < 2 || h.precision > 16 {
		return invalid("JPEG-LS of %d bits", h.precision)
	}
	for _, c := range h.components {
		if c.h != 1 || c.v != 1 {
			return invalid("JPEG-LS with subsampled components")
		}
	}
	d := &lsDecoder{h: h, out: out}
	s, err := openMarkers(data)
	if err != nil {
		return err
	}
	for d.done < len(h.components) {
		marker, body, err := s.next()
		if err != nil {
			return err
		}
		switch marker {
		case mSOS:
			d.r = bitReader{data: data, pos: s.pos, ls: true}
			if err := d.scan(body); err != nil {
				return err
			}
			s.skip(d.r.pos)
			if err := s.lines(h, out.rows); err != nil {
				return err
			}
		case mEOI:
			return truncated("the components")
		default:
			if err := d.segment(marker, body); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *lsDecoder) segment(marker byte, b []byte) error {
	switch marker {
	case mLSE:
		return d.preset(b)
	case mAPP8:
		if len(b) > 4 && string(b[:4]) == "mrfx" && b[4] != 0 {
			return &UnsupportedError{dicom.JPEGLSLossless, "a colour transformation that JPEG-LS does not have"}
		}
	case mDRI: // of two, three or four bytes (C.2.5)
		if len(b) < 2 || len(b) > 4 {
			return invalid("a damaged restart interval")
		}
		d.restart = 0
		for _, v := range b {
			d.restart = d.restart<<8 | int(v)
		}
	}
	return nil
}

// preset reads an LSE segment (C.2.4.1).
func (d *lsDecoder) preset(b []byte) error {
	if len(b) < 11 || b[0] != 1 {
		return invalid("a JPEG-LS extension that is not read")
	}
	v := func(i int) int { return int(b[1+2*i])<<8 | int(b[2+2*i]) }
	d.presets = lsParams{maxVal: v(0), t1: v(1), t2: v(2), t3: v(3), resetAt: v(4)}
	return nil
}

// header reads that of a scan (C.2.3).
func (d *lsDecoder) header(b []byte) (lsScan, error) {
	first, n, rest, err := d.h.scanComponents(b)
	if err != nil {
		return lsScan{}, err
	}
	s := lsScan{first: first, n: n, near: int(rest[0]), mode: int(rest[1])}
	for i := range n {
		if b[2+2*i] != 0 {
			return s, invalid("JPEG-LS with a mapping table")
		}
	}
	if s.mode > ilvSample || s.mode == ilvPlane && n != 1 || rest[2] != 0 {
		return s, invalid("a JPEG-LS scan of %d components in interleave mode %d with point transform %d", n, s.mode, rest[2])
	}
	p := d.presets
	p.near = s.near
	if err := p.derive(d.h.precision); err != nil {
		return s, err
	}
	d.begin(p)
	return s, nil
}

// scan decodes all lines of a scan.
func (d *lsDecoder) scan(b []byte) error {
	s, err := d.header(b)
	if err != nil {
		return err
	}
	d.done += s.n
	var planes []*lsLines
	if s.mode == ilvSample && s.n > 1 {
		planes = append(planes, newLSLines(s.n, d.out.cols))
	} else {
		for range s.n {
			planes = append(planes, newLSLines(1, d.out.cols))
		}
	}
	for y := range d.out.rows {
		if d.restart > 0 && y > 0 && y%d.restart == 0 {
			if err := d.r.restart(); err != nil {
				return err
			}
			d.reset()
			for _, p := range planes {
				p.clear()
			}
		}
		for i, p := range planes {
			p.advance()
			if p.n == 1 {
				d.line(i, p.above, p.line)
			} else {
				d.pixels(p)
			}
			d.out.store(y, s.first+i, p.n, p.samples())
		}
		switch {
		case d.r.overrun():
			return truncated("a scan of JPEG-LS")
		case d.damaged:
			return invalid("a JPEG-LS code out of range")
		}
	}
	return nil
}

// line decodes one line of a component (A.3 to A.7).
func (d *lsDecoder) line(component int, above, line []uint16) {
	cols := len(line) - 2
	above = above[:len(line)]
	a, c := int(line[0]), int(above[0])
	b := int(above[1])
	for x := 1; x <= cols; {
		next := int(above[x+1])
		q := d.context(a, b, c, next)
		if q != 0 {
			a = d.regular(q, a, b, c)
			line[x] = uint16(a)
			c, b = b, next
			x++
			continue
		}
		n, more := d.run(component, cols-x+1)
		run := line[x : x+n]
		for i := range run {
			run[i] = uint16(a)
		}
		x += n
		if !more {
			return
		}
		b = int(above[x])
		kind := 0
		if diff := a - b; max(diff, -diff) <= d.near {
			kind = 1
		}
		a = d.interruption(component, kind, a, b)
		line[x] = uint16(a)
		d.runIndex[component] = max(d.runIndex[component]-1, 0)
		x++
		c, b = b, int(above[x])
	}
}

// pixels decodes one line in interleave mode 2: the components of a pixel one after the other, runs for all of them together.
func (d *lsDecoder) pixels(l *lsLines) {
	n, above, line := l.n, l.above, l.line
	var q [4]int
	for x := 1; x <= l.cols; {
		at, flat := x*n, true
		for i := range n {
			q[i] = d.context(int(line[at-n+i]), int(above[at+i]), int(above[at-n+i]), int(above[at+n+i]))
			flat = flat && q[i] == 0
		}
		if !flat {
			for i := range n {
				line[at+i] = uint16(d.regular(q[i], int(line[at-n+i]), int(above[at+i]), int(above[at-n+i])))
			}
			x++
			continue
		}
		run, more := d.run(0, l.cols-x+1)
		for ; run > 0; run-- {
			copy(line[x*n:(x+1)*n], line[(x-1)*n:x*n])
			x++
		}
		if !more {
			return
		}
		for i := range n {
			line[x*n+i] = uint16(d.interruption(0, 0, int(line[(x-1)*n+i]), int(above[x*n+i])))
		}
		d.runIndex[0] = max(d.runIndex[0]-1, 0)
		x++
	}
}

// regular decodes one sample in its context (A.4, A.5, A.6).
func (d *lsDecoder) regular(q, a, b, c int) int {
	sign := q >> 63 // 0, or -1 where the context is turned over
	ctx := &d.contexts[(q^sign)-sign]
	px := min(max(d.predict(a, b, c)+(ctx.c^sign)-sign, 0), d.maxVal)
	k := golomb(ctx.n, ctx.a)
	m := d.golombValue(k, d.limit)
	e := m>>1 ^ -(m & 1)
	if k == 0 && d.near == 0 && 2*ctx.b <= -ctx.n {
		e = ^e // A.5.2: the map is turned over
	}
	ctx.update(e, d.near, d.resetAt)
	e = (e ^ sign) - sign
	if d.near == 0 {
		if v := px + e; uint(v) <= uint(d.maxVal) {
			return v
		}
	}
	return d.reconstruct(px, e)
}

// golombValue reads a limited-length Golomb code (A.5.3).
func (d *lsDecoder) golombValue(k uint, limit int) int {
	if d.r.n < 48 {
		d.r.fill()
	}
	zeros := uint(bits.LeadingZeros64(d.r.acc))
	if zeros+1+k <= d.r.n && int(zeros) < limit-d.qbpp-1 {
		d.r.skip(zeros + 1)
		v := int(zeros)<<k | int(d.r.acc>>1>>(63-k))
		d.r.skip(k)
		if v > 2*d.rng {
			d.damaged = true
			return 0
		}
		return v
	}
	return d.longGolomb(k, limit)
}

// longGolomb reads codes that one look does not show, and the escape.
func (d *lsDecoder) longGolomb(k uint, limit int) int {
	escape := limit - d.qbpp - 1
	zeros := 0
	for zeros < escape && d.r.read(1) == 0 {
		zeros++
	}
	v := 0
	if zeros < escape {
		v = zeros << k
		if k > 0 {
			v |= int(d.r.read(k))
		}
	} else {
		d.r.read(1)
		v = int(d.r.read(uint(d.qbpp))) + 1
	}
	if v > 2*d.rng {
		d.damaged = true
		return 0
	}
	return v
}

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
	if order := lsRunOrder[*index]; order > 0 {
		n += int(d.r.read(order))
	}
	if n >= left { // only damaged data say so
		d.damaged = true
		return left, false
	}
	return n, true
}

// interruption decodes the sample that ends a run (A.7.2).
func (d *lsDecoder) interruption(component, kind, a, b int) int {
	ctx := &d.runs[kind]
	k := ctx.runGolomb(kind)
	m := d.golombValue(k, d.limit-int(lsRunOrder[d.runIndex[component]])-1)
	v := m + kind
	e := (v + 1) >> 1
	if (k != 0 || 2*ctx.c >= ctx.n) == (v&1 != 0) {
		e = -e
	}
	ctx.updateRun(e, m, kind, d.resetAt)
	switch {
	case kind == 1:
		return d.reconstruct(a, e)
	case a > b:
		return d.reconstruct(b, -e)
	}
	return d.reconstruct(b, e)
}
