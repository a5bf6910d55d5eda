package phantom

import (
	"iter"
	"math"
	"math/rand/v2"
	"time"

	"yilian/imaging/dicom"
)

const (
	usMultiframeStorage = "1.2.840.10008.5.1.4.1.1.3.1"

	usWidth, usHeight = 640, 480
	usFrames          = 40
	usFrameTime       = 33.0  // ms
	usDepth           = 150.0 // mm
	usHalfAngle       = 0.72  // radians
	usApexY           = 24.0  // pixels from the upper edge

	usLines, usSamples = 192, 420
)

// usScale is the number of millimetres a pixel takes.
const usScale = usDepth / (usHeight - usApexY - 26)

// ultrasound is a loop of the heart from its apex: four chambers that beat once in the loop, speckle that moves with them.
func ultrasound(s *study) iter.Seq[*dicom.Dataset] {
	return func(yield func(*dicom.Dataset) bool) {
		n := s.images(usFrames)
		loop := newEcho(s.rng, s.Finding)
		values := make([]uint16, 0, n*usWidth*usHeight)
		for i := range n {
			values = append(values, loop.frame(float64(i)/float64(usFrames))...)
		}
		d := s.dataset(header{
			class: usMultiframeStorage, modality: "US", series: 1, number: 1, study: "心脏超声", description: "心尖四腔心", protocol: "心脏", body: "HEART",
			image: `ORIGINAL\PRIMARY\\0001`, model: "YL-US", after: time.Minute,
		})
		pixels(d, usHeight, usWidth, 8, values)
		d.SetString(dicom.PatientOrientation)
		d.SetInt(dicom.NumberOfFrames, n)
		d.SetTags(dicom.FrameIncrementPointer, dicom.FrameTime)
		d.SetFloat(dicom.FrameTime, usFrameTime)
		d.SetInt(dicom.CineRate, int(math.Round(1000/usFrameTime)))
		d.SetInt(dicom.HeartRate, int(math.Round(60000/(usFrames*usFrameTime))))
		d.SetSequence(dicom.SequenceOfUltrasoundRegions, region(d))
		yield(d)
	}
}

// region says what a pixel measures (PS3.3 C.8.5.5): 2D tissue, centimetres in both directions.
func region(d *dicom.Dataset) *dicom.Dataset {
	r := d.NewItem()
	r.SetInt(dicom.RegionSpatialFormat, 1)
	r.SetInt(dicom.RegionDataType, 1)
	r.SetInt(dicom.RegionFlags, 0)
	r.SetInt(dicom.RegionLocationMinX0, 0)
	r.SetInt(dicom.RegionLocationMinY0, 0)
	r.SetInt(dicom.RegionLocationMaxX1, usWidth-1)
	r.SetInt(dicom.RegionLocationMaxY1, usHeight-1)
	r.SetInt(dicom.PhysicalUnitsXDirection, 3)
	r.SetInt(dicom.PhysicalUnitsYDirection, 3)
	r.SetFloat(dicom.PhysicalDeltaX, usScale/10)
	r.SetFloat(dicom.PhysicalDeltaY, usScale/10)
	return r
}

// echo is a beating heart as scatterers see it: speckle is drawn in the tissue, and the tissue moves.
type echo struct {
	real, imag *texture // the scatterers, as two independent fields
	slow       *texture
	effusion   bool
	polar      []float32
}

func newEcho(rng *rand.Rand, finding bool) *echo {
	return &echo{real: newTexture(rng, 512, 1), imag: newTexture(rng, 512, 1), slow: newTexture(rng, 128, 5), effusion: finding, polar: make([]float32, usLines*usSamples)}
}

// beat gives how far the ventricles are contracted, 0 to 1, at a phase of the cycle.
func beat(phase float64) float64 {
	phase = math.Mod(phase, 1)
	if phase < 0.38 {
		return smooth(phase / 0.38)
	}
	return 1 - smooth((phase-0.38)/0.34)
}

// frame makes one picture: echoes along the lines of the probe, compressed, and laid into the sector.
func (e *echo) frame(phase float64) []uint16 {
	squeeze := beat(phase)
	for l := range usLines {
		angle := (float64(l)/(usLines-1)*2 - 1) * usHalfAngle
		sin, cos := math.Sincos(angle)
		for k := range usSamples {
			depth := float64(k) / usSamples * usDepth
			x, y := depth*sin, depth*cos
			strength := e.strength(x, y, squeeze)
			u, v := e.tissue(x, y, squeeze)
			along, across := math.Hypot(u, v)*2.3, math.Atan2(u, v)*95
			re, im := e.real.at(across+200, along+100), e.imag.at(across+37, along+211)
			amplitude := strength * math.Sqrt(re*re+im*im) / 1.25
			amplitude *= 1 - 0.35*smooth((depth-90)/60)
			e.polar[l*usSamples+k] = float32(amplitude)
		}
	}
	return e.convert()
}

