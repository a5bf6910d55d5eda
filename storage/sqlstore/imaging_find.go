package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"yilian"
	"yilian/imaging"
)

const (
	fewNames = 200 // up to so many names, studies are looked up by name; above, the list of studies is walked
	maxWalks = 12  // institutions whose lists are walked one by one and merged
)

func (x imagingIndex) Find(ctx context.Context, scope imaging.Scope, q imaging.Query) (page imaging.Page, err error) {
	err = x.db.view(ctx, func(t *txn) error {
		if q.Level == imaging.StudyLevel {
			page, err = t.findStudies(scope, q)
		} else {
			page, err = t.findBelow(scope, q)
		}
		return err
	})
	return page, err
}

// search is a query being written.
type search struct {
	args []any
	// where are the conditions on st, se and i; exact tells that one of them is a look-up in an index that finds few studies.
	where []string
	exact bool
	// modality is the one modality that a study must have, if that is asked and could lead the search.
	modality string
}

// arg adds a parameter and answers its name.
func (s *search) arg(v any) string {
	s.args = append(s.args, v)
	return "$" + strconv.Itoa(len(s.args))
}

func (s *search) in(values []string) string {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = s.arg(v)
	}
	return " IN (" + strings.Join(names, ",") + ")"
}

func (s *search) add(condition string) { s.where = append(s.where, condition) }

// conditions writes all that the query asks.
func (t *txn) conditions(q imaging.Query) (*search, error) {
	s := &search{}
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
		if m.Op != imaging.Range || len(m.Values) != 2 {
			return errCondition(m)
		}
		s.rangeOn("st.sort", m.Values)
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
		prefix := s.like(c.column, m.Values[0])
		s.exact = s.exact || c.exact && len(prefix) >= 3
	case imaging.Range:
		if len(m.Values) != 2 {
			return errCondition(m)
		}
		s.rangeOn(c.column, m.Values)
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

func (s *search) modalities(m imaging.Match) {
	if m.Op == imaging.Equal && len(m.Values) == 1 {
		s.modality = keyText(m.Values[0])
		return
	}
	column := "mo.modality"
	inner := &search{args: s.args}
	if m.Op == imaging.Like {
		inner.like(column, m.Values[0])
	} else {
		inner.add(column + inner.in(m.Values))
	}
	s.args = inner.args
	s.add("EXISTS (SELECT 1 FROM imaging_modality mo WHERE mo.study = st.uid AND mo.sort = st.sort AND " + strings.Join(inner.where, " AND ") + ")")
}

// nameCondition asks for a patient's name. Each group of the pattern must match some group of the name. Few names lead the
// search; with many, the newest studies have them soon.
func (t *txn) nameCondition(s *search, m imaging.Match) error {
	for _, v := range m.Values {
		for _, group := range imaging.NameGroups(v) {
			names, err := t.names(keyText(group))
			if err != nil {
				return err
			}
			if len(names) > fewNames {
				s.nameFilter("st.patient_name", imaging.Match{Field: m.Field, Op: m.Op, Values: []string{group}})
				continue
			}
			if len(names) == 0 {
				s.add("1 = 0")
			} else {
				s.add("st.patient_name" + s.in(names) + " AND st.patient_name <> ''")
			}
			s.exact = true
		}
	}
	return nil
}

// names answers the names that have a group which matches the pattern, or more than fewNames of them.
func (t *txn) names(pattern string) ([]string, error) {
	s := &search{}
	anywhere := strings.HasPrefix(pattern, "*")
	pattern = strings.TrimLeft(pattern, "*")
	if !strings.ContainsAny(pattern, "*?") {
		s.add("n.part = " + s.arg(pattern))
	} else {
		s.like("n.part", pattern)
	}
	if !anywhere {
		s.add("n.starts = 1")
	}
	found, err := collect(t, func(r *sql.Rows) (name string, err error) { return name, r.Scan(&name) },
		"SELECT DISTINCT n.name FROM imaging_name n WHERE "+strings.Join(s.where, " AND ")+" LIMIT "+s.arg(fewNames+1), s.args...)
	if err != nil {
		return nil, fmt.Errorf("search names: %w", err)
	}
	return found, nil
}

// nameFilter matches a pattern against the groups of a name column, without an index.
func (s *search) nameFilter(column string, m imaging.Match) {
	for _, v := range m.Values {
		for _, group := range imaging.NameGroups(v) {
			pattern := "%=" + likePattern(keyText(group)) + "=%"
			s.add("'=' || " + column + " || '=' LIKE " + s.arg(pattern) + " ESCAPE '!'")
		}
	}
}
