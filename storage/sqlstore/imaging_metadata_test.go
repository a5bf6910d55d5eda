package sqlstore_test

import (
	"slices"
	"testing"
	"time"

	"yilian"
	"yilian/imaging"
)

// TestRevisions: a series gets a new revision with every change of what is in it, and never one that it had before.
func TestRevisions(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			x := open(t, e.open(t)).Imaging()
			now := noon
			add := func(series, uid, content string) imaging.Outcome {
				t.Helper()
				now = now.Add(time.Second)
				o, err := x.Add(t.Context(), imaging.Addition{
					Study: imaging.Study{UID: "1", Institution: "north"}, Series: imaging.Series{UID: yilian.SeriesUID(series), Study: "1"},
					Instance: imaging.Instance{UID: yilian.InstanceUID(uid), Study: "1", Series: yilian.SeriesUID(series), SHA256: content, Blob: uid + content, Metadata: []byte("{}"), Layout: []byte("{}")},
					At:       now,
				})
				if err != nil {
					t.Fatal(err)
				}
				return o
			}
			revisions := func(series string) map[yilian.SeriesUID]int64 {
				t.Helper()
				all, err := x.Revisions(t.Context(), "1", yilian.SeriesUID(series))
				if err != nil {
					t.Fatal(err)
				}
				m := map[yilian.SeriesUID]int64{}
				for _, r := range all {
					m[r.Series] = r.Revision
				}
				return m
			}
			var seen []int64
			changed := func(what string) {
				t.Helper()
				r := revisions("1.1")["1.1"]
				if slices.Contains(seen, r) {
					t.Errorf("%s: revision %d was there before: %d", what, r, seen)
				}
				seen = append(seen, r)
			}
			add("1.1", "a", "x")
			changed("made")
			add("1.2", "b", "x")
			if got := revisions("1.1")["1.1"]; got != seen[0] {
				t.Errorf("another series' arrival made revision %d of %d", got, seen[0])
			}
			if got := revisions(""); len(got) != 2 {
				t.Errorf("revisions of the study: %v", got)
			}
			add("1.1", "c", "x")
			changed("grown")
			aside := add("1.1", "c", "y")
			fix := imaging.Correction{
				ID: "k", Kind: imaging.ConflictKind, State: imaging.CorrectionProposed, Version: 1, Institution: "north", Studies: []yilian.StudyUID{"1"}, At: now,
				Conflict: &imaging.ConflictFix{ID: aside.Conflict, Instance: "c", Replace: true},
				Steps:    []imaging.CorrectionStep{{Action: imaging.Propose, By: yilian.Actor{Person: "a"}, At: now, Reason: "wrong"}},
			}
			if err := x.Suggest(t.Context(), fix); err != nil {
				t.Fatal(err)
			}
			if _, err := x.Correct(t.Context(), "k", imaging.CorrectionStep{Action: imaging.Approve, By: yilian.Actor{Person: "b"}, At: now}, 0, nil); err != nil {
				t.Fatal(err)
			}
			changed("replaced")
			if got := revisions("9"); len(got) != 0 {
				t.Errorf("revisions of nothing: %v", got)
			}
		})
	}
}
