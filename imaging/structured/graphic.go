package structured

import (
	"math"
	"slices"
)

// graphic is a shape as a structured report draws it (PS3.3 C.18.6.1.1, C.18.9.1.2).
type graphic struct {
	kind   string
	points []Point
	world  [][3]float64
}

func (g graphic) numbers() (out []float64) {
	for _, p := range g.points {
		out = append(out, p[0], p[1])
	}
	for _, p := range g.world {
		out = append(out, p[0], p[1], p[2])
	}
	return out
}

// tool says how the points that a tool keeps become shapes, and what its measurements are called by the programs that draw them again.
type tool struct {
	points  int // fewer are no mark
	shapes  func(p []Point) []graphic
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
	if len(m.World) > 0 {
		return worldShape(m)
	}
	p := closed(m)
	if len(p) < t.points {
		return nil
	}
	return t.shapes(p)
}

func anyShape(p []Point) []graphic {
	if len(p) == 1 {
		return onePoint(p)
	}
	return polyline(p)
}

// closed ends a drawn contour where it began, and thins one that is too long for its element.
func closed(m Mark) []Point {
	p := m.Points
	contour := m.Tool == "PlanarFreehandROI" || m.Tool == "SplineROI"
	if contour {
		p = thinned(p, maxGraphic/2-1)
	}
	if contour && !m.Open && len(p) > 1 && p[0] != p[len(p)-1] {
		p = append(slices.Clone(p), p[0])
	}
	return p
}

func thinned(p []Point, most int) []Point {
	if len(p) <= most {
		return p
	}
	out := make([]Point, most)
	for i := range out {
		out[i] = p[i*(len(p)-1)/(most-1)]
	}
	return out
}

func worldShape(m Mark) []graphic {
	kind := "POLYLINE"
	if len(m.World) == 1 {
		kind = "POINT"
	}
	return []graphic{{kind: kind, world: m.World}}
}

func onePoint(p []Point) []graphic { return []graphic{{kind: "POINT", points: p[:1]}} }
func polyline(p []Point) []graphic { return []graphic{{kind: "POLYLINE", points: p}} }

// angle draws both legs from the vertex: four points, as for a Cobb angle.
func angle(p []Point) []graphic { return polyline([]Point{p[0], p[1], p[1], p[2]}) }

// arrow begins at its tip.
func arrow(p []Point) []graphic {
	if len(p) == 1 {
		return onePoint(p)
	}
	return polyline(p[:2])
}

// axes are the long one and the short one.
func axes(p []Point) []graphic {
	a, b := p[:2], p[2:4]
	if length(a) < length(b) {
		a, b = b, a
	}
	return []graphic{{kind: "POLYLINE", points: a}, {kind: "POLYLINE", points: b}}
}

// widths are those of the heart, then of the chest, which is the wider one.
func widths(p []Point) []graphic {
	both := axes(p)
	return []graphic{both[1], both[0]}
}

// ellipse: the ends of the major axis, then those of the minor one.
func ellipse(p []Point) []graphic {
	both := axes(p)
	return []graphic{{kind: "ELLIPSE", points: slices.Concat(both[0].points, both[1].points)}}
}

func circle(p []Point) []graphic { return []graphic{{kind: "CIRCLE", points: p[:2]}} }

// rectangle goes round its corners, which come row by row.
func rectangle(p []Point) []graphic { return polyline([]Point{p[0], p[1], p[3], p[2], p[0]}) }

func length(p []Point) float64 { return math.Hypot(p[1][0]-p[0][0], p[1][1]-p[0][1]) }
