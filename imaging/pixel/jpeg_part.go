package pixel

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"sync"
)

// jpegPart writes the lines of MCUs between two restart markers.
type jpegPart struct {
	out  []byte // its length is that of the room there is
	at   int    // where the next byte goes
	acc  uint64 // n bits that wait, the last of them lowest; what is above them is no matter
	n    uint
	last [3]int32 // DC by component

	q     [64]int16 // of a block, by column
	edge  [64]byte  // a block at the edge of a grey picture
	y     []byte    // the lines of MCUs of a picture in colour
	cb    []byte
	cr    []byte
	lumaW int // length of their lines
}

// jpegParts are used again: what they have written in becomes as large as a part is.
var jpegParts = sync.Pool{New: func() any { return new(jpegPart) }}

// jpegCodes are the Huffman codes by symbol: the code above, its length in the lowest 8 bits.
type jpegCodes [256]uint32

func (h *huffmanCode) packed() (c jpegCodes) {
	for symbol := range c {
		c[symbol] = uint32(h.code[symbol])<<8 | uint32(h.length[symbol])
	}
	return c
}

// write encodes a part, with the marker that follows it.
func (s *jpegPart) write(p *jpegPlan, part int, last bool) {
	s.at, s.acc, s.n, s.last = 0, 0, 0, [3]int32{}
	from, to := 0, p.lines()
	if p.rows > 0 {
		from, to = part*p.rows, min((part+1)*p.rows, to)
	}
	for line := from; line < to; line++ {
		if p.gray != nil {
			s.grayLine(p, 8*line)
		} else {
			s.colourLine(p, 16*line)
		}
	}
	s.finish()
	marker := byte(mRST0 + part%8)
	if last {
		marker = mEOI
	}
	s.out[s.at], s.out[s.at+1] = 0xFF, marker
	s.at += 2
}

// grayLine writes the blocks of eight lines of a grey picture.
func (s *jpegPart) grayLine(p *jpegPlan, y int) {
	img, size := p.gray, p.size
	whole := size.X &^ 7
	if y+8 > size.Y {
		whole = 0
	}
	if whole > 0 {
		s.blocks(p, img.Pix[y*img.Stride:], img.Stride, whole, 0, 0)
	}
	for x := whole; x < size.X; x += 8 {
		for v := range 8 {
			row := img.Pix[min(y+v, size.Y-1)*img.Stride:]
			for u := range 8 {
				s.edge[8*v+u] = row[min(x+u, size.X-1)]
			}
		}
		s.blocks(p, s.edge[:], 8, 8, 0, 0)
	}
}

// blocks writes the blocks of eight lines that begin at pix, with a width that is a multiple of 8.
func (s *jpegPart) blocks(p *jpegPlan, pix []byte, stride, width, component, table int) {
	dc, ac, scale := &p.codes[2*table], &p.codes[2*table+1], &p.scale[table]
	for x := 0; x < width; x += 8 {
		mask := transform(pix[x:], stride, scale, &s.q)
		s.code(dc, ac, component, ordered(mask))
	}
}

// blockRoom is more than what one block can take: 64 codes of up to 16 bits with values of up to 11, and a zero behind every byte.
const blockRoom = 512

// code writes one block (F.1.2): the difference of its first value, then each value that is not zero behind the number of zeros before
// it. The bits of mask tell which these are, in zigzag order.
func (s *jpegPart) code(dc, ac *jpegCodes, component int, mask uint64) {
	if len(s.out)-s.at < blockRoom {
		s.out = slices.Grow(s.out, 4*blockRoom+len(s.out))
		s.out = s.out[:cap(s.out)]
	}
	out, at, acc, n := s.out, s.at, s.acc, s.n // in registers; n is below 32 before each code, which has up to 27 bits with its value
	first := int32(s.q[0])
	code, k := dc.of(0, first-s.last[component])
	s.last[component] = first
	acc, n = acc<<(k&63)|code, n+k
	before := 0
	for rest := mask &^ 1; rest != 0; rest &= rest - 1 {
		here := bits.TrailingZeros64(rest)
		run := here - before - 1
		before = here
		for ; run > 15; run -= 16 {
			if n >= 32 {
				n -= 32
				at = emit(out, at, uint32(acc>>(n&63)))
			}
			acc, n = acc<<(ac[0xF0]&63)|uint64(ac[0xF0]>>8), n+uint(ac[0xF0]&0xFF)
		}
		if n >= 32 {
			n -= 32
			at = emit(out, at, uint32(acc>>(n&63)))
		}
		code, k := ac.of(run<<4, int32(s.q[byColumn[here&63]&63]))
		acc, n = acc<<(k&63)|code, n+k
	}
	if n >= 32 {
		n -= 32
		at = emit(out, at, uint32(acc>>(n&63)))
	}
	if before < 63 { // the last is zero
		acc, n = acc<<(ac[0]&63)|uint64(ac[0]>>8), n+uint(ac[0]&0xFF)
	}
	if n >= 32 {
		n -= 32
		at = emit(out, at, uint32(acc>>(n&63)))
	}
	s.at, s.acc, s.n = at, acc, n
}

// of gives a value behind the code of its size and of the zeros before it.
func (c *jpegCodes) of(zeros int, v int32) (code uint64, length uint) {
	n := uint(magnitude[(v+maxMagnitude)&(2*maxMagnitude-1)])
	e := c[(zeros|int(n))&0xFF]
	return uint64(e>>8)<<(n&31) | uint64(uint32(v+v>>31)&(1<<(n&31)-1)), uint(e&0xFF) + n
}

// emit writes four bytes.
func emit(out []byte, at int, word uint32) int {
	if holdsFF(uint64(word)) {
		return stuff(out, at, word)
	}
	binary.BigEndian.PutUint32(out[at:], word)
	return at + 4
}

// stuff writes four bytes, with a zero behind each FF (F.1.2.3). It is not often needed.
//
//go:noinline
func stuff(out []byte, at int, word uint32) int {
	for shift := 24; shift >= 0; shift -= 8 {
		b := byte(word >> shift)
		out[at] = b
		if at++; b == 0xFF {
			out[at] = 0
			at++
		}
	}
	return at
}

// maxMagnitude is more than any difference of DC (F.1.2.1: 11 bits).
const maxMagnitude = 2048

// magnitude is the number of bits of a value's size (tables F.1 and F.2), by the value and maxMagnitude.
var magnitude = func() (all [2 * maxMagnitude]uint8) {
	for i := range all {
		v := i - maxMagnitude
		all[i] = uint8(bits.Len32(uint32(max(v, -v))))
	}
	return all
}()

// finish fills the last byte up with ones.
func (s *jpegPart) finish() {
	fill := (8 - s.n%8) % 8
	s.acc = s.acc<<fill | 1<<fill - 1
	for s.n += fill; s.n > 0; {
		s.n -= 8
		b := byte(s.acc >> s.n)
		s.out[s.at] = b
		if s.at++; b == 0xFF {
			s.out[s.at] = 0
			s.at++
		}
	}
}
