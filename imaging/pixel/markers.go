package pixel

import "bytes"

// JPEG markers (ISO 10918-1 table B.1, ISO 14495-1 C.1.1).
const (
	mSOF0  = 0xC0 // baseline
	mSOF1  = 0xC1 // extended sequential
	mSOF2  = 0xC2 // progressive
	mSOF3  = 0xC3 // lossless
	mDHT   = 0xC4
	mRST0  = 0xD0
	mRST7  = 0xD7
	mSOI   = 0xD8
	mEOI   = 0xD9
	mSOS   = 0xDA
	mDQT   = 0xDB
	mDNL   = 0xDC
	mDRI   = 0xDD
	mAPP0  = 0xE0
	mAPP8  = 0xE8
	mAPP14 = 0xEE
	mSOF55 = 0xF7 // JPEG-LS
	mLSE   = 0xF8
)

// markers walks over the marker segments of a codestream.
type markers struct {
	data []byte
	pos  int
}

// openMarkers stands behind SOI.
func openMarkers(data []byte) (markers, error) {
	if len(data) < 4 || data[0] != 0xFF || data[1] != mSOI {
		return markers{}, invalid("a JPEG frame without SOI")
	}
	return markers{data, 2}, nil
}

// next gives a marker and what its segment holds.
func (s *markers) next() (marker byte, body []byte, err error) {
	for s.pos+1 < len(s.data) && s.data[s.pos] == 0xFF && s.data[s.pos+1] == 0xFF { // fill bytes
		s.pos++
	}
	rest := s.data[s.pos:]
	if len(rest) < 2 {
		return 0, nil, truncated("the JPEG markers")
	}
	if rest[0] != 0xFF {
		return 0, nil, invalid("a JPEG marker is missing")
	}
	if marker = rest[1]; marker == mEOI {
		s.pos += 2
		return marker, nil, nil
	}
	if len(rest) < 4 {
		return 0, nil, truncated("the JPEG markers")
	}
	n := int(rest[2])<<8 | int(rest[3])
	if n < 2 {
		return 0, nil, invalid("a JPEG segment of %d bytes", n)
	}
	if 2+n > len(rest) {
		return 0, nil, truncated("a JPEG segment")
	}
	s.pos += 2 + n
	return marker, rest[4 : 2+n], nil
}

// skip goes from within a scan to the marker that ends it.
func (s *markers) skip(pos int) {
	for s.pos = pos; s.pos+1 < len(s.data); s.pos++ {
		if m := s.data[s.pos+1]; s.data[s.pos] == 0xFF && m >= mSOF0 && m != 0xFF && (m < mRST0 || m > mRST7) {
			return
		}
	}
	s.pos = len(s.data)
}

// lines reads DNL, which stands behind the first scan of a frame whose header left the number of lines open (ISO 10918-1 B.2.5).
func (s *markers) lines(h *jpegHeader, rows int) error {
	if h.rows != 0 || s.pos+1 >= len(s.data) || s.data[s.pos+1] != mDNL {
		return nil
	}
	_, body, err := s.next()
	if err == nil && (len(body) != 2 || int(body[0])<<8|int(body[1]) != rows) {
		err = invalid("a codestream whose DNL is not the %d rows of the image", rows)
	}
	return err
}

// jpegHeader is what stands before the first scan.
type jpegHeader struct {
	process    byte // the SOF marker
	precision  int
	rows, cols int // rows 0: DNL follows
	components []jpegComponent
	jfif       bool
	adobe      int // colour transform of the Adobe marker, -1 when there is none
}

type jpegComponent struct{ id, h, v, table byte }

func readJPEGHeader(data []byte) (*jpegHeader, error) {
	h := &jpegHeader{adobe: -1}
	s, err := openMarkers(data)
	if err != nil {
		return nil, err
	}
	for {
		marker, body, err := s.next()
		switch {
		case err != nil:
			return nil, err
		case marker == mAPP0 && bytes.HasPrefix(body, []byte("JFIF\x00")):
			h.jfif = true
		case marker == mAPP14 && len(body) >= 12 && bytes.HasPrefix(body, []byte("Adobe")):
			h.adobe = int(body[11])
		case marker == mSOS, marker == mEOI:
			if h.process == 0 {
				return nil, invalid("a JPEG frame without a frame header")
			}
			return h, nil
		case marker >= mSOF0 && marker <= 0xCF && marker != mDHT && marker != 0xC8 && marker != 0xCC, marker == mSOF55:
			if err := h.frame(marker, body); err != nil {
				return nil, err
			}
		}
	}
}

// frame reads a frame header (ISO 10918-1 B.2.2).
func (h *jpegHeader) frame(marker byte, b []byte) error {
	if h.process != 0 || len(b) < 6 || len(b) < 6+3*int(b[5]) || b[5] == 0 || b[5] > 4 {
		return invalid("a damaged JPEG frame header")
	}
	h.process, h.precision = marker, int(b[0])
	h.rows, h.cols = int(b[1])<<8|int(b[2]), int(b[3])<<8|int(b[4])
	for i := range int(b[5]) {
		c := b[6+3*i:]
		h.components = append(h.components, jpegComponent{c[0], c[1] >> 4, c[1] & 0xF, c[2]})
	}
	return nil
}

// scanComponents gives the position of the first component of a scan (ISO 10918-1 B.2.3, ISO 14495-1 C.2.3), how many follow one
// another from there, and what stands behind them.
func (h *jpegHeader) scanComponents(b []byte) (first, n int, rest []byte, err error) {
	if len(b) < 1 || b[0] == 0 || len(b) < 4+2*int(b[0]) {
		return 0, 0, nil, invalid("a damaged JPEG scan header")
	}
	n, first = int(b[0]), -1
	for i, c := range h.components {
		if c.id == b[1] {
			first = i
			break
		}
	}
	if first < 0 || first+n > len(h.components) {
		return 0, 0, nil, invalid("a JPEG scan of components that the frame does not have")
	}
	for i := range n {
		if b[1+2*i] != h.components[first+i].id {
			return 0, 0, nil, invalid("a JPEG scan whose components are not in the order of the frame")
		}
	}
	return first, n, b[1+2*n:], nil
}

// appendFrameHeader writes SOI and the frame header of components that are not subsampled.
func appendFrameHeader(dst []byte, process byte, precision int, p *raster) []byte {
	dst = append(dst, 0xFF, mSOI, 0xFF, process, 0, byte(8+3*p.samples), byte(precision),
		byte(p.rows>>8), byte(p.rows), byte(p.cols>>8), byte(p.cols), byte(p.samples))
	for i := range p.samples {
		dst = append(dst, byte(i+1), 0x11, 0)
	}
	return dst
}

// appendScanHeader writes the header of a scan of n components from first on, and its three parameters.
func appendScanHeader(dst []byte, first, n int, a, b, c byte) []byte {
	dst = append(dst, 0xFF, mSOS, 0, byte(6+2*n), byte(n))
	for i := range n {
		dst = append(dst, byte(first+i+1), 0)
	}
	return append(dst, a, b, c)
}
