package phantom

import (
	"math"
	"math/rand/v2"
)

// Hounsfield units of what the models are made of.
const (
	air      = -1000
	lung     = -860
	fat      = -100
	water    = 5
	blood    = 42
	muscle   = 52
	liver    = 60
	marrow   = 220
	cortical = 850
)

// chestHeight is the part of the trunk that the model covers, in mm from above the lungs' apices downwards.
const chestHeight = 320.0

// chest is a trunk in millimetres: x to the patient's left, y to the back, z downwards from the apices.
type chest struct {
	vessels []segment
	nodule  bool
	tone    *texture // slow variation of tissue
	shape   float64  // 0.94 … 1.06, builds differ
}

func newChest(rng *rand.Rand, finding bool) *chest {
	c := &chest{nodule: finding, shape: 0.95 + 0.1*rng.Float64(), tone: newTexture(rng, 256, 6)}
	for _, side := range []float64{-1, 1} {
		for i := range 11 {
			up := -1 + 2*float64(i)/10 // from the apex to the base
			turn := 2.4 * (rng.Float64() - 0.5)
			c.grow(rng, vessel{x: 33 * side, y: 6, z: 148 + 10*up, dx: (0.55 + 0.5*(1-up*up)) * side, dy: turn * 0.6, dz: 1.1 * up, r: 3.2 + 2.2*rng.Float64()}, 0)
		}
	}
	return c
}

// vessel is where a branch starts, and where it leads.
type vessel struct{ x, y, z, dx, dy, dz, r float64 }

// grow adds a branching vessel until it is thin or leaves the lung: at each fork the trunk goes on, and a thinner branch leaves it.
func (c *chest) grow(rng *rand.Rand, v vessel, depth int) {
	if v.r < 0.4 || depth > 14 {
		return
	}
	norm := math.Sqrt(v.dx*v.dx + v.dy*v.dy + v.dz*v.dz)
	v.dx, v.dy, v.dz = v.dx/norm, v.dy/norm, v.dz/norm
	length := 5 + v.r*(2.5+1.5*rng.Float64())
	next := v
	next.x, next.y, next.z = v.x+v.dx*length, v.y+v.dy*length, v.z+v.dz*length
	if depth > 0 && !c.inLung(next.x, next.y, next.z) {
		return
	}
	c.vessels = append(c.vessels, segment{v.x, v.y, v.z, next.x, next.y, next.z, v.r})
	bend := func(by float64) vessel {
		b := next
		b.dx += by * rng.NormFloat64()
		b.dy += by * rng.NormFloat64()
		b.dz += by * rng.NormFloat64()
		return b
	}
	trunk, branch := bend(0.22), bend(0.75)
	trunk.r *= 0.84 + 0.08*rng.Float64()
	branch.r *= 0.55 + 0.2*rng.Float64()
	c.grow(rng, trunk, depth+1)
	c.grow(rng, branch, depth+1)
}

// body gives the half axes of the skin.
func (c *chest) body(z float64) (a, b float64) {
	neck := smooth((z + 34) / 46)
	return (62 + 112*neck - 14*smooth(z/chestHeight)) * c.shape, (66 + 36*neck + 12*smooth(z/200)) * c.shape
}

// cage gives the half axes of the middle of the ribs; its centre is at cageY.
func (c *chest) cage(z float64) (a, b float64) {
	return (62 + 72*smooth((z+25)/170)) * c.shape, (52 + 36*smooth((z+25)/170)) * c.shape
}

const (
	cageY = -2
	bodyY = 4
)

// dome gives the height of the diaphragm.
func dome(x, y float64) float64 {
	if x < 0 {
		return 232 + ((x+66)*(x+66)+(y+12)*(y+12))/150
	}
	return 244 + ((x-70)*(x-70)+(y+12)*(y+12))/150
}

