package preview

import (
	"yilian/imaging/dicom"
	"yilian/imaging/pixel"
)

// Picture is the preview of one frame.
type Picture struct {
	Instance      string // SOP Instance UID
	Frame         int    // from 1
	Rows, Columns int    // of the preview
	Factor        int    // the frame has so many rows and columns for one of the preview, fewer in the last
	Native        bool   // the frame is kept without compression: asking for it in JPEG-LS is worth while
	Steps         []Step // what the codes stand for, in their order
	Data          []byte // one component of 8 bits in JPEG-LS (ISO 14495-1), without loss
}

// Least is how many rows and columns a preview has at least, if its frame has as many.
const Least = 256

// Fits tells whether there is a preview of such frames: grey, of up to 16 bits that begin at the lowest.
func Fits(im *pixel.Image) bool {
	return im.Samples == 1 && !im.Float && (im.BitsAllocated == 8 || im.BitsAllocated == 16) && im.HighBit == im.BitsStored-1 &&
		(im.Photometric == "MONOCHROME1" || im.Photometric == "MONOCHROME2") && im.ModalityLUT == nil
}

// Factor answers how many pixels of a side become one, so that of both sides at least least stay.
func Factor(rows, columns, least int) int { return max(1, min(rows, columns)/max(least, Least)) }

// Make reduces a frame by a factor. It errs with *pixel.UnsupportedError where Fits does not hold.
func Make(im *pixel.Image, f *pixel.Frame, factor int) (Picture, error) {
	if !Fits(im) {
		return Picture{}, &pixel.UnsupportedError{Syntax: im.Syntax.UID, Reason: "a preview of such pixels"}
	}
	factor = max(1, factor)
	small := reduce(im, f, factor)
	steps := stepsFor(im, small.values)
	p := Picture{Rows: small.rows, Columns: small.columns, Factor: factor, Steps: steps}
	codes := quantise(small.values, steps)
	coded := &pixel.Image{
		Rows: p.Rows, Columns: p.Columns, Samples: 1, BitsAllocated: 8, BitsStored: 8, HighBit: 7, Photometric: "MONOCHROME2", Frames: 1, Slope: 1,
	}
	var err error
	p.Data, err = coded.Encode(nil, &pixel.Frame{
		Rows: p.Rows, Columns: p.Columns, Samples: 1, Width: 1, Photometric: "MONOCHROME2", Data: codes,
	}, dicom.JPEGLSLossless, pixel.EncodeOptions{})
	return p, err
}

// grid is a frame of stored values.
type grid struct {
	rows, columns int
	values        []int32
}

// reduce averages squares of pixels; those at the right and lower end may be smaller.
func reduce(im *pixel.Image, f *pixel.Frame, factor int) grid {
	g := grid{rows: (f.Rows + factor - 1) / factor, columns: (f.Columns + factor - 1) / factor}
	g.values = make([]int32, g.rows*g.columns)
	sums, line := make([]int32, g.columns), make([]int32, f.Columns)
	for y := range g.rows {
		clear(sums)
		high := min(factor, f.Rows-y*factor)
		for k := range high {
			storedLine(im, f, y*factor+k, line)
			for x, v := range line {
				sums[x/factor] += v
			}
		}
		for x := range sums {
			n := int32(high * min(factor, f.Columns-x*factor))
			g.values[y*g.columns+x] = rounded(sums[x], n)
		}
	}
	return g
}

// rounded divides to the nearest.
func rounded(sum, n int32) int32 {
	if sum < 0 {
		return -((-sum + n/2) / n)
	}
	return (sum + n/2) / n
}

// storedLine reads the stored values of a line (PS3.5 8.1.1).
func storedLine(im *pixel.Image, f *pixel.Frame, y int, line []int32) {
	shift := 32 - im.BitsStored
	if f.Width == 1 {
		for x, v := range f.Data[y*f.Columns : (y+1)*f.Columns] {
			line[x] = extended(uint32(v), shift, im.Signed)
		}
		return
	}
	row := f.Data[2*y*f.Columns : 2*(y+1)*f.Columns]
	for x := range line {
		line[x] = extended(uint32(row[2*x])|uint32(row[2*x+1])<<8, shift, im.Signed)
	}
}

// extended cuts off the bits above those stored, and extends the sign.
func extended(v uint32, shift int, signed bool) int32 {
	if signed {
		return int32(v<<shift) >> shift //nolint:gosec // the bits are meant
	}
	return int32(v << shift >> shift) //nolint:gosec // at most 16 bits
}
