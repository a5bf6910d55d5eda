package imaging_test

import (
	"bytes"
	"testing"

	"yilian"
	"yilian/imaging"
)

// TestSameNumberAtTwoInstitutions: patients are (issuer, id). Two institutions that use the same numbers, accession numbers and names never
// see one another's images, by whatever field and level they search; both doors search by Find. Only who may list both gets both.
func TestSameNumberAtTwoInstitutions(t *testing.T) {
	w := newWorld(t)
	ours := thing{study: 1, series: 1, instance: 1, patient: "0001"}
	theirs := thing{study: 2, series: 1, instance: 1, patient: "0001"}
	w.mustSend(ours)
	in := theirs.incoming()
	if _, err := w.archive.Store(t.Context(), actor("south"), in, bytes.NewReader(theirs.bytes(t))); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		who  yilian.Actor
		want []thing
	}{
		{actor("north"), []thing{ours}}, {actor("south"), []thing{theirs}}, {actor("region"), []thing{theirs, ours}}, {actor("nobody"), nil},
	} {
		allowed := map[yilian.StudyUID]bool{}
		for _, x := range c.want {
			allowed[x.studyUID()] = true
		}
		for _, level := range []imaging.Level{imaging.StudyLevel, imaging.SeriesLevel, imaging.InstanceLevel} {
			for _, q := range collisions(theirs) {
				q.Level = level
				page, err := w.archive.Find(t.Context(), c.who, q)
				if err != nil {
					t.Fatal(err)
				}
				seen := map[yilian.StudyUID]bool{}
				for _, s := range page.Studies {
					seen[s.UID] = true
				}
				for _, s := range page.Series {
					seen[s.Study] = true
				}
				for _, i := range page.Instances {
					seen[i.Study] = true
				}
				for uid := range page.ParentStudies {
					seen[uid] = true
				}
				for uid := range seen {
					if !allowed[uid] {
						t.Errorf("%s finds %s at %s by %+v", c.who.Institution, uid, level, q.Match)
					}
				}
				if len(q.Match) == 1 && q.Match[0].Field != imaging.FieldStudyUID && q.Match[0].Field != imaging.FieldAccession && len(seen) != len(c.want) {
					t.Errorf("%s finds %d studies at %s by %+v, want %d", c.who.Institution, len(seen), level, q.Match, len(c.want))
				}
			}
		}
		_, err := w.archive.Instance(t.Context(), c.who, theirs.path())
		if allowed[theirs.studyUID()] != (err == nil) {
			t.Errorf("%s: %v", c.who.Institution, err)
		}
		if err != nil && yilian.KindOf(err) != yilian.NotFound {
			t.Errorf("%s learns that it is there: %v", c.who.Institution, err)
		}
	}
	// Each is its own issuer's patient.
	for x, issuer := range map[thing]string{ours: "north", theirs: "south"} {
		s, err := w.index.Study(t.Context(), x.studyUID())
		if err != nil || s.PatientIssuer != issuer || s.AccessionIssuer != issuer {
			t.Errorf("%+v %v", s, err)
		}
	}
}

// collisions are searches that both institutions' images answer to, and some for the other's UIDs.
func collisions(x thing) []imaging.Query {
	match := func(f imaging.Field, op imaging.Op, v string) imaging.Query {
		info, _ := f.Info()
		return imaging.Query{Match: []imaging.Match{{Field: f, Op: op, Values: []string{info.Kind.Fold(v)}}}}
	}
	return []imaging.Query{
		{},
		match(imaging.FieldPatientID, imaging.Equal, x.patient), match(imaging.FieldPatientID, imaging.Like, "00*"), match(imaging.FieldPatientName, imaging.Equal, "张三"),
		match(imaging.FieldPatientName, imaging.Like, "zhang*"), match(imaging.FieldModalities, imaging.Equal, "OT"), match(imaging.FieldAccession, imaging.Like, "A*"),
		match(imaging.FieldStudyUID, imaging.Equal, string(x.studyUID())), match(imaging.FieldAccession, imaging.Equal, "A2"),
	}
}
