package phantom

import "math"

// bones draws spine, ribs, breastbone, shoulder blades and collarbones.
func (c *chest) bones(g *canvas, z float64) {
	c.ribs(g, z)
	c.spine(g, z)
	_, b := c.cage(z)
	if z > 62 && z < 215 {
		y := cageY - b*1.0
		g.ellipse(0, y, 17, 6.5, cortical*0.6)
		g.ellipse(0, y, 15, 4.6, marrow*0.7)
	}
	for _, side := range []float64{-1, 1} {
		if z > 8 && z < 165 { // the blade widens downwards from its spine and ends in a point
			drop := (z - 8) / 157
			wide := math.Sin(math.Pi * min(0.12+0.95*drop, 1))
			g.bar(side*(112-22*wide+8*drop), 72-6*drop, side*(112+34*wide-8*drop), 52-12*wide+8*drop, 1.4+2*wide, 420, 760)
			if z < 62 {
				reach := 1 - (z-8)/54
				g.bar(side*120, 62, side*(122+18*reach), 62-38*reach, 2+3*reach, 380, 760)
			}
		}
		if z > -6 && z < 30 { // the collarbone rises to the shoulder
			from, to := 14+max(18-z, 0)*3.2, 34+max(30-z, 0)*3.4
			g.bar(side*from, -60+from*0.1, side*to, -60+to*0.22, 4.6, 300, cortical)
		}
		if r := 21 * math.Sqrt(max(1-math.Pow((z-16)/24, 2), 0)); r > 2 { // head of the humerus
			g.ellipse(side*136, 8, r*0.85, r, cortical)
			g.ellipse(side*136, 8, r*0.85-1.8, r-1.8, marrow)
		}
	}
}

// spineY is where the bodies of the vertebrae stand.
const spineY = 56

// spine draws a vertebra or a disc, the canal and the processes; a vertebra takes 22 mm.
func (c *chest) spine(g *canvas, z float64) {
	const y = spineY
	phase := math.Mod(z+400, 22)
	wide := 15.5 + 3*z/chestHeight
	if phase < 4.5 {
		g.ellipse(0, y, wide+1, 12.5, 85)
	} else {
		g.ellipse(0, y, wide, 12, cortical*0.55)
		g.ellipse(0, y, wide-1.8, 10.3, marrow)
	}
	g.ellipse(0, y+21, 12.5, 11, cortical*0.5)
	g.ellipse(0, y+19.5, 9, 8, 22) // canal and cord
	g.ellipse(0, y+19.5, 4.5, 3.8, 38)
	if phase > 7 && phase < 19 {
		g.bar(0, y+31, 0, y+40, 3.2, marrow, cortical*0.6)
		for _, side := range []float64{-1, 1} {
			g.bar(side*11, y+20, side*30, y+27, 4, marrow, cortical*0.6)
		}
	}
}

const (
	ribCount  = 12
	ribHeight = 6.2 // half, mm
)

// ribs draws the oblique cuts of the ribs: each runs along the cage from the spine to the front and sinks on its way.
func (c *chest) ribs(g *canvas, z float64) {
	a, b := c.cage(z)
	g.each(-a*1.06, cageY-b*1.06, a*1.06, cageY+b*1.06, func(x, y float64, v *float32) {
		u, w := x/a, (y-cageY)/b
		rho := math.Sqrt(u*u + w*w)
		if rho < 0.955 || rho > 1.055 {
			return
		}
		theta := math.Atan2(math.Abs(u), w) // 0 at the back
		sink := 74 * math.Sin(min(theta, 2.3)/2.3*math.Pi/2)
		if theta > 2.3 {
			sink -= 46 * (theta - 2.3) // cartilage rises to the breastbone
		}
		at := math.Mod(z-sink+22*20+8, 22) - 11 // from the middle of the nearest rib
		nearest := int(math.Floor((z - sink + 8) / 22))
		if math.Abs(at) > ribHeight || nearest < 0 || nearest >= ribCount || theta < 0.2 || nearest >= 10 && theta > 1.6 {
			return
		}
		edge := math.Abs(at) > ribHeight-1.7 || rho < 0.972 || rho > 1.038
		switch {
		case theta > 2.3 && nearest >= 7:
		case theta > 2.3:
			*v = 95
		case edge:
			*v = cortical
		default:
			*v = marrow + 40
		}
	})
}
