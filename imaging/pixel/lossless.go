package pixel

import "slices"

// huffman is a table of ISO 10918-1 annex C, looked up by the next 8 bits, longer codes by comparison.
type huffman struct {
	fast    [256]uint16 // length<<8 | symbol, 0 when the code is longer
	maxCode [18]int32   // by length, -1 when there is none
	delta   [18]int32   // symbols[code+delta]
	symbols []byte
}

// newHuffman reads a table of a DHT segment and gives what follows it.
func newHuffman(b []byte) (*huffman, []byte, error) {
	if len(b) < 16 {
		return nil, nil, invalid("a Huffman table is cut short")
	}
	total := 0
	for _, n := range b[:16] {
		total += int(n)
	}
	if total == 0 || total > 256 || len(b) < 16+total {
		return nil, nil, invalid("a Huffman table of %d codes", total)
	}
	h := &huffman{symbols: b[16 : 16+total]}
	code, k := int32(0), int32(0)
	for length := 1; length <= 16; length++ {
		n := int32(b[length-1])
		h.maxCode[length] = -1
		if n > 0 {
			if code+n > 1<<length {
				return nil, nil, invalid("a Huffman table with too many codes")
			}
			h.delta[length] = k - code
			for i := range n {
				h.short(code+i, length, h.symbols[k+i])
			}
			k += n
			code += n
			h.maxCode[length] = code - 1
		}
		code <<= 1
	}
	return h, b[16+total:], nil
}

func (h *huffman) short(code int32, length int, symbol byte) {
	if length > 8 {
		return
	}
	first := code << (8 - length)
	for i := range int32(1) << (8 - length) {
		h.fast[first+i] = uint16(length)<<8 | uint16(symbol)
	}
}

// decode reads one symbol, or -1 where no code is.
func (h *huffman) decode(r *bitReader) int {
	v := r.peek(16)
	if f := h.fast[v>>8]; f != 0 {
		r.skip(uint(f >> 8))
		return int(f & 0xFF)
	}
	for length := 9; length <= 16; length++ {
		code := int32(v >> (16 - length))
		if code <= h.maxCode[length] {
			r.skip(uint(length))
			return int(h.symbols[code+h.delta[length]])
		}
	}
	return -1
}

// lossless decodes ISO 10918-1 annex H: JPEG processes 14 and, with selection value 1, the one that DICOM calls SV1.
type lossless struct {
	h       *jpegHeader
	tables  [4]*huffman
	restart int
	out     []uint16 // samples by pixel
	done    int      // components decoded
}

func decodeLossless(h *jpegHeader, data []byte) ([]uint16, error) {
	for _, c := range h.components {
		if c.h != h.components[0].h || c.v != h.components[0].v {
			return nil, invalid("lossless JPEG with subsampled components")
		}
	}
	if h.precision < 2 || h.precision > 16 {
		return nil, invalid("lossless JPEG of %d bits", h.precision)
	}
	d := &lossless{h: h, out: make([]uint16, h.rows*h.cols*len(h.components))}
	rest := data
	for d.done < len(h.components) {
		var scan []byte
		var err error
		rest, err = jpegSegments(rest, func(marker byte, body []byte) (bool, error) {
			if marker == mSOS {
				scan = body
				return true, nil
			}
			return marker == mEOI, d.segment(marker, body)
		})
		if err != nil {
			return nil, err
		}
		r := &bitReader{data: rest}
		if err := d.scan(scan, r); err != nil {
			return nil, err
		}
		rest = nextScan(rest, r.pos)
	}
	return d.out, nil
}

// nextScan makes what follows a scan look like the start of a stream.
func nextScan(data []byte, pos int) []byte {
	for pos+1 < len(data) && (data[pos] != 0xFF || data[pos+1] < mSOF0 || data[pos+1] == 0xFF) {
		pos++
	}
	return append([]byte{0xFF, mSOI}, data[min(pos, len(data)):]...)
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
	components []int // positions in the frame header
	tables     []*huffman
	predictor  int
	shift      uint
}

func (d *lossless) scanHeader(b []byte) (*losslessScan, error) {
	if len(b) < 1 || len(b) < 4+2*int(b[0]) || b[0] == 0 || int(b[0]) > len(d.h.components) {
		return nil, invalid("a damaged JPEG scan header")
	}
	n := int(b[0])
	s := &losslessScan{predictor: int(b[1+2*n]), shift: uint(b[3+2*n] & 0xF)}
	for i := range n {
		id, table := b[1+2*i], d.tables[b[2+2*i]>>4&3]
		at := -1
		for k, c := range d.h.components {
			if c.id == id {
				at = k
			}
		}
		if at < 0 || table == nil {
			return nil, invalid("a JPEG scan of an unknown component or table")
		}
		s.components = append(s.components, at)
		s.tables = append(s.tables, table)
	}
	if s.predictor < 1 || s.predictor > 7 || int(s.shift) >= d.h.precision {
		return nil, invalid("predictor %d and point transform %d of lossless JPEG", s.predictor, s.shift)
	}
	d.done += n
	return s, nil
}

func (d *lossless) scan(header []byte, r *bitReader) error {
	s, err := d.scanHeader(header)
	if err != nil {
		return err
	}
	cols, stride := d.h.cols, len(d.h.components)
	initial := uint16(1) << (d.h.precision - int(s.shift) - 1)
	left := d.restart
	first := true // the line after the start or a restart predicts from the left alone (H.1.2.1)
	for y := range d.h.rows {
		for x := range cols {
			if d.restart > 0 && left == 0 {
				if err := restart(r); err != nil {
					return err
				}
				left, first = d.restart, true
				if x > 0 {
					return invalid("a restart inside a line of lossless JPEG")
				}
			}
			left--
			for i, c := range s.components {
				at := (y*cols+x)*stride + c
				p := initial
				switch {
				case x > 0 && first:
					p = d.out[at-stride]
				case first:
				case x == 0:
					p = d.out[at-cols*stride]
				default:
					p = predict(s.predictor, d.out[at-stride], d.out[at-cols*stride], d.out[at-(cols+1)*stride])
				}
				diff, ok := difference(s.tables[i], r)
				if !ok {
					return invalid("a code that is not in the Huffman table")
				}
				d.out[at] = p + diff
			}
		}
		first = false
		if r.overrun() {
			return invalid("the codestream ends early")
		}
	}
	if s.shift > 0 {
		for i := range d.out {
			if slices.Contains(s.components, i%stride) {
				d.out[i] <<= s.shift
			}
		}
	}
	return nil
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

// difference reads a Huffman coded difference (H.1.2.2), modulo 2^16.
func difference(h *huffman, r *bitReader) (uint16, bool) {
	n := h.decode(r)
	switch {
	case n < 0 || n > 16:
		return 0, false
	case n == 0:
		return 0, true
	case n == 16:
		return 1 << 15, true
	}
	v := r.read(uint(n))
	if v < 1<<(n-1) {
		return uint16(v) - uint16(1<<n-1), true
	}
	return uint16(v), true
}

// restart passes over an RST marker and starts reading bits anew.
func restart(r *bitReader) error {
	for r.pos+1 < len(r.data) {
		if r.data[r.pos] == 0xFF && r.data[r.pos+1] >= mRST0 && r.data[r.pos+1] <= mRST7 {
			*r = bitReader{data: r.data, pos: r.pos + 2, ls: r.ls}
			return nil
		}
		if r.data[r.pos] == 0xFF && r.data[r.pos+1] != 0 && r.data[r.pos+1] != 0xFF {
			break
		}
		r.pos++
	}
	return invalid("a restart marker is missing")
}
