package pixel

import (
	"bytes"
	"compress/flate"
	"slices"

	"yilian/imaging/dicom"
)

// EncodeOptions tune an encoder. The zero value fits every syntax.
type EncodeOptions struct {
	Near       int        // of JPEG-LS near-lossless: how far a sample may deviate; 0 loses nothing
	Predictor  int        // of JPEG Lossless, selection value 1 to 7; 0 is 1
	Interleave Interleave // of JPEG-LS with several samples a pixel
}

// Encode appends one encoded frame to dst: the value of its fragment, of even length. f is a frame in the form that Decode gives,
// im describes it (its own transfer syntax does not matter). Native, deflated and encapsulated syntaxes without loss are written,
// and JPEG-LS near-lossless. Samples are coded with Bits Stored bits, or with Bits Allocated if other bits are in use, so that nothing
// gets lost. The data set needs the new transfer syntax, Planar Configuration 0, and the Photometric Interpretation of f, or YBR_FULL where
// that says that pixels share their colour: in a Frame they do not. It errs with *UnsupportedError, or with yilian.Invalid for options or a
// frame that make no sense.
func (im *Image) Encode(dst []byte, f *Frame, syntax string, o EncodeOptions) ([]byte, error) {
	if err := im.checkFrame(f); err != nil {
		return nil, err
	}
	start := len(dst)
	var err error
	switch syntax {
	case dicom.ImplicitVRLittleEndian, dicom.ExplicitVRLittleEndian, dicom.DeflatedExplicitVRLittleEndian, dicom.EncapsulatedUncompressed:
		dst = im.pack(dst, f)
	case dicom.DeflatedImageFrame:
		dst, err = im.deflate(dst, f)
	case dicom.RLELossless:
		dst, err = im.encodeRLE(dst, f)
	case dicom.JPEGLossless, dicom.JPEGLosslessSV1:
		dst, err = im.encodeJPEGLossless(dst, f, syntax, o.Predictor)
	case dicom.JPEGLSLossless, dicom.JPEGLSNearLossless:
		dst, err = im.encodeJPEGLS(dst, f, syntax, o)
	default:
		err = &UnsupportedError{syntax, "writing " + dicom.Syntax(syntax).Name}
	}
	if err != nil {
		return nil, err
	}
	if (len(dst)-start)%2 != 0 {
		dst = append(dst, 0)
	}
	return dst, nil
}

func (im *Image) checkFrame(f *Frame) error {
	if f.Rows != im.Rows || f.Columns != im.Columns || f.Samples != im.Samples || f.Width != im.width() || int64(len(f.Data)) != im.nativeBytes() {
		return invalid("a frame that is not of its image")
	}
	return nil
}

// pack appends native pixels; those of one bit begin with a byte of their own.
func (im *Image) pack(dst []byte, f *Frame) []byte {
	if im.BitsAllocated != 1 {
		return append(dst, f.Data...)
	}
	return appendBits(dst, f.Data)
}

// appendBits is the inverse of unpack.
func appendBits(dst, pixels []byte) []byte {
	for b := range slices.Chunk(pixels, 8) {
		v := byte(0)
		for i, p := range b {
			v |= p & 1 << i
		}
		dst = append(dst, v)
	}
	return dst
}

// deflate writes PS3.5 A.4.13.
func (im *Image) deflate(dst []byte, f *Frame) ([]byte, error) {
	b := bytes.NewBuffer(dst)
	w, err := flate.NewWriter(b, flate.DefaultCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(im.pack(nil, f)); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// coded gives the frame as the JPEG encoders read it, and the bits of a sample that must be coded.
func (im *Image) coded(f *Frame, syntax string) (raster, int, error) {
	if im.Float || im.BitsAllocated != 8 && im.BitsAllocated != 16 {
		return raster{}, 0, &UnsupportedError{syntax, "a sample that is not of 8 or 16 bits"}
	}
	p := raster{f.Rows, f.Columns, f.Samples, f.Width, f.Data}
	precision := max(im.HighBit+1, 2)
	if p.used()>>precision != 0 {
		precision = im.BitsAllocated
	}
	return p, precision, nil
}

func (im *Image) encodeJPEGLossless(dst []byte, f *Frame, syntax string, predictor int) ([]byte, error) {
	if predictor == 0 {
		predictor = 1
	}
	if predictor < 1 || predictor > 7 || predictor != 1 && syntax == dicom.JPEGLosslessSV1 {
		return nil, invalid("predictor %d for %s", predictor, dicom.Syntax(syntax).Name)
	}
	p, precision, err := im.coded(f, syntax)
	if err != nil {
		return nil, err
	}
	return encodeLossless(dst, p, precision, predictor), nil
}
