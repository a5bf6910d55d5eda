package storagetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
)

// SearchSuite compares random searches with a plain filter over all studies, while studies come, are corrected, are rejected and come
// back. open answers an empty index.
func SearchSuite(t *testing.T, open func(t *testing.T) IndexSubject) {
	w := &searched{IndexSubject: open(t), r: rand.New(rand.NewPCG(7, 18)), rejected: map[string]bool{}}
	for range 3 {
		for range 70 {
			w.arrive(t)
		}
		for range 40 {
			w.correct(t)
		}
		w.compare(t)
	}
}

// searched is an index and what was done to it.
type searched struct {
	IndexSubject
	r        *rand.Rand
	homes    []yilian.InstitutionID // of the studies "1.0", "1.1" …
	done     []imaging.Correction   // in force
	rejected map[string]bool
	steps    int
}

func (w *searched) pick(all ...string) string { return all[w.r.IntN(len(all))] }

func (w *searched) study() string { return fmt.Sprint("1.", w.r.IntN(len(w.homes))) }

var searchNames = []string{
	"", "张^三", "张^三丰", "Zhang^San=张^三", "Zhang^Sanfeng=张^三丰", "ZHANG SAN", "Zhao^San", "Li^Si=李^四", "OUYANG^NA=欧阳^娜娜", "Ouyang^Hai=欧阳^海",
	"Müller^Jürgen", "Muller^Karl", "Yamada^Tarou=山田^太郎=やまだ^たろう", "=张^建国", "Zhang^Jianguo=张^建国", "Zhang^Jianhua=张^建华", "100%^A_B", "!^Z",
	"Zhang^=Zhang^=Zhang^", "1^Q",
}

var searchDates = []string{"", "20261101", "20261102", "20261103", "20261031", "20260101", "20251231", "20240229", "19991231", "2026", "202611"}

func (w *searched) arrive(t *testing.T) {
	uid := fmt.Sprint("1.", len(w.homes))
	a := addition(uid, uid+".1", uid+".1.1")
	a.Study.Institution = yilian.InstitutionID(w.pick("a", "a", "a", "b", "b", "c", "d"))
	a.Study.PatientID, a.Study.Accession = w.pick("p1", "p2", "p3", ""), w.pick("x", "y", "")
	a.Study.PatientName = dicom.ParsePersonName(w.pick(searchNames...))
	if a.Study.Date = w.pick(searchDates...); len(a.Study.Date) == 8 {
		a.Study.Time = w.pick("", "08", "0930", "101500")
	} else {
		a.Study.Time = ""
	}
	a.Series.Modality = w.pick("CT", "MR", "US", "")
	w.homes = append(w.homes, a.Study.Institution)
	wantAdded(t, w.Index, a)
	if w.r.IntN(4) == 0 {
		b := addition(uid, uid+".2", uid+".2.1")
		b.Study = a.Study
		b.Series.Modality = w.pick("CT", "SR")
		wantAdded(t, w.Index, b)
	}
}

// correct gives a study another name or date, rejects all of it, or takes one of these back.
func (w *searched) correct(t *testing.T) {
	w.steps++
	id := fmt.Sprintf("c%04d", w.steps)
	if n := len(w.done); n > 0 && w.r.IntN(3) == 0 {
		last := w.r.IntN(n)
		takeBack(t, w.Index, w.done[last].ID)
		for _, uid := range w.done[last].Studies {
			delete(w.rejected, string(uid))
		}
		w.done = slices.Delete(w.done, last, last+1)
		return
	}
	uid := w.study()
	if w.rejected[uid] {
		return
	}
	var c imaging.Correction
	switch w.r.IntN(3) {
	case 0:
		c = amendment(id, uid, imaging.Values{"PatientName": {w.pick(searchNames[1:]...)}})
	case 1:
		c = amendment(id, uid, imaging.Values{"StudyDate": {w.pick(searchDates[1:9]...)}})
	default:
		c = proposal(id, imaging.RejectKind, yilian.StudyUID(uid))
		c.Reject = &imaging.Reject{Code: imaging.RejectedSafety, NoteHome: yilian.StudyUID(uid)}
		for _, n := range []string{".1", ".2"} {
			if _, err := w.Index.Bare(t.Context(), yilian.InstanceUID(uid+n+".1")); err == nil {
				c.Reject.Instances = append(c.Reject.Instances, imaging.Reference{Study: yilian.StudyUID(uid), Series: yilian.SeriesUID(uid + n), Instance: yilian.InstanceUID(uid + n + ".1")})
			}
		}
		w.rejected[uid] = true
	}
	var n int
	if _, err := fmt.Sscanf(uid, "1.%d", &n); err != nil {
		t.Fatal(err)
	}
	c.Institution = w.homes[n]
	approve(t, w.Index, c)
	w.done = append(w.done, c)
}

