package storagetest

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"yilian"
	"yilian/imaging"
)

// CorrectionSuite checks corrections, rejections and notices of an index. open answers a new empty one.
func CorrectionSuite(t *testing.T, open func(t *testing.T) IndexSubject) {
	for _, c := range []struct {
		name string
		test func(*testing.T, IndexSubject)
	}{
		{"amended and back", correctAmend},
		{"merged and back", correctMerge},
		{"moved and back", correctMove},
		{"rejected and back", correctReject},
		{"a conflict settled and back", correctConflict},
		{"lists", correctLists},
		{"two persons at the same moment", correctRace},
		{"holds", correctHolds},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
	t.Run("faults leave the old or the new", func(t *testing.T) { correctFaults(t, open) })
}

var (
	asker   = yilian.Actor{Person: "asker", Institution: "north"}
	decider = yilian.Actor{Person: "decider", Institution: "north"}
)

// proposal makes a correction of the studies as the archive would.
func proposal(id string, kind imaging.CorrectionKind, studies ...yilian.StudyUID) imaging.Correction {
	return imaging.Correction{
		ID: id, Kind: kind, State: imaging.CorrectionProposed, Version: 1, Institution: "north", Studies: studies, At: indexTime,
		Steps: []imaging.CorrectionStep{{Action: imaging.Propose, By: asker, At: indexTime, Reason: "wrong"}},
	}
}

func amendment(id, study string, set imaging.Values) imaging.Correction {
	c := proposal(id, imaging.AmendKind, yilian.StudyUID(study))
	c.Amend = &imaging.Amend{Study: yilian.StudyUID(study), Set: set}
	return c
}

// step does one step and fails the test if it is refused.
func step(t *testing.T, x imaging.Index, id string, action imaging.CorrectionAction, by yilian.Actor) imaging.Correction {
	t.Helper()
	c, err := x.Correct(t.Context(), id, imaging.CorrectionStep{Action: action, By: by, At: indexTime.Add(time.Minute), Reason: "so"}, 0, nil)
	if err != nil {
		t.Fatalf("%s %s: %v", action, id, err)
	}
	return c
}

func approve(t *testing.T, x imaging.Index, c imaging.Correction) imaging.Correction {
	t.Helper()
	if err := x.Suggest(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return step(t, x, c.ID, imaging.Approve, decider)
}

func takeBack(t *testing.T, x imaging.Index, id string) {
	t.Helper()
	step(t, x, id, imaging.Undo, asker)
	step(t, x, id, imaging.Approve, decider)
}

// picture is all that can be seen of some studies, apart from versions and the moment of the last change.
func picture(t *testing.T, x imaging.Index, studies ...string) string {
	t.Helper()
	var out string
	for _, uid := range studies {
		s, err := x.Study(t.Context(), yilian.StudyUID(uid))
		if err != nil {
			out += uid + " is not there\n"
			continue
		}
		s.Version, s.LastArrival = 0, time.Time{}
		out += fmt.Sprintf("%+v\n", s)
		series, err := x.Series(t.Context(), s.UID)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range series {
			one.Revision, one.LastArrival = 0, time.Time{}
			out += fmt.Sprintf("%+v\n", one)
		}
		page, _, err := x.Instances(t.Context(), s.UID, "", "", 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page {
			out += fmt.Sprintf("%s %s %s %s\n", i.UID, i.Series, i.Blob, i.Metadata)
		}
	}
	return out
}

func correctAmend(t *testing.T, s IndexSubject) {
	wantAdded(t, s.Index, addition("1", "1.1", "1.1.1"))
	before := picture(t, s.Index, "1")
	revision := revisions(t, s.Index, "1")
	approve(t, s.Index, amendment("c1", "1", imaging.Values{"PatientID": {"X"}, "PatientName": {"Li^Si=李^四"}, "StudyDate": {"20261001"}}))
	approve(t, s.Index, amendment("c2", "1", imaging.Values{"PatientID": {"Y"}}))
	if st := studyOf(t, s.Index, "1"); st.PatientID != "Y" || st.PatientName.Ideographic != "李^四" || st.Date != "20261001" || st.Original.PatientID != "P-1" {
		t.Errorf("%+v", st)
	}
	if slices.Equal(revision, revisions(t, s.Index, "1")) {
		t.Error("the revision of the series has not changed")
	}
	page, err := s.Index.Find(t.Context(), imaging.Scope{All: true}, imaging.Query{Limit: 5, Match: []imaging.Match{
		{Field: imaging.FieldPatientName, Op: imaging.Equal, Values: []string{"李四"}},
		{Field: imaging.FieldModalities, Op: imaging.Equal, Values: []string{"CT"}},
		{Field: imaging.FieldStudyDate, Op: imaging.Range, Values: []string{"20261001", "20261001"}},
	}})
	if err != nil || len(page.Studies) != 1 {
		t.Errorf("found %d, %v", len(page.Studies), err)
	}
	takeBack(t, s.Index, "c1")
	if st := studyOf(t, s.Index, "1"); st.PatientID != "Y" || st.PatientName.Ideographic != "张^三" {
		t.Errorf("%+v", st)
	}
	takeBack(t, s.Index, "c2")
	if after := picture(t, s.Index, "1"); after != before {
		t.Errorf("not as before:\n%s\n%s", before, after)
	}
}

func revisions(t *testing.T, x imaging.Index, study string) (all []int64) {
	t.Helper()
	r, err := x.Revisions(t.Context(), yilian.StudyUID(study), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range r {
		all = append(all, one.Revision)
	}
	return all
}

func correctMerge(t *testing.T, s IndexSubject) {
	wantAdded(t, s.Index, addition("1", "1.1", "1.1.1"))
	before := picture(t, s.Index, "1")
	c := proposal("m1", imaging.MergeKind, "1")
	c.Merge = &imaging.Merge{From: imaging.PatientKey{Issuer: "north", ID: "P-1"}, Into: imaging.PatientKey{Issuer: "north", ID: "P-9"}}
	approve(t, s.Index, c)
	late := addition("2", "2.1", "2.1.1")
	late.Study.PatientID = "P-1"
	wantAdded(t, s.Index, late)
	if a, b := studyOf(t, s.Index, "1"), studyOf(t, s.Index, "2"); a.PatientID != "P-9" || b.PatientID != "P-9" {
		t.Errorf("%s, %s", a.PatientID, b.PatientID)
	}
	takeBack(t, s.Index, "m1")
	if after := picture(t, s.Index, "1"); after != before {
		t.Errorf("not as before:\n%s\n%s", before, after)
	}
	if b := studyOf(t, s.Index, "2"); b.PatientID != "P-1" {
		t.Error(b.PatientID)
	}
}

func correctMove(t *testing.T, s IndexSubject) {
	for _, i := range []string{"1.1.1", "1.1.2"} {
		wantAdded(t, s.Index, addition("1", "1.1", i))
	}
	wantAdded(t, s.Index, addition("2", "2.1", "2.1.1"))
	before := picture(t, s.Index, "1", "2")
	c := proposal("v1", imaging.MoveKind, "1", "2")
	c.Move = &imaging.Move{From: []imaging.Path{{Study: "1", Series: "1.1"}}, To: "2"}
	approve(t, s.Index, c)
	if st := studyOf(t, s.Index, "2"); st.InstanceCount != 3 || st.SeriesCount != 2 || st.Bytes != 3000 {
		t.Errorf("%+v", st)
	}
	if _, err := s.Index.Study(t.Context(), "1"); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("an empty study: %v", err)
	}
	if o := add(t, s.Index, addition("1", "1.1", "1.1.1")); o.Status != imaging.Duplicate {
		t.Errorf("again: %+v", o)
	}
	takeBack(t, s.Index, "v1")
	if after := picture(t, s.Index, "1", "2"); after != before {
		t.Errorf("not as before:\n%s\n%s", before, after)
	}
}

func rejection(id, code string, instances ...string) imaging.Correction {
	c := proposal(id, imaging.RejectKind, "1")
	c.Reject = &imaging.Reject{Code: code, NoteHome: "1"}
	for _, i := range instances {
		c.Reject.Instances = append(c.Reject.Instances, imaging.Reference{Study: "1", Series: "1.1", Instance: yilian.InstanceUID(i)})
	}
	return c
}

func correctReject(t *testing.T, s IndexSubject) {
	a := addition("1", "1.1", "1.1.1")
	wantAdded(t, s.Index, a)
	wantAdded(t, s.Index, addition("1", "1.1", "1.1.2"))
	before := picture(t, s.Index, "1")
	approve(t, s.Index, rejection("r1", imaging.RejectedSafety, "1.1.1"))
	if st := studyOf(t, s.Index, "1"); st.InstanceCount != 1 || st.Bytes != 1000 {
		t.Errorf("%+v", st)
	}
	if known, err := s.Index.Known(t.Context(), []string{a.Instance.Blob}); err != nil || !known[a.Instance.Blob] {
		t.Errorf("the bytes of a rejected instance are known: %v, %v", known, err)
	}
	if o := add(t, s.Index, addition("1", "1.1", "1.1.1")); o.Status != imaging.Ignored || !o.Unused || o.Reason != imaging.RejectedSafety {
		t.Errorf("again: %+v", o)
	}
	if o := add(t, s.Index, other(addition("1", "1.1", "1.1.1"), "x")); o.Status != imaging.Ignored {
		t.Errorf("other content: %+v", o)
	}
	page, err := s.Index.RejectedOf(t.Context(), "1", "", 10)
	if err != nil || len(page) != 1 || page[0].Code != imaging.RejectedSafety || !reflect.DeepEqual(page[0].Addition.Instance, a.Instance) {
		t.Errorf("%+v %v", page, err)
	}
	takeBack(t, s.Index, "r1")
	if after := picture(t, s.Index, "1"); after != before {
		t.Errorf("not as before:\n%s\n%s", before, after)
	}
}

func correctConflict(t *testing.T, s IndexSubject) {
	wantAdded(t, s.Index, addition("1", "1.1", "1.1.1"))
	kept := other(addition("1", "1.1", "1.1.1"), "other")
	o := add(t, s.Index, kept)
	if o.Status != imaging.KeptAside {
		t.Fatalf("%+v", o)
	}
	before := picture(t, s.Index, "1")
	for _, replace := range []bool{false, true} {
		c := proposal(fmt.Sprint("k", replace), imaging.ConflictKind, "1")
		c.Conflict = &imaging.ConflictFix{ID: o.Conflict, Instance: "1.1.1", Replace: replace}
		approve(t, s.Index, c)
		if all := conflicts(t, s.Index, imaging.Scope{All: true}); len(all) != 0 {
			t.Errorf("settled, and listed: %+v", all)
		}
		i, err := s.Index.Instance(t.Context(), "1.1.1")
		if err != nil || (i.SHA256 == kept.Instance.SHA256) != replace {
			t.Errorf("replace %v: %s %v", replace, i.SHA256, err)
		}
		if known, err := s.Index.Known(t.Context(), []string{i.Blob, kept.Instance.Blob}); err != nil || len(known) != 2 && !replace {
			t.Errorf("%v %v", known, err)
		}
		takeBack(t, s.Index, c.ID)
		if all := conflicts(t, s.Index, imaging.Scope{All: true}); len(all) != 1 || all[0].Kept.SHA256 != kept.Instance.SHA256 {
			t.Errorf("taken back: %+v", all)
		}
		if after := picture(t, s.Index, "1"); after != before {
			t.Errorf("not as before:\n%s\n%s", before, after)
		}
	}
}

func correctLists(t *testing.T, s IndexSubject) {
	for i := range 5 {
		if err := s.Index.Suggest(t.Context(), amendment(fmt.Sprint("c", i), fmt.Sprint(i%2), imaging.Values{"PatientID": {"X"}})); err != nil {
			t.Fatal(err)
		}
	}
	list := func(scope imaging.Scope, f imaging.CorrectionFilter) (ids []string) {
		for after := ""; ; {
			page, next, err := s.Index.Corrections(t.Context(), scope, f, after, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range page {
				ids = append(ids, c.ID)
			}
			if after = next; next == "" {
				return ids
			}
		}
	}
	for _, c := range []struct {
		scope  imaging.Scope
		filter imaging.CorrectionFilter
		want   []string
	}{
		{imaging.Scope{All: true}, imaging.CorrectionFilter{}, []string{"c4", "c3", "c2", "c1", "c0"}},
		{imaging.Scope{}, imaging.CorrectionFilter{}, nil},
		{imaging.Scope{Institutions: []yilian.InstitutionID{"south"}}, imaging.CorrectionFilter{}, nil},
		{imaging.Scope{Studies: []yilian.StudyUID{"1"}}, imaging.CorrectionFilter{}, []string{"c3", "c1"}},
		{imaging.Scope{Institutions: []yilian.InstitutionID{"north"}}, imaging.CorrectionFilter{Study: "0"}, []string{"c4", "c2", "c0"}},
		{imaging.Scope{All: true}, imaging.CorrectionFilter{States: []imaging.CorrectionState{imaging.CorrectionActive}}, nil},
		{imaging.Scope{All: true}, imaging.CorrectionFilter{Kinds: []imaging.CorrectionKind{imaging.MoveKind}}, nil},
	} {
		if got := list(c.scope, c.filter); !slices.Equal(got, c.want) {
			t.Errorf("%+v %+v: %v, want %v", c.scope, c.filter, got, c.want)
		}
	}
}

// correctRace: of many who decide at the same moment, one does.
func correctRace(t *testing.T, s IndexSubject) {
	wantAdded(t, s.Index, addition("1", "1.1", "1.1.1"))
	if err := s.Index.Suggest(t.Context(), amendment("c1", "1", imaging.Values{"PatientID": {"X"}})); err != nil {
		t.Fatal(err)
	}
	results := make(chan error)
	for i := range 8 {
		go func() {
			action := imaging.Approve
			if i%2 == 1 {
				action = imaging.Refuse
			}
			_, err := s.Index.Correct(t.Context(), "c1", imaging.CorrectionStep{Action: action, By: decider, At: indexTime}, 1, nil)
			results <- err
		}()
	}
	won := 0
	for range 8 {
		if err := <-results; err == nil {
			won++
		} else if yilian.KindOf(err) != yilian.Conflict {
			t.Error(err)
		}
	}
	c, err := s.Index.Correction(t.Context(), "c1")
	if won != 1 || err != nil || (studyOf(t, s.Index, "1").PatientID == "X") != (c.State == imaging.CorrectionActive) {
		t.Errorf("%d won, %s, %v", won, c.State, err)
	}
}

// correctFaults: a correction whose commit fails has happened as a whole or not at all.
func correctFaults(t *testing.T, open func(t *testing.T) IndexSubject) {
	for _, fault := range []Fault{NotPersisted, PersistedButError} {
		for name, make := range map[string]func() imaging.Correction{
			"amend": func() imaging.Correction { return amendment("c1", "1", imaging.Values{"PatientID": {"X"}}) },
			"move": func() imaging.Correction {
				c := proposal("c1", imaging.MoveKind, "1", "2")
				c.Move = &imaging.Move{From: []imaging.Path{{Study: "1", Series: "1.1"}}, To: "2"}
				return c
			},
			"reject": func() imaging.Correction { return rejection("c1", imaging.RejectedSafety, "1.1.1") },
		} {
			s := open(t)
			if s.Fail == nil {
				t.Skip("this index cannot be made to fail")
			}
			wantAdded(t, s.Index, addition("1", "1.1", "1.1.1"))
			wantAdded(t, s.Index, addition("2", "2.1", "2.1.1"))
			before := picture(t, s.Index, "1", "2")
			if err := s.Index.Suggest(t.Context(), make()); err != nil {
				t.Fatal(err)
			}
			end := s.Fail(fault)
			_, err := s.Index.Correct(t.Context(), "c1", imaging.CorrectionStep{Action: imaging.Approve, By: decider, At: indexTime}, 1, nil)
			end()
			if err == nil {
				t.Errorf("%s, fault %d: no error", name, fault)
			}
			c, err := s.Index.Correction(t.Context(), "c1")
			if err != nil {
				t.Fatal(err)
			}
			after := picture(t, s.Index, "1", "2")
			if done := fault == PersistedButError; (after != before) != done || c.InForce() != done {
				t.Errorf("%s, fault %d: in force %v, rows changed %v", name, fault, c.InForce(), after != before)
			}
		}
	}
}

func correctHolds(t *testing.T, s IndexSubject) {
	wantAdded(t, s.Index, addition("1", "1.1", "1.1.1"))
	h := imaging.Hold{ID: "h1", Study: "1", Institution: "north", Reason: "a complaint", By: asker, At: indexTime}
	if err := s.Index.Hold(t.Context(), h); err != nil {
		t.Fatal(err)
	}
	later := indexTime.AddDate(40, 0, 0)
	quiet := func() int {
		page, err := s.Index.Quiet(t.Context(), later, "", 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(page)
	}
	expiry := rejection("e1", imaging.RejectedRetention, "1.1.1")
	expiry.State, expiry.Steps = imaging.CorrectionActive, append(expiry.Steps, imaging.CorrectionStep{Action: imaging.Approve, At: indexTime})
	if n := quiet(); n != 0 {
		t.Errorf("%d studies on hold are listed", n)
	}
	if err := s.Index.Impose(t.Context(), expiry, nil); yilian.KindOf(err) != yilian.Conflict {
		t.Errorf("expired on hold: %v", err)
	}
	if page, _, err := s.Index.HoldsOf(t.Context(), imaging.Scope{Institutions: []yilian.InstitutionID{"north"}}, "1", true, "", 10); err != nil || len(page) != 1 {
		t.Errorf("%+v %v", page, err)
	}
	if _, err := s.Index.Release(t.Context(), "h1", decider, indexTime, "over"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Index.Release(t.Context(), "h1", decider, indexTime, "over"); yilian.KindOf(err) != yilian.Conflict {
		t.Errorf("released twice: %v", err)
	}
	if n := quiet(); n != 1 {
		t.Errorf("%d studies", n)
	}
	if err := s.Index.Impose(t.Context(), expiry, nil); err != nil {
		t.Fatal(err)
	}
	ended, err := s.Index.Ended(t.Context(), later, "", 10)
	if err != nil || len(ended) != 1 {
		t.Fatalf("%d ended, %v", len(ended), err)
	}
	for want := 1; want >= 0; want-- {
		unused, err := s.Index.Purge(t.Context(), ended, later)
		if err != nil || len(unused) != want {
			t.Errorf("%v %v", unused, err)
		}
	}
}
