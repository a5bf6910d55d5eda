package pixel

// dctScan is one scan: its header (ISO 10918-1 B.2.3), and the state of the entropy decoder.
type dctScan struct {
	first, n   int
	dc, ac     [4]*huffman // by component of the scan
	start, end int         // band of coefficients, in zigzag order
	high, low  uint        // successive approximation
	r          *bitReader
	prediction [4]int32
	eobRun     int
	block      func(s *dctScan, c int, b *[64]int16) bool // false: a code that is none
}

func (d *dctFrame) scanHeader(b []byte, r *bitReader) (*dctScan, error) {
	first, n, rest, err := d.h.scanComponents(b)
	if err != nil {
		return nil, err
	}
	s := &dctScan{first: first, n: n, start: int(rest[0]), end: int(rest[1]), high: uint(rest[2] >> 4), low: uint(rest[2] & 0xF), r: r}
	if d.scans++; d.scans > maxScans {
		return nil, invalid("a JPEG of more than %d scans", maxScans)
	}
	if !d.progressive {
		s.start, s.end, s.high, s.low, s.block = 0, 63, 0, 0, (*dctScan).sequential
	} else if err := s.choose(); err != nil {
		return nil, err
	}
	for i := range n {
		s.dc[i], s.ac[i] = d.dc[b[2+2*i]>>4&3], d.ac[b[2+2*i]&3]
		if s.start == 0 && s.high == 0 && s.dc[i] == nil || s.end > 0 && s.ac[i] == nil {
			return nil, invalid("a JPEG scan without its Huffman table")
		}
		c := &d.components[first+i]
		if c.quant == nil {
			if c.quant = d.quant[c.table&3]; c.quant == nil {
				return nil, invalid("a JPEG scan without its quantisation table")
			}
		}
	}
	return s, nil
}

// choose takes the procedure of a progressive scan (G.1.1.1).
func (s *dctScan) choose() error {
	switch {
	case s.start > s.end || s.end > 63 || s.low > 13 || s.high > 13 || s.start == 0 && s.end > 0 || s.start > 0 && s.n > 1:
		return invalid("a JPEG scan of coefficients %d to %d", s.start, s.end)
	case s.start == 0 && s.high == 0:
		s.block = (*dctScan).dcFirst
	case s.start == 0:
		s.block = (*dctScan).dcRefine
	case s.high == 0:
		s.block = (*dctScan).acFirst
	default:
		s.block = (*dctScan).acRefine
	}
	return nil
}

// scan decodes the MCUs of a scan (A.2): of one component its blocks line by line, of several so many of each.
func (d *dctFrame) scan(header []byte, r *bitReader) error {
	s, err := d.scanHeader(header, r)
	if err != nil {
		return err
	}
	across, down := d.mcus()
	if s.n == 1 {
		c := &d.components[s.first]
		across, down = ceil(c.width, 8), ceil(c.height, 8)
	}
	left := d.restart
	for y := range down {
		for x := range across {
			if d.restart > 0 && left == 0 {
				if err := r.restart(); err != nil {
					return err
				}
				s.prediction, s.eobRun, left = [4]int32{}, 0, d.restart
			}
			left--
			if !d.mcu(s, y, x) {
				if r.overrun() {
					break
				}
				return invalid("a code that is not in the Huffman table")
			}
		}
		if r.overrun() {
			return truncated("a scan of JPEG")
		}
	}
	return nil
}

func (d *dctFrame) mcu(s *dctScan, y, x int) bool {
	if s.n == 1 {
		c := &d.components[s.first]
		return s.block(s, 0, (*[64]int16)(c.blocks[64*(y*c.across+x):]))
	}
	for i := range s.n {
		c := &d.components[s.first+i]
		h, v := int(c.h), int(c.v)
		for k := range h * v {
			if !s.block(s, i, (*[64]int16)(c.blocks[64*((y*v+k/h)*c.across+x*h+k%h):])) {
				return false
			}
		}
	}
	return true
}

