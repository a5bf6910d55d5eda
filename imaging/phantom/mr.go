package phantom

import (
	"iter"
	"math"
	"time"

	"yilian/imaging/dicom"
)

const (
	mrImageStorage = "1.2.840.10008.5.1.4.1.1.4"
	brainSlices    = 20
	mrSide         = 256
	mrField        = 230.0
)

// contrast is a weighting: the signal of each tissue, and the times that make it.
type contrast struct {
	name                 string
	sequence, variant    string
	repetition, echo     float64 // ms
	flip                 float64
	train                int
	signal               [14]float32
	center, windowsWidth float64
}

// contrasts are the two series.
func contrasts() []contrast {
	return []contrast{
		{
			"T1 横断位", "SE", "SK", 500, 9, 90, 1,
			[14]float32{tAir: 0, tSkin: 420, tScalp: 1150, tMuscle: 380, tCortical: 45, tMarrow: 620, tFluid: 170, tGray: 520, tWhite: 700, tDeep: 560, tEye: 190, tVessel: 260, tBleed: 470, tEdema: 420},
			480, 1000,
		},
		{
			"T2 横断位", "SE", "SK", 4200, 98, 150, 16,
			[14]float32{tAir: 0, tSkin: 300, tScalp: 800, tMuscle: 220, tCortical: 40, tMarrow: 360, tFluid: 1250, tGray: 560, tWhite: 390, tDeep: 440, tEye: 1200, tVessel: 130, tBleed: 760, tEdema: 980},
			600, 1300,
		},
	}
}

// brainMR is a T1 and a T2 weighted axial series of the same slices.
func brainMR(s *study) iter.Seq[*dicom.Dataset] {
	return func(yield func(*dicom.Dataset) bool) {
		model := newHead(s.rng, s.Finding)
		side := s.size(mrSide)
		g := newCanvas(side, side, mrField, mrField)
		grains := newTexture(s.rng, mrSide, 1)
		n := s.images(brainSlices)
		step := (headHeight - 30) / float64(n)
		frame := s.uid("frame of reference")
		for k, c := range contrasts() {
			for i := range n {
				z := 12 + (float64(i)+0.5)*step
				g.each(-mrField, -mrField, mrField, mrField, func(x, y float64, v *float32) {
					*v = c.signal[model.at(x, y, z)]
				})
				g.blur(1)
				d := s.dataset(header{
					class: mrImageStorage, modality: "MR", series: k + 2, number: i + 1, study: "头颅MR平扫", description: c.name, protocol: "头颅平扫",
					body: "HEAD", image: `ORIGINAL\PRIMARY\M\NORM`, model: "YL-MR 1.5T", after: time.Duration(k+2)*time.Minute + time.Duration(i)*time.Second,
				})
				pixels(d, side, side, 12, magnitude(g, 16, grains.grain(s.rng)))
				plane(d, frame, g.dx, step*0.85, g.x0, g.y0, 80-z)
				mrModule(d, c, step)
				if !yield(d) {
					return
				}
			}
		}
	}
}

// magnitude lays noise over the signal as a magnitude image has it (Rician), and the uneven sensitivity of a head coil.
func magnitude(g *canvas, noise float64, grain func(i, j int) float32) []uint16 {
	out := make([]uint16, len(g.v))
	for j := range g.h {
		for i := range g.w {
			x, y := float64(i)/float64(g.w)-0.5, float64(j)/float64(g.h)-0.5
			v := float64(g.v[j*g.w+i])*(0.92+0.5*(x*x+y*y)) + noise*float64(grain(i, j))
			w := noise * float64(grain(j+91, i+37))
			out[j*g.w+i] = uint16(min(math.Sqrt(v*v+w*w), 4095))
		}
	}
	return out
}

// mrModule sets the MR Image module (PS3.3 C.8.3.1).
func mrModule(d *dicom.Dataset, c contrast, step float64) {
	d.SetString(dicom.ScanningSequence, c.sequence)
	d.SetString(dicom.SequenceVariant, c.variant)
	d.SetString(dicom.ScanOptions)
	d.SetString(dicom.MRAcquisitionType, "2D")
	d.SetFloat(dicom.RepetitionTime, c.repetition)
	d.SetFloat(dicom.EchoTime, c.echo)
	d.SetInt(dicom.EchoTrainLength, c.train)
	d.SetFloat(dicom.FlipAngle, c.flip)
	d.SetFloat(dicom.NumberOfAverages, 1)
	d.SetFloat(dicom.ImagingFrequency, 63.87)
	d.SetFloat(dicom.MagneticFieldStrength, 1.5)
	d.SetFloat(dicom.SpacingBetweenSlices, step)
	presets(d, window{c.center, c.windowsWidth, "默认"})
}
