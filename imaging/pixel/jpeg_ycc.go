package pixel

// yccTables turn red, green and blue into luminance and the two colour differences (PS3.3 C.7.6.3.1.2 YBR_FULL) with three looks and
// two sums: a sum of entries holds all three, 21 bits each, the luminance lowest. Of each, the lowest 10 bits stand behind the point.
// There is room for the sum of four pixels.
type yccTables struct{ r, g, b [256]int64 }

const (
	yccPoint = 10
	yccLane  = 21
	yccMask  = 1<<yccLane - 1
)

func newYCCTables() *yccTables {
	entry := func(v int, y, cb, cr float64) int64 {
		lane := func(weight float64) int64 {
			x := weight * float64(v) * (1 << yccPoint)
			if x < 0 {
				return -int64(0.5 - x)
			}
			return int64(x + 0.5)
		}
		return lane(y) + lane(cb)<<yccLane + lane(cr)<<(2*yccLane)
	}
	t := new(yccTables)
	// The zero of the differences is 128. Their rounding is done when four pixels are averaged.
	const half, zero = 1 << (yccPoint - 1), 128 << yccPoint
	for v := range 256 {
		t.r[v] = entry(v, 0.299, -0.168736, 0.5) + half + zero<<yccLane + zero<<(2*yccLane)
		t.g[v] = entry(v, 0.587, -0.331264, -0.418688)
		t.b[v] = entry(v, 0.114, 0.5, -0.081312)
	}
	return t
}

// colourLine writes the MCUs of 16 lines of a picture in colour.
func (s *jpegPart) colourLine(p *jpegPlan, y int) {
	s.separate(p, y)
	w := s.lumaW
	for x := 0; x < w; x += 16 {
		for v := range 2 {
			s.blocks(p, s.y[8*v*w+x:], w, 16, 0, 0)
		}
		s.blocks(p, s.cb[x/2:], w/2, 8, 1, 1)
		s.blocks(p, s.cr[x/2:], w/2, 8, 2, 1)
	}
}

// separate fills the planes of 16 lines, pixels beyond the edge like those at it.
func (s *jpegPart) separate(p *jpegPlan, y int) {
	w := (p.size.X + 15) &^ 15
	if s.lumaW = w; len(s.y) < 16*w {
		s.y, s.cb, s.cr = make([]byte, 16*w), make([]byte, 4*w), make([]byte, 4*w)
	}
	for v := 0; v < 16; v += 2 {
		upper := p.colour.Pix[min(y+v, p.size.Y-1)*p.colour.Stride:][:4*p.size.X]
		lower := p.colour.Pix[min(y+v+1, p.size.Y-1)*p.colour.Stride:][:4*p.size.X]
		s.pair(p.ycc, upper, lower, v)
	}
}

// pair fills two lines of luminance and one of each difference.
func (s *jpegPart) pair(t *yccTables, upper, lower []byte, v int) {
	w := s.lumaW
	y0, y1, cb, cr := s.y[v*w:][:w], s.y[(v+1)*w:][:w], s.cb[v/2*(w/2):][:w/2], s.cr[v/2*(w/2):][:w/2]
	const rounding = 1 << (yccPoint + 1)
	n := len(upper) / 4
	for x := range cb {
		l, r := 4*min(2*x, n-1), 4*min(2*x+1, n-1)
		a, b := upper[l:l+3:l+3], upper[r:r+3:r+3]
		c, d := lower[l:l+3:l+3], lower[r:r+3:r+3]
		s0, s1 := t.r[a[0]]+t.g[a[1]]+t.b[a[2]], t.r[b[0]]+t.g[b[1]]+t.b[b[2]]
		s2, s3 := t.r[c[0]]+t.g[c[1]]+t.b[c[2]], t.r[d[0]]+t.g[d[1]]+t.b[d[2]]
		y0[2*x], y0[2*x+1] = byte(s0>>yccPoint), byte(s1>>yccPoint)
		y1[2*x], y1[2*x+1] = byte(s2>>yccPoint), byte(s3>>yccPoint)
		sum := s0 + s1 + s2 + s3
		cb[x] = byte(min((sum>>yccLane&yccMask+rounding)>>(yccPoint+2), 255))
		cr[x] = byte(min((sum>>(2*yccLane)+rounding)>>(yccPoint+2), 255))
	}
}
