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

// rendered is Retrieve Rendered (PS3.18 10.4.1.1.5 and 8.3.5): one frame as JPEG or PNG. A study or series is shown by one image
// of it.
func (h *Handler) rendered(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	kind, err := pictureType(acceptable(r))
	if err != nil {
		return err
	}
	options, err := renderOptions(r.URL.Query())
	if err != nil {
		return err
	}
	frame, err := oneFrame(r)
	if err != nil {
		return err
	}
	p := pathOf(r)
	i, err := h.instanceTag(r, actor, p)
	if err != nil {
		return err
	}
	if i.UID != "" && unchanged(w, r, etag(i, "rendered", strconv.Itoa(frame), kind, r.URL.RawQuery)) {
		return nil
	}
	picture, err := h.archive.Render(r.Context(), actor, p, frame, options)
	if err != nil {
		return decodeError(err, dicom.Syntax(i.TransferSyntax))
	}
	var b bytes.Buffer
	if kind == typePNG {
		err = pixel.EncodePNG(&b, picture.Image)
	} else {
		err = pixel.EncodeJPEG(&b, picture.Image, options.Quality)
	}
	if err != nil {
		return err
	}
	return picturebody(w, kind, b.Bytes())
}

func picturebody(w http.ResponseWriter, kind string, b []byte) error {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, err := w.Write(b)
	return err
}

// thumbnail is Retrieve Thumbnail (PS3.18 10.4.1.1.6).
func (h *Handler) thumbnail(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	if _, err := pictureType(onlyJPEG(acceptable(r))); err != nil {
		return err
	}
	frame, err := oneFrame(r)
	if err != nil {
		return err
	}
	b, i, err := h.archive.Thumbnail(r.Context(), actor, pathOf(r), frame)
	if err != nil {
		return decodeError(err, dicom.Syntax(i.TransferSyntax))
	}
	tag := etag(i, "thumbnail", strconv.Itoa(frame))
	if pathOf(r).Instance != "" {
		if unchanged(w, r, tag) {
			return nil
		}
	} else {
		w.Header().Set("Cache-Control", "private, max-age=60") // another image may come to stand for the series
	}
	return picturebody(w, typeJPEG, b)
}

// onlyJPEG keeps what a JPEG can satisfy.
func onlyJPEG(ranges []mediaRange) []mediaRange {
	var all []mediaRange
	for _, m := range ranges {
		if m.matches(typeJPEG) {
			all = append(all, m)
		}
	}
	return all
}

// instanceTag answers the instance of a path that names one, for its entity tag.
func (h *Handler) instanceTag(r *http.Request, actor yilian.Actor, p imaging.Path) (imaging.Instance, error) {
	if p.Instance == "" {
		return imaging.Instance{}, nil
	}
	return h.archive.Instance(r.Context(), actor, p)
}

// pictureType chooses between JPEG, which is the default (PS3.18 8.7.4), and PNG.
func pictureType(ranges []mediaRange) (string, error) {
	for _, m := range ranges {
		switch {
		case m.multipart:
		case m.matches(typeJPEG):
			return typeJPEG, nil
		case m.matches(typePNG):
			return typePNG, nil
		}
	}
	return "", notAcceptable("Pictures are given as image/jpeg or image/png.")
}

// oneFrame is the frame that the address names, 0 if none.
func oneFrame(r *http.Request) (int, error) {
	s := r.PathValue("frames")
	if s == "" {
		return 0, nil
	}
	numbers, err := frameList(s)
	if err != nil {
		return 0, err
	}
	if len(numbers) != 1 {
		return 0, yilian.Errorf(yilian.Invalid, "dicomweb.frames", "One frame is rendered at a time.")
	}
	return numbers[0], nil
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