// tissue follows a point back to where its tissue is at rest.
func (e *echo) tissue(x, y, squeeze float64) (float64, float64) {
	fall := math.Exp(-((x-2)*(x-2) + (y-75)*(y-75)) / (2 * 38 * 38))
	return x + (x-2)*0.22*squeeze*fall, y + (y-75)*0.12*squeeze*fall
}

// strength gives how strongly a point sends back: walls, blood, valves, what lies around.
func (e *echo) strength(x, y, squeeze float64) float64 {
	s := 1 - 0.26*squeeze
	left := chamber(x, y, 17, 62, 17*s, 34*(1-0.14*squeeze))
	right := chamber(x, y, -19, 66, 13*s, 29*(1-0.14*squeeze))
	fill := 1 + 0.18*squeeze
	leftAtrium := chamber(x, y, 16, 117, 17*fill, 16*fill)
	rightAtrium := chamber(x, y, -17, 116, 15*fill, 15*fill)
	inside := min(min(left, right), min(leftAtrium, rightAtrium))
	wall := min(left*17*s, right*13*s)
	slow := 1 + 0.22*e.slow.at(x*0.35+64, y*0.35+20)
	switch {
	case e.valve(x, y, squeeze):
		return 1.5
	case math.Abs(x) < 1.7 && y > 96 && y < 132:
		return 0.7 // the wall between the atria
	case inside < 0:
		return 0.007
	case inside < 0.06:
		return 1.3 // the inner lining
	case wall < 11:
		return 0.5 * slow
	case e.effusion && wall < 19 && y > 34 && y < 108:
		return 0.006
	case (wall < 12.5 || e.effusion && wall > 19 && wall < 20.5) && y < 108:
		return 1.5 // pericardium
	case y < 12:
		return 1.1 * slow
	}
	return (0.4 + 0.25*math.Exp(-y/30)) * slow
}

// chamber is negative inside an ellipse, and grows with the relative distance outside.
func chamber(x, y, cx, cy, a, b float64) float64 {
	return math.Hypot((x-cx)/a, (y-cy)/b) - 1
}

// valve draws the leaflets between atria and ventricles: closed while the ventricles contract.
func (e *echo) valve(x, y, squeeze float64) bool {
	open := (1 - smooth(squeeze*2.2)) * 0.9
	leaf := func(hinge, direction float64) bool {
		length := 13.0
		sin, cos := math.Sincos(open)
		t := (x-hinge)*direction*cos - (y-99)*sin
		n := (x-hinge)*direction*sin + (y-99)*cos
		return t > 0 && t < length && math.Abs(n) < 0.9
	}
	return leaf(3, 1) || leaf(31, -1) || leaf(-4, -1) || leaf(-30, 1)
}

// convert compresses the echoes to decibels and lays the lines into the sector.
func (e *echo) convert() []uint16 {
	out := make([]uint16, usWidth*usHeight)
	for j := range usHeight {
		y := (float64(j) - usApexY) * usScale
		for i := range usWidth {
			x := (float64(i) - usWidth/2) * usScale
			depth := math.Hypot(x, y)
			angle := math.Atan2(x, y)
			if y <= 0 || depth < 3 || depth >= usDepth-1 || math.Abs(angle) >= usHalfAngle {
				continue
			}
			l, k := (angle/usHalfAngle+1)/2*(usLines-1), depth/usDepth*usSamples
			out[j*usWidth+i] = uint16(decibels(e.sample(l, k)))
		}
	}
	scaleMarks(out)
	return out
}

func (e *echo) sample(l, k float64) float64 {
	i, j := min(int(l), usLines-2), min(int(k), usSamples-2)
	u, w := l-float64(i), k-float64(j)
	at := func(i, j int) float64 { return float64(e.polar[i*usSamples+j]) }
	return (at(i, j)*(1-w)+at(i, j+1)*w)*(1-u) + (at(i+1, j)*(1-w)+at(i+1, j+1)*w)*u
}

// decibels shows a range of 54 dB.
func decibels(amplitude float64) float64 {
	const dynamic = 54
	return min(max((20*math.Log10(max(amplitude, 1e-6))+dynamic-8)/dynamic, 0), 1) * 235
}

// scaleMarks draws ticks at each centimetre of depth beside the sector.
func scaleMarks(out []uint16) {
	for cm := range int(usDepth/10) + 1 {
		j := int(usApexY + float64(cm)*10/usScale)
		length := 5
		if cm%5 == 0 {
			length = 10
		}
		for i := range length {
			if j < usHeight {
				out[j*usWidth+usWidth-20+i] = 180
			}
		}
	}
}
