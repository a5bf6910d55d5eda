package structured

import (
	"math"
	"slices"

	"yilian/imaging/dicom"
	"yilian/imaging/pixel"
)

// Look is how a picture was shown.
type Look struct {
	Picture       Picture
	Rows, Columns int
	Color         bool // three samples a pixel
	// Window is centre and width; a width of 0: as the picture says itself.
	Window [2]float64
	// Rescale is slope and intercept of the picture, and what it gives: HU; a slope of 0: it says none.
	Rescale     [2]float64
	RescaleType string
	// Area is what was seen: the first and the last column and row, in the picture's pixels; zero: all of it.
	Area   [2]Point
	Turn   int // clockwise, in degrees: 0, 90, 180 or 270
	Flip   bool
	Invert bool
}

// Attributes of presentation states (PS3.3 C.10.4, C.10.5, C.10.7, C.11.10).
const (
	graphicAnnotations  dicom.Tag = 0x00700001
	graphicLayer        dicom.Tag = 0x00700002
	boxUnits            dicom.Tag = 0x00700003
	anchorUnits         dicom.Tag = 0x00700004
	graphicUnits        dicom.Tag = 0x00700005
	textObjects         dicom.Tag = 0x00700008
	graphicObjects      dicom.Tag = 0x00700009
	anchorPoint         dicom.Tag = 0x00700014
	anchorVisible       dicom.Tag = 0x00700015
	graphicDimensions   dicom.Tag = 0x00700020
	graphicPoints       dicom.Tag = 0x00700021
	graphicFilled       dicom.Tag = 0x00700024
	imageFlip           dicom.Tag = 0x00700041
	imageRotation       dicom.Tag = 0x00700042
	areaTopLeft         dicom.Tag = 0x00700052
	areaBottomRight     dicom.Tag = 0x00700053
	displayedArea       dicom.Tag = 0x0070005A
	graphicLayers       dicom.Tag = 0x00700060
	layerOrder          dicom.Tag = 0x00700062
	contentLabel        dicom.Tag = 0x00700080
	contentDescription  dicom.Tag = 0x00700081
	presentationDate    dicom.Tag = 0x00700082
	presentationTime    dicom.Tag = 0x00700083
	contentCreator      dicom.Tag = 0x00700084
	presentationSize    dicom.Tag = 0x00700100
	presentationSpacing dicom.Tag = 0x00700101
	presentationAspect  dicom.Tag = 0x00700102
	softcopyVOILUT      dicom.Tag = 0x00283110
	iccProfile          dicom.Tag = 0x00282000
)

const layer = "MARKS"

// Presentations writes how the pictures were shown and what is drawn on them, one state for each series (PS3.3 A.33.1, A.33.2). Only pictures
// with a look are in it: a state must say how its pictures are shown.
func (s Set) Presentations() (out []Object, err error) {
	for _, looks := range s.looksBySeries() {
		o, err := s.presentation(looks)
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}

// looksBySeries groups those that can stand in one state: of one series, with the same turn, values and window or with one of its own each.
func (s Set) looksBySeries() (groups [][]Look) {
	type alike struct {
		series, class string
		color         bool
		rescale       [2]float64
		turn          int
		flip, invert  bool
	}
	at := map[alike]int{}
	for _, l := range s.Looks {
		if l.Picture.Instance == "" || l.Rows <= 0 || l.Columns <= 0 {
			continue
		}
		k := alike{string(l.Picture.Series), l.Picture.SOPClass, l.Color, l.Rescale, l.Turn, l.Flip, l.Invert}
		i, ok := at[k]
		if !ok {
			i = len(groups)
			at[k], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], l)
	}
	return groups
}

func (s Set) presentation(looks []Look) (Object, error) {
	first := looks[0]
	class := GrayscalePresentation
	if first.Color {
		class = ColorPresentation
	}
	d := s.begin(presentations, class)
	d.SetString(dicom.Laterality) // of type 2C: the pictures say it
	d.SetString(presentationDate, s.At.Format("20060102"))
	d.SetString(presentationTime, s.At.Format("150405"))
	d.SetString(contentLabel, "YILIAN")
	d.SetString(contentDescription, descriptionPresents)
	d.SetString(contentCreator, s.Observer.author())
	d.SetSequence(dicom.ReferencedSeriesSequence, s.shown(d, looks))
	var areas []*dicom.Dataset
	for _, l := range looks {
		areas = append(areas, l.area(d))
	}
	d.SetSequence(displayedArea, areas...)
	if first.Turn != 0 || first.Flip {
		d.SetInt(imageRotation, (first.Turn%360+360)%360)
		d.SetString(imageFlip, yesNo(first.Flip))
	}
	if first.Color {
		d.SetBytes(iccProfile, dicom.OB, pixel.SRGB(pixel.InputProfile))
	} else {
		grey(d, looks)
	}
	s.annotate(d, looks)
	return s.finish(d)
}

// shown lists the pictures of the state (PS3.3 C.11.11).
func (s Set) shown(d *dicom.Dataset, looks []Look) *dicom.Dataset {
	item := d.NewItem()
	item.SetString(dicom.SeriesInstanceUID, string(looks[0].Picture.Series))
	item.SetSequence(dicom.ReferencedImageSequence, pictures(d, looks)...)
	return item
}

