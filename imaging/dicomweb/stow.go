package dicomweb

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"sync"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
)

// store is the Store Transaction (PS3.18 10.5). The parts go one after the other through imaging.Archive.Store; each result is told.
func (h *Handler) store(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	kind, err := acceptMetadata(r)
	if err != nil {
		return err
	}
	content, err := storeContent(r)
	if err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, h.maxBody)
	upload := uploadID()
	defer func() {
		if err := h.archive.EndAssociation(context.WithoutCancel(r.Context()), upload); err != nil {
			h.log.WarnContext(r.Context(), "upload not ended in the index", "error", err)
		}
	}()
	in := imaging.Incoming{Part10: true, Study: yilian.StudyUID(r.PathValue("study")), Source: sourceOf(actor), Association: upload}
	results, err := h.storeBody(r, actor, in, content)
	if err != nil {
		return err
	}
	return results.answer(w, kind, h.base(r))
}

// content is what the body of a Store request is made of.
type content struct {
	kind     string // of the body, or of the root part
	boundary string // "": one instance without an envelope
}

// storeContent reads the type of the body.
func storeContent(r *http.Request) (c content, err error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && kind == "" {
		kind, params = looseRange(r.Header.Get("Content-Type"))
	}
	c.kind = kind
	if kind == typeRelated {
		c.kind = strings.ToLower(cmp.Or(params["type"], typeDICOM))
		if c.boundary = params["boundary"]; c.boundary == "" || len(c.boundary) > 200 {
			return c, malformed("The Content-Type names no boundary of the parts.")
		}
	}
	switch c.kind {
	case typeDICOM, typeJSON, typeXML:
		return c, nil
	}
	return c, unsupported("Instances are sent as multipart/related; type=\"application/dicom\", or as application/dicom+json or application/dicom+xml with their values.")
}

func (h *Handler) storeBody(r *http.Request, actor yilian.Actor, in imaging.Incoming, c content) (storeResults, error) {
	if c.kind == typeDICOM {
		var parts partReader = &onePart{body: r.Body}
		if c.boundary != "" {
			parts = multiParts{multipart.NewReader(r.Body, c.boundary)}
		}
		return h.storeAll(r, actor, in, parts)
	}
	if c.boundary != "" {
		return h.storeMetadata(r, actor, in, multipart.NewReader(r.Body, c.boundary).NextRawPart)
	}
	return h.storeMetadata(r, actor, in, lonePart(r.Body, c.kind))
}

// lonePart makes a body without an envelope the only part.
func lonePart(body io.Reader, kind string) func() (*multipart.Part, error) {
	cut := uploadID()
	whole := io.MultiReader(strings.NewReader("--"+cut+"\r\nContent-Type: "+kind+"\r\n\r\n"), body, strings.NewReader("\r\n--"+cut+"--\r\n"))
	return multipart.NewReader(whole, cut).NextRawPart
}

func unsupported(text string) error {
	return &httpError{http.StatusUnsupportedMediaType, yilian.Errorf(yilian.Invalid, "dicomweb.media-type", "%s", text)}
}

func malformed(text string) error {
	return yilian.Errorf(yilian.Invalid, "dicomweb.multipart", "The body cannot be read: %s", text)
}

// partReader gives one part after the other; io.EOF after the last.
type partReader interface{ next() (io.Reader, error) }

type onePart struct{ body io.Reader }

func (o *onePart) next() (io.Reader, error) {
	if o.body == nil {
		return nil, io.EOF
	}
	r := o.body
	o.body = nil
	return r, nil
}

type multiParts struct{ r *multipart.Reader }

func (m multiParts) next() (io.Reader, error) {
	p, err := m.r.NextRawPart()
	if err != nil {
		return nil, err // also io.EOF, which may not be wrapped
	}
	kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
	if kind != "" && kind != typeDICOM && kind != typeOctets {
		return nil, unsupported("A part is not of type application/dicom.")
	}
	return p, nil
}

// inFlight is how many instances of one request become durable while the next is being read.
const inFlight = 4

// storeAll stores part after part. A refused instance is a result; only what concerns the whole request is an error.
func (h *Handler) storeAll(r *http.Request, actor yilian.Actor, in imaging.Incoming, parts partReader) (storeResults, error) {
	var (
		wg    sync.WaitGroup
		slots = make(chan struct{}, inFlight)
		all   []*storeResult // each is written by one goroutine until wg is done
		// turns are closed when the last part under a UID is stored: of two contents, the first in the request is the instance, and
		// the other is kept aside.
		turns = map[yilian.InstanceUID]chan struct{}{}
	)
	err := func() error {
		for {
			part, err := parts.next()
			if errors.Is(err, io.EOF) && len(all) > 0 {
				return nil
			}
			if err != nil {
				return err
			}
			stored, commit, err := h.archive.Receive(r.Context(), actor, in, part)
			if err != nil && concernsAll(err) {
				return err
			}
			result := &storeResult{stored, err}
			all = append(all, result)
			if err != nil {
				continue
			}
			slots <- struct{}{}
			before, done := turns[stored.Instance], make(chan struct{})
			turns[stored.Instance] = done
			wg.Go(func() {
				defer func() {
					close(done)
					<-slots
				}()
				if before != nil {
					<-before
				}
				result.stored, result.err = commit(r.Context())
			})
		}
	}()
	wg.Wait() // what was received whole is stored, however the request ends
	var results storeResults
	for _, one := range all {
		if one.err != nil {
			if err == nil && concernsAll(one.err) {
				err = one.err
			}
			h.log.InfoContext(r.Context(), "instance refused", "instance", one.stored.Instance, "error", one.err)
		}
		results.all = append(results.all, *one)
	}
	if err != nil {
		return results, bodyError(err)
	}
	return results, nil
}

