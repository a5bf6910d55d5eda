package storagetest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
)

var everything = imaging.Scope{All: true}

// matched makes a condition as a door would.
func matched(t *testing.T, field imaging.Field, text string) imaging.Match {
	t.Helper()
	info, ok := field.Info()
	if !ok {
		t.Fatalf("no field %s", field)
	}
	m, ok, err := imaging.ParseMatch(info, text)
	if err != nil || !ok {
		t.Fatalf("%s=%s: %v, %v", field, text, ok, err)
	}
	return m
}

func found(t *testing.T, x imaging.Index, scope imaging.Scope, q imaging.Query) []string {
	t.Helper()
	q.Limit = cmp.Or(q.Limit, 100)
	page, err := x.Find(t.Context(), scope, q)
	if err != nil {
		t.Fatalf("find %+v: %v", q, err)
	}
	var uids []string
	for _, s := range page.Studies {
		uids = append(uids, string(s.UID))
	}
	for _, s := range page.Series {
		uids = append(uids, string(s.UID))
	}
	for _, i := range page.Instances {
		uids = append(uids, string(i.UID))
	}
	return uids
}

// findCase is one search and what it must find.
type findCase struct {
	field imaging.Field
	text  string
	want  []string
}

func (c findCase) run(t *testing.T, x imaging.Index) {
	t.Helper()
	got := found(t, x, everything, imaging.Query{Match: []imaging.Match{matched(t, c.field, c.text)}})
	slices.Sort(got)
	if !slices.Equal(got, c.want) {
		t.Errorf("%s=%s finds %q, want %q", c.field, c.text, got, c.want)
	}
}

func findNames(t *testing.T, s IndexSubject) {
	for uid, name := range map[string]string{
		"1": "Zhang^San=张^三", "2": "Zhang^Sanfeng=张^三丰", "3": "Li^Si=李^四", "4": "OUYANG^NA=欧阳^娜娜", "5": "Müller^Jürgen", "6": "", "7": "ZHANG SAN",
		"8": "张三", "9": "Yamada^Tarou=山田^太郎=やまだ^たろう",
	} {
		a := addition(uid, uid+".1", uid+".1.1")
		a.Study.PatientName = dicom.ParsePersonName(name)
		wantAdded(t, s.Index, a)
	}
	for _, c := range []findCase{
		{imaging.FieldPatientName, "Zhang^San", []string{"1", "7"}},
		{imaging.FieldPatientName, "zhang*", []string{"1", "2", "7"}},
		{imaging.FieldPatientName, "ZHANG^S*", []string{"1", "2", "7"}},
		{imaging.FieldPatientName, "*san*", []string{"1", "2", "7"}},
		{imaging.FieldPatientName, "*san", []string{"1", "7"}},
		{imaging.FieldPatientName, "*张*", []string{"1", "2", "8"}},
		{imaging.FieldPatientName, "*三", []string{"1", "8"}},
		{imaging.FieldPatientName, "张三", []string{"1", "8"}},
		{imaging.FieldPatientName, "张三*", []string{"1", "2", "8"}},
		{imaging.FieldPatientName, "张^三", []string{"1", "8"}},
		{imaging.FieldPatientName, "张 三?", []string{"2"}},
		{imaging.FieldPatientName, "?三*", []string{"1", "2", "8"}},
		{imaging.FieldPatientName, "zhang*=张*", []string{"1", "2"}},
		{imaging.FieldPatientName, "=*四", []string{"3"}},
		{imaging.FieldPatientName, "＊娜＊", []string{"4"}},
		{imaging.FieldPatientName, "ouyang*", []string{"4"}},
		{imaging.FieldPatientName, "müller*", []string{"5"}},
		{imaging.FieldPatientName, "m?ller^j*n", []string{"5"}},
		{imaging.FieldPatientName, "*たろ*", []string{"9"}},
		{imaging.FieldPatientName, "nobody", nil},
	} {
		c.run(t, s.Index)
	}
}

