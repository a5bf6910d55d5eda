package pixel

import "math/bits"

// losslessEncoder writes ISO 10918-1 annex H: one scan of all components, one Huffman table made for the frame.
type losslessEncoder struct {
	raster
	precision, predictor int
	mask                 uint16
	counts               [17]int // differences by category
	huffman              *huffmanCode
	w                    bitWriter
}

// encodeLossless appends the codestream of a frame. It goes over the frame twice: to count, and to write.
func encodeLossless(dst []byte, p raster, precision, predictor int) []byte {
	e := &losslessEncoder{raster: p, precision: precision, predictor: predictor, mask: uint16(1<<precision - 1)}
	e.each(func(differences []uint16) {
		for _, d := range differences {
			e.counts[category(d)]++
		}
	})
	e.huffman = newHuffmanCode(e.counts[:])
	dst = appendFrameHeader(dst, mSOF3, precision, &p)
	dst = append(dst, 0xFF, mDHT, 0, byte(2+17+len(e.huffman.values)), 0)
	dst = append(append(dst, e.huffman.counts[:]...), e.huffman.values...)
	e.w.out = appendScanHeader(dst, 0, p.samples, byte(predictor), 0, 0)
	e.each(e.write)
	e.w.flush()
	return append(e.w.out, 0xFF, mEOI)
}

// category is the number of bits of a difference modulo 2^16 (table H.2).
func category(d uint16) int {
	sign := uint16(int16(d) >> 15)
	return bits.Len16((d ^ sign) - sign)
}

// each hands over the differences of each line.
func (e *losslessEncoder) each(f func([]uint16)) {
	width := e.cols * e.samples
	buffer := make([]uint16, 3*width)
	above, line, differences := buffer[:width], buffer[width:2*width], buffer[2*width:]
	for y := range e.rows {
		e.load(y, 0, e.samples, e.mask, line)
		if y == 0 {
			subtractFirst(differences, line, e.samples, 1<<(e.precision-1))
		} else {
			subtract(e.predictor, differences, line, above, e.samples)
		}
		f(differences)
		above, line = line, above
	}
}

// write codes the differences of a line (H.1.2.2).
func (e *losslessEncoder) write(differences []uint16) {
	for _, d := range differences {
		n := uint(category(d))
		code, length := uint32(e.huffman.code[n]), uint(e.huffman.length[n])
		if n == 0 || n == 16 {
			e.w.put(code, length)
			continue
		}
		d -= uint16(int16(d)>>15) & 1 // a negative difference, less one
		e.w.put(code<<n|uint32(d)&(1<<n-1), length+n)
	}
}

// subtractFirst is the counterpart of addFirst.
func subtractFirst(differences, line []uint16, n int, initial uint16) {
	for i, v := range line[:n] {
		differences[i] = v - initial
	}
	for i := n; i < len(line); i++ {
		differences[i] = line[i] - line[i-n]
	}
}

// subtract is the counterpart of add.
func subtract(predictor int, differences, line, above []uint16, n int) {
	above, differences = above[:len(line)], differences[:len(line)]
	for i, v := range line[:n] {
		differences[i] = v - above[i]
	}
	for i := n; i < len(line); i++ {
		differences[i] = line[i] - predict(predictor, line[i-n], above[i], above[i-n])
	}
}
