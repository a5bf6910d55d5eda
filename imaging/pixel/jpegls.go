package pixel

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
