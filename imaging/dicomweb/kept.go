package dicomweb

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"

	"yilian"
	"yilian/imaging"
)

// maxKept bounds the instances whose names and sizes are held while an answer is being sent. Larger studies are sent without telling
// the length before.
const maxKept = 20_000

// keptInstances answers the instances of a path if each of them is given as it is kept, so that its size is known; else nil.
func (h *Handler) keptInstances(r *http.Request, actor yilian.Actor, p imaging.Path, wishes []string) (all []imaging.Instance, err error) {
	for i, err := range h.archive.Outline(r.Context(), actor, p) {
		if err != nil {
			return nil, err
		}
		syntax, ok := grant(i, wishes)
		if !ok || syntax != i.TransferSyntax || h.archive.ObjectOf(i).Size < 0 || len(all) == maxKept {
			return nil, nil
		}
		all = append(all, i)
	}
	return all, nil
}

// giveKept gives instances as they are kept.
func (h *Handler) giveKept(w http.ResponseWriter, r *http.Request, all []imaging.Instance) error {
	out := newRelated(w, r, typeDICOM)
	for _, i := range all {
		out.announce(h.instanceHeaders(r, i, i.TransferSyntax), h.archive.ObjectOf(i).Size)
	}
	ctx, cancel := context.WithCancel(r.Context())
	bodies := h.openAhead(ctx, all)
	defer func() {
		cancel()
		for one := range bodies { // what was opened for nobody
			one.close()
		}
	}()
	for n := range all {
		one, ok := <-bodies
		if !ok {
			return context.Cause(ctx)
		}
		if one.err != nil {
			return one.err
		}
		err := out.part(h.instanceHeaders(r, all[n], all[n].TransferSyntax), one.body, h.archive.ObjectOf(all[n]).Size)
		one.close()
		if err != nil {
			return err
		}
	}
	return out.end()
}

func (h *Handler) instanceHeaders(r *http.Request, i imaging.Instance, syntax string) []string {
	return []string{"Content-Type: " + typeDICOM + "; transfer-syntax=" + syntax, "Content-Location: " + instanceURL(h.base(r), i)}
}

// openedObject is an object that waits to be sent, or why there is none.
type openedObject struct {
	body io.ReadCloser
	err  error
}

func (o openedObject) close() {
	if o.body != nil {
		_ = o.body.Close() // it was read
	}
}

// openAhead opens the objects in their order and reads from the next while one is being sent: elsewhere the one may take as long as
// the other, and here each takes a core. The channel ends with the last, with the first error, or when ctx does; it must be read to
// its end.
func (h *Handler) openAhead(ctx context.Context, all []imaging.Instance) <-chan openedObject {
	opened := make(chan openedObject)
	go func() {
		defer close(opened)
		for _, i := range all {
			o := h.archive.ObjectOf(i)
			body, err := o.Open(ctx, 0, -1)
			if err == nil {
				body, err = readAhead(body, o.Size)
			}
			opened <- openedObject{body, err}
			if err != nil || ctx.Err() != nil {
				return
			}
		}
	}()
	return opened
}

// aheadSize is how much of an object is read before it is its turn: a slice as a whole. Two of these are held for an answer.
const aheadSize = 1 << 20

var aheadBuffers = sync.Pool{New: func() any { b := make([]byte, aheadSize); return &b }}

// readAhead reads the beginning of a body of a size, unless the body goes its own way to where it is sent. Beside an error the body is
// closed.
func readAhead(body io.ReadCloser, size int64) (io.ReadCloser, error) {
	if _, own := body.(io.WriterTo); own {
		return body, nil
	}
	a := &aheadBody{rest: body, buffer: aheadBuffers.Get().(*[]byte)}
	a.begin = (*a.buffer)[:min(size, aheadSize)]
	n, err := io.ReadFull(body, a.begin)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil // whoever sends it will find that it is too short
	}
	if a.begin = a.begin[:n]; err != nil {
		_ = a.Close() // the first error counts
		return nil, err
	}
	return a, nil
}

// aheadBody is a body of which the beginning was read.
type aheadBody struct {
	begin  []byte
	rest   io.ReadCloser
	buffer *[]byte
}

func (a *aheadBody) Read(p []byte) (int, error) {
	if len(a.begin) == 0 {
		return a.rest.Read(p)
	}
	n := copy(p, a.begin)
	a.begin = a.begin[n:]
	return n, nil
}

// WriteTo implements io.WriterTo. It is called instead of Read.
func (a *aheadBody) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(a.begin)
	a.begin = a.begin[n:]
	if err != nil {
		return int64(n), err
	}
	rest, err := copyTo(w, a.rest)
	return int64(n) + rest, err
}

func (a *aheadBody) Close() error {
	if a.buffer != nil {
		aheadBuffers.Put(a.buffer)
		a.buffer, a.begin = nil, nil
	}
	return a.rest.Close()
}
