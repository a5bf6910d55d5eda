package dicomweb

import (
	"bytes"
	"errors"
	"image"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/imaging/pixel"
)

// rendering is how pictures are wanted.
type rendering struct {
	pixel.RenderOptions
	kind              string // media type
	multipart         bool   // all frames as parts, instead of one that represents them
	patient, technics bool   // burned-in text (PS3.18 8.3.5.1.1)
	profile           string // colour profile: "", iccObject or iccSRGB
}

// rendered is Retrieve Rendered (PS3.18 10.4.1.1.5 and 8.3.5): a picture as JPEG, PNG or GIF. A study, series or instance is shown by
// one frame of it, by all in multipart/related, and an instance of many frames moves in a GIF; one that is a
// video is given as such.
func (h *Handler) rendered(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	if pathOf(r).Instance != "" && r.PathValue("frames") == "" && wantsVideo(r) {
		return h.video(w, r, actor)
	}
	want, err := readRendering(r.URL.Query(), acceptable(r))
	if err != nil {
		return err
	}
	numbers, err := framesAsked(r)
	if err != nil {
		return err
	}
	want.By = h.renderer
	p := pathOf(r)
	if want.multipart {
		return h.renderedParts(w, r, actor, p, numbers, want)
	}
	if len(numbers) > 1 {
		return notAcceptable("Several frames are given as multipart/related only.")
	}
	frame := 0
	if len(numbers) == 1 {
		frame = numbers[0]
	}
	f, err := h.archive.Shown(r.Context(), actor, p)
	if err != nil {
		return err
	}
	if p.Instance != "" {
		i, err := h.taggedInstance(r, actor, f, want)
		if err != nil {
			return err
		}
		if unchanged(w, r, etag(i, "rendered", strconv.Itoa(frame), want.kind, r.URL.RawQuery), want.keep()) {
			return nil
		}
	}
	if want.kind == typeGIF && frame == 0 && p.Instance != "" && f.Instance.Frames > 1 {
		return h.movie(w, r, actor, p, want)
	}
	b, err := h.picture(r, actor, f, frame, want)
	if err != nil {
		return decodeError(err, f.Syntax)
	}
	return picturebody(w, want.kind, b)
}

// taggedInstance is the instance as the entity tag of a picture has to tell it: with the corrections in force, if they can be seen.
func (h *Handler) taggedInstance(r *http.Request, actor yilian.Actor, f *imaging.Frames, want rendering) (imaging.Instance, error) {
	if !want.annotated() {
		return f.Instance, nil
	}
	return h.archive.Instance(r.Context(), actor, pathOf(r))
}

// annotated tells whether text is burned in.
func (want rendering) annotated() bool { return want.patient || want.technics }

// keep is how clients may keep the picture.
func (want rendering) keep() string {
	if want.annotated() {
		return untilAsked
	}
	return forGood
}

// renderedParts gives a picture of each frame.
func (h *Handler) renderedParts(w http.ResponseWriter, r *http.Request, actor yilian.Actor, p imaging.Path, numbers []int, want rendering) error {
	w.Header().Set("Cache-Control", "private, no-cache")
	out := newRelated(w, r, want.kind)
	for i, err := range h.archive.Instances(r.Context(), actor, p) {
		if err != nil {
			return err
		}
		of := numbers
		if len(of) == 0 {
			of = upTo(i.Frames)
		}
		if len(of) == 0 {
			continue
		}
		f, err := h.archive.Frames(r.Context(), actor, imaging.Path{Study: i.Study, Series: i.Series, Instance: i.UID})
		if err != nil {
			return err
		}
		for _, n := range of {
			b, err := h.picture(r, actor, f, n, want)
			if err != nil {
				return decodeError(err, dicom.Syntax(i.TransferSyntax))
			}
			headers := []string{"Content-Type: " + want.kind, "Content-Location: " + instanceURL(h.base(r), i) + "/frames/" + strconv.Itoa(n) + "/rendered"}
			if err := out.part(headers, bytes.NewReader(b), int64(len(b))); err != nil {
				return err
			}
		}
	}
	if !out.begun {
		return yilian.Errorf(yilian.NotFound, imaging.CodeNotFound, "There are no pixel data.")
	}
	return out.end()
}

func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i + 1
	}
	return all
}

func picturebody(w http.ResponseWriter, kind string, b []byte) error {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, err := w.Write(b)
	return err
}

// framesAsked are those that the address names, none if it names an instance as a whole.
func framesAsked(r *http.Request) ([]int, error) {
	s := r.PathValue("frames")
	if s == "" {
		return nil, nil
	}
	return frameList(s)
}

