package dicomweb

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"net/http"
	"strconv"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/imaging/pixel"
)

// picture gives one frame (0: the one that represents it), written in the wanted type, with its text and colour profile.
func (h *Handler) picture(r *http.Request, actor yilian.Actor, f *imaging.Frames, frame int, want rendering) ([]byte, error) {
	shown, err := f.Render(r.Context(), frame, want.RenderOptions)
	if err != nil {
		return nil, err
	}
	img := shown.Image
	defer h.renderer.Recycle(shown.Image)
	if want.annotated() {
		if img, err = h.annotateFor(r, actor, shown, want); err != nil {
			return nil, err
		}
	}
	var profile []byte
	if want.profile != "" {
		if profile, err = h.profile(r, actor, shown.Instance, want.profile); err != nil {
			return nil, err
		}
		img = colourful(img)
	}
	var b bytes.Buffer
	switch want.kind {
	case typePNG:
		err = pixel.EncodePNG(&b, img)
	case typeGIF:
		err = gif.Encode(&b, paletted(img), nil)
	default:
		err = h.renderer.EncodeJPEG(&b, img, want.Quality)
	}
	if err != nil {
		return nil, err
	}
	if profile != nil {
		return withProfile(b.Bytes(), want.kind, profile)
	}
	return b.Bytes(), nil
}

// annotateFor burns in what the header says with the corrections in force.
func (h *Handler) annotateFor(r *http.Request, actor yilian.Actor, shown imaging.Picture, want rendering) (image.Image, error) {
	i := shown.Instance
	i, err := h.archive.Instance(r.Context(), actor, imaging.Path{Study: i.Study, Series: i.Series, Instance: i.UID})
	if err != nil {
		return nil, err
	}
	shown.Instance = i
	return h.annotate(shown.Image, shown, want)
}

// colourful makes a picture of three colours of a grey one: a colour profile describes these.
func colourful(img image.Image) image.Image {
	if _, ok := img.(*image.RGBA); ok {
		return img
	}
	out := image.NewRGBA(img.Bounds())
	draw.Draw(out, out.Bounds(), img, img.Bounds().Min, draw.Src)
	return out
}

// paletted gives a grey picture its 256 greys, and a coloured one the usual palette.
func paletted(img image.Image) *image.Paletted {
	if g, ok := img.(*image.Gray); ok {
		return &image.Paletted{Pix: g.Pix, Stride: g.Stride, Rect: g.Rect, Palette: greys()}
	}
	out := image.NewPaletted(img.Bounds(), palette.Plan9)
	draw.FloydSteinberg.Draw(out, out.Bounds(), img, img.Bounds().Min)
	return out
}

func greys() color.Palette {
	all := make(color.Palette, 256)
	for i := range all {
		all[i] = color.Gray{Y: uint8(i)}
	}
	return all
}

// A movie is held in memory as a whole, so it is bounded: longer ones leave frames out and run as long, larger ones are made smaller.
const (
	movieFrames = 200
	movieBytes  = 32 << 20
	movieSide   = 512
)

// movie gives all frames of an instance as a GIF that runs as fast as the object says.
func (h *Handler) movie(w http.ResponseWriter, r *http.Request, actor yilian.Actor, p imaging.Path, want rendering) error {
	i, err := h.archive.Instance(r.Context(), actor, p)
	if err != nil {
		return err
	}
	step := (i.Frames + movieFrames - 1) / movieFrames
	want.Width, want.Height = cmp.Or(min(want.Width, movieSide), movieSide), cmp.Or(min(want.Height, movieSide), movieSide)
	out := gif.GIF{}
	delay := max(2, int(frameTime(i)*float64(step)/10+0.5)) // in hundredths of a second; browsers slow down what is faster
	held := 0
	for n := 1; n <= i.Frames; n += step {
		shown, err := h.archive.Render(r.Context(), actor, p, n, want.RenderOptions)
		if err != nil {
			return decodeError(err, dicom.Syntax(i.TransferSyntax))
		}
		if want.annotated() {
			if shown.Image, err = h.annotate(shown.Image, shown, want); err != nil {
				return err
			}
		}
		frame := paletted(shown.Image)
		if held += len(frame.Pix); held > movieBytes {
			return yilian.Errorf(yilian.TooLarge, "dicomweb.movie", "The movie is too large. Ask for a smaller viewport.")
		}
		out.Image, out.Delay = append(out.Image, frame), append(out.Delay, delay)
	}
	w.Header().Set("Content-Type", typeGIF)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if r.Method == http.MethodHead {
		return nil
	}
	return gif.EncodeAll(w, &out)
}