// gap gives half the width of the mediastinum at y: wide at the hila, narrow behind the breastbone.
func gap(y, z float64) float64 {
	w := 25 + 10*smooth((z-105)/45)
	t := (y - 4) / 44
	if y > 4 {
		t *= 0.75
	}
	return 5 + (w-5)*math.Exp(-t*t*t*t*0.9-0.25*t*t)
}

func (c *chest) inLung(x, y, z float64) bool {
	if z < 2 {
		return false
	}
	a, b := c.cage(z)
	if z < 50 { // the apex is round
		t := (50 - z) / 50
		t = math.Sqrt(1 - t*t)
		a, b = a*t, b*t
	}
	u, v := x/(a*0.955), (y-cageY)/(b*0.945)
	return u*u+v*v < 1 && math.Abs(x-4) > gap(y, z) && z < dome(x, y) && !inHeart(x, y, z, 3) && (x*x+(y-spineY)*(y-spineY) > 28*28)
}

func inHeart(x, y, z, margin float64) bool {
	u, v, w := (x-20)/(60+margin), (y+26)/(47+margin), (z-208)/(60+margin)
	return u*u+v*v+w*w < 1
}

// slice draws the plane z.
func (c *chest) slice(g *canvas, z float64) {
	g.fill(air)
	a, b := c.body(z)
	c.wall(g, z, a, b)
	c.inside(g, z)
	c.mediastinum(g, z)
	c.bones(g, z)
	for i := range c.vessels {
		s := &c.vessels[i]
		if z > min(s.az, s.bz)-s.r-0.5 && z < max(s.az, s.bz)+s.r+0.5 {
			g.tube(s, z, 38)
		}
	}
	if c.nodule {
		c.spot(g, z)
	}
}

// wall draws skin, fat and the muscles around the cage, with planes of fat between them.
func (c *chest) wall(g *canvas, z, a, b float64) {
	layer := 8 + 8*smooth(z/chestHeight)
	ca, cb := c.cage(z)
	g.each(-a, bodyY-b, a, bodyY+b, func(x, y float64, v *float32) {
		if u, w := x/(ca*0.94), (y-cageY)/(cb*0.93); u*u+w*w < 1 {
			return // drawn by inside
		}
		u, w := math.Abs(x)/a, math.Abs(y-bodyY)/b
		rho := u*u*math.Sqrt(u) + w*w*math.Sqrt(w)
		if rho > 1 {
			return
		}
		depth := (1 - math.Pow(rho, 0.4)) * b
		slow := c.toneAt(x*0.22, y*0.22, z*0.2)
		under := depth - layer - 2.5*slow
		switch {
		case depth < 1.6:
			*v = 15
		case under < 0:
			*v = float32(fat + 5*c.toneAt(x, y, z))
		case math.Abs(under-13-4*slow) < 0.9, math.Abs(under-28+5*slow) < 1.1:
			*v = fat + 25 // between two muscles
		default:
			*v = float32(muscle + 5*c.toneAt(x, y, z))
		}
	})
}

// toneAt is a slow variation of tissue that also changes along z.
func (c *chest) toneAt(x, y, z float64) float64 { return c.tone.at(x*0.9+z*0.31, y*0.9+z*0.57) }

// inside fills the cage: lungs above the diaphragm, organs below.
func (c *chest) inside(g *canvas, z float64) {
	a, b := c.cage(z)
	a, b = a*0.955, b*0.945
	g.each(-a, cageY-b, a, cageY+b, func(x, y float64, v *float32) {
		u, w := x/a, (y-cageY)/b
		if u*u+w*w >= 1 {
			return
		}
		switch {
		case c.inLung(x, y, z):
			*v = float32(lung + 26*(y+20)/60 + 14*c.toneAt(x*0.6, y*0.6, z)) // denser where it lies
		case z < 60 && math.Abs(x-4) > gap(y, z):
			*v = muscle - 5
		case z < dome(x, y)+3:
			*v = fat + 10
		default:
			*v = organ(x, y, z, c.toneAt(x, y, z))
		}
	})
}