// pictures names each instance once, with all of its frames that are meant.
func pictures(d *dicom.Dataset, looks []Look) (out []*dicom.Dataset) {
	frames := map[Reference][]int{}
	var order []Reference
	for _, l := range looks {
		r := l.Picture.Reference
		if _, ok := frames[r]; !ok {
			order = append(order, r)
		}
		frames[r] = append(frames[r], l.Picture.Frame)
	}
	for _, r := range order {
		item := r.sop(d)
		if all := frames[r]; !slices.Contains(all, 0) {
			slices.Sort(all)
			item.SetInt(dicom.ReferencedFrameNumber, slices.Compact(all)...)
		}
		out = append(out, item)
	}
	return out
}

// grey is the path of grey values: what they mean, the window, and whether they are inverted (PS3.3 C.11.1, C.11.8, C.11.6).
func grey(d *dicom.Dataset, looks []Look) {
	if r := looks[0].Rescale; r[0] != 0 {
		d.SetFloat(dicom.RescaleSlope, r[0])
		d.SetFloat(dicom.RescaleIntercept, r[1])
		kind := looks[0].RescaleType
		if kind == "" {
			kind = "US" // unspecified
		}
		d.SetString(dicom.RescaleType, kind)
	}
	var windows []*dicom.Dataset
	for _, l := range looks {
		if l.Window[1] <= 0 {
			continue
		}
		w := d.NewItem()
		w.SetSequence(dicom.ReferencedImageSequence, pictures(d, []Look{l})...)
		w.SetFloat(dicom.WindowCenter, rounded(l.Window[0]))
		w.SetFloat(dicom.WindowWidth, max(1, rounded(l.Window[1])))
		windows = append(windows, w)
	}
	if len(windows) > 0 {
		d.SetSequence(softcopyVOILUT, windows...)
	}
	shape := "IDENTITY"
	if looks[0].Invert {
		shape = "INVERSE"
	}
	d.SetString(dicom.PresentationLUTShape, shape)
}

// area is what of a picture is seen (PS3.3 C.10.4): pixels from 1 on.
func (l Look) area(d *dicom.Dataset) *dicom.Dataset {
	item := d.NewItem()
	item.SetSequence(dicom.ReferencedImageSequence, pictures(d, []Look{l})...)
	from, to := l.Area[0], l.Area[1]
	if from == to {
		from, to = Point{0, 0}, Point{float64(l.Columns), float64(l.Rows)}
	}
	whole := func(p Point) []int { return []int{int(math.Round(p[0])), int(math.Round(p[1]))} }
	item.SetInt(areaTopLeft, whole(Point{from[0] + 1, from[1] + 1})...)
	item.SetInt(areaBottomRight, whole(to)...)
	item.SetString(presentationSize, "SCALE TO FIT")
	item.SetString(presentationAspect, "1", "1")
	return item
}

// annotate draws the marks of the pictures (PS3.3 C.10.5) in one layer (C.10.7).
func (s Set) annotate(d *dicom.Dataset, looks []Look) {
	var all []*dicom.Dataset
	for _, l := range looks {
		var shapes, texts []*dicom.Dataset
		for _, m := range s.Marks {
			if m.inSpace() || m.Wave != nil || m.Picture.Reference != l.Picture.Reference || m.Picture.Frame != l.Picture.Frame {
				continue
			}
			drawn := shapesOf(m)
			for _, g := range drawn {
				shapes = append(shapes, g.object(d))
			}
			if words := m.words(); words != "" && len(drawn) > 0 && len(drawn[0].places) > 0 {
				texts = append(texts, textAt(d, words, Point(drawn[0].places[0])))
			}
		}
		if len(shapes)+len(texts) == 0 {
			continue
		}
		item := d.NewItem()
		item.SetSequence(dicom.ReferencedImageSequence, pictures(d, []Look{l})...)
		item.SetString(graphicLayer, layer)
		if len(texts) > 0 {
			item.SetSequence(textObjects, texts...)
		}
		if len(shapes) > 0 {
			item.SetSequence(graphicObjects, shapes...)
		}
		all = append(all, item)
	}
	if len(all) == 0 {
		return
	}
	d.SetSequence(graphicAnnotations, all...)
	item := d.NewItem()
	item.SetString(graphicLayer, layer)
	item.SetInt(layerOrder, 1)
	d.SetSequence(graphicLayers, item)
}

// object draws a shape in the pixels of its picture, 0,0 being the outer corner of the first one (PS3.3 C.10.5.1.1).
func (g graphic) object(d *dicom.Dataset) *dicom.Dataset {
	item := d.NewItem()
	item.SetString(graphicUnits, "PIXEL")
	item.SetInt(graphicDimensions, 2)
	item.SetInt(graphicPoints, len(g.places))
	item.SetFloat(graphicData, g.numbers()...)
	item.SetString(graphicType, g.kind)
	if g.kind != "POINT" {
		item.SetString(graphicFilled, "N")
	}
	return item
}

func textAt(d *dicom.Dataset, words string, p Point) *dicom.Dataset {
	item := d.NewItem()
	item.SetString(anchorUnits, "PIXEL")
	item.SetString(dicom.UnformattedTextValue, words)
	item.SetFloat(anchorPoint, p[0], p[1])
	item.SetString(anchorVisible, "N")
	return item
}

func yesNo(b bool) string {
	if b {
		return "Y"
	}
	return "N"
}

func rounded(v float64) float64 { return math.Round(v*100) / 100 }
