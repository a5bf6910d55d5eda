package pixel

import (
	"bytes"
	"image"
	"image/jpeg"
)

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
	mDRI   = 0xDD
	mAPP0  = 0xE0
	mAPP14 = 0xEE
	mSOF55 = 0xF7 // JPEG-LS
	mLSE   = 0xF8
)

// jpegHeader is what stands before the first scan.
type jpegHeader struct {
	process    byte // the SOF marker
	precision  int
	rows, cols int
	components []jpegComponent
	jfif       bool
	adobe      int // colour transform of the Adobe marker, -1 when there is none
}

type jpegComponent struct{ id, h, v byte }

// segments walks over marker segments from SOI on and hands each to f, until f is done. It gives what follows the last one.
func jpegSegments(data []byte, f func(marker byte, body []byte) (done bool, err error)) ([]byte, error) {
	if len(data) < 4 || data[0] != 0xFF || data[1] != mSOI {
		return nil, invalid("a JPEG frame without SOI")
	}
	data = data[2:]
	for {
		for len(data) >= 2 && data[0] == 0xFF && data[1] == 0xFF { // fill bytes
			data = data[1:]
		}
		if len(data) < 4 || data[0] != 0xFF {
			return nil, invalid("a JPEG marker is missing")
		}
		marker, n := data[1], int(data[2])<<8|int(data[3])
		if n < 2 || 2+n > len(data) {
			return nil, invalid("a JPEG segment is cut short")
		}
		body := data[4 : 2+n]
		data = data[2+n:]
		if done, err := f(marker, body); done || err != nil {
			return data, err
		}
	}
}

func readJPEGHeader(data []byte) (*jpegHeader, error) {
	h := &jpegHeader{adobe: -1}
	_, err := jpegSegments(data, func(marker byte, body []byte) (bool, error) {
		switch {
		case marker == mAPP0 && bytes.HasPrefix(body, []byte("JFIF\x00")):
			h.jfif = true
		case marker == mAPP14 && len(body) >= 12 && bytes.HasPrefix(body, []byte("Adobe")):
			h.adobe = int(body[11])
		case marker == mSOS, marker == mEOI:
			return true, nil
		case marker >= mSOF0 && marker <= 0xCF && marker != mDHT && marker != 0xC8 && marker != 0xCC, marker == mSOF55:
			return false, h.frame(marker, body)
		}
		return false, nil
	})
	if err == nil && h.process == 0 {
		err = invalid("a JPEG frame without a frame header")
	}
	return h, err
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
		h.components = append(h.components, jpegComponent{c[0], c[1] >> 4, c[1] & 0xF})
	}
	return nil
}

// jpeg decodes by the process that the codestream names, which is not always that of the transfer syntax.
func (im *Image) jpeg(f *Frame, data []byte) error {
	h, err := readJPEGHeader(data)
	if err != nil {
		return err
	}
	if h.rows != im.Rows || h.cols != im.Columns {
		return invalid("a codestream of %d by %d in an image of %d by %d", h.cols, h.rows, im.Columns, im.Rows)
	}
	if len(h.components) != im.Samples {
		return invalid("a codestream of %d components in an image of %d samples", len(h.components), im.Samples)
	}
	switch {
	case h.process == mSOF3:
		f.Data, err = im.packed(h, data, decodeLossless)
	case h.process == mSOF55:
		f.Data, err = im.packed(h, data, decodeLS)
	case h.process > mSOF3:
		err = &UnsupportedError{im.Syntax.UID, "a hierarchical or arithmetic JPEG process"}
	case h.precision != 8:
		err = &UnsupportedError{im.Syntax.UID, "lossy JPEG of 12 bits"}
	case im.BitsAllocated != 8:
		err = invalid("JPEG of 8 bits in %d bits allocated", im.BitsAllocated)
	default:
		err = im.baseline(f, h, data)
	}
	return err
}

// packed runs a decoder that gives samples by pixel, and packs them into the width of the image.
func (im *Image) packed(h *jpegHeader, data []byte, decode func(*jpegHeader, []byte) ([]uint16, error)) ([]byte, error) {
	if h.precision > im.BitsAllocated || im.BitsAllocated > 16 || im.BitsAllocated < 8 {
		return nil, invalid("a codestream of %d bits in %d bits allocated", h.precision, im.BitsAllocated)
	}
	samples, err := decode(h, data)
	if err != nil {
		return nil, err
	}
	out := make([]byte, im.nativeBytes())
	if im.width() == 1 {
		for i, v := range samples {
			out[i] = byte(v)
		}
		return out, nil
	}
	for i, v := range samples {
		out[2*i], out[2*i+1] = byte(v), byte(v>>8)
	}
	return out, nil
}

// baseline decodes lossy JPEG of 8 bits. Colour comes out as RGB.
func (im *Image) baseline(f *Frame, h *jpegHeader, data []byte) error {
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return invalid("the JPEG codestream is damaged")
	}
	switch img := img.(type) {
	case *image.Gray:
		f.Data = make([]byte, 0, im.Rows*im.Columns)
		for y := range im.Rows {
			f.Data = append(f.Data, img.Pix[y*img.Stride:][:im.Columns]...)
		}
	case *image.YCbCr:
		f.Photometric = "RGB"
		f.Data = fromYCbCr(img, im.untransformed(h))
	case *image.RGBA:
		f.Photometric = "RGB"
		f.Data = make([]byte, 0, im.Rows*im.Columns*3)
		for i := 0; i+3 < len(img.Pix); i += 4 {
			f.Data = append(f.Data, img.Pix[i:i+3]...)
		}
	default:
		return &UnsupportedError{im.Syntax.UID, "JPEG of four components"}
	}
	return nil
}

// untransformed tells whether the components are red, green and blue though nothing in the codestream says so: then the data set's
// word counts, unless a JFIF or Adobe marker contradicts it.
func (im *Image) untransformed(h *jpegHeader) bool {
	return im.Photometric == "RGB" && !h.jfif && h.adobe <= 0 && h.components[0].h == h.components[1].h
}

func fromYCbCr(img *image.YCbCr, rgb bool) []byte {
	b := img.Rect
	out := make([]byte, 0, b.Dx()*b.Dy()*3)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			l, c := img.YOffset(x, y), img.COffset(x, y)
			if rgb {
				out = append(out, img.Y[l], img.Cb[c], img.Cr[c])
				continue
			}
			r, g, b := ybrToRGB(int(img.Y[l]), int(img.Cb[c]), int(img.Cr[c]))
			out = append(out, r, g, b)
		}
	}
	return out
}

// ybrToRGB is the inverse of PS3.3 C.7.6.3.1.2 YBR_FULL, in fixed point.
func ybrToRGB(y, cb, cr int) (r, g, b byte) {
	cb -= 128
	cr -= 128
	y = y<<16 + 1<<15
	return clamp8((y + 91881*cr) >> 16), clamp8((y - 22554*cb - 46802*cr) >> 16), clamp8((y + 116130*cb) >> 16)
}

func clamp8(v int) byte { return byte(min(max(v, 0), 255)) }