// oneFrame is the frame that the address names, 0 if none.
func oneFrame(r *http.Request) (int, error) {
	numbers, err := framesAsked(r)
	switch {
	case err != nil || len(numbers) == 0:
		return 0, err
	case len(numbers) > 1:
		return 0, yilian.Errorf(yilian.Invalid, "dicomweb.frames", "One frame is shown at a time.")
	}
	return numbers[0], nil
}

// readRendering reads the query parameters of PS3.18 8.3.5.1, and chooses the media type, of which JPEG is the default (8.7.4).
func readRendering(q url.Values, ranges []mediaRange) (want rendering, err error) {
	if want.RenderOptions, err = renderOptions(q); err != nil {
		return want, err
	}
	for _, m := range ranges {
		for _, kind := range []string{typeJPEG, typePNG, typeGIF} {
			if m.matches(kind) && want.kind == "" {
				want.kind, want.multipart = kind, m.multipart
			}
		}
	}
	if want.kind == "" {
		return want, notAcceptable("Pictures are given as image/jpeg, image/png or image/gif.")
	}
	for text := range strings.SplitSeq(q.Get("annotation"), ",") {
		switch strings.TrimSpace(text) {
		case "":
		case "patient":
			want.patient = true
		case "technique":
			want.technics = true
		default:
			return want, badParameter("annotation", text)
		}
	}
	switch profile := strings.ToLower(q.Get("iccprofile")); profile {
	case "", "no":
	case iccObject, iccSRGB:
		want.profile = profile
	case "adobergb", "rommrgb":
		return want, notAcceptable("Pictures have the colour profile srgb, or that of their object.")
	default:
		return want, badParameter("iccprofile", profile)
	}
	if want.profile != "" && want.kind == typeGIF {
		return want, notAcceptable("image/gif has no colour profile.")
	}
	return want, nil
}

// renderOptions reads the query parameters of PS3.18 8.3.5.1.
func renderOptions(q url.Values) (pixel.RenderOptions, error) {
	var o pixel.RenderOptions
	if s := q.Get("quality"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 100 {
			return o, badParameter("quality", s)
		}
		o.Quality = n
	}
	if s := q.Get("window"); s != "" {
		w, err := window(s)
		if err != nil {
			return o, err
		}
		o.Window = &w
	}
	if s := q.Get("viewport"); s != "" {
		if err := viewport(&o, s); err != nil {
			return o, err
		}
	}
	return o, nil
}

// window reads center,width,function (PS3.18 8.3.5.1.4).
func window(s string) (pixel.Window, error) {
	parts := strings.Split(s, ",")
	if len(parts) < 2 || len(parts) > 3 {
		return pixel.Window{}, badParameter("window", s)
	}
	center, err := strconv.ParseFloat(strings.TrimSpace(parts[0]), 64)
	if err != nil {
		return pixel.Window{}, badParameter("window", s)
	}
	width, err := strconv.ParseFloat(strings.TrimSpace(parts[1]), 64)
	if err != nil {
		return pixel.Window{}, badParameter("window", s)
	}
	w := pixel.Window{Center: center, Width: width, Function: pixel.Linear}
	if len(parts) == 3 {
		switch strings.ToLower(strings.TrimSpace(parts[2])) {
		case "linear":
		case "linear-exact", "linear_exact":
			w.Function = pixel.LinearExact
		case "sigmoid":
			w.Function = pixel.Sigmoid
		default:
			return pixel.Window{}, badParameter("window", s)
		}
	}
	return w, nil
}

// viewport reads vw,vh[,sx,sy,sw,sh] (PS3.18 8.3.5.1.3). The picture fits into vw by vh.
func viewport(o *pixel.RenderOptions, s string) error {
	parts := strings.Split(s, ",")
	if len(parts) != 2 && len(parts) != 6 {
		return badParameter("viewport", s)
	}
	var n [6]int
	for i, p := range parts {
		v, err := strconv.ParseFloat(strings.TrimSpace(p), 64)
		if err != nil || v < 0 || v > 1<<16 {
			return badParameter("viewport", s)
		}
		n[i] = int(v)
	}
	if n[0] < 1 || n[1] < 1 || len(parts) == 6 && (n[4] < 1 || n[5] < 1) {
		return badParameter("viewport", s)
	}
	o.Width, o.Height, o.Enlarge = n[0], n[1], true
	if len(parts) == 6 {
		o.Viewport = image.Rect(n[2], n[3], n[2]+n[4], n[3]+n[5])
	}
	return nil
}

// decodeError tells a client that the server cannot decode something it may fetch as it is kept.
func decodeError(err error, ts dicom.TransferSyntax) error {
	if u, ok := errors.AsType[*pixel.UnsupportedError](err); ok {
		return notAcceptable("The server does not decode %s (transfer syntax %s %s). Ask for the frames with transfer-syntax=*.", u.Reason, u.Syntax, ts.Name)
	}
	return err
}
