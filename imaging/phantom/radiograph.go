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
	return s.radiograph(header{class: crImageStorage, modality: "CR", series: 1, number: 1, study: "胸部正位", description: "胸部后前位", protocol: "胸部正位", body: "CHEST",
		image: `ORIGINAL\PRIMARY`, model: "YL-CR 14x17", after: time.Minute}, func(d *dicom.Dataset) {
		d.SetString(dicom.ViewPosition, "PA")
		d.SetString(dicom.PatientOrientation, "L", "F")
		d.SetFloat(dicom.ImagerPixelSpacing, radiographMM/radiographSide, radiographMM/radiographSide)
		d.SetFloat(dicom.PixelSpacing, radiographMM/radiographSide, radiographMM/radiographSide)
	})
}

// chestDX is the same from a flat panel, ready to be looked at.
func chestDX(s *study) iter.Seq[*dicom.Dataset] {
	return s.radiograph(header{class: dxImageStorage, modality: "DX", series: 1, number: 1, study: "胸部正位", description: "胸部后前位", protocol: "胸部正位", body: "CHEST",
		image: `ORIGINAL\PRIMARY\`, model: "YL-DR 17x17", after: time.Minute}, dxModules)
}

// dxModules sets the DX series, anatomy, image, detector and positioning modules (PS3.3 C.8.11).
func dxModules(d *dicom.Dataset) {
	d.SetString(dicom.PresentationIntentType, "FOR PRESENTATION")
	d.SetString(dicom.ViewPosition, "PA")
	d.SetString(dicom.ImageLaterality, "U")
	d.SetString(dicom.PatientOrientation, "L", "F")
	d.SetSequence(dicom.AnatomicRegionSequence, code(d, "51185008", "SCT", "Chest"))
	d.SetString(tag("PixelIntensityRelationship"), "LOG")
	d.SetSigned(tag("PixelIntensityRelationshipSign"), -1)
	d.SetFloat(dicom.RescaleIntercept, 0)
	d.SetFloat(dicom.RescaleSlope, 1)
	d.SetString(dicom.RescaleType, "US")
	d.SetString(tag("PresentationLUTShape"), "IDENTITY")
	d.SetString(tag("DetectorType"), "SCINTILLATOR")
	d.SetFloat(dicom.ImagerPixelSpacing, radiographMM/radiographSide, radiographMM/radiographSide)
	d.SetFloat(tag("PositionerPrimaryAngle"), 0)
	d.SetString(tag("PositionerType"), "COLUMN")
	d.SetFloat(dicom.DistanceSourceToDetector, 1800)
	d.SetSequence(dicom.AcquisitionContextSequence)
	d.SetString(dicom.LossyImageCompression, "00")
	view := code(d, "272479007", "SCT", "postero-anterior")
	view.SetSequence(tag("ViewModifierCodeSequence"))
	d.SetSequence(tag("ViewCodeSequence"), view)
}

// tag finds a tag by a keyword that the dictionary has.
func tag(keyword string) dicom.Tag {
	t, ok := dicom.TagOf(keyword)
	if !ok {
		panic("phantom: no DICOM keyword " + keyword)
	}
	return t
}

func (s *study) radiograph(h header, modules func(*dicom.Dataset)) iter.Seq[*dicom.Dataset] {
	return func(yield func(*dicom.Dataset) bool) {
		shadow := project(newChest(s.rng, s.Finding))
		values := expose(shadow, newTexture(s.rng, 512, 1).grain(s.rng))
		d := s.dataset(h)
		pixels(d, radiographSide, radiographSide, 12, values)
		d.SetFloat(dicom.KVP, 120)
		d.SetInt(dicom.Exposure, 3)
		presets(d, window{2048, 4096, "标准"}, window{1900, 2400, "肺野"})
		modules(d)
		yield(d)
	}
}

// Size of the projection before it is enlarged: the shadow of a body has no finer edges than this.
const (
	shadowW = 704
	shadowH = 352
	shadowD = 88
)

// project adds up the attenuation along straight rays through the model, back to front, one line of the picture at a time.
func project(body *chest) *canvas {
	out := newCanvas(shadowW, shadowH, radiographMM, radiographMM)
	g := newCanvas(shadowW, shadowD, radiographMM, 262)
	for j := range shadowH {
		body.slice(g, radiographTop+(float64(j)+0.5)*radiographMM/shadowH)
		line := out.v[j*shadowW : (j+1)*shadowW]
		for k := range shadowD {
			for i, hu := range g.v[k*shadowW : (k+1)*shadowW] {
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
func expose(shadow *canvas, grain func(i, j int) float32) []uint16 {
	wide := &canvas{w: shadow.w, h: shadow.h, v: append([]float32(nil), shadow.v...), spare: shadow.spare}
	wide.blur(220)
	for i, v := range shadow.v {
		w := wide.v[i]
		shadow.v[i] = 0.62*w + 1.55*(v-w)
	}
	out := make([]uint16, radiographSide*radiographSide)
	ratioX, ratioY := float64(shadow.w)/radiographSide, float64(shadow.h)/radiographSide
	for j := range radiographSide {
		for i := range radiographSide {
			p := shadow.cubic((float64(i)+0.5)*ratioX-0.5, (float64(j)+0.5)*ratioY-0.5)
			noise := 0.006 + 0.011*smooth(p/2.5)
			p += noise * float64(grain(i, j))
			out[j*radiographSide+i] = uint16(min(max(240+3700*(1-math.Exp(-math.Pow(max(p, 0)/2, 1.9))), 0), 4095))
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
