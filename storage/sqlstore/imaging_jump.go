package sqlstore

import (
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"yilian/imaging"
)

// jump writes the search of a page far behind in a list that the calendar counts, nil if it is of another kind. It passes over months
// and days as a whole, begins there, and leaves in q.Offset what is to be passed over from there on. The calendar is part of the same
// snapshot, so the page is the same as without it.
func (t *txn) jump(scope imaging.Scope, q *imaging.Query, ways ways) (*search, error) {
	spans, from := countedSpans(*q)
	if spans == nil || q.After != "" || q.Offset < ways.farBehind {
		return nil, nil
	}
	shared, err := t.sharedSorts(scope)
	if err != nil {
		return nil, err
	}
	w := way{scope: scope, shared: shared, left: q.Offset}
	s := &search{ways: ways}
	for _, span := range spans {
		date, found, err := t.passOver(&w, span)
		if found && span.digits == monthDigits && utf8.RuneCountInString(date) == monthDigits {
			span.digits = dayDigits
			date, found, err = t.passOver(&w, datespan{dayDigits, date, date + lastText})
		}
		if err != nil {
			return nil, err
		}
		if found {
			q.Offset = w.left
			s.add("st.sort >= " + s.arg(from))
			s.notAfter(date, span.digits)
			return s, nil
		}
	}
	s.add("1 = 0") // there are not as many
	return s, nil
}

// notAfter asks for studies of a date of the calendar and of those before it.
func (s *search) notAfter(date string, digits int) {
	if utf8.RuneCountInString(date) < digits { // no whole date: that is all there is in sort
		s.add("st.sort <= " + s.arg(date))
		return
	}
	s.add("st.sort < " + s.arg(date+lastText))
}

// datespan is a part of the calendar: the dates of so many digits from the first on, and before the last.
type datespan struct {
	digits      int
	first, last string
}

// countedSpans answers the parts of the calendar, newest first, in which a query's studies are counted, and the first that it asks
// for; no spans if it asks for more than that.
func countedSpans(q imaging.Query) (spans []datespan, from string) {
	if q.Study != "" || q.Series != "" || len(q.Match) > 1 {
		return nil, ""
	}
	to := ""
	if len(q.Match) == 1 {
		m := q.Match[0]
		if m.Field != imaging.FieldStudyDate || m.Op != imaging.Range || len(m.Values) != 2 {
			return nil, ""
		}
		from, to = m.Values[0], m.Values[1]
		if from == "" {
			from = " " // any date, but none is not one
		}
	}
	switch {
	case to == "":
		return []datespan{{monthDigits, "", lastText}}, from
	case len(to) <= monthDigits: // the whole of a month or year
		return []datespan{{monthDigits, "", to + ":"}}, from
	}
	month := cut(to, monthDigits)
	return []datespan{{dayDigits, month, to + ":"}, {monthDigits, "", month}}, from
}

// way is how far one has come through a list.
type way struct {
	scope  imaging.Scope
	shared []string // sort of the studies of the scope that no institution's part of the calendar counts, newest first
	left   int      // studies to be passed over
}

// pass passes over n studies of a date, unless that is too far.
func (w *way) pass(n int) bool {
	if n > w.left {
		return false
	}
	w.left -= n
	return true
}

// sharedSorts reads where the studies stand that were shared one by one.
func (t *txn) sharedSorts(scope imaging.Scope) ([]string, error) {
	if scope.All || len(scope.Studies) == 0 {
		return nil, nil
	}
	s := &search{}
	sorts, err := collect(t, scanText[string], "SELECT st.sort FROM imaging_study st WHERE "+s.shared(scope), s.args...)
	if err != nil {
		return nil, fmt.Errorf("read shared studies: %w", err)
	}
	slices.Sort(sorts)
	slices.Reverse(sorts)
	return sorts, nil
}

// passOver goes back along the dates of a span as long as all studies of a date are to be passed over, and answers the first date that
// is not; found is false if there is none.
func (t *txn) passOver(w *way, span datespan) (date string, found bool, err error) {
	shared := span.counts(w.shared)
	s := &search{}
	rows, err := t.query(s.counts(w.scope, span), s.args...)
	if err != nil {
		return "", false, fmt.Errorf("read the calendar of studies: %w", err)
	}
	defer func() { err = t.failed(errors.Join(err, rows.Close())) }()
	for rows.Next() {
		var n int
		if err := rows.Scan(&date, &n); err != nil {
			return "", false, err
		}
		for len(shared) > 0 && shared[0].date >= date {
			if shared[0].date == date {
				n += shared[0].n
			} else if !w.pass(shared[0].n) {
				return shared[0].date, true, nil
			}
			shared = shared[1:]
		}
		if !w.pass(n) {
			return date, true, nil
		}
	}
	for _, c := range shared {
		if !w.pass(c.n) {
			return c.date, true, nil
		}
	}
	return "", false, rows.Err()
}

// counts writes the query of how many studies the institutions of a scope have at each date of a span, newest first.
func (s *search) counts(scope imaging.Scope, span datespan) string {
	where := []string{"c.digits = " + s.arg(span.digits), "c.date >= " + s.arg(span.first), "c.date < " + s.arg(span.last)}
	if !scope.All {
		where = append(where, "c.institution || ''"+s.in(texts(scope.Institutions)))
	}
	return "SELECT c.date, CAST(sum(c.studies) AS BIGINT) FROM imaging_calendar c" + whereSQL(where) + " GROUP BY c.date ORDER BY c.date DESC"
}

// dateCount is how many studies there are of a date.
type dateCount struct {
	date string
	n    int
}

// counts is what the calendar would say of studies whose sorts descend.
func (d datespan) counts(sorts []string) (all []dateCount) {
	for _, s := range sorts {
		date := cut(s, d.digits)
		switch last := len(all) - 1; {
		case date < d.first || date >= d.last:
		case last >= 0 && all[last].date == date:
			all[last].n++
		default:
			all = append(all, dateCount{date, 1})
		}
	}
	return all
}
