package sqlstore

import (
	"context"
	"strconv"
	"strings"

	"yilian"
	"yilian/imaging"
)

func (x imagingIndex) Find(ctx context.Context, scope imaging.Scope, q imaging.Query) (page imaging.Page, err error) {
	ways := usual
	_, ways.apart = x.db.engine.(postgresEngine)
	err = x.db.view(ctx, func(t *txn) error {
		page, err = t.findPage(scope, q, ways)
		return err
	})
	return page, err
}

func (t *txn) findPage(scope imaging.Scope, q imaging.Query, ways ways) (imaging.Page, error) {
	if !scope.All && len(scope.Institutions)+len(scope.Studies) == 0 {
		return imaging.Page{}, nil
	}
	if q.Level == imaging.StudyLevel {
		return t.findStudies(scope, q, ways)
	}
	return t.findBelow(scope, q, ways)
}

// ways are the numbers by which one way of searching is chosen over another. What is found does not depend on them.
type ways struct {
	// walks is of how many institutions the lists are walked one by one and merged. Above, the list of all is walked: they are
	// frequent in it.
	walks int
	// apart is to take a page from each of those lists before they are merged. SQLite merges as it goes; PostgreSQL 15 does not see
	// that lists of a domain's texts are in order, and would read them to their ends.
	apart bool
	// farBehind is from which offset on the calendar is asked for the way. Before, it is quicker to walk.
	farBehind int
	// Up to so many parts of names, and so many studies with them, the studies are looked up by name and sorted. Above, a list is
	// walked in its order until the page is full: such names are frequent in it. They are less worth looking up where there
	// is the list of those names alone that begin like them.
	names, named               int
	namesInitial, namedInitial int
}

var usual = ways{walks: 12, farBehind: 2000, names: 2000, named: 4000, namesInitial: 150, namedInitial: 800}

// search is a query being written.
type search struct {
	ways ways
	args []any
	// where are the conditions on st, se and i; exact tells that one of them is a look-up in an index that finds few studies.
	where []string
	exact bool
	// modality is the one modality that a study must have, if that is asked and could lead the search.
	modality string
	// names is a query for the few names one of which the patient must have; it leads the search. "": none.
	names string
	// initial is what a group of the patient's name begins with, where names that are asked for are not few. "": unknown.
	initial string
}

// arg adds a parameter and answers its name.
func (s *search) arg(v any) string {
	s.args = append(s.args, v)
	return "$" + strconv.Itoa(len(s.args))
}

func (s *search) in(values []string) string {
	if len(values) == 0 {
		return " IN (NULL)"
	}
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = s.arg(v)
	}
	return " IN (" + strings.Join(names, ",") + ")"
}

func (s *search) add(condition string) { s.where = append(s.where, condition) }

