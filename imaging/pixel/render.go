package pixel

import (
	"encoding/binary"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"math"
)

// RenderOptions choose how a frame is shown. The zero value shows all of it with its own window, one pixel for a pixel.
type RenderOptions struct {
	Window        *Window         // instead of the image's own
	Viewport      image.Rectangle // part of the frame to show, in its pixels; empty: all
	Width, Height int             // largest size of the picture; 0: no limit. The aspect of the pixels is kept, nothing is enlarged
	Enlarge       bool            // fill Width and Height even if the viewport is smaller (PS3.18 8.3.5.1.3)
	Quality       int             // of EncodeJPEG, 1 to 100; 0 is 90
}

// ThumbnailSize is the longer side of a thumbnail in pixels.
const ThumbnailSize = 256

// maxSide bounds a rendered picture.
const maxSide = 8192

// Render makes a picture of a decoded frame: *image.Gray of monochrome images, *image.RGBA of colour.
func (im *Image) Render(f *Frame, o RenderOptions) (image.Image, error) {
	full := image.Rect(0, 0, f.Columns, f.Rows)
	view := full
	if !o.Viewport.Empty() {
		if view = o.Viewport.Intersect(full); view.Empty() {
			return nil, invalid("the viewport lies outside the image")
		}
	}
	if o.Window != nil && !o.Window.valid() {
		return nil, invalid("a window of width %g", o.Window.Width)
	}
	var img image.Image
	switch {
	case f.Samples > 1:
		img = colour(f)
	case im.Palette != nil && f.Width <= 2:
		img = im.paint(f)
	case im.Photometric == "PALETTE COLOR":
		return nil, invalid("the palette is missing")
	default:
		img = im.gray(f, o.Window)
	}
	w, h := fit(view, im.Aspect, o)
	return scale(img, view, w, h), nil
}

// Thumbnail makes a small picture with the image's own window.
func (im *Image) Thumbnail(f *Frame) (image.Image, error) {
	return im.Render(f, RenderOptions{Width: ThumbnailSize, Height: ThumbnailSize})
}

// EncodeJPEG writes a picture as baseline JPEG.
func EncodeJPEG(w io.Writer, img image.Image, quality int) error {
	if quality <= 0 || quality > 100 {
		quality = 90
	}
	return jpeg.Encode(w, img, &jpeg.Options{Quality: quality})
}

// EncodePNG writes a picture as PNG, fast rather than small.
func EncodePNG(w io.Writer, img image.Image) error {
	e := png.Encoder{CompressionLevel: png.BestSpeed}
	return e.Encode(w, img)
}

// fit gives the size of the picture.
func fit(view image.Rectangle, aspect float64, o RenderOptions) (w, h int) {
	fw, fh := float64(view.Dx()), float64(view.Dy())*aspect
	factor := 1.0
	if o.Enlarge && (o.Width > 0 || o.Height > 0) {
		factor = math.Inf(1)
	}
	bound := func(limit int, size float64) {
		if limit > 0 {
			factor = min(factor, float64(limit)/size)
		}
	}
	bound(o.Width, fw)
	bound(o.Height, fh)
	bound(maxSide, fw)
	bound(maxSide, fh)
	return max(int(math.Round(fw*factor)), 1), max(int(math.Round(fh*factor)), 1)
}

// gray shows a monochrome frame through modality and VOI transformation (PS3.3 C.11).
func (im *Image) gray(f *Frame, w *Window) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, f.Columns, f.Rows))
	if f.Width > 2 {
		im.wide(f, w, out)
		return out
	}
	table := im.table(f, w)
	if f.Width == 1 {
		for i, v := range f.Data {
			out.Pix[i] = table[v]
		}
		return out
	}
	for i := range out.Pix {
		out.Pix[i] = table[uint16(f.Data[2*i])|uint16(f.Data[2*i+1])<<8]
	}
	return out
}

