package phantom

import (
	"iter"
	"math"
	"math/rand/v2"

	"yilian/imaging/dicom"
)

// tissue is what a point of the head is made of.
type tissue int

const (
	tAir tissue = iota
	tSkin
	tScalp // fat
	tMuscle
	tCortical
	tMarrow
	tFluid // cerebrospinal
	tGray
	tWhite
	tDeep // grey nuclei
	tEye
	tVessel
	tBleed
	tEdema
)

// headHeight is what the model covers, in mm from the vertex downwards.
const headHeight = 160.0

// head is a skull with a brain: x to the patient's left, y to the back, z downwards.
type head struct {
	fold    *texture
	finding bool
	shape   float64
}

func newHead(rng *rand.Rand, finding bool) *head {
	return &head{fold: newTexture(rng, 256, 16), finding: finding, shape: 0.96 + 0.08*rng.Float64()}
}

// outline gives the half axes of the skin at z.
func (h *head) outline(z float64) (a, b float64) {
	t := math.Sqrt(max(1-math.Pow(max(78-z, 0)/80, 2), 0))
	narrow := 1 - 0.12*smooth((z-95)/65)
	return 77 * t * narrow * h.shape, 97 * t * (1 - 0.05*smooth((z-110)/50))
}

// at names the tissue of a point.
func (h *head) at(x, y, z float64) tissue {
	a, b := h.outline(z)
	if a < 4 {
		return tAir
	}
	rho := math.Hypot(x/a, y/b)
	if rho >= 1 {
		return tAir
	}
	depth := (1 - rho) * (a + (b-a)*math.Abs(y)/math.Hypot(x, y+1e-9))
	switch {
	case depth < 1.8:
		return tSkin
	case depth < 5:
		return tScalp
	}
	if t, ok := h.face(x, y, z, depth); ok {
		return t
	}
	thick := 6.5 + 1.5*math.Cos(2*math.Atan2(x, y))
	switch inner := depth - 5; {
	case inner < 1.8, inner > thick-1.6 && inner < thick:
		return tCortical
	case inner < thick:
		return tMarrow
	}
	return h.brain(x, y, z, depth-5-thick)
}

// face gives what stands in front and below of the brain: orbits, nasal cavity, sinuses, the base of the skull, neck muscles.
func (h *head) face(x, y, z, depth float64) (tissue, bool) {
	if z < 92 {
		return 0, false
	}
	side := math.Abs(x)
	front := y < -74+1.3*(z-92)+0.006*x*x && y < -30
	switch {
	case math.Hypot(math.Hypot(side-31, (y+66)), z-112) < 12.5:
		return tEye, true
	case front && math.Hypot((side-31)/18, (y+60)/24) < 1 && math.Abs(z-112) < 17:
		return tScalp, true
	case front && side < 13 && y > -84:
		if math.Mod(side+20, 6) < 1.3 {
			return tCortical, true
		}
		return tAir, true
	case front && z > 124 && math.Hypot((side-27)/13, (y+60)/15) < 1:
		return tAir, true
	case front:
		if depth < 10 {
			return tMuscle, true
		}
		return tMarrow, true
	case z > 118 && z < 138 && y < 18 && math.Abs(y+side*0.3-14) < 2+0.2*(side-16) && side > 16: // petrous bone
		if h.fold.at(x*4, y*4) > 1.1 {
			return tAir, true
		}
		return tCortical, true
	case z > 128 && y < -8:
		return tMuscle, true
	case z > 138 && math.Hypot(x/42, (y-34)/40) > 1:
		return tMuscle, true
	}
	return 0, false
}

// brain gives the tissue at a depth below the inner table of the skull.
func (h *head) brain(x, y, z, depth float64) tissue {
	wave := h.fold.at(x*0.5+z*0.4, y*0.5-z*0.3)
	furrow := h.fold.at(x*0.62-z*0.25+77, y*0.62+z*0.3+31)
	side := math.Abs(x)
	switch {
	case depth < 1.6+0.8*wave:
		return tFluid
	case side < 1.1 && (y < -38 || y > 44) && z < 100:
		return tVessel // falx
	case side < 2+0.5*wave && (y < -30 || y > 36) && z < 100:
		return tFluid
	case math.Abs(furrow) < 0.13 && depth < 14+5*wave:
		return tFluid
	case z > 50 && z < 98 && h.sylvian(side, y, z, wave):
		return tFluid
	}
	if t, ok := h.inner(x, y, z, wave); ok {
		return t
	}
	if depth < 4.5+wave || math.Abs(furrow) < 0.55 && depth < 17+5*wave || side < 5 && (y < -34 || y > 40) {
		return tGray
	}
	return tWhite
}

