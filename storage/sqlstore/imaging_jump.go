package sqlstore

import (
	"errors"
	"fmt"
	"strconv"
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
	s := &search{ways: ways}
	for _, span := range spans {
		date, found, err := t.passOver(scope, span, &q.Offset)
		if found && span.digits == monthDigits && utf8.RuneCountInString(date) == monthDigits {
			span.digits = dayDigits
			date, found, err = t.passOver(scope, datespan{dayDigits, date, date + lastText}, &q.Offset)
		}
		if err != nil {
			return nil, err
		}
		if found {
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

// passOver goes back along the dates of a span as long as all studies of a date are to be passed over, and answers the first date that
// is not; found is false if there is none.
func (t *txn) passOver(scope imaging.Scope, span datespan, offset *int) (date string, found bool, err error) {
	s := &search{}
	rows, err := t.query(s.counts(scope, span), s.args...)
	if err != nil {
		return "", false, fmt.Errorf("read the calendar of studies: %w", err)
	}
	defer func() { err = t.failed(errors.Join(err, rows.Close())) }()
	for rows.Next() {
		var n int
		if err := rows.Scan(&date, &n); err != nil {
			return "", false, err
		}
		if n > *offset {
			return date, true, nil
		}
		*offset -= n
	}
	return "", false, rows.Err()
}

// counts writes the query of how many studies of a scope there are at each date of a span, newest first.
func (s *search) counts(scope imaging.Scope, span datespan) string {
	digits, first, last := s.arg(span.digits), s.arg(span.first), s.arg(span.last)
	from := "SELECT c.date, c.studies FROM imaging_calendar c WHERE c.digits = " + digits + " AND c.date >= " + first + " AND c.date < " + last
	if !scope.All {
		from += " AND c.institution || ''" + s.in(texts(scope.Institutions))
	}
	if !scope.All && len(scope.Studies) > 0 {
		date := "substr(st.sort, 1, " + strconv.Itoa(span.digits) + ")"
		from += " UNION ALL SELECT " + date + ", 1 FROM imaging_study st WHERE " + s.shared(scope) + " AND " + date + " >= " + first + " AND " + date + " < " + last
	}
	return "SELECT x.date, CAST(sum(x.studies) AS BIGINT) FROM (" + from + ") x GROUP BY x.date ORDER BY x.date DESC"
}