// receive reads a value of up to 16 bits and extends its sign (F.2.2.1).
func (r *bitReader) receive(n uint) int32 {
	negative := ^int32(int64(r.acc) >> 63) // the first bit is 0
	v := int32(r.acc>>1>>(63-n)) - negative&(1<<n-1)
	r.acc <<= n
	r.n -= n
	return v
}

// difference reads the change of a DC coefficient.
func (s *dctScan) difference(c int) bool {
	n := s.dc[c].decode(s.r)
	if n < 0 || n > 16 {
		return false
	}
	if s.r.n < 16 {
		s.r.fill()
	}
	s.prediction[c] += s.r.receive(uint(n))
	return true
}

// sequential decodes a whole block (F.2.2).
func (s *dctScan) sequential(c int, b *[64]int16) bool {
	if !s.difference(c) {
		return false
	}
	b[0] = int16(s.prediction[c])
	r, table := s.r, s.ac[c]
	for k := uint(1); k < 64; k++ {
		if r.n < 32 {
			r.fill()
		}
		symbol := table.decode(r)
		if symbol < 0 {
			return false
		}
		run, size := uint(symbol)>>4, uint(symbol)&15
		if size == 0 {
			if run < 15 {
				return true
			}
			k += 15
			continue
		}
		if k += run; k > 63 {
			return false
		}
		b[zigzag[k]] = int16(r.receive(size))
	}
	return true
}

// dcFirst decodes the upper bits of a DC coefficient (G.1.2.1).
func (s *dctScan) dcFirst(c int, b *[64]int16) bool {
	ok := s.difference(c)
	b[0] = int16(s.prediction[c] << s.low)
	return ok
}

func (s *dctScan) dcRefine(_ int, b *[64]int16) bool {
	b[0] |= int16(s.r.read(1) << s.low)
	return true
}

// acFirst decodes the upper bits of a band (G.1.2.2).
func (s *dctScan) acFirst(c int, b *[64]int16) bool {
	if s.eobRun > 0 {
		s.eobRun--
		return true
	}
	for k := s.start; k <= s.end; k++ {
		if s.r.n < 32 {
			s.r.fill()
		}
		symbol := s.ac[c].decode(s.r)
		if symbol < 0 {
			return false
		}
		run, size := symbol>>4, uint(symbol)&15
		if size == 0 {
			if run < 15 {
				s.endOfBand(run)
				s.eobRun--
				return true
			}
			k += 15
			continue
		}
		if k += run; k > s.end {
			return false
		}
		b[zigzag[k]] = int16(s.r.receive(size) << s.low)
	}
	return true
}

// endOfBand reads for how many blocks, this one among them, nothing more comes.
func (s *dctScan) endOfBand(run int) {
	s.eobRun = 1 << run
	if run > 0 {
		s.eobRun += int(s.r.read(uint(run)))
	}
}

// acRefine decodes one more bit of a band (G.1.2.3): of coefficients that are known a correction, between them new ones.
func (s *dctScan) acRefine(c int, b *[64]int16) bool {
	k := s.start
	for s.eobRun == 0 && k <= s.end {
		symbol := s.ac[c].decode(s.r)
		if symbol < 0 || symbol&15 > 1 {
			return false
		}
		run, value := symbol>>4, int16(0)
		switch {
		case symbol&15 == 1:
			value = int16(1) << s.low
			if s.r.read(1) == 0 {
				value = -value
			}
		case run < 15:
			s.endOfBand(run)
			continue
		}
		k = s.refine(b, k, run)
		if k <= s.end && value != 0 {
			b[zigzag[k]] = value
		}
		k++
	}
	if s.eobRun > 0 {
		s.refine(b, k, 64)
		s.eobRun--
	}
	return true
}

// refine corrects coefficients from k on, until it has passed so many that are zero and stands on another.
func (s *dctScan) refine(b *[64]int16, k, zeros int) int {
	bit := int16(1) << s.low
	for ; k <= s.end; k++ {
		v := &b[zigzag[k]]
		switch {
		case *v == 0:
			if zeros == 0 {
				return k
			}
			zeros--
		case s.r.read(1) == 0:
		case *v > 0 && *v&bit == 0:
			*v += bit
		case *v < 0 && -*v&bit == 0:
			*v -= bit
		}
	}
	return k
}