// conditions writes all that the query asks.
func (t *txn) conditions(q imaging.Query, ways ways) (*search, error) {
	s := &search{ways: ways}
	if q.Study != "" {
		s.add("st.uid = " + s.arg(q.Study))
		s.exact = true
	}
	if q.Series != "" {
		s.add("se.uid = " + s.arg(q.Series))
	}
	for _, m := range q.Match {
		if err := t.condition(s, m); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// columns are where the fields stand, apart from those that condition treats by themselves.
var columns = map[imaging.Field]struct {
	column string
	exact  bool // has an index of its own
}{
	imaging.FieldStudyUID:          {"st.uid", true},
	imaging.FieldPatientID:         {"st.patient_id", true},
	imaging.FieldAccession:         {"st.accession", true},
	imaging.FieldPatientIssuer:     {"st.patient_issuer", false},
	imaging.FieldBirthDate:         {"st.birth_date", false},
	imaging.FieldSex:               {"st.sex", false},
	imaging.FieldStudyID:           {"st.study_id", false},
	imaging.FieldStudyTime:         {"st.time", false},
	imaging.FieldStudyDescription:  {"st.description", false},
	imaging.FieldInstitutionName:   {"st.site", false},
	imaging.FieldSeriesUID:         {"se.uid", true},
	imaging.FieldModality:          {"se.modality", false},
	imaging.FieldSeriesNumber:      {"se.number", false},
	imaging.FieldSeriesDescription: {"se.description", false},
	imaging.FieldBodyPart:          {"se.body_part", false},
	imaging.FieldPPSStartDate:      {"se.pps_date", false},
	imaging.FieldPPSStartTime:      {"se.pps_time", false},
	imaging.FieldSPSID:             {"se.sps_id", false},
	imaging.FieldRPID:              {"se.rp_id", false},
	imaging.FieldInstanceUID:       {"i.uid", true},
	imaging.FieldSOPClass:          {"i.sop_class", false},
	imaging.FieldInstanceNumber:    {"i.number", false},
}

func (t *txn) condition(s *search, m imaging.Match) error {
	switch m.Field {
	case imaging.FieldPatientName:
		return t.nameCondition(s, m)
	case imaging.FieldReferring:
		s.nameFilter("st.referring", m)
		return nil
	case imaging.FieldStudyDate:
		switch {
		case m.Op == imaging.Empty:
			s.add("st.sort = ''")
		case m.Op == imaging.Range && len(m.Values) == 2:
			s.rangeOn("st.sort", m.Values)
		default:
			return errCondition(m)
		}
		return nil
	case imaging.FieldModalities:
		s.modalities(m)
		return nil
	}
	c, ok := columns[m.Field]
	if !ok {
		return errCondition(m)
	}
	info, _ := m.Field.Info()
	switch m.Op {
	case imaging.Equal:
		if err := s.equal(c.column, info.Kind, m.Values); err != nil {
			return err
		}
		s.exact = s.exact || c.exact
	case imaging.Like:
		s.exact = s.likeAny(c.column, m.Values) && c.exact || s.exact
	case imaging.Range:
		if len(m.Values) != 2 {
			return errCondition(m)
		}
		s.rangeOn(c.column, m.Values)
	case imaging.Empty:
		if info.Kind == imaging.NumberField {
			return errCondition(m)
		}
		s.add(c.column + " = ''")
	default:
		return errCondition(m)
	}
	return nil
}

func errCondition(m imaging.Match) error {
	return yilian.Errorf(yilian.Invalid, imaging.CodeQuery, "%s cannot be searched like this.", m.Field)
}

func (s *search) equal(column string, kind imaging.FieldKind, values []string) error {
	if kind != imaging.NumberField {
		clean := make([]string, len(values))
		for i, v := range values {
			clean[i] = keyText(v)
		}
		// The condition that the column is not empty lets the partial indexes be used.
		s.add(column + s.in(clean) + " AND " + column + " <> ''")
		return nil
	}
	names := make([]string, len(values))
	for i, v := range values {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return yilian.Errorf(yilian.Invalid, imaging.CodeQuery, "%q is not a number.", v)
		}
		names[i] = s.arg(n)
	}
	s.add(column + " IN (" + strings.Join(names, ",") + ")")
	return nil
}

// either adds a condition of n alternatives.
func (s *search) either(n int, write func(one *search, i int)) {
	var all []string
	for i := range n {
		one := &search{args: s.args}
		write(one, i)
		s.args = one.args
		all = append(all, strings.Join(one.where, " AND "))
	}
	if n == 1 {
		s.add(all[0])
		return
	}
	s.add("(" + strings.Join(all, " OR ") + ")")
}

// likeAny matches any of some patterns. It tells whether each of them begins with enough to be looked up by.
func (s *search) likeAny(column string, patterns []string) (selective bool) {
	selective = true
	s.either(len(patterns), func(one *search, i int) {
		selective = len(one.like(column, patterns[i])) >= 3 && selective
	})
	return selective
}

// like matches a pattern: by a range for what stands before its first wildcard, and by LIKE when there is more than one "*" at
// its end. It answers the literal beginning.
func (s *search) like(column, pattern string) (prefix string) {
	pattern = keyText(pattern)
	prefix = pattern
	if i := strings.IndexAny(pattern, "*?"); i >= 0 {
		prefix = pattern[:i]
	}
	if prefix != "" {
		s.add(column + " >= " + s.arg(prefix) + " AND " + column + " < " + s.arg(prefix+lastText) + " AND " + column + " <> ''")
	}
	if pattern != prefix+"*" {
		s.add(column + " LIKE " + s.arg(likePattern(pattern)) + " ESCAPE '!'")
	}
	return prefix
}

// likePattern turns "*" and "?" into SQL's "%" and "_".
func likePattern(p string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_", "*", "%", "?", "_").Replace(p)
}

// rangeOn bounds a date or time. Values may be cut short ("202611", "12"), so the upper bound is what follows everything that
// begins with it; ":" follows the digits.
func (s *search) rangeOn(column string, values []string) {
	if values[0] != "" {
		s.add(column + " >= " + s.arg(values[0]))
	} else {
		s.add(column + " > ''")
	}
	if values[1] != "" {
		s.add(column + " < " + s.arg(values[1]+":"))
	}
}

// inList looks for an entry of a study, li. SQLite may turn EXISTS into a join, and counts each entry against the OFFSET then.
func inList(condition string) string {
	return "(SELECT 1 FROM imaging_list li WHERE li.study = st.uid AND " + condition + " LIMIT 1) "
}

func (s *search) modalities(m imaging.Match) {
	if m.Op == imaging.Equal && len(m.Values) == 1 && s.modality == "" {
		s.modality = keyText(m.Values[0])
		return
	}
	lists := make([]string, len(m.Values))
	for i, v := range m.Values {
		lists[i] = modalityList + v
	}
	inner := &search{args: s.args}
	has := "IS NOT NULL"
	switch m.Op {
	case imaging.Like:
		inner.likeAny("li.list", lists)
	case imaging.Empty:
		has = "IS NULL"
		inner.like("li.list", modalityList+"*")
	default:
		inner.add("li.list" + inner.in(lists))
	}
	s.args = inner.args
	s.add(inList(strings.Join(inner.where, " AND ")) + has)
}