// table maps each raw sample of one or two bytes to a grey.
func (im *Image) table(f *Frame, w *Window) []byte {
	n := 1 << (8 * f.Width)
	shown := im.shown(f, w, n)
	out := make([]byte, n)
	for raw := range out {
		g := shown(im.stored(raw))
		if im.Photometric == "MONOCHROME1" {
			g = 1 - g
		}
		out[raw] = byte(math.Round(255 * g))
	}
	if p := im.Padding; p != nil && f.Width > 1 {
		for raw := range out {
			if v := im.stored(raw); v >= p.Low && v <= p.High {
				out[raw] = 0
			}
		}
	}
	return out
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

// shown gives the transformation from stored values to 0 … 1: the window asked for, else the image's VOI LUT, its window, the
// customary one, the full range of up to 8 bits, or what the histogram says.
func (im *Image) shown(f *Frame, w *Window, n int) func(int) float64 {
	if w == nil && len(im.VOILUTs) > 0 {
		l := im.VOILUTs[0]
		top := float64(uint32(1)<<l.Bits - 1)
		return func(v int) float64 {
			return min(float64(l.At(int(math.Round(im.modality(v)))))/top, 1)
		}
	}
	var use Window
	preset, customary := standard(im.Modality)
	switch {
	case w != nil:
		use = *w
	case len(im.Windows) > 0:
		use = im.Windows[0]
	case customary && im.Intercept != 0:
		use = preset
	case im.BitsStored <= 8:
		a, b := im.modality(im.lowest()), im.modality(im.lowest()+1<<im.BitsStored-1)
		use = Window{Center: (a + b) / 2, Width: math.Abs(b - a), Function: LinearExact}
	default:
		use = spread(im.histogram(f, n))
	}
	return func(v int) float64 { return use.Gray(im.modality(v)) }
}

func (im *Image) lowest() int {
	if im.Signed {
		return -1 << (im.BitsStored - 1)
	}
	return 0
}

// histogram counts stored values, padding left out.
func (im *Image) histogram(f *Frame, n int) ([]int, func(int) float64) {
	raw := make([]int, n)
	for i := range f.Rows * f.Columns {
		if f.Width == 1 {
			raw[f.Data[i]]++
		} else {
			raw[uint16(f.Data[2*i])|uint16(f.Data[2*i+1])<<8]++
		}
	}
	low := im.lowest()
	out := make([]int, 1<<im.BitsStored)
	for v, count := range raw {
		s := im.stored(v)
		if count > 0 && (im.Padding == nil || s < im.Padding.Low || s > im.Padding.High) {
			out[s-low] += count
		}
	}
	return out, func(i int) float64 { return im.modality(i + low) }
}

// wide shows samples of four or eight bytes: whole numbers (dose grids) and floating point.
func (im *Image) wide(f *Frame, w *Window, out *image.Gray) {
	value := im.wideValue(f)
	if w == nil && len(im.Windows) > 0 {
		w = &im.Windows[0]
	}
	if w == nil {
		low, high := math.Inf(1), math.Inf(-1)
		for i := range out.Pix {
			if v := value(i); !math.IsNaN(v) && !math.IsInf(v, 0) {
				low, high = min(low, v), max(high, v)
			}
		}
		w = &Window{Center: (low + high) / 2, Width: max(high-low, math.SmallestNonzeroFloat32), Function: LinearExact}
	}
	for i := range out.Pix {
		g := w.Gray(value(i))
		if im.Photometric == "MONOCHROME1" {
			g = 1 - g
		}
		if !math.IsNaN(g) {
			out.Pix[i] = byte(math.Round(255 * g))
		}
	}
}

func (im *Image) wideValue(f *Frame) func(int) float64 {
	le := binary.LittleEndian
	switch {
	case f.Width == 8:
		return func(i int) float64 { return math.Float64frombits(le.Uint64(f.Data[8*i:])) }
	case im.Float:
		return func(i int) float64 { return float64(math.Float32frombits(le.Uint32(f.Data[4*i:]))) }
	}
	return func(i int) float64 { return im.modality(im.stored(int(le.Uint32(f.Data[4*i:])))) }
}
