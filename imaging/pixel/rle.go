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
	pixels, width := im.Rows*im.Columns, im.width()
	plane := make([]byte, pixels)
	if im.BitsAllocated == 1 {
		plane = plane[:(pixels+7)/8]
	}
	if len(segments) != im.Samples*width {
		return nil, invalid("%d RLE segments where the image has %d", len(segments), im.Samples*width)
	}
	out := make([]byte, im.nativeBytes())
	stride := im.Samples * width
	for s, segment := range segments {
		if err := packBits(plane, segment); err != nil {
			return nil, err
		}
		if im.BitsAllocated == 1 {
			return unpack(plane, 0, pixels)
		}
		at := s/width*width + width - 1 - s%width
		for i, v := range plane {
			out[i*stride+at] = v
		}
	}
	return out, nil
}

// rleSegments cuts a frame by the offsets of its header (PS3.5 G.5).
func rleSegments(data []byte) ([][]byte, error) {
	if len(data) < rleHeader {
		return nil, invalid("the RLE header is cut short")
	}
	n := int(binary.LittleEndian.Uint32(data))
	if n < 1 || n > maxRLESegments {
		return nil, invalid("%d RLE segments", n)
	}
	out := make([][]byte, n)
	end := len(data)
	for i := range slices.Backward(out) {
		start := int(binary.LittleEndian.Uint32(data[4+4*i:]))
		if start < rleHeader || start > end {
			return nil, invalid("the RLE offsets are not in order")
		}
		out[i], end = data[start:end], start
	}
	return out, nil
}

// packBits fills dst (PS3.5 G.3.2). Bytes that are left over are padding.
func packBits(dst, src []byte) error {
	for len(dst) > 0 {
		if len(src) < 2 {
			return invalid("an RLE segment ends early")
		}
		n := int(int8(src[0]))
		switch {
		case n >= 0:
			n = min(n+1, len(src)-1)
			n = copy(dst, src[1:1+n])
			dst, src = dst[n:], src[1+n:]
		case n == -128:
			src = src[1:]
		default:
			n = min(1-n, len(dst))
			for i := range n {
				dst[i] = src[1]
			}
			dst, src = dst[n:], src[2:]
		}
	}
	return nil
}
