package storagetest

import (
	"crypto/rand"
	"reflect"
	"testing"

	"yilian"
	"yilian/imaging"
)

// other is the same instance with other content.
func other(a imaging.Addition, content string) imaging.Addition {
	a.Instance.SHA256, a.Instance.Blob = content, "dicom/00/"+rand.Text()
	return a
}

func conflicts(t *testing.T, x imaging.Index, scope imaging.Scope) []imaging.Conflict {
	t.Helper()
	all, next, err := x.Conflicts(t.Context(), scope, "", 100)
	if err != nil || next != "" {
		t.Fatalf("conflicts: %v, next %q", err, next)
	}
	return all
}

func indexConflict(t *testing.T, s IndexSubject) {
	a := addition("1", "1.1", "1.1.1")
	wantAdded(t, s.Index, a)
	kept := other(a, "other")
	first := add(t, s.Index, kept)
	if first.Status != imaging.KeptAside || first.Reason != imaging.ReasonContent || first.Unused || first.Conflict == "" {
		t.Fatalf("outcome %+v", first)
	}
	again := add(t, s.Index, other(a, "other"))
	if again.Conflict != first.Conflict || !again.Unused {
		t.Errorf("the same content again: %+v, want the conflict %s", again, first.Conflict)
	}
	third := add(t, s.Index, other(a, "third"))
	if third.Conflict == first.Conflict {
		t.Errorf("a third content went into the conflict of the second")
	}
	all := conflicts(t, s.Index, imaging.Scope{All: true})
	if len(all) != 2 || all[0].ID != first.Conflict || !reflect.DeepEqual(all[0].Kept, kept.Instance) || !reflect.DeepEqual(all[0].Current, a.Instance) {
		t.Fatalf("conflicts %+v", all)
	}
	page, next, err := s.Index.Conflicts(t.Context(), imaging.Scope{All: true}, "", 1)
	if err != nil || len(page) != 1 || next == "" {
		t.Errorf("first page %d, next %q, %v", len(page), next, err)
	}
	if n := len(conflicts(t, s.Index, imaging.Scope{Institutions: []yilian.InstitutionID{"south"}})); n != 0 {
		t.Errorf("another institution sees %d conflicts", n)
	}
	if got := studyOf(t, s.Index, "1"); got.InstanceCount != 1 || got.Version != 1 {
		t.Errorf("the study changed: %+v", got)
	}
}

func indexOwner(t *testing.T, s IndexSubject) {
	wantAdded(t, s.Index, addition("1", "1.1", "1.1.1"))
	foreign := addition("1", "1.1", "1.1.2")
	foreign.Study.Institution = "south"
	o := add(t, s.Index, foreign)
	if o.Status != imaging.KeptAside || o.Reason != imaging.ReasonOwner {
		t.Fatalf("outcome %+v", o)
	}
	all := conflicts(t, s.Index, imaging.Scope{Institutions: []yilian.InstitutionID{"south"}})
	if len(all) != 1 || all[0].Current.UID != "" {
		t.Fatalf("conflicts %+v", all)
	}
	if got := studyOf(t, s.Index, "1"); got.InstanceCount != 1 || got.Institution != "north" {
		t.Errorf("study %+v", got)
	}
}
