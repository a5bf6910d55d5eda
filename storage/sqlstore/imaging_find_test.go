package sqlstore_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/storage/sqlstore"
	"yilian/storage/storagetest"
)

// TestSearches compares all ways of searching with a plain one: that which is chosen, and those that are chosen in large archives.
func TestSearches(t *testing.T) {
	for _, e := range engines {
		for name, index := range map[string]func(*sqlstore.DB) imaging.Index{"usual": (*sqlstore.DB).Imaging, "as if large": sqlstore.AsIfLarge, "as if scattered": sqlstore.AsIfScattered} {
			t.Run(e.name+"/"+name, func(t *testing.T) {
				db := open(t, e.open(t))
				storagetest.SearchSuite(t, func(*testing.T) storagetest.IndexSubject { return storagetest.IndexSubject{Index: index(db)} })
				wantLists(t, db)
			})
		}
	}
}

// TestListsUnderWriters reads pages while studies come and are corrected by several programs, and checks the lists afterwards.
func TestListsUnderWriters(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			options := e.open(t)
			nodes := []*sqlstore.DB{open(t, options), open(t, options)}
			var writers sync.WaitGroup
			defer writers.Wait()
			for w := range 4 {
				writers.Go(func() { grow(t, nodes[w%2].Imaging(), w) })
			}
			done := make(chan struct{})
			go func() { writers.Wait(); close(done) }()
			for reads := 0; ; reads++ {
				select {
				case <-done:
					t.Log("read pages", reads)
					wantLists(t, nodes[0])
					return
				default:
					wantPage(t, sqlstore.AsIfLarge(nodes[reads%2]), reads%7)
				}
			}
		})
	}
}

// grow adds studies and gives each another date.
func grow(t *testing.T, x imaging.Index, writer int) {
	by := imaging.CorrectionStep{Action: imaging.Approve, By: yilian.Actor{Person: "decider", Institution: "north"}, At: noon, Reason: "so"}
	for i := range 15 {
		uid := yilian.StudyUID(fmt.Sprint("1.", writer, ".", i))
		_, err := x.Add(t.Context(), imaging.Addition{
			Study:  imaging.Study{UID: uid, Institution: "north", PatientName: dicom.ParsePersonName("Zhang^San=张^三"), Date: "20261101", Attributes: []byte("{}")},
			Series: imaging.Series{UID: yilian.SeriesUID(uid + ".1"), Study: uid, Modality: "CT", Attributes: []byte("{}")},
			Instance: imaging.Instance{
				UID: yilian.InstanceUID(uid + ".1.1"), Study: uid, Series: yilian.SeriesUID(uid + ".1"), SHA256: string(uid), Blob: string(uid), Metadata: []byte("{}"), Layout: []byte("{}"),
			},
			At: noon,
		})
		id := fmt.Sprint("c", writer, "-", i)
		if err == nil {
			err = x.Suggest(t.Context(), imaging.Correction{
				ID: id, Kind: imaging.AmendKind, State: imaging.CorrectionProposed, Version: 1, Institution: "north", Studies: []yilian.StudyUID{uid}, At: noon,
				Amend: &imaging.Amend{Study: uid, Set: imaging.Values{"StudyDate": {fmt.Sprintf("202610%02d", 1+i)}}},
				Steps: []imaging.CorrectionStep{{Action: imaging.Propose, By: yilian.Actor{Person: "asker", Institution: "north"}, At: noon, Reason: "wrong"}},
			})
		}
		if err == nil {
			_, err = x.Correct(t.Context(), id, by, 0, nil)
		}
		if err != nil {
			t.Errorf("study %s: %v", uid, err)
			return
		}
	}
}

// wantPage reads a page, in which each study stands once, in order.
func wantPage(t *testing.T, x imaging.Index, offset int) {
	t.Helper()
	page, err := x.Find(t.Context(), imaging.Scope{Institutions: []yilian.InstitutionID{"north"}}, imaging.Query{Limit: 100, Offset: offset})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[yilian.StudyUID]bool{}
	for i, s := range page.Studies {
		if seen[s.UID] || i > 0 && s.Date+string(s.UID) > page.Studies[i-1].Date+string(page.Studies[i-1].UID) {
			t.Fatalf("study %s of %s stands twice or out of order", s.UID, s.Date)
		}
		seen[s.UID] = true
	}
}

// wantLists checks that lists and calendar are what the studies say.
func wantLists(t *testing.T, db *sqlstore.DB) {
	t.Helper()
	for what, query := range map[string]string{
		"days and months of the calendar that are wrong": `SELECT count(*) FROM (
			SELECT digits, date, institution, sum(n) FROM (
				SELECT digits, date, institution, studies AS n FROM imaging_calendar
				UNION ALL SELECT 6, substr(sort, 1, 6), institution, -1 FROM imaging_study
				UNION ALL SELECT 8, substr(sort, 1, 8), institution, -1 FROM imaging_study) x
			GROUP BY digits, date, institution HAVING sum(n) <> 0) y`,
		"entries of lists that are not as their study": `SELECT count(*) FROM imaging_list li LEFT JOIN imaging_study st
			ON st.uid = li.study AND st.sort = li.sort AND st.institution = li.institution AND st.patient_name = li.name WHERE st.uid IS NULL`,
		"studies with a name that are in no list of names": `SELECT count(*) FROM imaging_study st
			WHERE st.patient_name <> '' AND NOT EXISTS (SELECT 1 FROM imaging_list li WHERE li.study = st.uid AND li.list LIKE 'n:%')`,
	} {
		if n, err := sqlstore.Ask(t.Context(), db, true, query); err != nil || n != "0" {
			t.Errorf("%s: %s, %v", what, n, err)
		}
	}
}

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
