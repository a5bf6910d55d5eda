package dicomweb

import (
	"context"
	"io"
	"net/http"

	"yilian"
	"yilian/imaging"
)

// maxKept bounds the instances whose names and sizes are held while an answer is being sent. Larger studies are sent without telling
// the length before.
const maxKept = 20_000

// keptInstances answers the instances of a path if each of them is given as it is kept, so that its size is known; else nil.
func (h *Handler) keptInstances(r *http.Request, actor yilian.Actor, p imaging.Path, wishes []string) (all []imaging.Instance, err error) {
	for i, err := range h.archive.Instances(r.Context(), actor, p) {
		if err != nil {
			return nil, err
		}
		syntax, ok := grant(i, wishes)
		if !ok || syntax != i.TransferSyntax || h.archive.ObjectOf(i).Size < 0 || len(all) == maxKept {
			return nil, nil
		}
		i.Metadata = nil // is not needed, and is most of it
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

// openAhead opens the objects in their order, the next while one is being sent: elsewhere that may take as long as the sending. The
// channel ends with the last, with the first error, or when ctx does; it must be read to its end.
func (h *Handler) openAhead(ctx context.Context, all []imaging.Instance) <-chan openedObject {
	opened := make(chan openedObject)
	go func() {
		defer close(opened)
		for _, i := range all {
			body, err := h.archive.ObjectOf(i).Open(ctx, 0, -1)
			opened <- openedObject{body, err}
			if err != nil || ctx.Err() != nil {
				return
			}
		}
	}()
	return opened
}
