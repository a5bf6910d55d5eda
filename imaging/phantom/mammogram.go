package phantom

import (
	"iter"
	"math"
	"strings"
	"time"

	"yilian/imaging/dicom"
)

const (
	mgImageStorage = "1.2.840.10008.5.1.4.1.1.1.2"

	breastRows, breastColumns = 960, 720
	breastMM                  = 0.25 // a pixel

	bodyThickness  dicom.Tag = 0x001811A0
	implantPresent dicom.Tag = 0x00281300
	organExposed   dicom.Tag = 0x00400318
)

// breastView is one of the four pictures of a screening.
type breastView struct {
	side, position string
	code, meaning  string
	photometric    string
}

// breastViews are in the order in which they are taken. The last one comes dark on light, as some plates give it.
var breastViews = []breastView{
	{"R", "CC", "399162004", "cranio-caudal", "MONOCHROME2"},
	{"L", "CC", "399162004", "cranio-caudal", "MONOCHROME2"},
	{"L", "MLO", "399368009", "medio-lateral oblique", "MONOCHROME2"},
	{"R", "MLO", "399368009", "medio-lateral oblique", "MONOCHROME1"},
}

// mammogram is a screening of both breasts, from above and obliquely, ready to be looked at.
func mammogram(s *study) iter.Seq[*dicom.Dataset] {
	return func(yield func(*dicom.Dataset) bool) {
		tone, fine := newTexture(s.rng, 256, 7), newTexture(s.rng, 256, 1)
		for i, v := range breastViews {
			d := s.dataset(header{
				class: mgImageStorage, modality: "MG", series: i + 1, number: 1, study: "乳腺筛查", description: v.side + " " + v.position, protocol: "乳腺钼靶",
				body: "BREAST", image: `ORIGINAL\PRIMARY\`, model: "YL-MG 24x30", after: time.Duration(i+1) * time.Minute,
			})
			pixels(d, breastRows, breastColumns, 12, breast(v, tone, fine, s.Finding))
			breastModules(d, v)
			if !yield(d) {
				return
			}
		}
	}
}

// breastModules sets the DX and mammography modules (PS3.3 C.8.11).
func breastModules(d *dicom.Dataset, v breastView) {
	dxModules(d, breastMM)
	d.SetString(dicom.PhotometricInterpretation, v.photometric)
	if v.photometric == "MONOCHROME1" {
		d.SetString(dicom.PresentationLUTShape, "INVERSE")
		d.SetSigned(dicom.PixelIntensityRelationshipSign, 1)
	}
	d.SetString(dicom.ViewPosition, v.position)
	d.SetString(dicom.ImageLaterality, v.side)
	down := map[string]string{"RCC": "R", "LCC": "L", "RMLO": "FR", "LMLO": "FL"}[v.side+v.position]
	// The rows of a right breast end at the chest wall, those of a left one begin there.
	d.SetString(dicom.PatientOrientation, map[string]string{"R": "P", "L": "A"}[v.side], down)
	d.SetSequence(dicom.AnatomicRegionSequence, code(d, "76752008", "SCT", "Breast"))
	view := code(d, v.code, "SCT", v.meaning)
	view.SetSequence(dicom.ViewModifierCodeSequence)
	d.SetSequence(dicom.ViewCodeSequence, view)
	d.SetString(dicom.PositionerType, "MAMMOGRAPHIC")
	d.SetFloat(dicom.PositionerPrimaryAngle, map[string]float64{"RCC": 0, "LCC": 0, "RMLO": 45, "LMLO": -45}[v.side+v.position])
	d.SetFloat(dicom.DistanceSourceToDetector, 650)
	d.SetFloat(dicom.KVP, 28)
	d.SetFloat(dicom.PixelSpacing, breastMM, breastMM)
	d.SetString(organExposed, "BREAST")
	d.SetString(implantPresent, "NO")
	d.SetFloat(bodyThickness, 52)
	presets(d, window{2048, 4096, "标准"})
}

// breast draws one view: fat and glands within the skin, the nipple, the pectoral muscle of an oblique view, and calcifications.
func breast(v breastView, tone, fine *texture, finding bool) []uint16 {
	out := make([]uint16, breastRows*breastColumns)
	oblique := strings.HasSuffix(v.position, "MLO")
	long, half := 440.0, 330.0
	if oblique {
		long, half = 470, 390
	}
	for j := range breastRows {
		y := float64(j) - breastRows/2
		for i := range breastColumns {
			x := float64(i) // from the chest wall
			if v.side == "R" {
				x = breastColumns - 1 - float64(i)
			}
			value := glandular(x, y, long, half, tone, fine)
			if oblique && value > 0 && x < 210-0.36*(y+breastRows/2) {
				value = 3050 + 60*tone.at(x*0.3, y*0.3+70)
			}
			if finding && v.side == "L" && calcified(x-230, y+40) {
				value = 3900
			}
			if v.photometric == "MONOCHROME1" {
				value = 4095 - value
			}
			out[j*breastColumns+i] = uint16(min(max(value, 0), 4095))
		}
	}
	return out
}

// glandular is the brightness within the skin, nought outside.
func glandular(x, y, long, half float64, tone, fine *texture) float64 {
	r := math.Hypot(x/long, y/half)
	if nipple := math.Hypot(x-long-4, y); nipple < 16 {
		return 2500
	}
	if r > 1 {
		return 0
	}
	glands := smooth((0.86-r)/0.3) * (0.55 + 0.45*math.Max(tone.at(x*0.32+11, y*0.32+140), -1))
	skin := 500 * smooth((r-0.975)/0.02)
	return 900*smooth((1-r)/0.12) + 1500*math.Max(glands, 0) + skin + 90*fine.at(x*0.7+3, y*0.7+200)
}

// calcified tells whether a place belongs to a group of specks.
func calcified(x, y float64) bool {
	for k := range 9 {
		sin, cos := math.Sincos(float64(k) * 2.4)
		r := 6 + 5*float64(k)
		if math.Hypot(x-r*cos, y-r*sin) < 2.2 {
			return true
		}
	}
	return false
}
