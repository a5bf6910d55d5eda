package sqlstore_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
)

// TestFindOptions: names by words, what has no value, and any of several values; among few names and among many.
func TestFindOptions(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			x := open(t, e.open(t)).Imaging()
			add := func(uid, name string, change func(*imaging.Addition)) {
				t.Helper()
				a := imaging.Addition{
					Study:    imaging.Study{UID: yilian.StudyUID(uid), Institution: "north", PatientName: dicom.ParsePersonName(name), Date: "20261101"},
					Series:   imaging.Series{UID: yilian.SeriesUID(uid + ".1"), Study: yilian.StudyUID(uid), Modality: "CT"},
					Instance: imaging.Instance{UID: yilian.InstanceUID(uid + ".1.1"), Study: yilian.StudyUID(uid), Series: yilian.SeriesUID(uid + ".1"), SHA256: uid, Blob: uid, Metadata: []byte("{}"), Layout: []byte("{}")},
					At:       noon,
				}
				if change != nil {
					change(&a)
				}
				if _, err := x.Add(t.Context(), a); err != nil {
					t.Fatal(err)
				}
			}
			find := func(field imaging.Field, text string, o imaging.MatchOptions) string {
				t.Helper()
				info, _ := field.Info()
				m, ok, err := o.Parse(info, text)
				if err != nil || !ok {
					t.Fatalf("%s=%s: %v %v", field, text, ok, err)
				}
				page, err := x.Find(t.Context(), imaging.Scope{Institutions: []yilian.InstitutionID{"north"}}, imaging.Query{Match: []imaging.Match{m}, Limit: 100})
				if err != nil {
					t.Fatalf("%s=%s: %v", field, text, err)
				}
				var uids []string
				for _, s := range page.Studies {
					uids = append(uids, string(s.UID))
				}
				slices.Sort(uids)
				return strings.Join(uids, " ")
			}
			add("1", "Zhang^Sanfeng=张^三丰", func(a *imaging.Addition) { a.Study.PatientID, a.Study.Sex = "p1", "M" })
			add("2", "Müller^Jürgen Karl", func(a *imaging.Addition) { a.Study.PatientID, a.Study.StudyID = "p2", "s" })
			add("3", "Sanchez^José", func(a *imaging.Addition) { a.Study.PatientID = "p,3" })
			add("4", "", func(a *imaging.Addition) { a.Study.Date, a.Series.Modality = "", "" })
			check := func(t *testing.T) {
				for _, c := range []struct {
					field      imaging.Field
					text, want string
					o          imaging.MatchOptions
				}{
					{imaging.FieldPatientName, "san", "1 3", imaging.MatchOptions{Fuzzy: true}},
					{imaging.FieldPatientName, "sanfeng zhang", "1", imaging.MatchOptions{Fuzzy: true}},
					{imaging.FieldPatientName, "三丰 张", "1", imaging.MatchOptions{Fuzzy: true}},
					{imaging.FieldPatientName, "zhang^三", "1", imaging.MatchOptions{Fuzzy: true}},
					{imaging.FieldPatientName, "feng", "", imaging.MatchOptions{Fuzzy: true}},
					{imaging.FieldPatientName, "KARL muller", "", imaging.MatchOptions{}},
					{imaging.FieldPatientName, "KARL muller", "2", imaging.MatchOptions{Fuzzy: true}},
					{imaging.FieldPatientName, "Jose, Sánchez", "3", imaging.MatchOptions{Fuzzy: true}},
					{imaging.FieldPatientName, "mull%r", "", imaging.MatchOptions{Fuzzy: true}},
					{imaging.FieldPatientName, "*a*", "1 2 3", imaging.MatchOptions{Fuzzy: true}},
					{imaging.FieldPatientName, "muller*", "2", imaging.MatchOptions{}},
					{imaging.FieldPatientName, `""`, "4", imaging.MatchOptions{Empty: true}},
					{imaging.FieldPatientName, `zhang*\sanchez*`, "1 3", imaging.MatchOptions{Multiple: true}},
					{imaging.FieldPatientName, `zhang*\sanchez^jose\*丰`, "1 3", imaging.MatchOptions{Multiple: true}},
					{imaging.FieldPatientID, "p1,p2", "1 2", imaging.MatchOptions{Multiple: true}},
					{imaging.FieldPatientID, `?1\p2`, "1 2", imaging.MatchOptions{Multiple: true}},
					{imaging.FieldPatientID, "p,3", "3", imaging.MatchOptions{}},
					{imaging.FieldPatientID, `""`, "4", imaging.MatchOptions{Empty: true}},
					{imaging.FieldStudyDate, `""`, "4", imaging.MatchOptions{Empty: true}},
					{imaging.FieldModalities, `""`, "4", imaging.MatchOptions{Empty: true}},
					{imaging.FieldSex, "m", "1", imaging.MatchOptions{Empty: true}},
				} {
					if got := find(c.field, c.text, c.o); got != c.want {
						t.Errorf("%s=%s %+v finds %q, want %q", c.field, c.text, c.o, got, c.want)
					}
				}
			}
			t.Run("few names", check)
			// So many others that these names are looked for along the list of studies.
			err := crowd(t, x, 2100)
			if err != nil {
				t.Fatal(err)
			}
			t.Run("many names", check)
		})
	}
}

// crowd adds studies of another institution whose names have the beginnings that are asked for.
func crowd(t *testing.T, x imaging.Index, n int) error {
	t.Helper()
	errs := make(chan error, n)
	limit := make(chan struct{}, 32)
	for i := range n {
		limit <- struct{}{}
		go func() {
			defer func() { <-limit }()
			uid := fmt.Sprint("9.", i)
			_, err := x.Add(t.Context(), imaging.Addition{
				Study:    imaging.Study{UID: yilian.StudyUID(uid), Institution: "south", PatientName: dicom.ParsePersonName(fmt.Sprintf("Zhang%d^San Karl=张^三丰%d", i, i)), Date: "20261101"},
				Series:   imaging.Series{UID: yilian.SeriesUID(uid + ".1"), Study: yilian.StudyUID(uid)},
				Instance: imaging.Instance{UID: yilian.InstanceUID(uid + ".1.1"), Study: yilian.StudyUID(uid), Series: yilian.SeriesUID(uid + ".1"), SHA256: uid, Blob: uid, Metadata: []byte("{}"), Layout: []byte("{}")},
				At:       noon,
			})
			errs <- err
		}()
	}
	for range n {
		if err := <-errs; err != nil {
			return err
		}
	}
	return nil
}
