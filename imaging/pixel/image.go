package pixel

import (
	"yilian/imaging/dicom"
)

// Tags that only this package names (PS3.6).
const (
	pixelPresentation                 dicom.Tag = 0x00089205
	floatPixelPaddingValue            dicom.Tag = 0x00280122
	doubleFloatPixelPaddingValue      dicom.Tag = 0x00280123
	floatPixelPaddingRangeLimit       dicom.Tag = 0x00280124
	doubleFloatPixelPaddingRangeLimit dicom.Tag = 0x00280125
)

// MaxFrameBytes bounds a decoded frame. The largest in use, mammography tomosynthesis and detectors of 8k by 8k, stay below.
const MaxFrameBytes = 256 << 20

// Image describes the frames of an image (PS3.3 C.7.6.3) and how their values become grey or colour.
type Image struct {
	Syntax        dicom.TransferSyntax
	Modality      string
	Rows, Columns int
	Samples       int // per pixel: 1, 3 or 4
	BitsAllocated int // 1, 8, 16, 32, 64
	BitsStored    int
	HighBit       int
	Signed        bool
	Float         bool // Float or Double Float Pixel Data
	Photometric   string
	Planar        bool // colour by plane, not by pixel
	Frames        int
	Aspect        float64 // height of a pixel divided by its width

	Slope, Intercept float64 // rescale, 1 and 0 when there is none
	ModalityLUT      *LUT
	Windows          []Window // presets of the image, the first is its default
	VOILUTs          []*LUT
	Palette          *Palette
	Padding          *Interval // values that are no image (PS3.3 C.7.5.1.1.2), before rescaling
	Inverse          bool      // low values are bright: MONOCHROME1, or Presentation LUT Shape INVERSE
	Overlays         []Overlay
}

// Interval is a closed range of stored values.
type Interval struct{ Low, High float64 }

// Describe reads the description of one frame (from 0); functional groups of enhanced images are looked up for it. It errs with
// yilian.Invalid when the fields are missing, contradict one another or demand more than MaxFrameBytes.
func Describe(d *dicom.Dataset, ts dicom.TransferSyntax, frame int) (*Image, error) {
	im := &Image{Syntax: ts, Modality: d.String(dicom.Modality), Photometric: d.String(dicom.PhotometricInterpretation), Samples: 1, Frames: 1, Slope: 1}
	number := func(t dicom.Tag, into *int) {
		if v, ok := d.Int(t); ok {
			*into = v
		}
	}
	number(dicom.Rows, &im.Rows)
	number(dicom.Columns, &im.Columns)
	number(dicom.SamplesPerPixel, &im.Samples)
	number(dicom.BitsAllocated, &im.BitsAllocated)
	im.BitsStored = im.BitsAllocated
	number(dicom.BitsStored, &im.BitsStored)
	im.HighBit = im.BitsStored - 1
	number(dicom.HighBit, &im.HighBit)
	number(dicom.NumberOfFrames, &im.Frames)
	if v, ok := d.Int(dicom.PixelRepresentation); ok {
		im.Signed = v == 1
	}
	if v, ok := d.Int(dicom.PlanarConfiguration); ok {
		im.Planar = v == 1 && im.Samples > 1
	}
	im.Float = d.Has(dicom.FloatPixelData) || d.Has(dicom.DoubleFloatPixelData)
	im.Frames = max(im.Frames, 1)
	im.Aspect = aspect(d)
	if err := im.check(); err != nil {
		return nil, err
	}
	im.describeValues(d, frame)
	return im, nil
}

func (im *Image) check() error {
	switch {
	case im.Rows <= 0 || im.Columns <= 0 || im.Rows > 0xFFFF || im.Columns > 0xFFFF:
		return invalid("an image of %d rows and %d columns", im.Rows, im.Columns)
	case im.Samples != 1 && im.Samples != 3 && im.Samples != 4:
		return invalid("%d samples a pixel", im.Samples)
	case im.BitsAllocated != 1 && im.BitsAllocated != 8 && im.BitsAllocated != 16 && im.BitsAllocated != 32 && im.BitsAllocated != 64:
		return invalid("%d bits allocated", im.BitsAllocated)
	case im.BitsAllocated == 1 && im.Samples != 1, im.BitsAllocated == 64 && !im.Float, im.Float && (im.BitsAllocated < 32 || im.Samples != 1):
		return invalid("%d bits allocated for %d samples", im.BitsAllocated, im.Samples)
	case im.BitsStored <= 0 || im.BitsStored > im.BitsAllocated || im.HighBit < im.BitsStored-1 || im.HighBit >= im.BitsAllocated:
		return invalid("bits stored %d and high bit %d in %d bits", im.BitsStored, im.HighBit, im.BitsAllocated)
	case im.nativeBytes() > MaxFrameBytes:
		return invalid("a frame of %d bytes is more than %d", im.nativeBytes(), MaxFrameBytes)
	}
	switch im.Photometric {
	case "MONOCHROME1", "MONOCHROME2", "PALETTE COLOR":
		if im.Samples != 1 {
			return invalid("%s with %d samples", im.Photometric, im.Samples)
		}
	case "":
		if im.Samples == 1 {
			im.Photometric = "MONOCHROME2"
		} else {
			im.Photometric = "RGB"
		}
	default:
		if im.Samples < 3 {
			return invalid("%.32s with %d samples", im.Photometric, im.Samples)
		}
	}
	return nil
}

