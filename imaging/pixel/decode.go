package pixel

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"slices"

	"yilian/imaging/dicom"
)

// Frame is a decoded frame: samples by pixel, little endian, one, two, four or eight bytes each (1-bit pixels one byte).
type Frame struct {
	Rows, Columns int
	Samples       int
	Width         int // bytes of a sample
	Photometric   string
	Data          []byte
}

// Decode decodes one frame. data are the bytes of its ranges, one after the other, and skip the bits to leave out at their
// start, both as dicom.Layout.Frame gives them; native frames may be given back in them, so they must not change afterwards. Samples of one byte that stand in the 16-bit words (OW) of a big endian stream must
// have been put in order: only the caller can read the word that a frame shares with its neighbour. It errs with *UnsupportedError, or with yilian.Invalid for bad bytes.
func (im *Image) Decode(data []byte, skip int) (*Frame, error) {
	f := &Frame{Rows: im.Rows, Columns: im.Columns, Samples: im.Samples, Width: im.width(), Photometric: im.Photometric}
	var err error
	switch uid := im.Syntax.UID; {
	case !im.Syntax.Known:
		err = &UnsupportedError{uid, "a private transfer syntax"}
	case !im.Syntax.Encapsulated || uid == dicom.EncapsulatedUncompressed:
		f.Data, err = im.native(data, skip)
	case uid == dicom.DeflatedImageFrame:
		f.Data, err = im.inflate(data)
	case uid == dicom.RLELossless:
		f.Data, err = im.rle(data)
	case im.Float:
		err = invalid("floating point values in %s", im.Syntax.Name)
	case isJPEG(uid):
		err = im.jpeg(f, data)
	default:
		err = &UnsupportedError{uid, im.Syntax.Name}
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// isJPEG names the syntaxes whose codestream begins with SOI; which process it is, the frame header tells.
func isJPEG(uid string) bool {
	switch uid {
	case dicom.JPEGBaseline8Bit, dicom.JPEGExtended12Bit, dicom.JPEGLossless, dicom.JPEGLosslessSV1, dicom.JPEGLSLossless, dicom.JPEGLSNearLossless,
		"1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55":
		return true
	}
	return false
}

// native brings native pixels into the form of Frame (PS3.5 8.1.1, 8.2).
func (im *Image) native(data []byte, skip int) ([]byte, error) {
	pixels := im.Rows * im.Columns
	switch {
	case im.BitsAllocated == 1:
		return unpack(data, skip, pixels)
	case im.half():
		return im.widen422(data)
	}
	want := int(im.nativeBytes())
	if len(data) < want {
		return nil, truncated("a native frame")
	}
	out := data[:want:want]
	if w := im.width(); im.Syntax.BigEndian && w > 1 {
		out = slices.Clone(out)
		for b := out; len(b) >= w; b = b[w:] {
			slices.Reverse(b[:w])
		}
	}
	if im.Planar {
		out = interleave(out, im.Samples, im.width())
	}
	return out, nil
}

// unpack spreads 1-bit pixels, the first in the lowest bit (PS3.5 8.1.1), over bytes.
func unpack(data []byte, skip, pixels int) ([]byte, error) {
	if len(data)*8 < skip+pixels {
		return nil, truncated("a frame of bits")
	}
	out := make([]byte, pixels)
	for i := range out {
		bit := skip + i
		out[i] = data[bit/8] >> (bit % 8) & 1
	}
	return out, nil
}

// widen422 doubles the colour samples: Y1 Y2 Cb Cr become Y1 Cb Cr Y2 Cb Cr (PS3.3 C.7.6.3.1.2).
func (im *Image) widen422(data []byte) ([]byte, error) {
	pixels := im.Rows * im.Columns
	if im.BitsAllocated != 8 || im.Columns%2 != 0 {
		return nil, invalid("half the colours for %d columns of %d bits", im.Columns, im.BitsAllocated)
	}
	if len(data) < 2*pixels {
		return nil, truncated("a native frame")
	}
	out := make([]byte, 0, 3*pixels)
	for b := data[:2*pixels]; len(b) >= 4; b = b[4:] {
		out = append(out, b[0], b[2], b[3], b[1], b[2], b[3])
	}
	return out, nil
}

// interleave turns planes into pixels.
func interleave(planes []byte, samples, width int) []byte {
	n := len(planes) / samples / width
	out := make([]byte, len(planes))
	for s := range samples {
		plane := planes[s*n*width:]
		for i := range n {
			copy(out[(i*samples+s)*width:], plane[i*width:(i+1)*width])
		}
	}
	return out
}

// inflate reads a frame that is an RFC 1951 stream of its own (PS3.5 A.4.13).
func (im *Image) inflate(data []byte) ([]byte, error) {
	want := im.nativeBytes()
	if im.BitsAllocated == 1 {
		want = (want + 7) / 8
	}
	raw := make([]byte, want)
	switch _, err := io.ReadFull(flate.NewReader(bytes.NewReader(data)), raw); {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return nil, truncated("the deflated frame")
	case err != nil:
		return nil, invalid("the deflated frame is damaged")
	}
	return im.native(raw, 0)
}
