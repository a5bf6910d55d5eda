package pixel

import "math/bits"

func bitLength(v uint32) uint { return uint(bits.Len32(v)) }

// jpegQuantisation are the tables of ISO 10918-1 K.1 and K.2, luminance and colour difference, line by line.
var jpegQuantisation = [2][64]uint8{
	{
		16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
		18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
	},
	{
		17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
	},
}

// jpegHuffman are the tables of ISO 10918-1 K.3 to K.6: the number of codes by length, and the symbols; luminance DC and AC, then colour difference.
var jpegHuffman = [4]struct{ counts, symbols string }{
	{"\x00\x01\x05\x01\x01\x01\x01\x01\x01\x00\x00\x00\x00\x00\x00\x00", "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B"},
	{
		"\x00\x02\x01\x03\x03\x02\x04\x03\x05\x05\x04\x04\x00\x00\x01\x7D",
		"\x01\x02\x03\x00\x04\x11\x05\x12\x21\x31\x41\x06\x13\x51\x61\x07\x22\x71\x14\x32\x81\x91\xA1\x08\x23\x42\xB1\xC1\x15\x52\xD1\xF0" +
			"\x24\x33\x62\x72\x82\x09\x0A\x16\x17\x18\x19\x1A\x25\x26\x27\x28\x29\x2A\x34\x35\x36\x37\x38\x39\x3A\x43\x44\x45\x46\x47\x48\x49" +
			"\x4A\x53\x54\x55\x56\x57\x58\x59\x5A\x63\x64\x65\x66\x67\x68\x69\x6A\x73\x74\x75\x76\x77\x78\x79\x7A\x83\x84\x85\x86\x87\x88\x89" +
			"\x8A\x92\x93\x94\x95\x96\x97\x98\x99\x9A\xA2\xA3\xA4\xA5\xA6\xA7\xA8\xA9\xAA\xB2\xB3\xB4\xB5\xB6\xB7\xB8\xB9\xBA\xC2\xC3\xC4\xC5" +
			"\xC6\xC7\xC8\xC9\xCA\xD2\xD3\xD4\xD5\xD6\xD7\xD8\xD9\xDA\xE1\xE2\xE3\xE4\xE5\xE6\xE7\xE8\xE9\xEA\xF1\xF2\xF3\xF4\xF5\xF6\xF7\xF8\xF9\xFA",
	},
	{"\x00\x03\x01\x01\x01\x01\x01\x01\x01\x01\x01\x00\x00\x00\x00\x00", "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B"},
	{
		"\x00\x02\x01\x02\x04\x04\x03\x04\x07\x05\x04\x04\x00\x01\x02\x77",
		"\x00\x01\x02\x03\x11\x04\x05\x21\x31\x06\x12\x41\x51\x07\x61\x71\x13\x22\x32\x81\x08\x14\x42\x91\xA1\xB1\xC1\x09\x23\x33\x52\xF0" +
			"\x15\x62\x72\xD1\x0A\x16\x24\x34\xE1\x25\xF1\x17\x18\x19\x1A\x26\x27\x28\x29\x2A\x35\x36\x37\x38\x39\x3A\x43\x44\x45\x46\x47\x48" +
			"\x49\x4A\x53\x54\x55\x56\x57\x58\x59\x5A\x63\x64\x65\x66\x67\x68\x69\x6A\x73\x74\x75\x76\x77\x78\x79\x7A\x82\x83\x84\x85\x86\x87" +
			"\x88\x89\x8A\x92\x93\x94\x95\x96\x97\x98\x99\x9A\xA2\xA3\xA4\xA5\xA6\xA7\xA8\xA9\xAA\xB2\xB3\xB4\xB5\xB6\xB7\xB8\xB9\xBA\xC2\xC3" +
			"\xC4\xC5\xC6\xC7\xC8\xC9\xCA\xD2\xD3\xD4\xD5\xD6\xD7\xD8\xD9\xDA\xE2\xE3\xE4\xE5\xE6\xE7\xE8\xE9\xEA\xF2\xF3\xF4\xF5\xF6\xF7\xF8\xF9\xFA",
	},
}

// standardCode makes one of the tables of annex K ready for encoding.
func standardCode(table int) *huffmanCode {
	h := &huffmanCode{values: []byte(jpegHuffman[table].symbols)}
	copy(h.counts[:], jpegHuffman[table].counts)
	h.assign()
	return h
}

// aanScale is what forwardDCT leaves to the quantisation, by line and by column: 1, and √2·cos(kπ/16).
var aanScale = [8]float32{1, 1.387039845, 1.306562965, 1.175875602, 1, 0.785694958, 0.541196100, 0.275899379}

// forwardDCT is the algorithm of Arai, Agui and Nakajima (1988) with five multiplications, lines first, then columns. Its results are
// 8·aanScale[y]·aanScale[x] times too large.
func forwardDCT(b *[64]float32) {
	for i := 0; i < 64; i += 8 {
		aan(b, i, 1)
	}
	for i := range 8 {
		aan(b, i, 8)
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
