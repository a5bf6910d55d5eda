package sqlstore

import (
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"yilian"
	"yilian/imaging"
)

// findStudies lists studies, newest first. What has no index that finds few studies walks along a list in its order and ends with
// the page: along that of all studies or of each institution; of those of one modality, or of patients whose name begins like it.
func (t *txn) findStudies(scope imaging.Scope, q imaging.Query, ways ways) (page imaging.Page, err error) {
	at, err := parseCursor(q.After)
	if err != nil {
		return page, err
	}
	s, err := t.jump(scope, &q, ways)
	if s == nil && err == nil {
		s, err = t.conditions(q, ways)
	}
	if err != nil {
		return page, err
	}
	if at != nil {
		s.add("(st.sort, st.uid) < (" + s.arg(at.sort) + ", " + s.arg(at.id) + ")")
	}
	type row struct {
		imaging.Study
		sort string
	}
	rows, err := collect(t, func(r *sql.Rows) (w row, err error) {
		if w.Study, err = scanStudy(r); err == nil {
			w.sort = studySort(w.Study)
		}
		return w, err
	}, s.studies(scope, q), s.args...)
	if err != nil {
		return page, fmt.Errorf("find studies: %w", err)
	}
	if len(rows) > q.Limit {
		rows = rows[:q.Limit]
		last := rows[q.Limit-1]
		page.Next = cursor{last.sort, string(last.UID)}.String()
	}
	for _, r := range rows {
		page.Studies = append(page.Studies, r.Study)
	}
	return page, nil
}

const studyOrder = " ORDER BY st.sort DESC, st.uid DESC"

// studies writes the query of a page of studies and one more: first which they are, from the indexes, then what they are.
func (s *search) studies(scope imaging.Scope, q imaging.Query) string {
	return "SELECT " + studyColumns + " FROM (" + s.listed(scope, q) + " ORDER BY sort DESC, uid DESC" + s.window(q) +
		") p JOIN imaging_study st ON st.uid = p.uid ORDER BY p.sort DESC, p.uid DESC"
}

// listed writes the query of all that match, by uid and sort.
func (s *search) listed(scope imaging.Scope, q imaging.Query) string {
	if s.exact {
		if !scope.All {
			s.add(s.inScope(scope))
		}
		s.hasModality()
		return "SELECT st.uid AS uid, st.sort AS sort" + s.from() + whereSQL(s.where)
	}
	list := s.leads()
	if scope.All {
		return s.walk(list, s.where)
	}
	if len(scope.Institutions) > s.ways.walks {
		return s.walk(list, append(s.where, s.inScope(scope)))
	}
	walks := s.walks(list, scope)
	if s.ways.apart && len(walks) > 1 {
		limit := s.arg(q.Offset + q.Limit + 1)
		for i, w := range walks {
			walks[i] = "SELECT uid, sort FROM (" + w + " ORDER BY sort DESC, uid DESC LIMIT " + limit + ") w" + strconv.Itoa(i)
		}
	}
	return strings.Join(walks, " UNION ALL ")
}

// walks writes disjoint queries for a scope: one along the list of each institution, and one for the studies that were shared.
func (s *search) walks(list string, scope imaging.Scope) []string {
	where := s.where[:len(s.where):len(s.where)]
	var walks []string
	for _, i := range scope.Institutions {
		walks = append(walks, s.walk(list, append(where, "st.institution = "+s.arg(i))))
	}
	if len(scope.Studies) == 0 {
		return walks
	}
	where = append(where, s.shared(scope))
	if list != "" {
		where = append(where, inList("li.list = "+list)+"IS NOT NULL")
	}
	return append(walks, s.walk("", where))
}

// leads answers the list to be walked along, as a parameter; "" is that of all. What it does not lead by becomes a condition.
func (s *search) leads() (list string) {
	switch {
	case s.initial != "":
		s.hasModality()
		return s.arg(initialList + s.initial)
	case s.modality != "":
		return s.arg(modalityList + s.modality)
	}
	return ""
}

// ofList are the columns of a study that stand in a list too.
var ofList = strings.NewReplacer("st.sort", "l.sort", "st.uid", "l.study", "st.institution", "l.institution", "st.patient_name", "l.name")

// walk writes the query along a list. Conditions on what stands in it need no look at the study.
func (s *search) walk(list string, where []string) string {
	if list == "" {
		return "SELECT st.uid AS uid, st.sort AS sort FROM imaging_study st" + whereSQL(where)
	}
	conditions := ofList.Replace(whereSQL(append(where[:len(where):len(where)], "l.list = "+list)))
	study := ""
	if strings.Contains(conditions, "st.") {
		study = " CROSS JOIN imaging_study st"
		conditions += " AND st.uid = l.study"
	}
	return "SELECT l.study AS uid, l.sort AS sort FROM imaging_list l" + study + conditions
}

