package pixel

import "image"

// paint shows a palette image (PS3.3 C.7.9).
func (im *Image) paint(f *Frame) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, f.Columns, f.Rows))
	n := 1 << (8 * f.Width)
	table := make([][3]byte, n)
	for raw := range table {
		v := im.stored(raw)
		table[raw] = [3]byte{byte(im.Palette.Red.At(v) >> 8), byte(im.Palette.Green.At(v) >> 8), byte(im.Palette.Blue.At(v) >> 8)}
	}
	for i := range f.Rows * f.Columns {
		raw := int(f.Data[i*f.Width])
		if f.Width == 2 {
			raw |= int(f.Data[2*i+1]) << 8
		}
		c := table[raw]
		copy(out.Pix[4*i:], c[:])
		out.Pix[4*i+3] = 0xFF
	}
	return out
}

// colour shows red, green and blue, or luminance and colour difference, of 8, 16 or 32 bits; a fourth sample is left out.
func colour(f *Frame) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, f.Columns, f.Rows))
	stride, top := f.Samples*f.Width, f.Width-1
	convert := toRGB(f.Photometric)
	for i := range f.Rows * f.Columns {
		p := f.Data[i*stride:]
		r, g, b := p[top], p[f.Width+top], p[2*f.Width+top]
		if convert != nil {
			r, g, b = convert(int(r), int(g), int(b))
		}
		out.Pix[4*i], out.Pix[4*i+1], out.Pix[4*i+2], out.Pix[4*i+3] = r, g, b, 0xFF
	}
	return out
}

// toRGB gives the conversion of a photometric interpretation (PS3.3 C.7.6.3.1.2), nil for RGB.
func toRGB(photometric string) func(y, cb, cr int) (r, g, b byte) {
	switch photometric {
	case "YBR_FULL", "YBR_FULL_422", "YBR_ICT":
		return ybrToRGB
	case "YBR_PARTIAL_422", "YBR_PARTIAL_420":
		return func(y, cb, cr int) (r, g, b byte) {
			y, cb, cr = (y-16)*298, cb-128, cr-128
			return clamp8((y + 409*cr + 128) >> 8), clamp8((y - 100*cb - 208*cr + 128) >> 8), clamp8((y + 516*cb + 128) >> 8)
		}
	}
	return nil
}
