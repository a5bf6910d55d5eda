package dicomweb

import (
	"net/http"
	"strconv"
	"strings"

	"yilian"
)

// typePreviews is a sequence of the records of package preview.
const typePreviews = "application/vnd.yilian.previews"

// maxPreviews bounds what one request asks for by number.
const maxPreviews = 2000

// previews gives small pictures of a series, one record after the other: those of ?pictures=150,1-16 in this order, numbered as the instances
// of the series' metadata and their frames are, or the ?begin=2 that show most of it the soonest; without either, all of them. It is ours,
// not the standard's, and open to whoever may see the frames.
func (h *Handler) previews(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	all, err := h.archive.Previews(r.Context(), actor, pathOf(r))
	if err != nil {
		return err
	}
	query := r.URL.Query()
	numbers, err := pictureNumbers(query.Get("pictures"))
	if err != nil {
		return err
	}
	if begin := query.Get("begin"); begin != "" && len(numbers) == 0 {
		n, err := strconv.Atoi(begin)
		if err != nil || n < 1 || n > maxPreviews {
			return previewsWanted()
		}
		if numbers, err = all.First(r.Context(), n); err != nil {
			return err
		}
	}
	if notModified(w, r, `"p`+all.Tag()+"."+strings.Map(tagSafe, r.URL.RawQuery)+`"`) {
		return nil
	}
	if !all.Kept(r.Context()) {
		h.prepare(all.Study)
	}
	w.Header().Set("Content-Type", typePreviews)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if r.Method == http.MethodHead || query.Get("begin") != "" && len(numbers) == 0 {
		return nil
	}
	out := http.NewResponseController(w)
	return all.Write(r.Context(), numbers, func(record []byte) error {
		if _, err := w.Write(record); err != nil {
			return err
		}
		return out.Flush() // each can be shown by itself
	})
}

// pictureNumbers reads "150,1-16".
func pictureNumbers(list string) (numbers []int, err error) {
	if list == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(list, ",") {
		from, to, isRange := strings.Cut(part, "-")
		a, err := strconv.Atoi(from)
		b := a
		if err == nil && isRange {
			b, err = strconv.Atoi(to)
		}
		if err != nil || a < 1 || b < a || b-a >= maxPreviews-len(numbers) {
			return nil, previewsWanted()
		}
		for n := a; n <= b; n++ {
			numbers = append(numbers, n)
		}
	}
	return numbers, nil
}

func previewsWanted() error {
	return yilian.Errorf(yilian.Invalid, "dicomweb.previews", "Say which pictures, at most %d: ?pictures=150,1-16, or ?begin=2.", maxPreviews)
}
