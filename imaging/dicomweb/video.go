package dicomweb

import (
	"net/http"
	"slices"
	"strings"

	"yilian"
)

// wantsVideo tells whether a client names a video among what it takes.
func wantsVideo(r *http.Request) bool {
	return slices.ContainsFunc(acceptable(r), func(m mediaRange) bool { return strings.HasPrefix(m.kind, "video/") })
}

// video is Retrieve Rendered of an instance whose frames are one stream (PS3.18 8.7.4): the stream as it is kept, in the parts that are
// asked for, so that a browser can seek in it.
func (h *Handler) video(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	f, err := h.archive.Frames(r.Context(), actor, pathOf(r))
	if err != nil {
		return err
	}
	kind := mediaTypeOf(f.Syntax)
	stream, ok := f.Stream()
	if !ok || !slices.ContainsFunc(acceptable(r), func(m mediaRange) bool { return !m.multipart && m.matches(kind) }) {
		return notAcceptable("The instance is kept in transfer syntax %s (%s), which is no video of the type asked for.", f.Syntax.UID, f.Syntax.Name)
	}
	s := &seeker{ctx: r.Context(), open: stream.OpenAt, size: stream.Size}
	defer s.close()
	serve(w, r, etag(f.Instance, "video"), forGood, kind, s)
	return nil
}
