package pixel

import (
	"bytes"
	"image"
	"image/jpeg"
)

// jpeg decodes by the process that the codestream names, which is not always that of the transfer syntax.
func (im *Image) jpeg(f *Frame, data []byte) error {
	h, err := readJPEGHeader(data)
	if err != nil {
		return err
	}
	if h.rows != im.Rows && h.rows != 0 || h.cols != im.Columns {
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

// packed runs a decoder that gives whole numbers, into samples of the width of the image.
func (im *Image) packed(h *jpegHeader, data []byte, decode func(*jpegHeader, []byte, raster) error) ([]byte, error) {
	if h.precision > im.BitsAllocated || im.BitsAllocated > 16 || im.BitsAllocated < 8 {
		return nil, invalid("a codestream of %d bits in %d bits allocated", h.precision, im.BitsAllocated)
	}
	out := make([]byte, im.nativeBytes())
	if err := decode(h, data, raster{im.Rows, im.Columns, im.Samples, im.width(), out}); err != nil {
		return nil, err
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