// frameTime is how long a frame is shown, in milliseconds (PS3.3 C.7.6.5).
func frameTime(i imaging.Instance) float64 {
	d := headerOf(i)
	if t, ok := d.Float(dicom.FrameTime); ok && t > 0 {
		return t
	}
	for _, tag := range []dicom.Tag{recommendedDisplayFrameRate, dicom.CineRate} {
		if rate, ok := d.Float(tag); ok && rate > 0 {
			return 1000 / rate
		}
	}
	return 100
}

const recommendedDisplayFrameRate dicom.Tag = 0x00082144

// headerOf reads what the index keeps of an instance's header; what cannot be read is empty.
func headerOf(i imaging.Instance) *dicom.Dataset {
	d, err := dicom.ParseJSON(i.Metadata, func(dicom.Tag, dicom.VR, string) ([]byte, error) { return nil, nil })
	if err != nil {
		return dicom.New("ISO_IR 192")
	}
	return d
}

// maxThumbnail bounds a thumbnail that is sent here.
const maxThumbnail = 512 << 10

// giveThumbnail takes the picture that a browser made of an image which the server does not decode. It is ours, not the standard's.
func (h *Handler) giveThumbnail(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	frame, err := oneFrame(r)
	if err != nil {
		return err
	}
	if _, err := h.archive.Instance(r.Context(), actor, pathOf(r)); err != nil {
		return err // nobody's bytes are looked at who may not see the image
	}
	body := http.MaxBytesReader(w, r.Body, maxThumbnail)
	raw := new(bytes.Buffer)
	if _, err := raw.ReadFrom(body); err != nil {
		return bodyError(err)
	}
	c, kind, err := image.DecodeConfig(bytes.NewReader(raw.Bytes()))
	if err != nil || kind != "jpeg" && kind != "png" {
		return unsupported("A thumbnail is a JPEG or PNG picture.")
	}
	if max(c.Width, c.Height) > pixel.ThumbnailSize {
		return yilian.Errorf(yilian.Invalid, imaging.CodeThumbnail, "A thumbnail has at most %s pixels on a side.", strconv.Itoa(pixel.ThumbnailSize))
	}
	img, _, err := image.Decode(bytes.NewReader(raw.Bytes()))
	if err != nil {
		return unsupported("The picture cannot be read.")
	}
	kept, err := h.archive.KeepThumbnail(r.Context(), actor, pathOf(r), frame, img)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	status := http.StatusOK
	if kept {
		status = http.StatusCreated
	}
	w.Header().Set("Content-Type", typePlainJSON)
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(map[string]bool{"kept": kept})
}

// thumbnail is Retrieve Thumbnail (PS3.18 10.4.1.1.6).
func (h *Handler) thumbnail(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	want := false
	for _, m := range acceptable(r) {
		want = want || !m.multipart && m.matches(typeJPEG)
	}
	if !want {
		return notAcceptable("Thumbnails are given as image/jpeg.")
	}
	frame, err := oneFrame(r)
	if err != nil {
		return err
	}
	b, i, err := h.archive.Thumbnail(r.Context(), actor, pathOf(r), frame)
	if err != nil {
		return decodeError(err, dicom.Syntax(i.TransferSyntax))
	}
	if pathOf(r).Instance == "" {
		w.Header().Set("Cache-Control", "private, max-age=60") // another image may come to stand for the series
	} else if unchanged(w, r, etag(i, "thumbnail", fmt.Sprint(frame)), forGood) {
		return nil
	}
	return picturebody(w, typeJPEG, b)
}
