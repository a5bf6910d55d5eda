package pixel

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
	case h.precision != 8 && h.precision != 12 || im.BitsAllocated != (h.precision+7)&^7:
		err = invalid("lossy JPEG of %d bits in %d bits allocated", h.precision, im.BitsAllocated)
	case len(h.components) > 3:
		err = &UnsupportedError{im.Syntax.UID, "lossy JPEG of four components"}
	default:
		err = im.lossy(f, h, data)
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

// lossy decodes JPEG with the DCT. Colour comes out as RGB.
func (im *Image) lossy(f *Frame, h *jpegHeader, data []byte) error {
	d, err := decodeDCT(h, data, im.Rows, im.Columns)
	if err != nil {
		return err
	}
	f.Data = make([]byte, im.nativeBytes())
	convert := false
	if im.Samples == 3 {
		f.Photometric = "RGB"
		convert = !im.untransformed(h)
	}
	to, from := raster{im.Rows, im.Columns, im.Samples, im.width(), f.Data}, d.output()
	for y := range im.Rows {
		line := from.line(y)
		if convert {
			toRGB(line, h.precision)
		}
		to.store(y, 0, im.Samples, line)
	}
	return nil
}

// untransformed tells whether the components are red, green and blue: the Adobe marker or their names say so, or, though nothing in the
// codestream does, the data set, unless a JFIF marker contradicts it or the colour is subsampled.
func (im *Image) untransformed(h *jpegHeader) bool {
	c := h.components
	switch {
	case h.jfif:
		return false
	case h.adobe >= 0:
		return h.adobe == 0
	case c[0].id == 'R' && c[1].id == 'G' && c[2].id == 'B':
		return true
	}
	return im.Photometric == "RGB" && c[0].h == c[1].h && c[0].v == c[1].v
}
