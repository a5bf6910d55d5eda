package dicomweb

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

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
	if unchanged(w, r, etag(f.Instance, "frames", r.PathValue("frames"), form.name())) {
		return nil
	}
	if form.single {
		return h.singleFrame(w, r, f, form, numbers[0])
	}
	out := newRelated(w, form.kind)
	base := instanceURL(h.base(r), f.Instance)
	for _, n := range numbers {
		headers := []string{"Content-Type: " + form.contentType(), fmt.Sprintf("Content-Location: %s/frames/%d", base, n)}
		if err := h.writeFrame(r.Context(), f, form, n, func(body io.Reader, _ int64) error { return out.part(headers, body) }); err != nil {
			return err
		}
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
	decode bool
}

func (f form) contentType() string {
	return f.kind + "; transfer-syntax=" + f.syntax
}

func (f form) name() string { return fmt.Sprint(f.single, f.kind, f.syntax) }

// chooseForm goes through what the client accepts, best first, and takes the first that can be given (PS3.18 8.7.3.3 and 8.7.4).
func chooseForm(ranges []mediaRange, f *imaging.Frames, count int) (form, error) {
	native := f.Native()
	kept := form{kind: mediaTypeOf(f.Syntax), syntax: f.Syntax.UID}
	if native {
		kept.syntax = dicom.ExplicitVRLittleEndian // its pixels are the same in every native little endian syntax
	}
	decodable := native || canDecode(f.Syntax)
	for _, m := range ranges {
		single := !m.multipart && m.kind != "*/*"
		if single && count > 1 {
			continue
		}
		asKept := m.syntax == anySyntax || m.syntax == kept.syntax || native && m.syntax == f.Syntax.UID
		switch {
		case m.matches(typeOctets) && (native && m.syntax == noSyntax || asKept && !f.Syntax.BigEndian):
			kind := typeOctets
			if m.kind == "*/*" {
				kind = kept.kind
			}
			return form{single: single, kind: kind, syntax: kept.syntax}, nil
		case m.kind == "*/*" && m.syntax == noSyntax:
			return form{kind: kept.kind, syntax: kept.syntax, decode: f.Syntax.BigEndian}, nil
		case m.kind != typeOctets && m.matches(kept.kind) && (m.syntax == noSyntax || asKept):
			return form{single: single, kind: kept.kind, syntax: kept.syntax}, nil
		case m.matches(typeOctets) && decodable && (m.syntax == noSyntax || m.syntax == dicom.ExplicitVRLittleEndian || m.syntax == anySyntax):
			return form{single: single, kind: typeOctets, syntax: dicom.ExplicitVRLittleEndian, decode: true}, nil
		}
	}
	return form{}, cannotGive(f.Syntax)
}

func cannotGive(ts dicom.TransferSyntax) error {
	e := notAcceptable("The frames are kept in transfer syntax %s (%s) and cannot be given in the form asked for. Ask for transfer-syntax=*.", ts.UID, ts.Name)
	return e
}

// canDecode tells whether the server decodes a transfer syntax (see imaging/pixel).
func canDecode(ts dicom.TransferSyntax) bool {
	switch ts.UID {
	case dicom.ExplicitVRBigEndian, dicom.RLELossless, dicom.JPEGBaseline8Bit, dicom.JPEGLossless, dicom.JPEGLosslessSV1, dicom.JPEGLSLossless,
		dicom.JPEGLSNearLossless, dicom.EncapsulatedUncompressed, dicom.DeflatedImageFrame:
		return true
	}
	return false
}

// mediaTypeOf is the media type of frames by transfer syntax (PS3.18 tables 8.7.3-2 and -4).
func mediaTypeOf(ts dicom.TransferSyntax) string {
	switch ts.UID {
	case dicom.JPEGBaseline8Bit, dicom.JPEGExtended12Bit, dicom.JPEGLossless, dicom.JPEGLosslessSV1:
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
	}
	return typeOctets
}

// writeFrame hands one frame in its form to write.
func (h *Handler) writeFrame(ctx context.Context, f *imaging.Frames, form form, number int, write func(io.Reader, int64) error) error {
	if form.decode {
		b, err := f.DecodeNative(ctx, number)
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

// singleFrame answers one frame as a body of its own.
func (h *Handler) singleFrame(w http.ResponseWriter, r *http.Request, f *imaging.Frames, form form, number int) error {
	return h.writeFrame(r.Context(), f, form, number, func(body io.Reader, size int64) error {
		w.Header().Set("Content-Type", form.contentType())
		w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
		_, err := io.Copy(w, body)
		return err
	})
}
