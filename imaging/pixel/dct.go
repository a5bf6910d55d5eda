package pixel

// dctFrame decodes the processes of ISO 10918-1 that use the DCT and Huffman codes, of 8 and of 12 bits: baseline and extended sequential
// (annex F), and progressive (annex G). The coefficients of the whole frame are kept, two bytes each; samples take their place.
type dctFrame struct {
	h           *jpegHeader
	rows, cols  int
	maxH, maxV  int
	components  []dctComponent
	quant       [4]*[64]int32 // in zigzag order
	dc, ac      [4]*huffman
	restart     int // MCUs, 0: none
	progressive bool
	scans       int
}

// dctComponent is one component: its own size, and blocks of 64 coefficients by line of blocks, filled up to whole MCUs.
type dctComponent struct {
	jpegComponent
	width, height int
	across, down  int // blocks
	blocks        []int16
	quant         *[64]int32 // as it was at the first scan of the component
}

// maxScans bounds the work that a small progressive codestream can ask for.
const maxScans = 100

// zigzag gives the place of the coefficients in their block (figure A.6).
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

// decodeDCT reads all scans and turns the coefficients into samples.
func decodeDCT(h *jpegHeader, data []byte, rows, cols int) (*dctFrame, error) {
	d := &dctFrame{h: h, rows: rows, cols: cols, progressive: h.process == mSOF2}
	if err := d.layout(); err != nil {
		return nil, err
	}
	s, err := openMarkers(data)
	if err != nil {
		return nil, err
	}
	for d.progressive || !d.complete() {
		marker, body, err := s.next()
		if err != nil {
			return nil, err
		}
		switch marker {
		case mEOI:
			if !d.complete() {
				return nil, truncated("the components")
			}
			d.progressive = false
		case mSOS:
			r := &bitReader{data: data, pos: s.pos}
			if err := d.scan(body, r); err != nil {
				return nil, err
			}
			s.skip(r.pos)
			if err := s.lines(h, rows); err != nil {
				return nil, err
			}
		default:
			if err := d.segment(marker, body); err != nil {
				return nil, err
			}
		}
	}
	for i := range d.components {
		d.components[i].transform(h.precision)
	}
	return d, nil
}

// layout takes memory for the coefficients (A.1.1, A.2).
func (d *dctFrame) layout() error {
	for _, c := range d.h.components {
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 {
			return invalid("JPEG sampling factors %d by %d", c.h, c.v)
		}
		d.maxH, d.maxV = max(d.maxH, int(c.h)), max(d.maxV, int(c.v))
	}
	mcusAcross, mcusDown := d.mcus()
	for _, c := range d.h.components {
		h, v := int(c.h), int(c.v)
		n := dctComponent{jpegComponent: c, width: ceil(d.cols*h, d.maxH), height: ceil(d.rows*v, d.maxV), across: mcusAcross * h, down: mcusDown * v}
		n.blocks = make([]int16, 64*n.across*n.down)
		d.components = append(d.components, n)
	}
	return nil
}

func ceil(a, b int) int { return (a + b - 1) / b }

func (d *dctFrame) mcus() (across, down int) { return ceil(d.cols, 8*d.maxH), ceil(d.rows, 8*d.maxV) }

func (d *dctFrame) complete() bool {
	for i := range d.components {
		if d.components[i].quant == nil {
			return false
		}
	}
	return true
}

// segment reads tables (B.2.4).
func (d *dctFrame) segment(marker byte, b []byte) error {
	switch marker {
	case mDHT:
		for len(b) > 0 {
			class, id := b[0]>>4, b[0]&0xF
			if class > 1 || id > 3 {
				return invalid("Huffman table %d of class %d", id, class)
			}
			table, rest, err := newHuffman(b[1:])
			if err != nil {
				return err
			}
			if b = rest; class == 0 {
				d.dc[id] = table
			} else {
				d.ac[id] = table
			}
		}
	case mDQT:
		return d.quantisation(b)
	case mDRI:
		if len(b) < 2 {
			return invalid("a damaged restart interval")
		}
		d.restart = int(b[0])<<8 | int(b[1])
	}
	return nil
}

