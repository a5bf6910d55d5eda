package pixel

// raster is a frame as the codecs read and write it: lines of samples by pixel, of one or two bytes.
type raster struct {
	rows, cols, samples, width int
	data                       []byte
}

// store writes n components of a line, the first of them at position first of a pixel.
func (p *raster) store(y, first, n int, line []uint16) {
	row := p.data[y*p.cols*p.samples*p.width:][:p.cols*p.samples*p.width]
	if n == p.samples {
		if p.width == 1 {
			for i, v := range line[:len(row)] {
				row[i] = byte(v)
			}
			return
		}
		for i := range line {
			if 2*i+1 < len(row) {
				row[2*i], row[2*i+1] = byte(line[i]), byte(line[i]>>8)
			}
		}
		return
	}
	step, at := p.samples*p.width, first*p.width
	for x := 0; x+n <= len(line); x += n {
		for i := range n {
			k := at + i*p.width
			row[k] = byte(line[x+i])
			if p.width == 2 {
				row[k+1] = byte(line[x+i] >> 8)
			}
		}
		at += step
	}
}

// load reads n components of a line; mask keeps the bits that take part in coding.
func (p *raster) load(y, first, n int, mask uint16, line []uint16) {
	row := p.data[y*p.cols*p.samples*p.width:][:p.cols*p.samples*p.width]
	if n == p.samples {
		if p.width == 1 {
			for i, v := range row {
				line[i] = uint16(v) & mask
			}
			return
		}
		for i := range line {
			if 2*i+1 < len(row) {
				line[i] = (uint16(row[2*i]) | uint16(row[2*i+1])<<8) & mask
			}
		}
		return
	}
	step, at := p.samples*p.width, first*p.width
	for x := 0; x+n <= len(line); x += n {
		for i := range n {
			k := at + i*p.width
			v := uint16(row[k])
			if p.width == 2 {
				v |= uint16(row[k+1]) << 8
			}
			line[x+i] = v & mask
		}
		at += step
	}
}

// used gives the bits that are set in any sample.
func (p *raster) used() (bits uint16) {
	if p.width == 1 {
		for _, v := range p.data {
			bits |= uint16(v)
		}
		return bits
	}
	for i := 0; i+1 < len(p.data); i += 2 {
		bits |= uint16(p.data[i]) | uint16(p.data[i+1])<<8
	}
	return bits
}
