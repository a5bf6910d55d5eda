package dicomweb

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
)

// frames is Retrieve Frames (PS3.18 10.4.1.1.4).
func (h *Handler) frames(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	numbers, err := frameList(r.PathValue("frames"))
	if err != nil {
		return err
	}
	f, err := h.archive.Frames(r.Context(), actor, pathOf(r))
	if err != nil {
		return err
	}
	for _, n := range numbers {
		if n > f.Count() {
			return yilian.Errorf(yilian.NotFound, imaging.CodeNotFound, "The instance has %d frames; there is no frame %d.", f.Count(), n)
		}
	}
	form, err := chooseForm(acceptable(r), f, len(numbers))
	if err != nil {
		return err
	}
	if unchanged(w, r, etag(f.Instance, "frames", r.PathValue("frames"), form.name()), forGood) {
		return nil
	}
	if form.single {
		return h.singleFrame(w, r, f, form, numbers[0])
	}
	out := newRelated(w, r, form.kind)
	if form.kept {
		for _, n := range numbers {
			size, err := f.Size(n)
			if err != nil {
				return err
			}
			out.announce(h.frameHeaders(r, f, form, n), size)
		}
	}
	for _, n := range numbers {
		if err := h.framePart(r, out, f, form, n); err != nil {
			return err
		}
	}
	return out.end()
}

// framePart writes one frame as a part.
func (h *Handler) framePart(r *http.Request, out *related, f *imaging.Frames, form form, n int) error {
	return h.writeFrame(r.Context(), f, form, n, func(body io.Reader, size int64) error {
		return out.part(h.frameHeaders(r, f, form, n), body, size)
	})
}

func (h *Handler) frameHeaders(r *http.Request, f *imaging.Frames, form form, n int) []string {
	return []string{"Content-Type: " + form.contentType(), "Content-Location: " + instanceURL(h.base(r), f.Instance) + "/frames/" + strconv.Itoa(n)}
}

// pixels gives all frames of a study, series or instance without their headers (PS3.18 10.4.1.1.7), each in the first form that
// the client accepts and that can be given.
func (h *Handler) pixels(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	ranges := acceptable(r)
	var out *related
	for i, err := range h.archive.Outline(r.Context(), actor, pathOf(r)) {
		if err != nil {
			return err
		}
		if i.Frames == 0 {
			continue
		}
		f, err := h.archive.Frames(r.Context(), actor, imaging.Path{Study: i.Study, Series: i.Series, Instance: i.UID})
		if err != nil {
			return err
		}
		form, err := chooseForm(ranges, f, 2) // parts, even if there is but one
		if err != nil {
			return err
		}
		if out == nil {
			w.Header().Set("Cache-Control", "private, no-cache")
			out = newRelated(w, r, form.kind)
		}
		for n := 1; n <= f.Count(); n++ {
			if err := h.framePart(r, out, f, form, n); err != nil {
				return err
			}
		}
	}
	if out == nil {
		return yilian.Errorf(yilian.NotFound, imaging.CodeNotFound, "There are no pixel data.")
	}
	return out.end()
}

// maxFrames bounds the frames of one request.
const maxFrames = 10_000

// frameList reads "1,2,7" (PS3.18 10.4.1.1.4: positive, ascending by custom; any order is accepted).
func frameList(s string) ([]int, error) {
	parts := strings.Split(s, ",")
	if len(parts) > maxFrames {
		return nil, yilian.Errorf(yilian.TooLarge, "dicomweb.frames", "At most %d frames are given at a time.", maxFrames)
	}
	numbers := make([]int, len(parts))
	for i, p := range parts {
		n, err := strconv.Atoi(strings.TrimSpace(p))
		if err != nil || n < 1 {
			return nil, yilian.Errorf(yilian.Invalid, "dicomweb.frames", "Frames are numbered from 1 and divided by commas.")
		}
		numbers[i] = n
	}
	return numbers, nil
}

// form is how frames are given.
type form struct {
	single bool   // one body instead of parts
	kind   string // media type
	syntax string // transfer syntax of what is given
	kept   bool   // the bytes as they are kept; otherwise they are decoded and written in syntax
}

func (f form) contentType() string {
	return f.kind + "; transfer-syntax=" + f.syntax
}

func (f form) name() string { return fmt.Sprint(f.single, f.kind, f.syntax) }

// chooseForm goes through what the client accepts, best first, and takes the first that can be given (PS3.18 8.7.3.3 and 8.7.4).
func chooseForm(ranges []mediaRange, f *imaging.Frames, count int) (form, error) {
	for _, m := range ranges {
		single := !m.multipart && m.kind != "*/*"
		if single && count > 1 {
			continue
		}
		if form, ok := m.frameForm(f); ok {
			form.single = single
			return form, nil
		}
	}
	return form{}, cannotGive(f.Syntax)
}

