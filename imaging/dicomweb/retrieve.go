package dicomweb

import (
	"io"
	"net/http"

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
	ranges := acceptable(r)
	wanted, single, err := instanceForm(ranges, p.Instance != "")
	if err != nil {
		return err
	}
	if wanted != anySyntax && wanted != noSyntax {
		if err := h.checkSyntaxes(r, actor, p, wanted); err != nil {
			return err
		}
	}
	if single {
		return h.retrieveFile(w, r, actor, p, wanted)
	}
	out := newRelated(w, typeDICOM)
	for i, err := range h.archive.Instances(r.Context(), actor, p) {
		if err != nil {
			return err
		}
		headers := func(syntax string) []string {
			return []string{"Content-Type: " + typeDICOM + "; transfer-syntax=" + syntax, "Content-Location: " + instanceURL(h.base(r), i)}
		}
		err := h.giveInstance(r, i, wanted, func(syntax string, body io.Reader) error { return out.part(headers(syntax), body) })
		if err != nil {
			return err
		}
	}
	return out.end()
}

// instanceForm chooses the transfer syntax that the client wants instances in, and whether it prefers one as a bare file.
func instanceForm(ranges []mediaRange, one bool) (syntax string, single bool, err error) {
	for _, m := range ranges {
		if !m.matches(typeDICOM) || !m.multipart && m.kind == typeDICOM && !one {
			continue
		}
		if m.kind == "*/*" && m.syntax == noSyntax {
			return anySyntax, false, nil
		}
		return m.syntax, !m.multipart && m.kind == typeDICOM, nil
	}
	return "", false, notAcceptable("Instances are given as multipart/related; type=\"%s\", one instance also as %s.", typeDICOM, typeDICOM)
}

// checkSyntaxes makes sure, before an answer begins, that all instances can be given in the transfer syntax asked for.
func (h *Handler) checkSyntaxes(r *http.Request, actor yilian.Actor, p imaging.Path, wanted string) error {
	for i, err := range h.archive.Instances(r.Context(), actor, p) {
		if err != nil {
			return err
		}
		ts := dicom.Syntax(i.TransferSyntax)
		native := !ts.Encapsulated || i.Frames == 0
		if wanted == ts.UID || wanted == dicom.ExplicitVRLittleEndian && (native || canDecode(ts)) {
			continue
		}
		return notAcceptable("An instance is kept in transfer syntax %s (%s) and cannot be given in %.64s. Ask for transfer-syntax=*.", ts.UID, ts.Name, wanted)
	}
	return nil
}

// giveInstance hands an instance to write in the wanted transfer syntax, or as it is kept.
func (h *Handler) giveInstance(r *http.Request, i imaging.Instance, wanted string, write func(syntax string, body io.Reader) error) error {
	ts := dicom.Syntax(i.TransferSyntax)
	decode := wanted != anySyntax && wanted != ts.UID && ts.UID != dicom.ExplicitVRLittleEndian
	if decode && wanted == noSyntax && ts.Encapsulated {
		decode = canDecode(ts) || i.Frames == 0
	}
	if decode {
		d, err := h.archive.Decode(r.Context(), i)
		if err == nil {
			return pipe(func(w io.Writer) error { return d.Write(r.Context(), w) }, func(body io.Reader) error {
				return write(dicom.ExplicitVRLittleEndian, body)
			})
		}
		if wanted != noSyntax || yilian.KindOf(err) != yilian.Invalid {
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
func (h *Handler) retrieveFile(w http.ResponseWriter, r *http.Request, actor yilian.Actor, p imaging.Path, wanted string) error {
	o, err := h.archive.Object(r.Context(), actor, p)
	if err != nil {
		return err
	}
	if wanted == noSyntax {
		wanted = anySyntax // a bare file is asked for by people who save it
	}
	tag := etag(o.Instance, "file", wanted)
	if wanted == anySyntax || wanted == o.Instance.TransferSyntax {
		s := &seeker{ctx: r.Context(), open: o.Open, size: o.Size}
		defer s.close()
		serve(w, r, tag, typeDICOM, s)
		return nil
	}
	if unchanged(w, r, tag) {
		return nil
	}
	return h.giveInstance(r, o.Instance, wanted, func(_ string, body io.Reader) error {
		w.Header().Set("Content-Type", typeDICOM)
		_, err := io.Copy(w, body)
		return err
	})
}
