package structured

import (
	"math"
	"slices"
)

// place is where a point of a mark lies: column and row in its picture, or three coordinates in the patient.
type place []float64

// graphic is a shape as a structured report draws it (PS3.3 C.18.6.1.1, C.18.9.1.2).
type graphic struct {
	kind   string
	places []place
	space  bool // in the patient, not in a picture
}

func (g graphic) numbers() []float64 {
	return slices.Concat(g.places...)
}

// inPatient is the shape in the words for space: what ends where it began encloses something, and there are no circles (PS3.3 C.18.9.1.2).
func (g graphic) inPatient() graphic {
	g.space = true
	last := len(g.places) - 1
	switch {
	case g.kind == "CIRCLE":
		g.kind = "POLYLINE"
	case g.kind == "POLYLINE" && last > 2 && slices.Equal(g.places[0], g.places[last]):
		g.kind = "POLYGON"
	}
	return g
}

// tool says how the points that a tool keeps become shapes, and what its measurements are called by the programs that draw them again.
type tool struct {
	points  int // fewer are no mark
	shapes  func(p []place) []graphic
	first   string            // the figure that other programs take for the measurement
	renamed map[string]string // figures that this tool calls otherwise
	from    map[string][]int  // which shapes a figure was read from; the first one, where nothing is said
}

// tools are those of Cornerstone, by its names.
var tools = map[string]tool{
	"Length":              {2, polyline, "length", nil, nil},
	"Angle":               {3, angle, "angle", nil, nil},
	"CobbAngle":           {4, polyline, "angle", nil, nil},
	"Bidirectional":       {4, axes, "length", map[string]string{"length": "longAxis", "width": "shortAxis"}, map[string][]int{"width": {1}}},
	"EllipticalROI":       {4, ellipse, "area", nil, nil},
	"CircleROI":           {2, circle, "area", nil, nil},
	"RectangleROI":        {4, rectangle, "area", nil, nil},
	"PlanarFreehandROI":   {3, polyline, "area", nil, nil},
	"SplineROI":           {3, polyline, "area", nil, nil},
	"Probe":               {1, onePoint, "value", nil, nil},
	"ArrowAnnotate":       {1, arrow, "", nil, nil},
	"CardiothoracicRatio": {4, widths, "ratio", nil, map[string][]int{"ratio": {0, 1}, "thorax": {1}}},
	"Label":               {1, onePoint, "", nil, nil},
}

// shapesOf answers the shapes of a mark; none for one that has too few points.
func shapesOf(m Mark) []graphic {
	t, known := tools[m.Tool]
	if !known {
		t = tool{points: 1, shapes: anyShape}
	}
	p := closed(m)
	if len(p) < t.points {
		return nil
	}
	shapes := t.shapes(p)
	if m.inSpace() {
		for i, g := range shapes {
			shapes[i] = g.inPatient()
		}
	}
	return shapes
}

// empty tells a mark that lies nowhere.
func (m Mark) empty() bool {
	if m.Wave != nil {
		return len(m.Wave.Moments) == 0
	}
	return len(shapesOf(m)) == 0
}

// inSpace tells a mark on a plane through a volume from one on a picture.
func (m Mark) inSpace() bool { return len(m.World) > 0 }

func (m Mark) places() (out []place) {
	for _, p := range m.World {
		out = append(out, p[:])
	}
	if m.inSpace() {
		return out
	}
	for _, p := range m.Points {
		out = append(out, p[:])
	}
	return out
}

func anyShape(p []place) []graphic {
	if len(p) == 1 {
		return onePoint(p)
	}
	return polyline(p)
}

// closed ends a drawn contour where it began, and thins one that is too long for its element.
func closed(m Mark) []place {
	p := m.places()
	contour := m.Tool == "PlanarFreehandROI" || m.Tool == "SplineROI"
	if contour {
		p = thinned(p, maxGraphic/3-1)
	}
	if contour && !m.Open && len(p) > 1 && !slices.Equal(p[0], p[len(p)-1]) {
		p = append(slices.Clone(p), p[0])
	}
	return p
}

func thinned(p []place, most int) []place {
	if len(p) <= most {
		return p
	}
	out := make([]place, most)
	for i := range out {
		out[i] = p[i*(len(p)-1)/(most-1)]
	}
	return out
}

func onePoint(p []place) []graphic { return []graphic{{kind: "POINT", places: p[:1]}} }
func polyline(p []place) []graphic { return []graphic{{kind: "POLYLINE", places: p}} }

// angle draws both legs from the vertex: four points, as for a Cobb angle.
func angle(p []place) []graphic { return polyline([]place{p[0], p[1], p[1], p[2]}) }

// arrow begins at its tip.
func arrow(p []place) []graphic {
	if len(p) == 1 {
		return onePoint(p)
	}
	return polyline(p[:2])
}

// axes are the long one and the short one.
func axes(p []place) []graphic {
	a, b := p[:2], p[2:4]
	if length(a) < length(b) {
		a, b = b, a
	}
	return []graphic{{kind: "POLYLINE", places: a}, {kind: "POLYLINE", places: b}}
}

// widths are those of the heart, then of the chest, which is the wider one.
func widths(p []place) []graphic {
	both := axes(p)
	return []graphic{both[1], both[0]}
}

// ellipse: the ends of the major axis, then those of the minor one.
func ellipse(p []place) []graphic {
	both := axes(p)
	return []graphic{{kind: "ELLIPSE", places: slices.Concat(both[0].places, both[1].places)}}
}

func circle(p []place) []graphic { return []graphic{{kind: "CIRCLE", places: p[:2]}} }

// rectangle goes round its corners, which come row by row.
func rectangle(p []place) []graphic { return polyline([]place{p[0], p[1], p[3], p[2], p[0]}) }

func length(p []place) float64 {
	square := 0.0
	for i, v := range p[0] {
		square += (p[1][i] - v) * (p[1][i] - v)
	}
	return math.Sqrt(square)
}
