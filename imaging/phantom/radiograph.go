package phantom

import (
	"iter"
	"math"
	"time"

	"yilian/imaging/dicom"
)

const (
	crImageStorage = "1.2.840.10008.5.1.4.1.1.1"
	dxImageStorage = "1.2.840.10008.5.1.4.1.1.1.1"

	radiographSide = 2048
	radiographMM   = 390.0 // of a side
	radiographTop  = -32.0 // z of the upper edge
)

// chestCR is a chest radiograph, back to front, from a storage plate.
func chestCR(s *study) iter.Seq[*dicom.Dataset] {
	spacing := radiographMM / float64(s.size(radiographSide))
	return s.radiograph(header{
		class: crImageStorage, modality: "CR", series: 1, number: 1, study: "胸部正位", description: "胸部后前位", protocol: "胸部正位", body: "CHEST",
		image: `ORIGINAL\PRIMARY`, model: "YL-CR 14x17", after: time.Minute,
	}, func(d *dicom.Dataset) {
		d.SetString(dicom.ViewPosition, "PA")
		d.SetString(dicom.PatientOrientation, "L", "F")
		d.SetFloat(dicom.ImagerPixelSpacing, spacing, spacing)
		d.SetFloat(dicom.PixelSpacing, spacing, spacing)
	})
}

// chestDX is the same from a flat panel, ready to be looked at.
func chestDX(s *study) iter.Seq[*dicom.Dataset] {
	spacing := radiographMM / float64(s.size(radiographSide))
	return s.radiograph(header{
		class: dxImageStorage, modality: "DX", series: 1, number: 1, study: "胸部正位", description: "胸部后前位", protocol: "胸部正位", body: "CHEST",
		image: `ORIGINAL\PRIMARY\`, model: "YL-DR 17x17", after: time.Minute,
	}, func(d *dicom.Dataset) { dxModules(d, spacing) })
}

// dxModules sets the DX series, anatomy, image, detector and positioning modules (PS3.3 C.8.11).
func dxModules(d *dicom.Dataset, spacing float64) {
	d.SetString(dicom.PresentationIntentType, "FOR PRESENTATION")
	d.SetString(dicom.ViewPosition, "PA")
	d.SetString(dicom.ImageLaterality, "U")
	d.SetString(dicom.PatientOrientation, "L", "F")
	d.SetSequence(dicom.AnatomicRegionSequence, code(d, "51185008", "SCT", "Chest"))
	d.SetString(dicom.PixelIntensityRelationship, "LOG")
	d.SetSigned(dicom.PixelIntensityRelationshipSign, -1)
	d.SetFloat(dicom.RescaleIntercept, 0)
	d.SetFloat(dicom.RescaleSlope, 1)
	d.SetString(dicom.RescaleType, "US")
	d.SetString(dicom.PresentationLUTShape, "IDENTITY")
	d.SetString(dicom.DetectorType, "SCINTILLATOR")
	d.SetFloat(dicom.ImagerPixelSpacing, spacing, spacing)
	d.SetFloat(dicom.PositionerPrimaryAngle, 0)
	d.SetString(dicom.PositionerType, "COLUMN")
	d.SetFloat(dicom.DistanceSourceToDetector, 1800)
	d.SetSequence(dicom.AcquisitionContextSequence)
	d.SetString(dicom.LossyImageCompression, "00")
	view := code(d, "272479007", "SCT", "postero-anterior")
	view.SetSequence(dicom.ViewModifierCodeSequence)
	d.SetSequence(dicom.ViewCodeSequence, view)
}

func (s *study) radiograph(h header, modules func(*dicom.Dataset)) iter.Seq[*dicom.Dataset] {
	return func(yield func(*dicom.Dataset) bool) {
		side := s.size(radiographSide)
		shadow := project(newChest(s.rng, s.Finding), side)
		values := expose(shadow, side, newTexture(s.rng, 512, 1).grain(s.rng))
		d := s.dataset(h)
		pixels(d, side, side, 12, values)
		d.SetFloat(dicom.KVP, 120)
		d.SetInt(dicom.Exposure, 3)
		presets(d, window{2048, 4096, "标准"}, window{1900, 2400, "肺野"})
		modules(d)
		yield(d)
	}
}

// project adds up the attenuation along straight rays through the model, back to front, one line of the picture at a time. The
// projection is smaller than the picture of the given side: the shadow of a body has no finer edges than this.
func project(body *chest, side int) *canvas {
	const depth = 88
	w, h := max(side*11/32, 32), max(side*11/64, 32)
	out := newCanvas(w, h, radiographMM, radiographMM)
	g := newCanvas(w, depth, radiographMM, 262)
	for j := range h {
		body.slice(g, radiographTop+(float64(j)+0.5)*out.dy)
		line := out.v[j*w : (j+1)*w]
		for k := range depth {
			for i, hu := range g.v[k*w : (k+1)*w] {
				switch {
				case hu <= -980:
				case hu > 120:
					line[i] += (hu + 1000) * 1.25 // bone takes more than its density
				default:
					line[i] += hu + 1000
				}
			}
		}
		for i := range line {
			line[i] *= float32(g.dy * 0.00002) // 0.02 a millimetre of water
		}
	}
	out.blur(1)
	return out
}

// expose makes the picture: detail lifted over the wide shadows as the processing of a flat panel does, light where little arrives.
func expose(shadow *canvas, side int, grain func(i, j int) float32) []uint16 {
	wide := &canvas{w: shadow.w, h: shadow.h, v: append([]float32(nil), shadow.v...), spare: shadow.spare}
	wide.blur(max(220*shadow.w*shadow.w/(704*704), 4)) // the same width in millimetres at any size
	for i, v := range shadow.v {
		w := wide.v[i]
		shadow.v[i] = 0.62*w + 1.55*(v-w)
	}
	out := make([]uint16, side*side)
	ratioX, ratioY := float64(shadow.w)/float64(side), float64(shadow.h)/float64(side)
	for j := range side {
		for i := range side {
			p := shadow.cubic((float64(i)+0.5)*ratioX-0.5, (float64(j)+0.5)*ratioY-0.5)
			noise := 0.006 + 0.011*smooth(p/2.5)
			p += noise * float64(grain(i, j))
			out[j*side+i] = uint16(min(max(240+3700*(1-math.Exp(-math.Pow(max(p, 0)/2, 1.9))), 0), 4095))
		}
	}
	return out
}

// cubic reads the grid between its cells by Catmull-Rom weights.
func (c *canvas) cubic(x, y float64) float64 {
	fx, fy := math.Floor(x), math.Floor(y)
	wx, wy := catmull(x-fx), catmull(y-fy)
	i0, j0 := int(fx)-1, int(fy)-1
	sum := 0.0
	for b := range 4 {
		line := c.v[min(max(j0+b, 0), c.h-1)*c.w:]
		row := 0.0
		for a := range 4 {
			row += wx[a] * float64(line[min(max(i0+a, 0), c.w-1)])
		}
		sum += wy[b] * row
	}
	return sum
}

func catmull(t float64) [4]float64 {
	return [4]float64{
		t * (-0.5 + t*(1-0.5*t)),
		1 + t*t*(-2.5+1.5*t),
		t * (0.5 + t*(2-1.5*t)),
		t * t * (-0.5 + 0.5*t),
	}
}