// present answers what the index has of each study by itself.
func (w *searched) present(t *testing.T) (all []imaging.Study) {
	for i := range w.homes {
		s, err := w.Index.Study(t.Context(), yilian.StudyUID(fmt.Sprint("1.", i)))
		switch {
		case err == nil:
			all = append(all, s)
		case yilian.KindOf(err) != yilian.NotFound:
			t.Fatal(err)
		}
	}
	return all
}

func (w *searched) compare(t *testing.T) {
	all := w.present(t)
	if len(all) == len(w.homes) || len(all) < len(w.homes)/2 {
		t.Fatalf("%d studies of %d are there", len(all), len(w.homes))
	}
	rapid.Check(t, func(r *rapid.T) {
		scope := searchScopes().Draw(r, "scope")
		q := imaging.Query{Match: searchMatches(t).Draw(r, "match")}
		want := plain(all, scope, q)
		if got := pages(t, w.Index, scope, q, rapid.IntRange(1, 40).Draw(r, "a page")); !slices.Equal(got, want) {
			r.Fatalf("page by page\n%q, want\n%q", got, want)
		}
		q.Limit, q.Offset = rapid.IntRange(1, 40).Draw(r, "limit"), rapid.IntRange(0, len(want)+3).Draw(r, "offset")
		from := min(q.Offset, len(want))
		want = want[from:min(from+q.Limit, len(want))]
		if got := found(t, w.Index, scope, q); !slices.Equal(got, want) {
			r.Fatalf("from %d on\n%q, want\n%q", q.Offset, got, want)
		}
	})
}

func searchScopes() *rapid.Generator[imaging.Scope] {
	return rapid.Custom(func(r *rapid.T) imaging.Scope {
		var s imaging.Scope
		if rapid.IntRange(0, 3).Draw(r, "kind") == 0 {
			return everything
		}
		s.Institutions = rapid.SliceOfNDistinct(rapid.SampledFrom([]yilian.InstitutionID{"a", "b", "c", "d", "e"}), 0, 4, rapid.ID).Draw(r, "institutions")
		if len(s.Institutions) > 0 && rapid.Bool().Draw(r, "and many more") {
			for i := range 14 {
				s.Institutions = append(s.Institutions, yilian.InstitutionID(fmt.Sprint("z", i)))
			}
		}
		s.Studies = rapid.SliceOfNDistinct(rapid.Map(rapid.IntRange(0, 250), func(i int) yilian.StudyUID { return yilian.StudyUID(fmt.Sprint("1.", i)) }), 0, 9, rapid.ID).Draw(r, "shared")
		return s
	})
}

// searchMatches draws up to three conditions as a door would make them.
func searchMatches(t *testing.T) *rapid.Generator[[]imaging.Match] {
	names := []string{
		"张*", "张三*", "张建*", "欧*", "zhang*", "Zhang^S*", "z*", "Müll*", "*三*", "*丰", "?三*", "张?国", "张三", "Zhang^San", "zhang*=张*", "=*四", "*a*", "李*", "司马*", "やま*", "100%*", "a_b*", "!*",
		"1*", "~san", "~zhang 三", "~jian", `张三*\li*`, "张三丰=Zhang*",
	}
	return rapid.Custom(func(r *rapid.T) (all []imaging.Match) {
		for _, f := range []struct {
			field imaging.Field
			often int // of ten
			texts []string
		}{
			{imaging.FieldPatientName, 6, names},
			{imaging.FieldStudyDate, 4, []string{"20261101", "2026", "202611", "-20261101", "20261101-", "20251231-20261031", "2024-2026", "-2025", "19991231-20261102"}},
			{imaging.FieldModalities, 3, []string{"CT", "MR", "MR,US", "?R", "C*", `""`}},
			{imaging.FieldPatientID, 1, []string{"p1", "p*", "*2"}},
			{imaging.FieldAccession, 1, []string{"x", "?"}},
			{imaging.FieldStudyTime, 1, []string{"08", "0900-10"}},
		} {
			if rapid.IntRange(1, 10).Draw(r, string(f.field)) > f.often {
				continue
			}
			text, fuzzy := strings.CutPrefix(rapid.SampledFrom(f.texts).Draw(r, "text"), "~")
			info, _ := f.field.Info()
			m, ok, err := imaging.MatchOptions{Fuzzy: fuzzy, Multiple: strings.Contains(text, `\`), Empty: true}.Parse(info, text)
			if err != nil || !ok {
				t.Fatalf("%s=%s: %v, %v", f.field, text, ok, err)
			}
			all = append(all, m)
		}
		return all
	})
}
