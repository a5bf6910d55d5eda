package ups

import (
	"context"
	"encoding/json"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"yilian"
	"yilian/imaging/dicom"
)

// Query is a search (PS3.18 11.9): keys by path of tags, and a page.
type Query struct {
	Keys          []Key
	Limit, Offset int
}

// Key is one attribute to match; all keys must.
type Key struct {
	Path   []string // tags, "00404025" or "00404025","00080100"
	Values []string // any of them
}

const (
	defaultPage = 100
	largestPage = 1000
	scanned     = 20000 // workitems that one search looks at; beyond, it says that there may be more
)

// ParseQuery reads the parameters of a search.
func ParseQuery(values url.Values) (q Query, err error) {
	q.Limit = defaultPage
	for name, vs := range values {
		switch name {
		case "limit":
			q.Limit, err = count(vs[0])
		case "offset":
			q.Offset, err = count(vs[0])
		case "includefield", "fuzzymatching", "emptyvaluematching", "multiplevaluematching":
		default:
			var k Key
			if k, err = key(name, vs); err == nil {
				q.Keys = append(q.Keys, k)
			}
		}
		if err != nil {
			return q, err
		}
	}
	q.Limit = min(q.Limit, largestPage)
	return q, nil
}

func count(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, invalid("ups.query", "limit and offset are whole numbers.")
	}
	return n, nil
}

func key(name string, values []string) (Key, error) {
	var k Key
	for _, part := range strings.Split(name, ".") {
		tag, ok := dicom.TagOf(part)
		if !ok {
			var err error
			if tag, err = dicom.ParseTag(part); err != nil {
				return k, invalid("ups.query", "%.64s is no attribute.", name)
			}
		}
		k.Path = append(k.Path, tag.String())
	}
	for _, v := range values {
		if ranged(v) {
			k.Values = append(k.Values, v)
			continue
		}
		k.Values = append(k.Values, strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == '\\' })...)
	}
	return k, nil
}

// Search answers the workitems of the actor's institution that match, those that changed last first. more tells that there are others.
func (s *Service) Search(ctx context.Context, actor yilian.Actor, q Query) (found []Item, more bool, err error) {
	if err := may(actor, ScopeRead); err != nil {
		return nil, false, err
	}
	var state State
	for _, k := range q.Keys {
		if len(k.Path) == 1 && k.Path[0] == tagState && len(k.Values) == 1 && !strings.ContainsAny(k.Values[0], "*?") {
			state = State(k.Values[0])
		}
	}
	after, skip := "", q.Offset
	for seen := 0; seen < scanned; {
		page, next, err := s.store.Items(ctx, actor.Institution, state, after, 500)
		if err != nil {
			return nil, false, err
		}
		for _, i := range page {
			if !matches(i.public(), q.Keys) {
				continue
			}
			if skip > 0 {
				skip--
				continue
			}
			if len(found) == q.Limit {
				return found, true, nil
			}
			found = append(found, i)
		}
		if next == "" {
			return found, false, nil
		}
		after, seen = next, seen+len(page)
	}
	return found, true, nil
}

func matches(a Attributes, keys []Key) bool {
	return !slices.ContainsFunc(keys, func(k Key) bool { return !a.match(k.Path, k.Values) })
}

// match applies the matching of PS3.4 C.2.2.2 to one attribute, in a sequence to any of its items.
func (a Attributes) match(tags, wanted []string) bool {
	if len(tags) > 1 {
		return slices.ContainsFunc(a.items(tags[0]), func(item Attributes) bool { return item.match(tags[1:], wanted) })
	}
	if len(wanted) == 0 {
		return true // universal matching
	}
	var e struct {
		VR    string `json:"vr"`
		Value []any
	}
	if json.Unmarshal(a[tags[0]], &e) != nil {
		return false
	}
	for _, have := range e.Value {
		for _, text := range textsOf(have) {
			if slices.ContainsFunc(wanted, func(w string) bool { return matchOne(e.VR, text, w) }) {
				return true
			}
		}
	}
	return false
}

// textsOf answers a value as text; a person name has up to three component groups.
func textsOf(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case float64:
		return []string{strconv.FormatFloat(v, 'f', -1, 64)}
	case map[string]any:
		var out []string
		for _, group := range v {
			if s, ok := group.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

func ranged(v string) bool {
	return strings.Contains(v, "-") && !strings.ContainsFunc(v, func(r rune) bool { return !strings.ContainsRune("0123456789.-+:", r) })
}

func matchOne(vr, have, want string) bool {
	switch vr {
	case "DA", "TM", "DT":
		from, to, isRange := strings.Cut(want, "-")
		if !isRange {
			return strings.HasPrefix(have, want)
		}
		return (from == "" || have >= from) && (to == "" || have[:min(len(have), len(to))] <= to)
	case "PN":
		have, want = strings.ToLower(have), strings.ToLower(want)
	}
	if !strings.ContainsAny(want, "*?") {
		return have == want
	}
	ok, err := path.Match(escape.Replace(want), strings.ReplaceAll(have, "/", "\x00"))
	return err == nil && ok
}

// escape keeps only * and ? special; a slash would stop a star.
var escape = strings.NewReplacer(`[`, `\[`, `]`, `\]`, `\`, `\\`, `/`, "\x00")