func findFields(t *testing.T, s IndexSubject) {
	add := func(uid string, change func(*imaging.Addition)) {
		a := addition(uid, uid+".1", uid+".1.1")
		a.Study.PatientName = dicom.PersonName{}
		change(&a)
		wantAdded(t, s.Index, a)
	}
	add("1", func(a *imaging.Addition) { a.Study.PatientID, a.Study.Date, a.Study.Time = "ab-12", "20261101", "0815" })
	add("2", func(a *imaging.Addition) {
		a.Study.PatientID, a.Study.PatientIssuer, a.Study.Date, a.Study.Accession = "AB-13", "other", "20261031", "X_1"
	})
	add("3", func(a *imaging.Addition) {
		a.Study.PatientID, a.Study.Date, a.Study.Time, a.Study.Accession = "", "", "", "X%1"
	})
	add("4", func(a *imaging.Addition) {
		a.Study.Date, a.Study.Sex, a.Study.BirthDate = "20251231", "M", "19800305"
		a.Series.Modality, a.Study.Description, a.Study.Referring = "MR", "Head  MR 平扫", dicom.ParsePersonName("Wang^Wu=王^五")
	})
	for _, c := range []findCase{
		{imaging.FieldPatientID, "AB-12", []string{"1"}},
		{imaging.FieldPatientID, "ab-1*", []string{"1", "2"}},
		{imaging.FieldPatientID, "*-1?", []string{"1", "2"}},
		{imaging.FieldPatientIssuer, "other", []string{"2"}},
		{imaging.FieldAccession, "A-1", []string{"1"}},
		{imaging.FieldAccession, "x_1", []string{"2"}},
		{imaging.FieldAccession, "x_*", []string{"2"}},
		{imaging.FieldAccession, "*_1", []string{"2"}},
		{imaging.FieldAccession, "x?1", []string{"2", "3"}},
		{imaging.FieldStudyDate, "20261101", []string{"1"}},
		{imaging.FieldStudyDate, "20261031-20261101", []string{"1", "2"}},
		{imaging.FieldStudyDate, "20261031-", []string{"1", "2"}},
		{imaging.FieldStudyDate, "-20251231", []string{"4"}},
		{imaging.FieldStudyDate, "2026", []string{"1", "2"}},
		{imaging.FieldStudyTime, "08-09", []string{"1", "2", "4"}},
		{imaging.FieldStudyTime, "0815", []string{"1", "2", "4"}},
		{imaging.FieldStudyTime, "0816-", nil},
		{imaging.FieldBirthDate, "1980", []string{"4"}},
		{imaging.FieldSex, "m", []string{"4"}},
		{imaging.FieldModalities, "MR", []string{"4"}},
		{imaging.FieldModalities, "MR,CT", []string{"1", "2", "3", "4"}},
		{imaging.FieldModalities, "M*", []string{"4"}},
		{imaging.FieldStudyDescription, "head mr*", []string{"4"}},
		{imaging.FieldStudyDescription, "*ＣＴ*", []string{"1", "2", "3"}},
		{imaging.FieldReferring, "*王*", []string{"4"}},
		{imaging.FieldReferring, "wang^wu", []string{"4"}},
		{imaging.FieldStudyUID, "1,4", []string{"1", "4"}},
	} {
		c.run(t, s.Index)
	}
	q := imaging.Query{Match: []imaging.Match{matched(t, imaging.FieldStudyDate, "2026"), matched(t, imaging.FieldPatientID, "ab*"), matched(t, imaging.FieldModalities, "CT")}}
	wantIDs(t, found(t, s.Index, everything, q), "1", "2")
	wantIDs(t, found(t, s.Index, everything, imaging.Query{}), "1", "2", "4", "3") // newest first, without a date last
}

func findScopes(t *testing.T, s IndexSubject) {
	all := imaging.Scope{}
	for i := range 20 {
		uid := fmt.Sprintf("%02d", i)
		a := addition(uid, uid+".1", uid+".1.1")
		a.Study.Institution = yilian.InstitutionID(fmt.Sprint("i", i))
		a.Study.Date = fmt.Sprintf("202611%02d", 28-i)
		wantAdded(t, s.Index, a)
		all.Institutions = append(all.Institutions, a.Study.Institution)
	}
	few := imaging.Scope{Institutions: []yilian.InstitutionID{"i3", "i1"}, Studies: []yilian.StudyUID{"02", "03", "99"}}
	modality := imaging.Query{Match: []imaging.Match{matched(t, imaging.FieldModalities, "CT")}}
	accession := imaging.Query{Match: []imaging.Match{matched(t, imaging.FieldAccession, "a-0*")}}
	for _, q := range []imaging.Query{{}, modality, accession} {
		wantIDs(t, found(t, s.Index, few, q), "01", "02", "03")
		wantIDs(t, found(t, s.Index, imaging.Scope{Studies: few.Studies}, q), "02", "03")
	}
	if got := found(t, s.Index, all, modality); len(got) != 20 {
		t.Errorf("of all institutions %d are found", len(got))
	}
	if got := found(t, s.Index, imaging.Scope{Institutions: []yilian.InstitutionID{"nowhere"}}, imaging.Query{}); len(got) != 0 {
		t.Errorf("a foreign institution finds %q", got)
	}
	wantIDs(t, found(t, s.Index, few, imaging.Query{Offset: 1, Limit: 1}), "02")
	got := found(t, s.Index, few, imaging.Query{Level: imaging.SeriesLevel})
	wantIDs(t, got, "01.1", "02.1", "03.1")
}

