package pixel

// bitReader reads entropy-coded bits, the highest first. A marker, or the end of the data, is followed by zeros without end;
// over counts the bytes that were made up, so that decoders notice.
type bitReader struct {
	data   []byte
	pos    int
	acc    uint64
	n      uint // bits in acc
	over   int
	ls     bool // JPEG-LS stuffing: seven bits after FF (ISO 14495-1 A.1), else a zero byte (ISO 10918-1 F.1.2.3)
	marked bool // stands before a marker
	ff     bool // the last byte was FF (ls only)
}

// fill keeps at least 32 bits in acc.
func (r *bitReader) fill() {
	for r.n <= 56 {
		width := uint(8)
		var b byte
		switch {
		case r.marked || r.pos >= len(r.data):
			r.marked = true
			r.over++
		case r.ls:
			b = r.data[r.pos]
			if r.ff {
				if b >= 0x80 {
					r.marked = true
					r.over++
					b = 0
					break
				}
				width = 7
			}
			r.ff = b == 0xFF
			r.pos++
		default:
			b = r.data[r.pos]
			if b != 0xFF {
				r.pos++
				break
			}
			if r.pos+1 < len(r.data) && r.data[r.pos+1] == 0 {
				r.pos += 2
				break
			}
			r.marked = true
			r.over++
			b = 0
		}
		r.acc = r.acc<<width | uint64(b)
		r.n += width
	}
}

// peek gives the next k ≤ 32 bits without taking them.
func (r *bitReader) peek(k uint) uint32 {
	if r.n < k {
		r.fill()
	}
	return uint32(r.acc>>(r.n-k)) & (1<<k - 1)
}

func (r *bitReader) skip(k uint) { r.n -= k }

func (r *bitReader) read(k uint) uint32 {
	v := r.peek(k)
	r.n -= k
	return v
}

// overrun tells that bits were used which are not in the data.
func (r *bitReader) overrun() bool { return r.over*8 > int(r.n) }