func (d *dctFrame) quantisation(b []byte) error {
	for len(b) > 0 {
		wide, id := int(b[0]>>4), b[0]&0xF
		if wide > 1 || id > 3 || len(b) < 1+64*(1+wide) {
			return invalid("a damaged quantisation table")
		}
		table := new([64]int32)
		for i := range table {
			if wide == 1 {
				table[i] = int32(b[1+2*i])<<8 | int32(b[2+2*i])
			} else {
				table[i] = int32(b[1+i])
			}
		}
		d.quant[id] = table
		b = b[1+64*(1+wide):]
	}
	return nil
}

// Fixed-point constants of the inverse DCT: cosines and their sums, with 13 bits of fraction.
const (
	fix0298 = 2446
	fix0390 = 3196
	fix0541 = 4433
	fix0765 = 6270
	fix0899 = 7373
	fix1175 = 9633
	fix1501 = 12299
	fix1847 = 15137
	fix1961 = 16069
	fix2053 = 16819
	fix2562 = 20995
	fix3072 = 25172
)

// transform replaces the coefficients of a component by samples.
func (c *dctComponent) transform(precision int) {
	q := [64]int32{}
	for i, v := range c.quant {
		q[zigzag[i]] = v
	}
	extra := uint(2) // bits of fraction between the passes, as many as 32 bits have room for
	if precision > 8 {
		extra = 1
	}
	top := int32(1)<<precision - 1
	for b := c.blocks; len(b) >= 64; b = b[64:] {
		inverseDCT((*[64]int16)(b), &q, extra, top)
	}
}

// inverseDCT is the algorithm of Loeffler, Ligtenberg and Moschytz (1989) with 11 multiplications, columns first, then lines. Its rounding is
// that of the reference software everyone uses ("islow"), so that all decoders agree on every pixel.
func inverseDCT(block *[64]int16, q *[64]int32, extra uint, top int32) {
	var w [64]int32
	for x := range 8 {
		if block[8+x]|block[16+x]|block[24+x]|block[32+x]|block[40+x]|block[48+x]|block[56+x] == 0 {
			v := int32(block[x]) * q[x] << extra
			for y := range 8 {
				w[8*y+x] = v
			}
			continue
		}
		var in [8]int32
		for y := range 8 {
			in[y] = int32(block[8*y+x]) * q[8*y+x]
		}
		out := pass(&in, 13-extra)
		for y := range 8 {
			w[8*y+x] = out[y]
		}
	}
	center := (top + 1) / 2
	for y := range 8 {
		out := pass((*[8]int32)(w[8*y:]), 13+extra+3)
		line := block[8*y : 8*y+8]
		for x, v := range out {
			line[x] = int16(min(max(v+center, 0), top))
		}
	}
}

// pass transforms eight values, and takes shift bits of fraction away.
func pass(in *[8]int32, shift uint) (out [8]int32) {
	// Even part: rotate 2 and 6, add 0 and 4.
	z := (in[2] + in[6]) * fix0541
	e2, e3 := z-in[6]*fix1847, z+in[2]*fix0765
	e0, e1 := (in[0]+in[4])<<13, (in[0]-in[4])<<13
	a0, a3, a1, a2 := e0+e3, e0-e3, e1+e2, e1-e2

	// Odd part.
	o0, o1, o2, o3 := in[7], in[5], in[3], in[1]
	z1, z2, z3, z4 := o0+o3, o1+o2, o0+o2, o1+o3
	z5 := (z3 + z4) * fix1175
	z1, z2 = -z1*fix0899, -z2*fix2562
	z3, z4 = -z3*fix1961+z5, -z4*fix0390+z5
	o0 = o0*fix0298 + z1 + z3
	o1 = o1*fix2053 + z2 + z4
	o2 = o2*fix3072 + z2 + z3
	o3 = o3*fix1501 + z1 + z4

	half := int32(1) << (shift - 1)
	out[0], out[7] = (a0+o3+half)>>shift, (a0-o3+half)>>shift
	out[1], out[6] = (a1+o2+half)>>shift, (a1-o2+half)>>shift
	out[2], out[5] = (a2+o1+half)>>shift, (a2-o1+half)>>shift
	out[3], out[4] = (a3+o0+half)>>shift, (a3-o0+half)>>shift
	return out
}
