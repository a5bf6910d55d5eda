package pixel

import (
	"encoding/binary"
	"math"
)

// transformGo transforms and quantises a block of 8 by 8 pixels (ISO 10918-1 A.3.3, A.3.4), of which line v begins at pix[v·stride]. The
// values stand in q by column, that of line v and column u at 8·u+v, as do the factors in scale. Bit i of mask tells that q[i] is not
// zero.
func transformGo(pix []byte, stride int, scale *[64]float32, q *[64]int16) (mask uint64) {
	var b [64]float32
	for v := range 8 {
		w := binary.LittleEndian.Uint64(pix[v*stride:])
		for u := range 8 {
			b[8*v+u] = float32(int32(w>>(8*u)&0xFF) - 128)
		}
	}
	forwardDCT(&b)
	for i := 63; i >= 0; i-- {
		v := rounded(b[i%8*8+i/8] * scale[i])
		q[i] = int16(v)
		mask = mask<<1 | uint64(uint32(v|-v)>>31)
	}
	return mask
}

// rounded gives the nearest whole number, the even one of two: behind the point of a float32 that is this large, nothing is left.
func rounded(v float32) int32 {
	const large = 3 << 22
	return int32(math.Float32bits(v+large)) - 0x4B400000
}

// forwardDCT is the algorithm of Arai, Agui and Nakajima (1988) with five multiplications, columns first, then lines. Its results are
// 8·aanScale[y]·aanScale[x] times too large.
func forwardDCT(b *[64]float32) {
	for i := range 8 {
		aan(b, i, 8)
	}
	for i := 0; i < 64; i += 8 {
		aan(b, i, 1)
	}
}

func aan(b *[64]float32, at, step int) {
	p0, p1, p2, p3 := &b[at&63], &b[(at+step)&63], &b[(at+2*step)&63], &b[(at+3*step)&63]
	p4, p5, p6, p7 := &b[(at+4*step)&63], &b[(at+5*step)&63], &b[(at+6*step)&63], &b[(at+7*step)&63]
	s0, d0, s1, d1 := *p0+*p7, *p0-*p7, *p1+*p6, *p1-*p6
	s2, d2, s3, d3 := *p2+*p5, *p2-*p5, *p3+*p4, *p3-*p4

	// Even part.
	e0, e3, e1, e2 := s0+s3, s0-s3, s1+s2, s1-s2
	*p0, *p4 = e0+e1, e0-e1
	z1 := (e2 + e3) * 0.707106781
	*p2, *p6 = e3+z1, e3-z1

	// Odd part.
	o0, o1, o2 := d3+d2, d2+d1, d1+d0
	z5 := (o0 - o2) * 0.382683433
	z2 := 0.541196100*o0 + z5
	z4 := 1.306562965*o2 + z5
	z3 := o1 * 0.707106781
	z11, z13 := d0+z3, d0-z3
	*p5, *p3 = z13+z2, z13-z2
	*p1, *p7 = z11+z4, z11-z4
}

// byColumn is where a value of the zigzag order stands in a block by column.
var byColumn = func() (all [64]uint8) {
	for i, at := range zigzag {
		all[i] = uint8(at%8*8 + at/8)
	}
	return all
}()

// inZigzag brings the bits of a column into zigzag order, by column and by its bits.
var inZigzag = func() *[8][256]uint64 {
	all := new([8][256]uint64)
	for i, at := range byColumn {
		for column := range 256 {
			if column>>(at%8)&1 == 1 {
				all[at/8][column] |= 1 << i
			}
		}
	}
	return all
}()

// ordered brings the bits of a block by column into zigzag order.
func ordered(mask uint64) uint64 {
	z := inZigzag
	return z[0][mask&0xFF] | z[1][mask>>8&0xFF] | z[2][mask>>16&0xFF] | z[3][mask>>24&0xFF] |
		z[4][mask>>32&0xFF] | z[5][mask>>40&0xFF] | z[6][mask>>48&0xFF] | z[7][mask>>56]
}