// nativeBytes is the size of a decoded frame with pixels on whole bytes.
func (im *Image) nativeBytes() int64 {
	return int64(im.Rows) * int64(im.Columns) * int64(im.Samples) * int64(im.width())
}

// width is the number of bytes a decoded sample takes.
func (im *Image) width() int { return (im.BitsAllocated + 7) / 8 }

// half tells whether native frames leave out every second pair of colour samples.
func (im *Image) half() bool {
	return im.Samples == 3 && (im.Photometric == "YBR_FULL_422" || im.Photometric == "YBR_PARTIAL_422")
}

// aspect gives pixel height over width from Pixel Aspect Ratio, or from the spacings.
func aspect(d *dicom.Dataset) float64 {
	for _, t := range []dicom.Tag{dicom.PixelAspectRatio, dicom.PixelSpacing, dicom.ImagerPixelSpacing} {
		if v := d.Floats(t); len(v) == 2 && v[0] > 0 && v[1] > 0 {
			if a := v[0] / v[1]; a > 0.1 && a < 10 {
				return a
			}
		}
	}
	return 1
}

// describeValues reads what makes values visible, from the functional groups of the frame first (PS3.3 C.7.6.16).
func (im *Image) describeValues(d *dicom.Dataset, frame int) {
	group := func(t dicom.Tag) *dicom.Dataset {
		if frames := d.Sequence(dicom.PerFrameFunctionalGroupsSequence); frame >= 0 && frame < len(frames) {
			if g := frames[frame].First(t); g != nil {
				return g
			}
		}
		if g := d.First(dicom.SharedFunctionalGroupsSequence, t); g != nil {
			return g
		}
		return d
	}
	g := group(dicom.PixelValueTransformationSequence)
	if v, ok := g.Float(dicom.RescaleSlope); ok && v != 0 {
		im.Slope = v
	}
	if v, ok := g.Float(dicom.RescaleIntercept); ok {
		im.Intercept = v
	}
	// The Modality LUT of XA and XRF leads back to X-ray intensity, and is not for display (PS3.3 C.8.7.1.1.2).
	if m := d.First(dicom.ModalityLUTSequence); m != nil && im.Modality != "XA" && im.Modality != "RF" {
		im.ModalityLUT = newLUT(m, im.Signed)
	}
	im.Windows = windows(group(dicom.FrameVOILUTSequence))
	negative := im.ModalityLUT == nil && (im.modality(im.lowest()) < 0 || im.modality(im.lowest()+1<<min(im.BitsStored, 32)-1) < 0)
	for _, item := range group(dicom.FrameVOILUTSequence).Sequence(dicom.VOILUTSequence) {
		if l := newLUT(item, negative); l != nil {
			im.VOILUTs = append(im.VOILUTs, l)
		}
	}
	switch presentation := d.String(pixelPresentation); {
	case im.Photometric == "PALETTE COLOR", im.Samples == 1 && (presentation == "COLOR" || presentation == "MIXED"):
		im.Palette = newPalette(d, im.Signed)
	}
	im.Padding = im.padding(d)
	// The shape, where there is one, repeats what the photometric interpretation says (PS3.3 C.8.11.3.1.2), or corrects it.
	im.Inverse = im.Photometric == "MONOCHROME1"
	if shape := d.String(dicom.PresentationLUTShape); shape != "" {
		im.Inverse = shape == "INVERSE"
	}
	im.Overlays = im.overlays(d, frame)
}

// padding reads the values that are no image. Signed ones that are written as unsigned, and the other way round, are met often.
func (im *Image) padding(d *dicom.Dataset) *Interval {
	value, limit := dicom.PixelPaddingValue, dicom.PixelPaddingRangeLimit
	switch {
	case im.Float && im.BitsAllocated == 64:
		value, limit = doubleFloatPixelPaddingValue, doubleFloatPixelPaddingRangeLimit
	case im.Float:
		value, limit = floatPixelPaddingValue, floatPixelPaddingRangeLimit
	}
	a, ok := d.Float(value)
	if !ok {
		return nil
	}
	b, ok := d.Float(limit)
	if !ok {
		b = a
	}
	if !im.Float {
		a, b = im.represented(a), im.represented(b)
	}
	return &Interval{min(a, b), max(a, b)}
}

// represented brings a value of 16 bits into the Pixel Representation of the image.
func (im *Image) represented(v float64) float64 {
	switch {
	case im.Signed && v >= 1<<15 && v < 1<<16:
		return v - 1<<16
	case !im.Signed && v < 0:
		return v + 1<<16
	}
	return v
}
