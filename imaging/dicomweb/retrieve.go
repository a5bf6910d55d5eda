package dicomweb

import (
	"errors"
	"io"
	"net/http"
	"slices"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
)

// Wishes for the transfer syntax of whole instances.
const (
	anySyntax = "*" // as it is kept
	noSyntax  = ""  // nothing said: PS3.18 8.7.3.5.2 means explicit VR little endian then; what cannot be decoded is given as it is kept
)

// retrieve is Retrieve Instances (PS3.18 10.4.1.1.1).
func (h *Handler) retrieve(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	p := pathOf(r)
	f, err := chooseInstanceForm(acceptable(r), p.Instance != "")
	if err != nil {
		return err
	}
	if f.kind == formPixels {
		return h.pixels(w, r, actor)
	}
	if err := h.checkWishes(r, actor, p, f.wishes); err != nil {
		return err
	}
	switch f.kind {
	case formFile:
		return h.retrieveFile(w, r, actor, p, f.wishes)
	case formZip:
		return h.retrieveZip(w, r, actor, f.wishes)
	}
	all, err := h.keptInstances(r, actor, p, f.wishes)
	if err != nil {
		return err
	}
	if all != nil {
		return h.giveKept(w, r, all)
	}
	out := newRelated(w, r, typeDICOM)
	for i, err := range h.archive.Outline(r.Context(), actor, p) {
		if err != nil {
			return err
		}
		err := h.giveInstance(r, i, f.wishes, func(syntax string, body io.Reader) error { return out.part(h.instanceHeaders(r, i, syntax), body, -1) })
		if err != nil {
			return err
		}
	}
	return out.end()
}

// instanceForm is how instances are given.
type instanceForm struct {
	kind   int
	wishes []string // transfer syntaxes, best first
}

const (
	formParts  = iota // multipart/related of Part 10 files
	formFile          // one bare Part 10 file
	formZip           // an archive of them
	formPixels        // frames, without headers
)

// chooseInstanceForm goes through what the client accepts, best first. Ranges of the same form are wishes for its transfer syntax.
func chooseInstanceForm(ranges []mediaRange, one bool) (f instanceForm, err error) {
	f.kind = -1
	for _, m := range ranges {
		kind := m.instanceForm(one)
		if f.kind == -1 {
			f.kind = kind
		}
		if kind != f.kind || kind == -1 {
			continue
		}
		if m.kind != typeDICOM && m.syntax == noSyntax {
			m.syntax = anySyntax // whoever does not ask for DICOM by name takes what there is
		}
		f.wishes = append(f.wishes, m.syntax)
	}
	if f.kind == -1 {
		return f, notAcceptable("Instances are given as multipart/related; type=\"%s\", as %s, one instance also as %s.", typeDICOM, typeZip, typeDICOM)
	}
	return f, nil
}

// instanceForm answers the form that a range asks for, or -1.
func (m mediaRange) instanceForm(one bool) int {
	switch {
	case m.kind == "*/*" || m.multipart && m.matches(typeDICOM):
		return formParts
	case m.matches(typeDICOM) && one:
		return formFile
	case m.kind == typeZip && !m.multipart:
		return formZip
	case m.multipart && m.kind != typeXML && m.kind != typeJSON:
		return formPixels
	}
	return -1
}

// grant answers the transfer syntax in which an instance meets one of the wishes, that of the first that can be met.
func grant(i imaging.Instance, wishes []string) (syntax string, ok bool) {
	ts := dicom.Syntax(i.TransferSyntax)
	readable := i.Frames == 0 || imaging.Readable(ts)
	for _, wish := range wishes {
		to := dicom.Syntax(wish)
		switch {
		case wish == anySyntax, wish == ts.UID:
			return ts.UID, true
		case wish == noSyntax && readable:
			return dicom.ExplicitVRLittleEndian, true
		case wish == noSyntax:
			return ts.UID, true
		case !imaging.Writable(to) || !readable:
		case !to.Encapsulated || i.Frames > 0:
			return wish, true
		case !ts.Encapsulated: // what has no pixels cannot be encapsulated
			return dicom.ExplicitVRLittleEndian, true
		}
	}
	return "", false
}

// checkWishes makes sure, before an answer begins, that all instances can be given in a transfer syntax asked for.
func (h *Handler) checkWishes(r *http.Request, actor yilian.Actor, p imaging.Path, wishes []string) error {
	if slices.Contains(wishes, anySyntax) || slices.Contains(wishes, noSyntax) {
		return nil
	}
	for i, err := range h.archive.Outline(r.Context(), actor, p) {
		if err != nil {
			return err
		}
		if _, ok := grant(i, wishes); !ok {
			ts := dicom.Syntax(i.TransferSyntax)
			return notAcceptable("An instance is kept in transfer syntax %s (%s) and cannot be given in %.64s. Ask for transfer-syntax=*.", ts.UID, ts.Name, wishes[0])
		}
	}
	return nil
}

// giveInstance hands an instance to write in the best transfer syntax wished for. Where nothing certain was wished, what cannot be
// decoded after all is given as it is kept.
func (h *Handler) giveInstance(r *http.Request, i imaging.Instance, wishes []string, write func(syntax string, body io.Reader) error) error {
	ts := dicom.Syntax(i.TransferSyntax)
	to, ok := grant(i, wishes)
	if !ok {
		return errNotGranted
	}
	if to != ts.UID {
		d, err := h.archive.Transcode(r.Context(), i, to)
		if err == nil {
			return pipe(func(w io.Writer) error { return d.Write(r.Context(), w) }, func(body io.Reader) error { return write(to, body) })
		}
		if !slices.Contains(wishes, noSyntax) || yilian.KindOf(err) != yilian.Invalid {
			return decodeError(err, ts)
		}
	}
	body, err := h.archive.ObjectOf(i).Open(r.Context(), 0, -1)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	return write(ts.UID, body)
}

var errNotGranted = errors.New("dicomweb: an instance arrived that cannot be given as was asked")

// pipe connects a producer to a consumer and waits for both.
func pipe(produce func(io.Writer) error, consume func(io.Reader) error) error {
	r, w := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = w.CloseWithError(produce(w))
	}()
	err := consume(r)
	_ = r.CloseWithError(io.ErrClosedPipe)
	<-done
	return err
}

// retrieveFile answers one instance as a bare Part 10 file, with ranges when it is given as it is kept.
func (h *Handler) retrieveFile(w http.ResponseWriter, r *http.Request, actor yilian.Actor, p imaging.Path, wishes []string) error {
	o, err := h.archive.Object(r.Context(), actor, p)
	if err != nil {
		return err
	}
	to := o.Instance.TransferSyntax
	if wishes[0] != noSyntax { // a bare file is asked for by people who save it: as it is, unless they say otherwise
		if to, _ = grant(o.Instance, wishes); to == "" {
			return errNotGranted
		}
	}
	tag := etag(o.Instance, "file", to)
	if to == o.Instance.TransferSyntax && o.Size >= 0 {
		s := &seeker{ctx: r.Context(), open: o.Open, size: o.Size}
		defer s.close()
		serve(w, r, tag, untilAsked, typeDICOM, s)
		return nil
	}
	if unchanged(w, r, tag, untilAsked) {
		return nil
	}
	return h.giveInstance(r, o.Instance, []string{to}, func(_ string, body io.Reader) error {
		w.Header().Set("Content-Type", typeDICOM)
		if r.Method == http.MethodHead {
			return nil
		}
		_, err := copyTo(w, body)
		return err
	})
}
