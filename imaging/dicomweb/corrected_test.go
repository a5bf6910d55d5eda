package dicomweb_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"yilian"
	"yilian/imaging"
)

// TestCorrectedCaching: what a correction changes is asked for again, and is another thing then; pixels stay what they are.
func TestCorrectedCaching(t *testing.T) {
	w := newWorld(t)
	c := slice(1, 1)
	w.put(c.file(t))
	instance := "/studies/" + root + "1/series/" + root + "1.1/instances/" + root + "1.1.1"
	asked := []struct {
		path, accept string
		changes      bool
	}{
		{instance, "application/dicom", true},
		{instance + "/rendered?annotation=patient", "image/png", true},
		{instance + "/rendered", "image/png", false},
		{instance + "/frames/1", "*/*", false},
		{instance + "/thumbnail", "image/jpeg", false},
	}
	before := map[string]answer{}
	for _, a := range asked {
		got := w.get("north", a.path, "Accept", a.accept)
		if keep := got.header.Get("Cache-Control"); got.status != http.StatusOK || strings.Contains(keep, "immutable") == a.changes || strings.Contains(keep, "no-cache") != a.changes {
			t.Errorf("%s: status %d, Cache-Control %q", a.path, got.status, keep)
		}
		before[a.path] = got
	}
	correct(t, w, root+"1", "PatientName", "Lisi^Corrected")
	for _, a := range asked {
		old := before[a.path]
		got := w.get("north", a.path, "Accept", a.accept, "If-None-Match", old.header.Get("ETag"))
		if !a.changes {
			if got.status != http.StatusNotModified {
				t.Errorf("%s: status %d though nothing has changed", a.path, got.status)
			}
			continue
		}
		if got.status != http.StatusOK || got.header.Get("ETag") == old.header.Get("ETag") || bytes.Equal(got.body, old.body) {
			t.Errorf("%s: status %d after a correction, ETag %s, before %s", a.path, got.status, got.header.Get("ETag"), old.header.Get("ETag"))
		}
		if again := w.get("north", a.path, "Accept", a.accept, "If-None-Match", got.header.Get("ETag")); again.status != http.StatusNotModified {
			t.Errorf("%s: status %d", a.path, again.status)
		}
	}
	if file := w.get("north", instance, "Accept", "application/dicom"); !bytes.Contains(file.body, []byte("Lisi^Corrected")) {
		t.Error("the file is not corrected")
	}
	// Corrected and other instances in one answer.
	w.put(slice(1, 2).file(t))
	for _, n := range []int{2, 1} {
		if parts := w.get("north", "/studies/"+root+"1", "Accept", `multipart/related; type="application/dicom"; transfer-syntax=*`).parts(t); len(parts) != 2 {
			t.Errorf("ask %d: %d parts", n, len(parts))
		}
	}
}

// correct changes an attribute of a study, by one person and another.
func correct(t *testing.T, w *world, study yilian.StudyUID, keyword, text string) {
	t.Helper()
	person := func(name string, role yilian.Role) yilian.Actor {
		return yilian.Actor{Person: yilian.PersonID(name), Institution: "north", Session: name, Roles: []yilian.Role{role}}
	}
	ask := imaging.Correction{Kind: imaging.AmendKind, Amend: &imaging.Amend{Study: study, Set: imaging.Values{keyword: {text}}}}
	c, err := w.archive.Propose(t.Context(), person("tech", yilian.RoleTechnologist), ask, "wrong patient chosen")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = w.archive.Decide(t.Context(), person("head", yilian.RoleHead), c.ID, imaging.Approve, "", c.Version); err != nil {
		t.Fatal(err)
	}
}