func findBelow(t *testing.T, s IndexSubject) {
	for i := range 6 {
		a := addition("1", fmt.Sprint("1.", i%2), fmt.Sprint("1.9.", i))
		a.Series.Number, a.Instance.Number = 2-i%2, i
		a.Series.Modality = []string{"CT", "SR"}[i%2]
		wantAdded(t, s.Index, a)
	}
	wantAdded(t, s.Index, addition("2", "2.1", "2.1.1"))
	in := imaging.Query{Level: imaging.SeriesLevel, Study: "1"}
	wantIDs(t, found(t, s.Index, everything, in), "1.1", "1.0")
	in.Match = []imaging.Match{matched(t, imaging.FieldModality, "CT")}
	wantIDs(t, found(t, s.Index, everything, in), "1.0")
	in = imaging.Query{Level: imaging.InstanceLevel, Study: "1", Series: "1.1"}
	wantIDs(t, found(t, s.Index, everything, in), "1.9.1", "1.9.3", "1.9.5")
	in = imaging.Query{Level: imaging.InstanceLevel, Match: []imaging.Match{matched(t, imaging.FieldInstanceUID, "1.9.4,2.1.1")}}
	got := found(t, s.Index, everything, in)
	slices.Sort(got)
	wantIDs(t, got, "1.9.4", "2.1.1")
	in = imaging.Query{Level: imaging.InstanceLevel, Study: "1", Match: []imaging.Match{matched(t, imaging.FieldInstanceNumber, "3"), matched(t, imaging.FieldSeriesNumber, "1")}}
	wantIDs(t, found(t, s.Index, everything, in), "1.9.3")
	page, err := s.Index.Find(t.Context(), everything, imaging.Query{Level: imaging.InstanceLevel, Study: "1", Limit: 4})
	if err != nil || page.Next == "" || page.ParentStudies["1"].PatientID != "P-1" || page.ParentSeries[imaging.Path{Study: "1", Series: "1.1"}].Modality != "SR" {
		t.Fatalf("page %+v, %v", page, err)
	}
	rest, err := s.Index.Find(t.Context(), everything, imaging.Query{Level: imaging.InstanceLevel, Study: "1", Limit: 4, After: page.Next})
	if err != nil || len(rest.Instances) != 2 || rest.Next != "" {
		t.Errorf("the second page has %d, %v", len(rest.Instances), err)
	}

	twin := addition("3", "1.1", "3.1.1") // a Series Instance UID that another study has, too
	twin.Series.Modality = "DX"
	wantAdded(t, s.Index, twin)
	page, err = s.Index.Find(t.Context(), everything, imaging.Query{Level: imaging.InstanceLevel, Match: []imaging.Match{matched(t, imaging.FieldSeriesUID, "1.1")}, Limit: 10})
	if err != nil || len(page.Instances) != 4 {
		t.Fatalf("instances of both: %d, %v", len(page.Instances), err)
	}
	for _, i := range page.Instances {
		if of := page.ParentSeries[imaging.Path{Study: i.Study, Series: i.Series}]; of.Study != i.Study {
			t.Errorf("instance %s of study %s comes with the series of study %q", i.UID, i.Study, of.Study)
		}
	}
}

// findAgrees compares random searches, page by page, with a plain filter over all studies.
func findAgrees(t *testing.T, s IndexSubject) {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(all ...string) string { return all[r.IntN(len(all))] }
	var all []imaging.Study
	for i := range 120 {
		uid := fmt.Sprint("1.", i)
		a := addition(uid, uid+".1", uid+".1.1")
		a.Study.Institution = yilian.InstitutionID(pick("a", "b", "c"))
		a.Study.PatientID = pick("p1", "p2", "p3", "")
		a.Study.Accession = pick("x", "y", "")
		a.Study.Date, a.Study.Time = pick("", "20261101", "20261102", "20260101"), pick("", "08", "0930")
		a.Study.PatientName = dicom.ParsePersonName(pick("", "Zhang^San=张^三", "Li^Si=李^四", "Zhao^San"))
		a.Series.Modality = pick("CT", "MR", "US")
		wantAdded(t, s.Index, a)
		a.Study.Modalities = []string{a.Series.Modality}
		all = append(all, a.Study)
	}
	for range 150 {
		var q imaging.Query
		for _, c := range [][]string{
			{"PatientID", "p1", "p*", "*2"},
			{"AccessionNumber", "x", "?"},
			{"StudyDate", "20261101-", "2026", "20261102"},
			{"PatientName", "*San*", "zh*", "张三", "*四", "*a*"},
			{"ModalitiesInStudy", "CT", "MR,US", "?R"},
			{"StudyTime", "08", "0900-10"},
		} {
			if r.IntN(4) == 0 {
				q.Match = append(q.Match, matched(t, imaging.Field(c[0]), pick(c[1:]...)))
			}
		}
		scope := []imaging.Scope{everything, {Institutions: []yilian.InstitutionID{"a"}}, {Institutions: []yilian.InstitutionID{"b", "c"}, Studies: []yilian.StudyUID{"1.1", "1.2", "1.3"}}}[r.IntN(3)]
		want := plain(all, scope, q)
		if got := pages(t, s.Index, scope, q, 1+r.IntN(30)); !slices.Equal(got, want) {
			t.Fatalf("%+v in %+v finds\n%q, want\n%q", q.Match, scope, got, want)
		}
	}
}

