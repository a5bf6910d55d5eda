package pixel

// lossless decodes ISO 10918-1 annex H: JPEG processes 14 and, with selection value 1, the one that DICOM calls SV1.
type lossless struct {
	h       *jpegHeader
	out     raster
	tables  [4]*huffman
	restart int // MCUs, 0: none
	done    int // components decoded
}

func decodeLossless(h *jpegHeader, data []byte, out raster) error {
	for _, c := range h.components {
		if c.h != h.components[0].h || c.v != h.components[0].v {
			return invalid("lossless JPEG with subsampled components")
		}
	}
	if h.precision < 2 || h.precision > 16 {
		return invalid("lossless JPEG of %d bits", h.precision)
	}
	d := &lossless{h: h, out: out}
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
			r := &bitReader{data: data, pos: s.pos}
			if err := d.scan(body, r); err != nil {
				return err
			}
			s.skip(r.pos)
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

func (d *lossless) segment(marker byte, b []byte) error {
	switch marker {
	case mDHT:
		for len(b) > 0 {
			id := b[0] & 0xF
			if id > 3 {
				return invalid("Huffman table %d", id)
			}
			var err error
			if d.tables[id], b, err = newHuffman(b[1:]); err != nil {
				return err
			}
		}
	case mDRI:
		if len(b) < 2 {
			return invalid("a damaged restart interval")
		}
		d.restart = int(b[0])<<8 | int(b[1])
	}
	return nil
}

// losslessScan is the header of a scan (ISO 10918-1 B.2.3): Ss selects the predictor, Al is the point transform.
type losslessScan struct {
	first, n  int
	tables    [4]*huffman // by component of the scan
	predictor int
	shift     uint
}

func (d *lossless) scanHeader(b []byte) (*losslessScan, error) {
	first, n, rest, err := d.h.scanComponents(b)
	if err != nil {
		return nil, err
	}
	s := &losslessScan{first: first, n: n, predictor: int(rest[0]), shift: uint(rest[2] & 0xF)}
	for i := range n {
		if s.tables[i] = d.tables[b[2+2*i]>>4&3]; s.tables[i] == nil {
			return nil, invalid("a JPEG scan without its Huffman table")
		}
	}
	if s.predictor < 1 || s.predictor > 7 || int(s.shift) >= d.h.precision {
		return nil, invalid("predictor %d and point transform %d of lossless JPEG", s.predictor, s.shift)
	}
	if d.restart%d.out.cols != 0 {
		return nil, invalid("a restart inside a line of lossless JPEG") // H.1.1
	}
	d.done += n
	return s, nil
}

func (d *lossless) scan(header []byte, r *bitReader) error {
	s, err := d.scanHeader(header)
	if err != nil {
		return err
	}
	width := d.out.cols * s.n
	buffer := make([]uint16, 2*width)
	above, line := buffer[:width], buffer[width:]
	initial := uint16(1) << (d.h.precision - int(s.shift) - 1)
	interval := d.restart / d.out.cols
	for y := range d.out.rows {
		first := y == 0
		if interval > 0 && y > 0 && y%interval == 0 {
			if err := r.restart(); err != nil {
				return err
			}
			first = true
		}
		if !s.differences(r, line) {
			return invalid("a code that is not in the Huffman table")
		}
		if r.overrun() {
			return truncated("a scan of lossless JPEG")
		}
		if first {
			addFirst(line, s.n, initial)
		} else {
			add(s.predictor, line, above, s.n)
		}
		d.out.storeShifted(y, s.first, s.n, line, above, s.shift)
		above, line = line, above
	}
	return nil
}

// storeShifted undoes the point transform. The line above is not needed any more, and holds the result.
func (p *raster) storeShifted(y, first, n int, line, above []uint16, shift uint) {
	if shift > 0 {
		for i, v := range line {
			above[i] = v << shift
		}
		line = above
	}
	p.store(y, first, n, line)
}

// differences reads the Huffman coded differences of a line (H.1.2.2), modulo 2^16. It gives false where no code is.
func (s *losslessScan) differences(r *bitReader, line []uint16) bool {
	for x := 0; x < len(line); {
		for _, table := range s.tables[:s.n] {
			if r.n < 32 {
				r.fill()
			}
			entry := uint(table.fast[r.acc>>(64-fastBits)])
			category, length := entry&0xFF, entry>>8
			if entry == 0 {
				v := table.long(r)
				if v < 0 {
					return false
				}
				category = uint(v)
			}
			r.acc <<= length
			r.n -= length
			switch {
			case category < 16: // none too: 0
				negative := ^uint16(int64(r.acc) >> 63) // the first bit is 0
				line[x] = uint16(r.acc>>1>>(63-category)) - negative&(1<<category-1)
				r.acc <<= category
				r.n -= category
			case category == 16:
				line[x] = 1 << 15
			default:
				return false
			}
			x++
		}
	}
	return true
}

// addFirst turns the differences of the first line of an interval, which is predicted from the left alone (H.1.2.1), into samples.
func addFirst(line []uint16, n int, initial uint16) {
	for i := range line[:n] {
		line[i] += initial
	}
	for i := n; i < len(line); i++ {
		line[i] += line[i-n]
	}
}

// add turns the differences of another line into samples.
func add(predictor int, line, above []uint16, n int) {
	above = above[:len(line)]
	for i := range line[:n] {
		line[i] += above[i]
	}
	if predictor == 1 {
		for i := n; i < len(line); i++ {
			line[i] += line[i-n]
		}
		return
	}
	for i := n; i < len(line); i++ {
		line[i] += predict(predictor, line[i-n], above[i], above[i-n])
	}
}

// predict is table H.1: a left, b above, c above left.
func predict(selection int, a, b, c uint16) uint16 {
	switch selection {
	case 1:
		return a
	case 2:
		return b
	case 3:
		return c
	case 4:
		return a + b - c
	case 5:
		return a + uint16((int32(b)-int32(c))>>1)
	case 6:
		return b + uint16((int32(a)-int32(c))>>1)
	}
	return uint16((uint32(a) + uint32(b)) >> 1)
}
