package dicomweb

import (
	"cmp"
	"image"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/imaging/pixel"
)

// wadoURI is the URI Service (PS3.18 9): one instance, or a picture of it, named by query parameters.
func (h *Handler) wadoURI(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	q, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		return err
	}
	if !strings.EqualFold(q.Get("requestType"), "WADO") {
		return badParameter("requestType", q.Get("requestType"))
	}
	for name, parameter := range map[string]string{"study": "studyUID", "series": "seriesUID", "instance": "objectUID"} {
		if q.Get(parameter) == "" {
			return badParameter(parameter, "")
		}
		r.SetPathValue(name, q.Get(parameter))
	}
	if err := checkPath(r); err != nil {
		return err
	}
	for _, parameter := range []string{"anonymize", "presentationUID", "presentationSeriesUID"} {
		if v := q.Get(parameter); v != "" && v != "no" {
			return notAcceptable("The parameter %s is not supported.", parameter)
		}
	}
	i, err := h.archive.Instance(r.Context(), actor, pathOf(r))
	if err != nil {
		return err
	}
	for _, m := range uriTypes(q, i) {
		switch {
		case m.matches(typeDICOM) && m.kind != "*/*":
			wishes := []string{cmp.Or(q.Get("transferSyntax"), dicom.ExplicitVRLittleEndian)}
			if _, ok := grant(i, wishes); !ok || q.Get("transferSyntax") == "" {
				wishes = append(wishes, anySyntax) // PS3.18 9.1.2.2.3: as it is kept, if it cannot be given otherwise
			}
			return h.retrieveFile(w, r, actor, pathOf(r), wishes)
		case m.matches(typeJPEG), m.matches(typePNG), m.matches(typeGIF):
			return h.uriPicture(w, r, actor, i, q, m)
		}
	}
	return notAcceptable("An instance is given as application/dicom, image/jpeg, image/png or image/gif.")
}

// uriTypes are the media types asked for, or the default of the kind of object (PS3.18 9.1.2.2.1 and table 8.7.2-1): a picture of a
// single frame that can be shown, the file of anything else.
func uriTypes(q url.Values, i imaging.Instance) []mediaRange {
	var all []mediaRange
	for _, one := range splitQuoted(q.Get("contentType")) {
		if m, ok := parseRange(one); ok && m.kind != "" {
			all = append(all, m)
		}
	}
	slices.SortStableFunc(all, func(a, b mediaRange) int { return cmp.Compare(b.q, a.q) })
	if len(all) > 0 {
		return all
	}
	single := i.Frames == 1 || i.Frames > 1 && q.Get("frameNumber") != ""
	if single && imaging.Readable(dicom.Syntax(i.TransferSyntax)) {
		return []mediaRange{{kind: typeJPEG, q: 1}}
	}
	return []mediaRange{{kind: typeDICOM, q: 1}}
}

func (h *Handler) uriPicture(w http.ResponseWriter, r *http.Request, actor yilian.Actor, i imaging.Instance, q url.Values, m mediaRange) error {
	options, err := uriOptions(q, i)
	if err != nil {
		return err
	}
	want, err := readRendering(url.Values{"annotation": q["annotation"], "iccprofile": q["iccprofile"]}, []mediaRange{m})
	if err != nil {
		return err
	}
	want.RenderOptions = options
	want.By = h.renderer
	frame := 0
	if s := q.Get("frameNumber"); s != "" {
		if frame, err = strconv.Atoi(s); err != nil || frame < 1 {
			return badParameter("frameNumber", s)
		}
		if frame > i.Frames {
			return yilian.Errorf(yilian.NotFound, imaging.CodeNotFound, "The instance has %d frames; there is no frame %d.", i.Frames, frame)
		}
	}
	if unchanged(w, r, etag(i, "wado", want.kind, r.URL.RawQuery), want.keep()) {
		return nil
	}
	if want.kind == typeGIF && frame == 0 && i.Frames > 1 {
		return h.movie(w, r, actor, pathOf(r), want)
	}
	f, err := h.archive.Frames(r.Context(), actor, pathOf(r))
	if err != nil {
		return err
	}
	b, err := h.picture(r, actor, f, frame, want)
	if err != nil {
		return decodeError(err, f.Syntax)
	}
	return picturebody(w, want.kind, b)
}

// uriOptions reads the parameters of PS3.18 9.1.2.2.4: rows and columns bound the picture, region is a part of it from 0 to 1.
func uriOptions(q url.Values, i imaging.Instance) (o pixel.RenderOptions, err error) {
	number := func(name string, low, high float64) (v float64) {
		s := q.Get(name)
		if s == "" || err != nil {
			return 0
		}
		v, bad := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if bad != nil || v < low || v > high {
			err = badParameter(name, s)
		}
		return v
	}
	o.Height, o.Width = int(number("rows", 1, 1<<13)), int(number("columns", 1, 1<<13))
	o.Enlarge = o.Height > 0 || o.Width > 0
	o.Quality = int(number("imageQuality", 1, 100))
	center, width := number("windowCenter", -1e9, 1e9), number("windowWidth", 1e-9, 1e9)
	if err != nil {
		return o, err
	}
	if q.Has("windowCenter") != q.Has("windowWidth") {
		return o, badParameter("windowCenter and windowWidth", q.Get("windowCenter"))
	}
	if q.Has("windowWidth") {
		o.Window = &pixel.Window{Center: center, Width: width, Function: pixel.Linear}
	}
	if s := q.Get("region"); s != "" {
		o.Viewport, err = region(s, i)
	}
	return o, err
}

// region reads xmin,ymin,xmax,ymax, each from 0 to 1 of the frame.
func region(s string, i imaging.Instance) (image.Rectangle, error) {
	parts := strings.Split(s, ",")
	var v [4]float64
	for n := range v {
		if len(parts) != len(v) {
			return image.Rectangle{}, badParameter("region", s)
		}
		f, err := strconv.ParseFloat(strings.TrimSpace(parts[n]), 64)
		if err != nil || f < 0 || f > 1 {
			return image.Rectangle{}, badParameter("region", s)
		}
		v[n] = f
	}
	rect := image.Rectangle{
		Min: image.Pt(int(v[0]*float64(i.Columns)), int(v[1]*float64(i.Rows))),
		Max: image.Pt(int(v[2]*float64(i.Columns)+0.5), int(v[3]*float64(i.Rows)+0.5)),
	}
	if v[0] >= v[2] || v[1] >= v[3] || rect.Empty() {
		return image.Rectangle{}, badParameter("region", s)
	}
	return rect, nil
}
