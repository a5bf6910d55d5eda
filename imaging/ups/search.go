package ups

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"yilian"
	"yilian/imaging/dicom"
)

// Query is a search (PS3.18 11.9): keys as the identifier of a C-FIND would hold them, and a page.
type Query struct {
	Keys          *dicom.Dataset
	Limit, Offset int
}

const (
	defaultPage = 100
	largestPage = 1000
	scanned     = 20000 // workitems that one search looks at; beyond, it says that there may be more
)

// ParseQuery reads the parameters of a search.
func ParseQuery(values url.Values) (q Query, err error) {
	q.Keys, q.Limit = dicom.New("ISO_IR 192"), defaultPage
	for name, vs := range values {
		switch name {
		case "limit":
			q.Limit, err = count(vs[0])
		case "offset":
			q.Offset, err = count(vs[0])
		case "includefield", "fuzzymatching", "emptyvaluematching", "multiplevaluematching":
		default:
			err = ask(q.Keys, name, vs)
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

// ask adds a key: an attribute by keyword or tag, or a path into sequences with dots. Several values are any of them.
func ask(keys *dicom.Dataset, name string, values []string) error {
	var all []string
	for _, v := range values {
		all = append(all, strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == '\\' })...)
	}
	if err := keys.Apply(dicom.Change{Path: strings.ReplaceAll(name, ".", "/0/"), Op: dicom.Set, Values: all}); err != nil {
		return invalid("ups.query", "%.64s cannot be searched by these values.", name)
	}
	return nil
}

// Search answers the workitems of the actor's institution that match, those that changed last first. more tells that there are others.
func (s *Service) Search(ctx context.Context, actor yilian.Actor, q Query) (found []Item, more bool, err error) {
	if err := may(actor, ScopeRead); err != nil {
		return nil, false, err
	}
	after, skip := "", q.Offset
	for seen := 0; seen < scanned; {
		page, next, err := s.store.Items(ctx, actor.Institution, stateOf(q.Keys), after, 500)
		if err != nil {
			return nil, false, err
		}
		for _, i := range page {
			if !i.matches(q.Keys) {
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

// stateOf is the one state that is asked for, or None.
func stateOf(keys *dicom.Dataset) State {
	switch s := State(keys.String(procedureStepState)); s {
	case Scheduled, InProgress, Completed, Canceled:
		return s
	}
	return None
}

const procedureStepState dicom.Tag = 0x00741000

// matches applies PS3.4 C.2.2.2.
func (i *Item) matches(keys *dicom.Dataset) bool {
	if len(keys.Elements) <= 1 { // the character set only
		return true
	}
	raw, err := json.Marshal(i.public())
	if err != nil {
		return false // strings and what was JSON before always encode
	}
	d, err := dicom.ParseJSON(raw, nil)
	return err == nil && dicom.Matches(keys, d)
}
