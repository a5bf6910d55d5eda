package pixel

import (
	"encoding/binary"
	"slices"
)

const (
	rleHeader      = 64
	maxRLESegments = 15
)

// rle decodes PS3.5 annex G: one segment for each byte of a sample, the most significant first, sample after sample.
func (im *Image) rle(data []byte) ([]byte, error) {
	segments, err := rleSegments(data)
	if err != nil {
		return nil, err
	}
	width := im.width()
	if len(segments) != im.Samples*width {
		return nil, invalid("%d RLE segments where the image has %d", len(segments), im.Samples*width)
	}
	if im.BitsAllocated == 1 {
		plane := make([]byte, (im.Rows*im.Columns+7)/8)
		if err := packBits(plane, 1, segments[0]); err != nil {
			return nil, err
		}
		return unpack(plane, 0, im.Rows*im.Columns)
	}
	out := make([]byte, im.nativeBytes())
	for s, segment := range segments {
		if err := packBits(out[rleAt(s, width):], im.Samples*width, segment); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// rleAt is the position of a segment's byte in a pixel.
func rleAt(segment, width int) int { return segment/width*width + width - 1 - segment%width }

// rleSegments cuts a frame by the offsets of its header (PS3.5 G.5).
func rleSegments(data []byte) ([][]byte, error) {
	if len(data) < rleHeader {
		return nil, truncated("the RLE header")
	}
	n := binary.LittleEndian.Uint32(data)
	if n < 1 || n > maxRLESegments {
		return nil, invalid("%d RLE segments", n)
	}
	out := make([][]byte, n)
	end := len(data)
	for i := range slices.Backward(out) {
		start := int(binary.LittleEndian.Uint32(data[4+4*i:]))
		if start > len(data) {
			return nil, truncated("the RLE segments")
		}
		if start < rleHeader || start > end {
			return nil, invalid("the RLE offsets are not in order")
		}
		out[i], end = data[start:end], start
	}
	return out, nil
}

// packBits fills every step-th byte of dst (PS3.5 G.3.2). Bytes that are left over are padding.
func packBits(dst []byte, step int, src []byte) error {
	at := 0
	for at < len(dst) {
		if len(src) < 2 {
			return truncated("an RLE segment")
		}
		n := int(int8(src[0]))
		switch {
		case n >= 0:
			n = min(n+1, len(src)-1)
			for _, v := range src[1 : 1+n] {
				if at >= len(dst) {
					return nil
				}
				dst[at] = v
				at += step
			}
			src = src[1+n:]
		case n == -128:
			src = src[1:]
		default:
			v := src[1]
			for n = 1 - n; n > 0 && at < len(dst); n-- {
				dst[at] = v
				at += step
			}
			src = src[2:]
		}
	}
	return nil
}

// encodeRLE appends a frame in the form of PS3.5 annex G. Runs end with their line (G.3.1).
func (im *Image) encodeRLE(dst []byte, f *Frame) ([]byte, error) {
	data, width, stride, line := f.Data, f.Width, f.Samples*f.Width, f.Columns
	if im.BitsAllocated == 1 {
		data = appendBits(nil, data) // lines do not end on bytes
		line = (f.Columns + 7) / 8
	}
	if stride > maxRLESegments {
		return nil, &UnsupportedError{im.Syntax.UID, "more than 15 bytes a pixel in RLE"}
	}
	start := len(dst)
	dst = append(dst, make([]byte, rleHeader)...)
	binary.LittleEndian.PutUint32(dst[start:], uint32(stride))
	buffer := make([]byte, line)
	for s := range stride {
		binary.LittleEndian.PutUint32(dst[start+4+4*s:], uint32(len(dst)-start))
		from := len(dst)
		for at := rleAt(s, width); at < len(data); {
			n := 0
			for ; n < line && at < len(data); n++ {
				buffer[n] = data[at]
				at += stride
			}
			dst = appendRuns(dst, buffer[:n])
		}
		if (len(dst)-from)%2 != 0 {
			dst = append(dst, 0)
		}
	}
	return dst, nil
}

// appendRuns packs one line: runs of three and more, or of two where no literal is open, the rest as it is.
func appendRuns(dst, b []byte) []byte {
	for len(b) > 0 {
		n := 1
		for n < len(b) && n < 128 && b[n] == b[0] {
			n++
		}
		if n >= 2 {
			dst = append(dst, byte(1-n), b[0])
			b = b[n:]
			continue
		}
		for n < len(b) && n < 128 && (n+2 >= len(b) || b[n] != b[n+1] || b[n] != b[n+2]) {
			n++
		}
		dst = append(append(dst, byte(n-1)), b[:n]...)
		b = b[n:]
	}
	return dst
}
