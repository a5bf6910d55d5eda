package pixel

import (
	"image"
	"image/png"
	"io"
	"math"
)

// RenderOptions choose how a frame is shown. The zero value shows all of it with its own window, one pixel for a pixel.
type RenderOptions struct {
	Window        *Window         // instead of the image's own
	Viewport      image.Rectangle // part of the frame to show, in its pixels; empty: all
	Width, Height int             // largest size of the picture; 0: no limit. The aspect of the pixels is kept, nothing is enlarged
	Overlays      bool            // burn in the planes of groups 60xx
	Enlarge       bool            // fill Width and Height even if the viewport is smaller (PS3.18 8.3.5.1.3)
	Quality       int             // of EncodeJPEG, 1 to 100; 0 is 90
	By            *Renderer       // makes it faster; nil: alone
}

// ThumbnailSize is the longer side of a thumbnail in pixels.
const ThumbnailSize = 256

// maxSide bounds a rendered picture.
const maxSide = 8192

// Render makes a picture of a decoded frame: *image.Gray of monochrome images, *image.RGBA of colour.
func (im *Image) Render(f *Frame, o RenderOptions) (image.Image, error) {
	if err := im.checkFrame(f); err != nil {
		return nil, err
	}
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
	p, err := im.painter(f, o, view)
	if err != nil {
		return nil, err
	}
	w, h := fit(view, im.Aspect, o)
	return o.By.compose(p, view, w, h), nil
}

// painter chooses how the pixels of a frame become visible.
func (im *Image) painter(f *Frame, o RenderOptions, view image.Rectangle) (p painter, err error) {
	switch {
	case f.Samples > 1:
		p = im.coloured(f)
	case im.Photometric == "PALETTE COLOR" && (im.Palette == nil || f.Width > 2):
		return p, invalid("the palette is missing")
	case im.Photometric == "PALETTE COLOR":
		p = im.painted(f, nil, view.Min.Y, view.Max.Y)
	case f.Width > 2:
		p = im.wide(f, im.grayscale(f, o.Window))
	case im.Palette != nil:
		p = im.painted(f, im.grayscale(f, o.Window), view.Min.Y, view.Max.Y)
	default:
		p = im.tabled(f, im.grayTable(o.By, f, im.grayscale(f, o.Window), view.Min.Y, view.Max.Y))
	}
	if o.Overlays && len(im.Overlays) > 0 {
		p = burn(p, f, im.Overlays)
	}
	return p, nil
}

// Thumbnail makes a small picture with the image's own window.
func (im *Image) Thumbnail(f *Frame) (image.Image, error) {
	return im.Render(f, RenderOptions{Width: ThumbnailSize, Height: ThumbnailSize})
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