// frameForm answers the form in which a range is met: as the frame is kept, decoded, or written anew, in this order.
func (m mediaRange) frameForm(f *imaging.Frames) (form, bool) {
	native := f.Native()
	kept := form{kind: mediaTypeOf(f.Syntax), syntax: f.Syntax.UID, kept: true}
	if native {
		kept.syntax = dicom.ExplicitVRLittleEndian // its pixels are the same in every native little endian syntax
	}
	readable := native || imaging.Readable(f.Syntax)
	asKept := m.syntax == anySyntax || m.syntax == kept.syntax || native && m.syntax == f.Syntax.UID
	switch {
	case m.matches(typeOctets) && (native && m.syntax == noSyntax || asKept && !f.Syntax.BigEndian):
		if m.kind != "*/*" {
			kept.kind = typeOctets
		}
		return kept, true
	case m.kind == "*/*" && m.syntax == noSyntax && !f.Syntax.BigEndian:
		return kept, true
	case m.kind != typeOctets && !f.Syntax.BigEndian && m.matches(kept.kind) && (m.syntax == noSyntax || asKept):
		return kept, true
	case !readable:
	case m.matches(typeOctets) && (m.syntax == noSyntax || m.syntax == dicom.ExplicitVRLittleEndian || m.syntax == anySyntax):
		return form{kind: typeOctets, syntax: dicom.ExplicitVRLittleEndian}, true
	default:
		return m.written()
	}
	return form{}, false
}

// writtenFrames are what frames are written in, the first of a media type being its default (PS3.18 table 8.7.3-4).
var writtenFrames = []string{dicom.JPEGLosslessSV1, dicom.JPEGLossless, dicom.JPEGLSLossless, dicom.RLELossless}

// written answers the form of a transfer syntax that a range admits and frames are written in here.
func (m mediaRange) written() (form, bool) {
	for _, syntax := range writtenFrames {
		kind := mediaTypeOf(dicom.Syntax(syntax))
		switch {
		case m.syntax == syntax && m.kind == typeOctets:
			return form{kind: typeOctets, syntax: syntax}, true
		case m.syntax == syntax && m.matches(kind), (m.syntax == noSyntax || m.syntax == anySyntax) && m.kind == kind:
			return form{kind: kind, syntax: syntax}, true
		}
	}
	return form{}, false
}

func cannotGive(ts dicom.TransferSyntax) error {
	return notAcceptable("The frames are kept in transfer syntax %s (%s) and cannot be given in the form asked for. Ask for transfer-syntax=*.", ts.UID, ts.Name)
}

// mediaTypeOf is the media type of frames by transfer syntax (PS3.18 tables 8.7.3-2 and -4).
func mediaTypeOf(ts dicom.TransferSyntax) string {
	switch ts.UID {
	case dicom.JPEGBaseline8Bit, dicom.JPEGExtended12Bit, "1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55", dicom.JPEGLossless, dicom.JPEGLosslessSV1:
		return typeJPEG
	case dicom.RLELossless:
		return "image/dicom-rle"
	case dicom.JPEGLSLossless, dicom.JPEGLSNearLossless:
		return "image/jls"
	case dicom.JPEG2000Lossless, dicom.JPEG2000:
		return "image/jp2"
	case "1.2.840.10008.1.2.4.92", "1.2.840.10008.1.2.4.93":
		return "image/jpx"
	case dicom.HTJ2KLossless, dicom.HTJ2KLosslessRPCL, dicom.HTJ2K:
		return "image/jphc"
	case "1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.4.111", "1.2.840.10008.1.2.4.112":
		return "image/jxl"
	case "1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.4.100.1", "1.2.840.10008.1.2.4.101", "1.2.840.10008.1.2.4.101.1":
		return "video/mpeg2"
	}
	if ts.IsVideo() {
		return "video/mp4"
	}
	return typeOctets
}

// writeFrame hands one frame in its form to write.
func (h *Handler) writeFrame(ctx context.Context, f *imaging.Frames, form form, number int, write func(body io.Reader, size int64) error) error {
	if !form.kept {
		b, err := f.Encode(ctx, number, form.syntax)
		if err != nil {
			return decodeError(err, f.Syntax)
		}
		return write(bytes.NewReader(b), int64(len(b)))
	}
	body, size, err := f.Open(ctx, number)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	return write(body, size)
}

// singleFrame answers one frame as a body of its own, or ranges of its bytes.
func (h *Handler) singleFrame(w http.ResponseWriter, r *http.Request, f *imaging.Frames, form form, number int) error {
	w.Header().Set("Content-Type", form.contentType())
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if !form.kept {
		b, err := f.Encode(r.Context(), number, form.syntax)
		if err != nil {
			return decodeError(err, f.Syntax)
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
		return nil
	}
	size, err := f.Size(number)
	if err != nil {
		return err
	}
	s := &seeker{ctx: r.Context(), size: size, open: func(ctx context.Context, off, n int64) (io.ReadCloser, error) {
		return f.OpenAt(ctx, number, off, n)
	}}
	defer s.close()
	http.ServeContent(w, r, "", time.Time{}, s)
	return nil
}
