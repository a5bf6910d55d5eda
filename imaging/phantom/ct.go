package phantom

import (
	"iter"
	"math"
	"time"

	"yilian/imaging/dicom"
)

const (
	ctImageStorage = "1.2.840.10008.5.1.4.1.1.2"
	chestSlices    = 64
	ctSide         = 512
)

// chestCT is an axial series without contrast: 5 mm slices, soft kernel.
func chestCT(s *study) iter.Seq[*dicom.Dataset] {
	const field = 380.0
	body := newChest(s.rng, s.Finding)
	n := s.images(chestSlices)
	step := chestHeight / float64(n)
	return s.ct(ctSeries{
		n: n, step: step, field: field, top: -40, noise: 11,
		header: header{
			class: ctImageStorage, modality: "CT", series: 2, study: "胸部CT平扫", description: "胸部平扫 5.0mm 软组织", protocol: "胸部平扫", body: "CHEST",
			image: `ORIGINAL\PRIMARY\AXIAL`, model: "YL-CT 64",
		},
		kvp: 120, current: 180,
		windows: []window{{40, 400, "纵隔窗"}, {-600, 1500, "肺窗"}, {450, 1800, "骨窗"}},
		draw: func(g *canvas, z float64) {
			body.slice(g, z)
			couch(g, bodyY+116*body.shape)
		},
	})
}

// couch draws the hollow table under a back that ends at y.
func couch(g *canvas, y float64) {
	g.each(-190, y-30, 190, y+20, func(x, at float64, v *float32) {
		surface := y - 24*x*x/(200*200)
		switch d := at - surface; {
		case *v > -900:
		case d > 0 && d < 1.6, d > 13 && d < 14.6:
			*v = -350
		case d >= 1.6 && d <= 13:
			*v = -930
		}
	})
}

// ctSeries is what differs between the CT studies.
type ctSeries struct {
	n            int
	step, field  float64 // mm
	top          float64 // z of the first slice in patient coordinates, upwards
	noise        float64 // HU in the middle
	kvp, current float64
	windows      []window
	draw         func(g *canvas, z float64)
	header       header
}

func (s *study) ct(c ctSeries) iter.Seq[*dicom.Dataset] {
	return func(yield func(*dicom.Dataset) bool) {
		side := s.size(ctSide)
		g := newCanvas(side, side, c.field, c.field)
		grains := newTexture(s.rng, 512, 1)
		frame := s.uid("frame of reference")
		for i := range c.n {
			z := (float64(i) + 0.5) * c.step
			c.draw(g, z)
			g.blur(2)
			values := hounsfield(g, c.noise, grains.grain(s.rng))
			h := c.header
			h.number = i + 1
			h.after = time.Duration(h.series)*time.Minute + time.Duration(i)*400*time.Millisecond
			d := s.dataset(h)
			pixels(d, side, side, 12, values)
			plane(d, frame, g.dx, c.step, g.x0, g.y0, c.top-z)
			s.ctModule(d, c)
			if !yield(d) {
				return
			}
		}
	}
}

// ctModule sets the CT Image module (PS3.3 C.8.2.1).
func (s *study) ctModule(d *dicom.Dataset, c ctSeries) {
	d.SetFloat(dicom.KVP, c.kvp)
	d.SetFloat(dicom.RescaleIntercept, -1024)
	d.SetFloat(dicom.RescaleSlope, 1)
	d.SetString(dicom.RescaleType, "HU")
	presets(d, c.windows...)
	d.SetString(dicom.ScanOptions, "HELICAL MODE")
	d.SetFloat(dicom.DataCollectionDiameter, 500)
	d.SetFloat(dicom.ReconstructionDiameter, c.field)
	d.SetFloat(dicom.DistanceSourceToDetector, 1040)
	d.SetFloat(dicom.DistanceSourceToPatient, 570)
	d.SetFloat(dicom.GantryDetectorTilt, 0)
	d.SetFloat(dicom.TableHeight, 150)
	d.SetInt(dicom.ExposureTime, 500)
	d.SetInt(dicom.XRayTubeCurrent, int(c.current))
	d.SetInt(dicom.Exposure, int(c.current/2))
	d.SetString(dicom.ConvolutionKernel, "STANDARD")
	d.SetFloat(dicom.SpacingBetweenSlices, c.step)
}

// hounsfield turns a canvas into stored values with noise: more in the middle and along the wide axis of the body, as photons are
// fewest there. What lies outside the scanned circle is air.
func hounsfield(g *canvas, noise float64, grain func(i, j int) float32) []uint16 {
	out := make([]uint16, len(g.v))
	centre, inverse := float64(g.w-1)/2, 2/float64(g.w)
	for j := range g.h {
		y := (float64(j) - centre) * inverse
		for i := range g.w {
			x := (float64(i) - centre) * inverse
			if x*x+y*y > 1 {
				continue
			}
			v := float64(g.v[j*g.w+i])
			level := noise * (0.35 + 0.75*math.Exp(-2.2*x*x-6*y*y))
			if v < -980 {
				level *= 0.35
			}
			v += level * float64(grain(i, j))
			out[j*g.w+i] = uint16(min(max(math.Round(v)+1024, 0), 4095))
		}
	}
	return out
}
