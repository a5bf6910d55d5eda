package pixel

// line copies one line of samples of a component.
func (c *dctComponent) line(y int, dst []uint16) {
	row := c.blocks[64*(y/8)*c.across+8*(y%8):]
	for x := 0; x < len(dst); x += 8 {
		block := row[8*x:]
		for i := range min(8, len(dst)-x) {
			dst[x+i] = uint16(block[i])
		}
	}
}

// dctOutput makes lines of whole pixels from the components, each of which may have fewer samples.
type dctOutput struct {
	*dctFrame
	own, other [4][]uint16 // a line of each component, and the neighbour that takes part
	sums       []int32
	wide       []uint16 // a line of one component at full width
	pixels     []uint16
}

func (d *dctFrame) output() *dctOutput {
	o := &dctOutput{dctFrame: d, wide: make([]uint16, d.cols+1), sums: make([]int32, d.cols+1), pixels: make([]uint16, d.cols*len(d.components))}
	for i, c := range d.components {
		o.own[i], o.other[i] = make([]uint16, c.width), make([]uint16, c.width)
	}
	return o
}

// line gives line y by pixel.
func (o *dctOutput) line(y int) []uint16 {
	n := len(o.components)
	for i := range o.components {
		line := o.component(i, y)
		for x, v := range line[:o.cols] {
			o.pixels[x*n+i] = v
		}
	}
	return o.pixels
}

// component gives a line of a component at full width. Where two share one sample, it is spread with a triangle filter (3:1), as
// the reference software does; others are repeated.
func (o *dctOutput) component(i, y int) []uint16 {
	c := &o.components[i]
	h, v := int(c.h), int(c.v)
	at := min(y*v/o.maxV, c.height-1)
	c.line(at, o.own[i])
	switch {
	case h == o.maxH:
		return o.own[i]
	case 2*h == o.maxH && v == o.maxV && c.width > 2:
		spread2(o.own[i], o.wide)
	case 2*h == o.maxH && 2*v == o.maxV && c.width > 2:
		neighbour := at - 1 + 2*(y%2)
		c.line(min(max(neighbour, 0), c.height-1), o.other[i])
		for x, v := range o.own[i] {
			o.sums[x] = 3*int32(v) + int32(o.other[i][x])
		}
		spread4(o.sums[:c.width], o.wide)
	default:
		for x := range o.cols {
			o.wide[x] = o.own[i][min(x*h/o.maxH, c.width-1)]
		}
	}
	return o.wide
}

// spread2 doubles a line.
func spread2(in, out []uint16) {
	last := len(in) - 1
	for i, v := range in {
		left, right := in[max(i-1, 0)], in[min(i+1, last)]
		out[2*i] = (3*v + left + 1) >> 2
		if 2*i+1 < len(out) {
			out[2*i+1] = (3*v + right + 2) >> 2
		}
	}
}

// spread4 doubles a line of sums of two lines, 3:1.
func spread4(in []int32, out []uint16) {
	last := len(in) - 1
	for i, v := range in {
		left, right := in[max(i-1, 0)], in[min(i+1, last)]
		out[2*i] = uint16((3*v + left + 8) >> 4)
		if 2*i+1 < len(out) {
			out[2*i+1] = uint16((3*v + right + 7) >> 4)
		}
	}
}

// toRGB converts pixels of luminance and colour difference (PS3.3 C.7.6.3.1.2 YBR_FULL) of so many bits.
func toRGB(pixels []uint16, precision int) {
	center, top := 1<<(precision-1), 1<<precision-1
	for ; len(pixels) >= 3; pixels = pixels[3:] {
		y, cb, cr := int(pixels[0])<<16+1<<15, int(pixels[1])-center, int(pixels[2])-center
		pixels[0] = uint16(min(max((y+91881*cr)>>16, 0), top))
		pixels[1] = uint16(min(max((y-22554*cb-46802*cr)>>16, 0), top))
		pixels[2] = uint16(min(max((y+116130*cb)>>16, 0), top))
	}
}