func pages(t *testing.T, x imaging.Index, scope imaging.Scope, q imaging.Query, limit int) (uids []string) {
	t.Helper()
	for q.Limit = limit; ; {
		page, err := x.Find(t.Context(), scope, q)
		if err != nil {
			t.Fatalf("find %+v: %v", q, err)
		}
		for _, s := range page.Studies {
			uids = append(uids, string(s.UID))
		}
		if page.Next == "" {
			return uids
		}
		if len(page.Studies) != limit {
			t.Fatalf("a page of %d where %d were asked for, and there is more", len(page.Studies), limit)
		}
		q.After = page.Next
	}
}

// plain is the search as one would write it without an index.
func plain(all []imaging.Study, scope imaging.Scope, q imaging.Query) (uids []string) {
	sorted := slices.Clone(all)
	key := func(s imaging.Study) string {
		if s.Date == "" {
			return ""
		}
		return s.Date + s.Time
	}
	slices.SortFunc(sorted, func(a, b imaging.Study) int {
		return cmp.Or(-cmp.Compare(key(a), key(b)), -cmp.Compare(a.UID, b.UID))
	})
	for _, s := range sorted {
		if !scope.Includes(s.Institution) && !slices.Contains(scope.Studies, s.UID) {
			continue
		}
		if !slices.ContainsFunc(q.Match, func(m imaging.Match) bool { return !holds(s, m) }) {
			uids = append(uids, string(s.UID))
		}
	}
	return uids
}

func holds(s imaging.Study, m imaging.Match) bool {
	name := imaging.NameKey(s.PatientName)
	if m.Field == imaging.FieldPatientName && m.Op != imaging.Empty {
		return nameHolds(name, m)
	}
	values := map[imaging.Field][]string{
		imaging.FieldPatientName: {name},
		imaging.FieldPatientID:   {s.PatientID}, imaging.FieldAccession: {s.Accession}, imaging.FieldStudyDate: {s.Date}, imaging.FieldStudyTime: {s.Time},
		imaging.FieldModalities: s.Modalities,
	}[m.Field]
	values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
	if m.Op == imaging.Empty {
		return len(values) == 0
	}
	return slices.ContainsFunc(values, func(v string) bool {
		switch m.Op {
		case imaging.Equal:
			return slices.Contains(m.Values, v)
		case imaging.Range:
			return v >= m.Values[0] && (m.Values[1] == "" || v < m.Values[1]+":")
		}
		return slices.ContainsFunc(m.Values, func(pattern string) bool { return wild(pattern, v) })
	})
}

func nameHolds(name string, m imaging.Match) bool {
	groups := imaging.NameGroups(name)
	if m.Op == imaging.Fuzzy {
		components := strings.FieldsFunc(name, func(r rune) bool { return r == '^' || r == '=' })
		return !slices.ContainsFunc(m.Values, func(word string) bool {
			if imaging.Undivided(word) {
				return !strings.Contains(name, word)
			}
			return !slices.ContainsFunc(components, func(c string) bool { return strings.HasPrefix(c, word) })
		})
	}
	return slices.ContainsFunc(m.Values, func(pattern string) bool {
		return len(groups) > 0 && !slices.ContainsFunc(imaging.NameGroups(pattern), func(p string) bool {
			return !slices.ContainsFunc(groups, func(g string) bool { return wild(p, g) })
		})
	})
}

// wild tells whether a text matches a pattern with "*" and "?".
func wild(pattern, text string) bool {
	pattern = strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
	return regexp.MustCompile("^(?s:" + pattern + ")$").MatchString(text)
}