// concernsAll tells whether an error ends the request: the sender may not store, or its stream broke.
func concernsAll(err error) bool {
	if yilian.KindOf(err) == yilian.Forbidden {
		return true
	}
	_, tooLarge := errors.AsType[*http.MaxBytesError](err)
	return tooLarge || yilian.KindOf(err) == yilian.Internal
}

// bodyError names what is wrong with the body of the request.
func bodyError(err error) error {
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		tooLarge := yilian.Errorf(yilian.TooLarge, "dicomweb.body", "The request is larger than %d bytes. Send fewer instances at a time.", e.Limit)
		tooLarge.Params = map[string]any{"limit": e.Limit}
		return tooLarge
	}
	if _, ok := errors.AsType[*yilian.Error](err); ok {
		return err
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &httpError{http.StatusRequestTimeout, yilian.Errorf(yilian.Invalid, "dicomweb.slow", "The body did not come in time. What was sent whole before is stored.")}
	case errors.Is(err, io.EOF):
		return malformed("there is no part in it.")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return malformed("it ends inside of a part.")
	case strings.HasPrefix(err.Error(), "multipart:"), strings.HasPrefix(err.Error(), "malformed MIME"):
		return malformed("it is not made of parts as its Content-Type says.")
	}
	return err
}

// sourceOf names the sender for the index.
func sourceOf(a yilian.Actor) string {
	switch {
	case a.Device != "":
		return a.Device
	case a.Is(yilian.RoleProgram):
		return a.Name
	}
	return "STOW-RS"
}

func uploadID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return "stow-" + hex.EncodeToString(b[:])
}

// storeResult is what became of one part.
type storeResult struct {
	stored imaging.Stored
	err    error
}

type storeResults struct{ all []storeResult }

// Failure reasons (PS3.18 table I.2-2, PS3.7 C).
const (
	failOutOfResources  = 0xA700
	failMismatch        = 0xA900
	failNotUnderstood   = 0xC000
	failDuplicateSOP    = 0x0111
	failSyntax          = 0xC122
	failProcessing      = 0x0110
	failNotAuthorized   = 0x0124
	statusAllStored     = http.StatusOK
	statusSomeStored    = http.StatusAccepted
	statusNothingStored = http.StatusConflict
)

func failureReason(err error) int {
	e, _ := errors.AsType[*yilian.Error](err)
	if e == nil {
		return failProcessing
	}
	switch {
	case e.Code == imaging.CodeMismatch:
		return failMismatch
	case e.Code == imaging.CodeUnsupported:
		return failSyntax
	case e.Kind == yilian.Conflict:
		return failDuplicateSOP
	case e.Kind == yilian.Forbidden:
		return failNotAuthorized
	case e.Kind == yilian.TooLarge, e.Kind == yilian.Unavailable:
		return failOutOfResources
	case e.Kind == yilian.Invalid:
		return failNotUnderstood
	}
	return failProcessing
}

// answer writes the Store Instances Response Module (PS3.18 I) in DICOM JSON.
func (s storeResults) answer(w http.ResponseWriter, kind, base string) error {
	var good, bad, other []any
	studies := map[yilian.StudyUID]bool{}
	unavailable := 0
	for _, r := range s.all {
		item := object{}
		if r.err == nil {
			studies[r.stored.Study] = true
			item.reference(r.stored)
			item.set(dicom.RetrieveURL, instanceURL(base, imaging.Instance{Study: r.stored.Study, Series: r.stored.Series, UID: r.stored.Instance}))
			good = append(good, item)
			continue
		}
		if yilian.KindOf(r.err) == yilian.Unavailable {
			unavailable++
		}
		item.set(dicom.FailureReason, failureReason(r.err))
		item.set(errorComment, comment(r.err))
		if r.stored.Instance == "" {
			other = append(other, item)
			continue
		}
		item.reference(r.stored)
		bad = append(bad, item)
	}
	response := object{}
	response.set(dicom.RetrieveURL, studyURL(base, studies)...)
	response.sequence(dicom.ReferencedSOPSequence, good)
	response.sequence(dicom.FailedSOPSequence, bad)
	response.sequence(otherFailuresSequence, other)
	body, err := response.bytes()
	if err != nil {
		return err
	}
	code := statusAllStored
	switch {
	case len(good) == 0 && unavailable == len(s.all):
		code = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "5")
	case len(good) == 0:
		code = statusNothingStored
	case len(bad)+len(other) > 0:
		code = statusSomeStored
	}
	if kind == typeXML {
		if body, err = xmlOf(body); err != nil {
			return err
		}
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	_, err = io.Copy(w, bytes.NewReader(body))
	return err
}

// Attributes of the response that only stand here.
const (
	otherFailuresSequence dicom.Tag = 0x0008119A
	errorComment          dicom.Tag = 0x00000902
)

// comment is the text of an error that people may read, at most 64 characters long as an LO is.
func comment(err error) string {
	e, ok := errors.AsType[*yilian.Error](err)
	if !ok || e.Kind == yilian.Internal {
		return "processing failure"
	}
	runes := []rune(e.Text)
	return string(runes[:min(len(runes), 64)])
}

func studyURL(base string, studies map[yilian.StudyUID]bool) []any {
	var all []any
	if len(studies) == 1 {
		for uid := range studies {
			all = append(all, base+"/studies/"+string(uid))
		}
	}
	return all
}