// from is where the studies are looked up: among all, or by the few names that they have.
func (s *search) from() string {
	if s.names == "" {
		return " FROM imaging_study st"
	}
	s.add("st.patient_name = nn.name AND st.patient_name <> ''")
	return " FROM (" + s.names + ") nn CROSS JOIN imaging_study st" // SQLite keeps the order of a CROSS JOIN
}

// hasModality turns the modality into a condition like others.
func (s *search) hasModality() {
	if s.modality != "" {
		s.add(inList("li.list = "+s.arg(modalityList+s.modality)) + "IS NOT NULL")
	}
}

// window is one row more than the page.
func (s *search) window(q imaging.Query) string {
	return " LIMIT " + s.arg(q.Limit+1) + " OFFSET " + s.arg(q.Offset)
}

func whereSQL(conditions []string) string {
	if len(conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(conditions, " AND ")
}

// shared is the condition of the studies that were shared one by one and belong to none of the institutions.
func (s *search) shared(scope imaging.Scope) string {
	shared := "st.uid" + s.in(texts(scope.Studies))
	if len(scope.Institutions) > 0 {
		shared += " AND NOT st.institution" + s.in(texts(scope.Institutions))
	}
	return shared
}

// inScope is one condition for a whole scope. It tests what is found otherwise: an empty text appended keeps it from being looked up
// in an index, out of order.
func (s *search) inScope(scope imaging.Scope) string {
	either := []string{"1 = 0"}
	if len(scope.Institutions) > 0 {
		either = append(either, "st.institution || ''"+s.in(texts(scope.Institutions)))
	}
	if len(scope.Studies) > 0 {
		either = append(either, "st.uid || ''"+s.in(texts(scope.Studies)))
	}
	return "(" + strings.Join(either, " OR ") + ")"
}

func texts[T ~string](all []T) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = string(v)
	}
	return out
}

// findBelow lists series or instances with their parents. Such a search nearly always stays within one study.
func (t *txn) findBelow(scope imaging.Scope, q imaging.Query, ways ways) (page imaging.Page, err error) {
	s, err := t.conditions(q, ways)
	if err != nil {
		return page, err
	}
	s.hasModality()
	if !scope.All {
		s.add(s.inScope(scope))
	}
	at, err := parseCursor(q.After)
	if err != nil {
		return page, err
	}
	if at != nil {
		if _, err := fmt.Sscan(at.id, &q.Offset); err != nil || q.Offset < 0 {
			return page, yilian.Errorf(yilian.Invalid, "cursor", "This page marker is not valid. Start again from the first page.")
		}
	}
	from := s.from() + " JOIN imaging_series se ON se.study = st.uid"
	order := studyOrder + ", se.number, se.uid"
	what := seriesColumns
	if q.Level == imaging.InstanceLevel {
		from += " JOIN imaging_instance i ON i.study = se.study AND i.series = se.uid"
		order += ", i.number, i.uid"
		what = instanceColumns
	}
	query := "SELECT " + what + from + whereSQL(s.where) + order + s.window(q)
	n := 0
	if q.Level == imaging.SeriesLevel {
		page.Series, err = collect(t, scanSeries, query, s.args...)
		n = len(page.Series)
		page.Series = page.Series[:min(n, q.Limit)]
	} else {
		page.Instances, err = collect(t, scanInstance, query, s.args...)
		n = len(page.Instances)
		page.Instances = page.Instances[:min(n, q.Limit)]
	}
	if err != nil {
		return page, fmt.Errorf("find below studies: %w", err)
	}
	if n > q.Limit {
		page.Next = cursor{"", fmt.Sprint(q.Offset + q.Limit)}.String()
	}
	return page, t.fillParents(&page)
}

// fillParents reads the studies and series that a page of series or instances belongs to.
func (t *txn) fillParents(page *imaging.Page) error {
	studies, series := map[yilian.StudyUID]imaging.Study{}, map[imaging.Path]imaging.Series{}
	for _, s := range page.Series {
		studies[s.Study] = imaging.Study{}
	}
	for _, i := range page.Instances {
		studies[i.Study] = imaging.Study{}
	}
	for uid := range studies {
		study, err := t.imagingStudy(uid)
		if err != nil {
			return err
		}
		studies[uid] = study
	}
	for _, i := range page.Instances {
		at := imaging.Path{Study: i.Study, Series: i.Series}
		if _, ok := series[at]; ok {
			continue
		}
		one, err := t.imagingSeries(i.Study, i.Series)
		if err != nil {
			return err
		}
		series[at] = one
	}
	page.ParentStudies, page.ParentSeries = studies, series
	return nil
}