func (h *head) sylvian(side, y, z, wave float64) bool {
	return math.Abs(y+8-0.35*(side-40)-0.2*(z-75)) < 1.6+0.8*wave && side > 38
}

// inner gives ventricles, deep nuclei, brain stem, cerebellum and what the finding adds.
func (h *head) inner(x, y, z, wave float64) (tissue, bool) {
	side := math.Abs(x)
	if t, ok := h.lesion(x, y, z, wave); ok {
		return t, true
	}
	shift := 0.0
	if h.finding && z > 52 && z < 92 {
		shift = -2.5
	}
	x -= shift
	side = math.Abs(x)
	horn := func(cx, cy, a, b float64) bool {
		u, v := (side-cx)/a, (y-cy)/b
		return u*u+v*v < 1
	}
	switch {
	case z > 52 && z < 66 && horn(9+0.1*math.Abs(y), -2, 5.5, 38) && side > 2:
		return tFluid, true
	case z >= 66 && z < 80 && (horn(8, -26, 5, 12) || horn(20, 34, 6, 17)) && side > 1.5:
		return tFluid, true
	case z >= 72 && z < 90 && side < 2.4 && y > -16 && y < 12:
		return tFluid, true
	case z > 112 && z < 132 && side < 6-math.Abs(y-26)*0.5:
		return tFluid, true // fourth ventricle
	case z >= 92 && z < 108 && math.Hypot(x/11, (y+14)/9) < 1:
		return tFluid, true // suprasellar cistern
	case z >= 64 && z < 86 && horn(9, 2, 8, 13): // thalamus
		return tDeep, true
	case z >= 62 && z < 86 && horn(13, -22, 5, 9): // caudate
		return tDeep, true
	case z >= 64 && z < 88 && horn(25-0.12*(y+6), -6, 6, 17): // lentiform
		return tDeep, true
	case z > 100 && math.Hypot(x/15, (y-6)/14) < 1:
		return tWhite, true // brain stem
	case z > 104 && y > 14 && math.Mod(math.Hypot(x*0.7, y-20)+1.5*wave+60, 4.2) < 0.9:
		return tFluid, true // folia of the cerebellum
	}
	return 0, false
}

// lesion is a bleeding of the left putamen with a rim of edema.
func (h *head) lesion(x, y, z, wave float64) (tissue, bool) {
	if !h.finding {
		return 0, false
	}
	u, v, w := (x-30)/13, (y+2)/20, (z-76)/15
	switch r := math.Sqrt(u*u+v*v+w*w) + 0.07*wave; {
	case r < 1:
		return tBleed, true
	case r < 1.3:
		return tEdema, true
	}
	return 0, false
}

const headSlices = 32

// headHU are the Hounsfield units of the tissues.
var headHU = [...]float32{
	tAir: air, tSkin: 20, tScalp: -85, tMuscle: 55, tCortical: 1250, tMarrow: 420, tFluid: 7, tGray: 38, tWhite: 30, tDeep: 35,
	tEye: 14, tVessel: 48, tBleed: 68, tEdema: 19,
}

// headCT is an axial series without contrast.
func headCT(s *study) iter.Seq[*dicom.Dataset] {
	model := newHead(s.rng, s.Finding)
	n := s.images(headSlices)
	step := headHeight / float64(n)
	return s.ct(ctSeries{
		n: n, step: step, field: 240, top: 80, noise: 3.4,
		header: header{
			class: ctImageStorage, modality: "CT", series: 2, study: "头颅CT平扫", description: "头颅平扫 5.0mm", protocol: "头颅平扫", body: "HEAD",
			image: `ORIGINAL\PRIMARY\AXIAL`, model: "YL-CT 64",
		},
		kvp: 120, current: 260,
		windows: []window{{35, 80, "脑窗"}, {60, 200, "血肿窗"}, {500, 2500, "骨窗"}},
		draw: func(g *canvas, z float64) {
			g.fill(air)
			g.each(-120, -120, 120, 120, func(x, y float64, v *float32) {
				*v = headHU[model.at(x, y, z)]
			})
		},
	})
}
