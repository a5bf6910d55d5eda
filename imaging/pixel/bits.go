package pixel

import "encoding/binary"

// bitReader reads entropy-coded bits, the highest first. A marker, or the end of the data, is followed by zeros without end;
// over counts the bits that were made up, so that decoders notice.
type bitReader struct {
	data   []byte
	pos    int
	acc    uint64 // the next n bits, the first of them highest; zeros below
	n      uint
	over   uint
	ls     bool // JPEG-LS stuffing: seven bits after FF (ISO 14495-1 A.1), else a zero byte (ISO 10918-1 F.1.2.3)
	marked bool // stands before a marker
	ff     bool // the last byte was FF (ls only)
}

// fill brings at least 57 bits into acc.
func (r *bitReader) fill() {
	if r.pos+8 <= len(r.data) && !r.ff {
		if v := binary.BigEndian.Uint64(r.data[r.pos:]); !holdsFF(v) {
			whole := (64 - r.n) >> 3
			r.acc |= v >> r.n
			r.n += 8 * whole
			r.acc &= ^uint64(0) << (64 - r.n)
			r.pos += int(whole)
			return
		}
	}
	for r.n <= 56 {
		b, width := r.next()
		r.acc |= uint64(b) << (64 - width - r.n)
		r.n += width
	}
}

// holdsFF tells whether one of eight bytes is FF.
func holdsFF(v uint64) bool { return (^v-0x0101010101010101)&v&0x8080808080808080 != 0 }

// next gives one byte without stuffing and how many of its bits count.
func (r *bitReader) next() (b byte, width uint) {
	if r.marked || r.pos >= len(r.data) {
		r.marked = true
		r.over += 8
		return 0, 8
	}
	b = r.data[r.pos]
	if r.ls {
		return r.nextLS(b)
	}
	if b == 0xFF {
		if r.pos+1 >= len(r.data) || r.data[r.pos+1] != 0 {
			r.marked = true
			r.over += 8
			return 0, 8
		}
		r.pos++
	}
	r.pos++
	return b, 8
}

func (r *bitReader) nextLS(b byte) (byte, uint) {
	if b == 0xFF && (r.pos+1 >= len(r.data) || r.data[r.pos+1] >= 0x80) {
		r.marked = true
		r.over += 8
		return 0, 8
	}
	width := uint(8)
	if r.ff {
		width = 7
	}
	r.ff = b == 0xFF
	r.pos++
	return b, width
}

func (r *bitReader) skip(k uint) {
	r.acc <<= k
	r.n -= k
}

// read takes the next k bits, up to 56.
func (r *bitReader) read(k uint) uint64 {
	if r.n < k {
		r.fill()
	}
	v := r.acc >> (64 - k)
	r.acc <<= k
	r.n -= k
	return v
}

// overrun tells that bits were used which are not in the data.
func (r *bitReader) overrun() bool { return r.over > r.n }

// restart passes over an RST marker and reads bits anew behind it. The rest of the interval before must have been used.
func (r *bitReader) restart() error {
	for at := r.pos; at+1 < len(r.data); at++ {
		if r.data[at] != 0xFF || r.data[at+1] == 0xFF || r.data[at+1] == 0 {
			continue
		}
		if m := r.data[at+1]; m >= mRST0 && m <= mRST7 {
			*r = bitReader{data: r.data, pos: at + 2, ls: r.ls}
			return nil
		}
		if !r.ls || r.data[at+1] >= 0x80 {
			return invalid("a restart marker is missing")
		}
	}
	return truncated("a restart marker")
}

// bitWriter is the counterpart of bitReader: it appends bits to out.
type bitWriter struct {
	out []byte
	acc uint64 // n bits that wait, the first of them highest
	n   uint
	ls  bool
	ff  bool // the last byte was FF (ls only)
}

// put appends the lowest k bits of v, k up to 32. Higher bits of v must be zero.
func (w *bitWriter) put(v uint32, k uint) {
	w.n += k
	w.acc |= uint64(v) << (64 - w.n)
	if w.n >= 32 {
		w.drain()
	}
}

// drain writes out what makes whole bytes, and at least enough that 32 bits have room again.
func (w *bitWriter) drain() {
	word := uint32(w.acc >> 32)
	if !w.ff && !holdsFF(uint64(word)) {
		w.out = append(w.out, byte(word>>24), byte(word>>16), byte(word>>8), byte(word))
		w.acc <<= 32
		w.n -= 32
		return
	}
	for w.n >= 8 {
		w.one()
	}
}

// one writes one byte, and does what must be done after FF.
func (w *bitWriter) one() {
	width := uint(8)
	if w.ff {
		width = 7
	}
	b := byte(w.acc >> (64 - width))
	w.out = append(w.out, b)
	w.acc <<= width
	w.n -= min(width, w.n)
	if b == 0xFF && !w.ls {
		w.out = append(w.out, 0)
	}
	w.ff = w.ls && b == 0xFF
}

// flush ends a scan: the last byte is filled up with ones, with zeros in JPEG-LS, where FF must not be the last byte.
func (w *bitWriter) flush() {
	for w.n >= 8 {
		w.one()
	}
	if w.n > 0 && !w.ls {
		w.acc |= ^uint64(0) >> w.n
	}
	if w.n > 0 {
		w.one()
	}
	if w.ff {
		w.one()
	}
	w.acc, w.n, w.ff = 0, 0, false
}
