package pixel

import (
	"encoding/binary"
	"math"
)

// grayscale maps values to 0 … 1, black to white, by a VOI LUT or by a window (PS3.3 C.11.2) and the Presentation LUT Shape
// (PS3.3 C.11.6).
type grayscale struct {
	lut     *LUT
	window  Window
	inverse bool
	ofFrame bool // the window was found by looking at the values of the frame
}

func (g *grayscale) at(x float64) float64 {
	v := 0.0
	if g.lut != nil {
		v = min(float64(g.lut.At(toInt(x)))/float64(uint32(1)<<g.lut.Bits-1), 1)
	} else {
		v = g.window.Gray(x)
	}
	if g.inverse {
		return 1 - v
	}
	return v
}

func toInt(x float64) int { return int(math.Round(min(max(x, math.MinInt32), math.MaxInt32))) }

// grayscale chooses the window asked for, else the image's VOI LUT, its window, the customary one, the full range of up to 8 bits,
// or what the values of the frame say.
func (im *Image) grayscale(f *Frame, w *Window) *grayscale {
	g := &grayscale{inverse: im.Inverse}
	preset, customary := standard(im.Modality)
	switch {
	case w != nil:
		g.window = *w
	case len(im.VOILUTs) > 0 && !im.Float:
		g.lut = im.VOILUTs[0]
	case len(im.Windows) > 0:
		g.window = im.Windows[0]
	case f.Width > 2:
		g.window, g.ofFrame = im.extent(f), true
	case customary && im.Intercept != 0:
		g.window = preset
	case im.BitsStored <= 8:
		a, b := im.modality(im.lowest()), im.modality(im.lowest()+1<<im.BitsStored-1)
		g.window = Window{Center: (a + b) / 2, Width: math.Abs(b - a), Function: LinearExact}
	default:
		g.window, g.ofFrame = spread(im.histogram(f)), true
	}
	return g
}

// stored cuts the stored value out of a raw sample (PS3.5 8.1.1).
func (im *Image) stored(raw int) int {
	if im.BitsAllocated == 1 {
		return raw & 1
	}
	v := raw >> (im.HighBit + 1 - im.BitsStored) & (1<<im.BitsStored - 1)
	if im.Signed && v >= 1<<(im.BitsStored-1) {
		v -= 1 << im.BitsStored
	}
	return v
}

// modality turns a stored value into units (PS3.3 C.11.1).
func (im *Image) modality(v int) float64 {
	if im.ModalityLUT != nil {
		return float64(im.ModalityLUT.At(v))
	}
	return float64(v)*im.Slope + im.Intercept
}

func (im *Image) lowest() int {
	if im.Signed {
		return -1 << (im.BitsStored - 1)
	}
	return 0
}

func (im *Image) isPadding(v float64) bool {
	return im.Padding != nil && v >= im.Padding.Low && v <= im.Padding.High
}

// histogram counts stored values of one or two bytes, padding left out, and tells which value an entry stands for.
func (im *Image) histogram(f *Frame) ([]int, func(int) float64) {
	raw := make([]int, 1<<(8*f.Width))
	if f.Width == 1 {
		for _, v := range f.Data {
			raw[v]++
		}
	} else {
		for i := 0; i+1 < len(f.Data); i += 2 {
			raw[uint16(f.Data[i])|uint16(f.Data[i+1])<<8]++
		}
	}
	low := im.lowest()
	out := make([]int, 1<<im.BitsStored)
	for v, count := range raw {
		if count == 0 {
			continue
		}
		if s := im.stored(v); !im.isPadding(float64(s)) {
			out[s-low] += count
		}
	}
	return out, func(i int) float64 { return im.modality(i + low) }
}

// tabled paints samples of one or two bytes by a table.
func (im *Image) tabled(f *Frame, table *grayTable) painter {
	if f.Width == 1 {
		return painter{1, func(y, from, to int, dst []byte) {
			for i, v := range f.Data[y*f.Columns+from : y*f.Columns+to] {
				dst[i] = table[v]
			}
		}}
	}
	return painter{1, func(y, from, to int, dst []byte) { table.paint(f.Data[2*(y*f.Columns+from):2*(y*f.Columns+to)], dst) }}
}

// each calls do for the raw values of one or two bytes that may occur in some lines: all that share their high byte with one.
func (im *Image) each(f *Frame, from, to int, do func(raw int)) {
	var blocks [256]bool
	if blocks[0] = f.Width == 1; f.Width == 2 {
		for row := f.Data[2*from*f.Columns : 2*to*f.Columns]; len(row) >= 2; row = row[2:] {
			blocks[row[1]] = true
		}
	}
	for high, used := range blocks {
		if !used {
			continue
		}
		for low := range 256 {
			do(high<<8 | low)
		}
	}
}

// shade gives the grey of a stored value; padding is black (PS3.3 C.7.5.1.1.2).
func (im *Image) shade(g *grayscale, stored int) byte {
	if im.isPadding(float64(stored)) {
		return 0
	}
	return byte(255*g.at(im.modality(stored)) + 0.5)
}

// wide paints samples of four or eight bytes: whole numbers (dose grids) and floating point.
func (im *Image) wide(f *Frame, g *grayscale) painter {
	return painter{1, func(y, from, to int, dst []byte) {
		for i := range to - from {
			dst[i] = 0
			if v, x := im.wideValue(f, y*f.Columns+from+i); !im.isPadding(v) && !math.IsNaN(x) {
				dst[i] = byte(255*g.at(x) + 0.5)
			}
		}
	}}
}

// wideValue gives a sample as it is stored, and after the modality transformation.
func (im *Image) wideValue(f *Frame, i int) (stored, value float64) {
	switch {
	case f.Width == 8:
		stored = math.Float64frombits(binary.LittleEndian.Uint64(f.Data[8*i:]))
	case im.Float:
		stored = float64(math.Float32frombits(binary.LittleEndian.Uint32(f.Data[4*i:])))
	default:
		v := im.stored(int(binary.LittleEndian.Uint32(f.Data[4*i:])))
		return float64(v), im.modality(v)
	}
	return stored, stored*im.Slope + im.Intercept
}

// extent is the window over all values of a frame of wide samples.
func (im *Image) extent(f *Frame) Window {
	low, high := math.Inf(1), math.Inf(-1)
	for i := range f.Rows * f.Columns {
		if v, x := im.wideValue(f, i); !im.isPadding(v) && !math.IsNaN(x) && !math.IsInf(x, 0) {
			low, high = min(low, x), max(high, x)
		}
	}
	if low > high {
		low, high = 0, 1
	}
	return Window{Center: low/2 + high/2, Width: max(high-low, math.SmallestNonzeroFloat32), Function: LinearExact}
}
