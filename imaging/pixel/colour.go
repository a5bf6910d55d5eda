package pixel

// painted paints by a table of colours: a palette image (PS3.3 C.7.9), or a grey one whose upper values stand for colours
// (Supplemental Palette, PS3.3 C.7.6.19).
func (im *Image) painted(f *Frame, g *grayscale, from, to int) painter {
	table := new([1 << 16][3]byte)
	im.each(f, from, to, func(raw int) {
		v := im.stored(raw)
		if g != nil && !im.Palette.Red.covers(v) {
			gray := im.shade(g, v)
			table[raw] = [3]byte{gray, gray, gray}
			return
		}
		table[raw] = [3]byte{byte(im.Palette.Red.At(v) >> 8), byte(im.Palette.Green.At(v) >> 8), byte(im.Palette.Blue.At(v) >> 8)}
	})
	return painter{3, func(y, from, to int, dst []byte) {
		row := f.Data[f.Width*(y*f.Columns+from) : f.Width*(y*f.Columns+to)]
		for i := 0; i < len(row); i += f.Width {
			raw := uint16(row[i])
			if f.Width == 2 {
				raw |= uint16(row[i+1]) << 8
			}
			c := &table[raw]
			dst[0], dst[1], dst[2] = c[0], c[1], c[2]
			dst = dst[3:]
		}
	}}
}

// coloured paints red, green and blue, or luminance and colour difference, of 8, 16 or 32 bits.
func (im *Image) coloured(f *Frame) painter {
	convert := conversion(f.Photometric)
	if f.Photometric == "CMYK" && f.Samples == 4 {
		return im.inks(f)
	}
	first := 0
	if f.Photometric == "ARGB" && f.Samples == 4 {
		first = f.Width
	}
	stride := f.Samples * f.Width
	return painter{3, func(y, from, to int, dst []byte) {
		row := f.Data[stride*(y*f.Columns+from) : stride*(y*f.Columns+to)]
		dst = dst[:3*(to-from)]
		for i, at := 0, first; i < len(dst); i, at = i+3, at+stride {
			if f.Width == 1 && im.HighBit == 7 {
				dst[i], dst[i+1], dst[i+2] = row[at], row[at+1], row[at+2]
			} else {
				dst[i], dst[i+1], dst[i+2] = im.top(row[at:], f.Width), im.top(row[at+f.Width:], f.Width), im.top(row[at+2*f.Width:], f.Width)
			}
		}
		if convert != nil {
			convert(dst)
		}
	}}
}

// top gives the 8 highest of the stored bits of a sample.
func (im *Image) top(b []byte, width int) byte {
	v := uint32(0)
	for i := range width {
		v |= uint32(b[i]) << (8 * i)
	}
	if im.HighBit < 7 {
		return byte(v << (7 - im.HighBit))
	}
	return byte(v >> (im.HighBit - 7))
}

// inks paints CMYK (retired, PS3.3-2003 C.7.6.3.1.2).
func (im *Image) inks(f *Frame) painter {
	return painter{3, func(y, from, to int, dst []byte) {
		for i := range to - from {
			p := f.Data[(y*f.Columns+from+i)*4*f.Width:]
			light := 255 - int(im.top(p[3*f.Width:], f.Width))
			for c := range 3 {
				dst[3*i+c] = byte((255 - int(im.top(p[c*f.Width:], f.Width))) * light / 255)
			}
		}
	}}
}

// conversion turns pixels of a photometric interpretation into red, green and blue (PS3.3 C.7.6.3.1.2); nil where they are that
// already. YBR_ICT and YBR_RCT stand only in JPEG 2000, whose decoders give red, green and blue.
func conversion(photometric string) func(line []byte) {
	switch photometric {
	case "YBR_FULL", "YBR_FULL_422":
		return func(line []byte) {
			for ; len(line) >= 3; line = line[3:] {
				line[0], line[1], line[2] = ybrToRGB(int(line[0]), int(line[1]), int(line[2]))
			}
		}
	case "YBR_PARTIAL_422", "YBR_PARTIAL_420":
		return func(line []byte) {
			for ; len(line) >= 3; line = line[3:] {
				y, cb, cr := (int(line[0])-16)*76309+1<<15, int(line[1])-128, int(line[2])-128
				line[0], line[1], line[2] = clamp8((y+104597*cr)>>16), clamp8((y-25675*cb-53279*cr)>>16), clamp8((y+132201*cb)>>16)
			}
		}
	}
	return nil
}

// ybrToRGB is the inverse of PS3.3 C.7.6.3.1.2 YBR_FULL, in fixed point.
func ybrToRGB(y, cb, cr int) (r, g, b byte) {
	cb -= 128
	cr -= 128
	y = y<<16 + 1<<15
	return clamp8((y + 91881*cr) >> 16), clamp8((y - 22554*cb - 46802*cr) >> 16), clamp8((y + 116130*cb) >> 16)
}

func clamp8(v int) byte { return byte(min(max(v, 0), 255)) }
