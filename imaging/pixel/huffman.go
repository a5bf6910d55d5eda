package pixel

// fastBits is the length of the codes that one look into a table decodes.
const fastBits = 9

// huffman is a table of ISO 10918-1 annex C, looked up by the next bits, longer codes by comparison.
type huffman struct {
	fast    [1 << fastBits]uint16 // length<<8 | symbol, 0 when the code is longer
	maxCode [17]int32             // by length, -1 when there is none
	delta   [17]int32             // symbols[code+delta]
	symbols []byte
}

// newHuffman reads a table of a DHT segment and gives what follows it.
func newHuffman(b []byte) (*huffman, []byte, error) {
	if len(b) < 16 {
		return nil, nil, truncated("a Huffman table")
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
	if length > fastBits {
		return
	}
	first := code << (fastBits - length)
	for i := range int32(1) << (fastBits - length) {
		h.fast[first+i] = uint16(length)<<8 | uint16(symbol)
	}
}

// decode takes one symbol, or gives -1 where no code is.
func (h *huffman) decode(r *bitReader) int {
	if r.n < 16 {
		r.fill()
	}
	if f := h.fast[r.acc>>(64-fastBits)]; f != 0 {
		r.skip(uint(f >> 8))
		return int(f & 0xFF)
	}
	return h.long(r)
}

// long decodes a code of more than fastBits.
func (h *huffman) long(r *bitReader) int {
	v := int32(r.acc >> 48)
	for length := fastBits + 1; length <= 16; length++ {
		code := v >> (16 - length)
		if code <= h.maxCode[length] {
			r.skip(uint(length))
			return int(h.symbols[code+h.delta[length]])
		}
	}
	return -1
}

// huffmanCode is a table for encoding: the code of each symbol, and the DHT form of the table.
type huffmanCode struct {
	code   [256]uint16
	length [256]uint8 // 0: no code
	counts [16]byte   // by length, from 1
	values []byte     // symbols by rising length
}

// newHuffmanCode makes the best code for symbols that occur so often, none longer than 16 bits and none of ones alone
// (ISO 10918-1 K.2).
func newHuffmanCode(counts []int) *huffmanCode {
	sizes := codeSizes(counts)
	var byLength [64]int
	for s := range counts {
		byLength[sizes[s]]++
	}
	byLength[0] = 0
	byLength[sizes[len(counts)]]++ // the reserved one
	for i := len(byLength) - 1; i > 16; i-- {
		for byLength[i] > 0 {
			j := i - 2
			for byLength[j] == 0 {
				j--
			}
			byLength[i] -= 2
			byLength[i-1]++
			byLength[j+1] += 2
			byLength[j]--
		}
	}
	last := 16
	for byLength[last] == 0 {
		last--
	}
	byLength[last]-- // the reserved one is the last of the longest
	h := &huffmanCode{}
	for i := range h.counts {
		h.counts[i] = byte(byLength[i+1])
	}
	for size := 1; size < len(byLength); size++ {
		for s := range counts {
			if sizes[s] == size {
				h.values = append(h.values, byte(s))
			}
		}
	}
	h.assign()
	return h
}

// codeSizes joins the two rarest until one tree is left (figure K.1); one more symbol is reserved for the code of ones alone.
func codeSizes(counts []int) []int {
	n := len(counts) + 1
	weight, size, others := make([]int, n), make([]int, n), make([]int, n)
	copy(weight, counts)
	weight[n-1] = 1
	for i := range others {
		others[i] = -1
	}
	for {
		a, b := -1, -1 // the rarest and the second, the higher symbol first of equals
		for i, w := range weight {
			switch {
			case w == 0:
			case a < 0 || w <= weight[a]:
				a, b = i, a
			case b < 0 || w <= weight[b]:
				b = i
			}
		}
		if b < 0 {
			size[a] = max(size[a], 1)
			return size
		}
		weight[a] += weight[b]
		weight[b] = 0
		end := a
		for size[a]++; others[end] >= 0; size[end]++ {
			end = others[end]
		}
		others[end] = b
		for end = b; ; end = others[end] {
			size[end]++
			if others[end] < 0 {
				break
			}
		}
	}
}

// assign gives the codes by rising length (annex C.2).
func (h *huffmanCode) assign() {
	code, k := uint16(0), 0
	for length := 1; length <= 16; length++ {
		for range h.counts[length-1] {
			h.code[h.values[k]], h.length[h.values[k]] = code, uint8(length)
			code++
			k++
		}
		code <<= 1
	}
}
