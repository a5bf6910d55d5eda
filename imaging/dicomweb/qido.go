package dicomweb

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"time"

	"yilian"
	"yilian/imaging"
)

func (h *Handler) searchStudies(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	return h.search(w, r, actor, imaging.StudyLevel)
}

func (h *Handler) searchSeries(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	return h.search(w, r, actor, imaging.SeriesLevel)
}

func (h *Handler) searchInstances(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	return h.search(w, r, actor, imaging.InstanceLevel)
}

// searchTime bounds a search. What is found by an index takes milliseconds; a condition that has none on an archive of millions may
// not be found in this time, and then the client has to say more.
const searchTime = 15 * time.Second

// search is the Search Transaction (PS3.18 10.6).
func (h *Handler) search(w http.ResponseWriter, r *http.Request, actor yilian.Actor, level imaging.Level) error {
	kind, err := acceptMetadata(r)
	if err != nil {
		return err
	}
	request, err := parseSearch(level, r.URL.RawQuery)
	if err != nil {
		return err
	}
	p := pathOf(r)
	request.query.Study, request.query.Series = p.Study, p.Series
	page, err := h.find(r.Context(), actor, request.query)
	if err != nil {
		return err
	}
	if request.limited && page.Next != "" {
		request.warn("there are additional results that can be requested")
	}
	h.searchHeaders(w, r, request, page.Next)
	if len(page.Studies)+len(page.Series)+len(page.Instances) == 0 {
		w.WriteHeader(http.StatusNoContent) // PS3.18 10.6.3.1
		return nil
	}
	answer := results{search: request, base: h.base(r), page: page, relational: p.Study == ""}
	return h.objects(w, r, kind, answer.objects())
}

// find searches for a bounded time.
func (h *Handler) find(ctx context.Context, actor yilian.Actor, q imaging.Query) (imaging.Page, error) {
	bounded, cancel := context.WithTimeout(ctx, searchTime)
	defer cancel()
	page, err := h.archive.Find(bounded, actor, q)
	if err != nil && ctx.Err() == nil && bounded.Err() != nil {
		return page, yilian.Errorf(yilian.TooLarge, "dicomweb.broad", "The search takes too long. Please ask for a study, a patient, an accession number or a few days.")
	}
	return page, err
}

// objects answers a list of objects in JSON or XML.
func (h *Handler) objects(w http.ResponseWriter, r *http.Request, kind string, all iter.Seq2[json.RawMessage, error]) error {
	w.Header().Add("Vary", "Accept, Accept-Encoding")
	if kind == typeXML {
		return h.objectsXML(w, r, all)
	}
	out := newJSONArray(w, r, kind)
	defer out.close()
	for object, err := range all {
		if err == nil {
			err = out.add(object)
		}
		if err != nil {
			return err
		}
	}
	return out.end()
}

func (h *Handler) searchHeaders(w http.ResponseWriter, r *http.Request, s searchRequest, next string) {
	w.Header().Set("Cache-Control", "no-store")
	for _, text := range s.warnings {
		w.Header().Add("Warning", fmt.Sprintf("299 yilian %q", text)) // PS3.18 8.3.4
	}
	if next == "" {
		return
	}
	q := r.URL.Query()
	q.Del("offset")
	q.Set(pageParameter, next)
	w.Header().Set("Link", "<"+h.base(r)+strings.TrimPrefix(r.URL.EscapedPath(), h.prefix)+"?"+q.Encode()+`>; rel="next"`) // RFC 8288
}

// results turns a page into DICOM JSON.
type results struct {
	search     searchRequest
	base       string
	page       imaging.Page
	relational bool // no study in the address: each object tells its parents' attributes as well
}

func (a *results) objects() iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for _, s := range a.page.Studies {
			if !yield(written(a.study, s)) {
				return
			}
		}
		for _, s := range a.page.Series {
			if !yield(written(a.series, s)) {
				return
			}
		}
		for _, i := range a.page.Instances {
			if !yield(written(a.instance, i)) {
				return
			}
		}
	}
}

func written[T any](fill func(object, T) error, v T) (json.RawMessage, error) {
	o := object{}
	if err := fill(o, v); err != nil {
		return nil, err
	}
	return o.bytes()
}

func instanceURL(base string, i imaging.Instance) string {
	return strings.Join([]string{base, "studies", string(i.Study), "series", string(i.Series), "instances", string(i.UID)}, "/")
}
