package dicomweb

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"yilian"
	"yilian/imaging"
)

// bulk is Retrieve Bulkdata (PS3.18 10.4.1.1.3).
func (h *Handler) bulk(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	v, err := h.archive.Bulk(r.Context(), actor, pathOf(r), r.PathValue("path"))
	if err != nil {
		return err
	}
	single := false
	acceptedAny := false
	for _, m := range acceptable(r) {
		if m.matches(typeOctets) {
			single, acceptedAny = !m.multipart && m.kind == typeOctets, true
			break
		}
	}
	if !acceptedAny {
		return notAcceptable("Bulk data are given as %s only.", typeOctets)
	}
	tag := etag(v.Instance, "bulk", r.PathValue("path"), strconv.FormatBool(single))
	if !single {
		return h.onePart(w, r, tag, typeOctets, v.Open, v.Size)
	}
	s := &seeker{ctx: r.Context(), open: v.Open, size: v.Size}
	defer s.close()
	serve(w, r, tag, forGood, typeOctets, s)
	return nil
}

// bulks gives all bulk values of a study, series or instance (PS3.18 10.4.1.1.3).
func (h *Handler) bulks(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	if !slices.ContainsFunc(acceptable(r), func(m mediaRange) bool { return m.matches(typeOctets) && (m.multipart || m.kind == "*/*") }) {
		return notAcceptable("Bulk data are given as multipart/related; type=\"%s\" only.", typeOctets)
	}
	w.Header().Set("Cache-Control", "private, no-cache")
	out := newRelated(w, r, typeOctets)
	for i, err := range h.archive.Instances(r.Context(), actor, pathOf(r)) {
		if err == nil {
			err = h.bulkParts(r, actor, out, imaging.Path{Study: i.Study, Series: i.Series, Instance: i.UID})
		}
		if err != nil {
			return err
		}
	}
	if !out.begun {
		return yilian.Errorf(yilian.NotFound, imaging.CodeNotFound, "There are no bulk data.")
	}
	return out.end()
}

func (h *Handler) bulkParts(r *http.Request, actor yilian.Actor, out *related, p imaging.Path) error {
	i, err := h.archive.Instance(r.Context(), actor, p)
	if err != nil {
		return err
	}
	for _, path := range i.BulkPaths() {
		v, err := h.archive.Bulk(r.Context(), actor, p, path)
		if err != nil {
			return err
		}
		body, err := v.Open(r.Context(), 0, -1)
		if err != nil {
			return err
		}
		err = out.part([]string{"Content-Type: " + typeOctets, "Content-Location: " + instanceURL(h.base(r), i) + "/bulkdata/" + path}, body, v.Size)
		_ = body.Close() // it was read
		if err != nil {
			return err
		}
	}
	return nil
}

// onePart answers something stored as the only part of a multipart.
func (h *Handler) onePart(w http.ResponseWriter, r *http.Request, tag, kind string, open opener, size int64) error {
	if unchanged(w, r, tag, forGood) {
		return nil
	}
	body, err := open(r.Context(), 0, -1)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	out := newRelated(w, r, kind)
	headers := []string{"Content-Type: " + kind, "Content-Location: " + h.base(r) + strings.TrimPrefix(r.URL.EscapedPath(), h.prefix)}
	out.announce(headers, size)
	if err := out.part(headers, body, size); err != nil {
		return err
	}
	return out.end()
}

// serve answers one body with ranges and conditions (RFC 9110 13 and 14).
func serve(w http.ResponseWriter, r *http.Request, tag, keep, kind string, body io.ReadSeeker) {
	cacheable(w, tag, keep)
	w.Header().Set("Content-Type", kind)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", time.Time{}, body)
}

// How clients may keep an answer. It is private: who may see it is asked again of others.
const (
	// forGood is for what is always the same: pixels and what else of an instance no correction reaches.
	forGood = "private, max-age=86400, immutable"
	// untilAsked is for what the next correction changes: whole files, and pictures with text from the header. Also before the first
	// one, or a client that has the file would not learn of it.
	untilAsked = "private, no-cache"
)

// cacheable names an answer and says how it may be kept.
func cacheable(w http.ResponseWriter, tag, keep string) {
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", keep)
	w.Header().Add("Vary", "Accept")
}

// unchanged answers 304 if the client has this very representation.
func unchanged(w http.ResponseWriter, r *http.Request, tag, keep string) bool {
	cacheable(w, tag, keep)
	if !knows(r, tag) {
		return false
	}
	w.WriteHeader(http.StatusNotModified)
	return true
}

// knows tells whether the client has a representation (RFC 9110 13.1.2).
func knows(r *http.Request, tag string) bool {
	for known := range strings.SplitSeq(strings.Join(r.Header.Values("If-None-Match"), ","), ",") {
		known = strings.TrimSpace(known)
		if known == "*" || strings.TrimPrefix(known, "W/") == tag {
			return true
		}
	}
	return false
}

// etag names a representation of an instance: its content and how it is given.
func etag(i imaging.Instance, how ...string) string {
	content := fmt.Sprintf("%.32s", i.SHA256)
	if len(i.Amendment) > 0 {
		sum := sha256.Sum256(i.Amendment)
		content += hex.EncodeToString(sum[:8])
	}
	return fmt.Sprintf(`"%s.%s"`, content, strings.Map(tagSafe, strings.Join(how, ".")))
}

func tagSafe(r rune) rune {
	if r > ' ' && r <= '~' && r != '"' {
		return r
	}
	return '_'
}