// organ gives what stands below the diaphragm: liver, stomach with an air bubble, spleen, fat.
func organ(x, y, z, tone float64) float32 {
	low := (z - 240) / 80
	inside := func(cx, cy, a, b float64) bool {
		u, v := (x-cx)/a, (y-cy)/b
		return u*u+v*v < 1
	}
	spine := x*x+(y-spineY)*(y-spineY) < 34*34
	switch {
	case inside(64, -16, 36, 40) && !spine:
		switch {
		case y < -34 && inside(64, -16, 33, 37):
			return -950
		case inside(64, -16, 33, 37):
			return 25
		}
		return 45
	case inside(92, 32, 26, 40):
		return 52
	case spine:
		return fat + float32(5*tone)
	case inside(-60, 2, 74, 80), inside(10+10*low, -34, 62, 30-4*low):
		return liver + float32(3*tone)
	}
	return fat + float32(5*tone)
}

// mediastinum draws heart, great vessels and airways.
func (c *chest) mediastinum(g *canvas, z float64) {
	g.each(-60, -80, 100, 40, func(x, y float64, v *float32) {
		switch {
		case inHeart(x, y, z, -4) && !(z > dome(x, y)+6):
			*v = blood + float32(3*c.toneAt(x, y, z))
		case inHeart(x, y, z, 0) && !(z > dome(x, y)+6):
			*v = -70
		}
	})
	if z < 78 {
		for _, p := range [][3]float64{{-24, -18, 7}, {-10, -24, 6}, {9, -20, 4.5}, {22, -8, 5}, {26, -26, 6}} {
			g.ellipse(p[0], p[1], p[2], p[2], blood)
		}
	}
	if z >= 78 && z < 104 {
		r := 13 * math.Sqrt(max(1-math.Pow((z-91)/14, 2), 0.1))
		g.bar(-6, -22, 20, 34, r, blood, 0)
	}
	if z >= 100 && z < 176 {
		g.ellipse(-8, -22, 16, 16, blood+2)
	}
	if z >= 96 {
		g.ellipse(20-6*smooth((z-200)/100), 37, 12.5, 12.5, blood+2)
	}
	if z >= 60 && z < 178 {
		g.ellipse(-29, -14, 9, 10, blood)
	}
	if z >= 124 && z < 170 {
		g.ellipse(18, -32, 14, 13, blood)
		if z < 150 {
			g.bar(16, -28, -34, 2, 9, blood, 0)
			g.bar(20, -26, 38, 6, 9, blood, 0)
		}
	}
	g.ellipse(6, 29, 5, 4, 30) // oesophagus
	c.airway(g, z)
}

func (c *chest) airway(g *canvas, z float64) {
	ring := func(x, y, r float64) {
		g.ellipse(x, y, r+1.6, r+1.6, 40)
		g.ellipse(x, y, r, r, air)
	}
	switch {
	case z < 114:
		ring(0, 12, 8.6)
	case z < 128:
		g.ellipse(0, 13, 10+(z-114)*1.1, 8, 40)
		ring(-4-(z-114)*0.55, 13, 7)
		ring(4+(z-114)*0.65, 13, 6.6)
	case z < 160:
		ring(-12-(z-128)*0.85, 13, 6.4-(z-128)*0.05)
		ring(13+(z-128)*1.0, 14, 5.8-(z-128)*0.05)
	}
}

// spot is a solid nodule of 15 mm with short spicules in the right upper lobe.
func (c *chest) spot(g *canvas, z float64) {
	const x0, y0, z0, r = -72, 8, 98, 7.5
	if math.Abs(z-z0) > r+4 {
		return
	}
	g.each(x0-14, y0-14, x0+14, y0+14, func(x, y float64, v *float32) {
		angle := math.Atan2(y-y0, x-x0)
		d := math.Sqrt((x-x0)*(x-x0)+(y-y0)*(y-y0)+(z-z0)*(z-z0)) - 1.1*math.Max(0, math.Sin(7*angle+z))
		if cover := r + 0.5 - d; cover > 0 {
			*v += (34 - *v) * float32(min(cover, 1))
		}
	})
}
