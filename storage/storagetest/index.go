package storagetest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/imaging"
	"yilian/imaging/dicom"
)

// IndexSubject is one empty image index under test, with the memory of workflows that shares its transactions.
type IndexSubject struct {
	Index imaging.Index
	Flow  flow.Store
	// Fail makes commits fail until the answered function is called. Nil: this index cannot be made to fail.
	Fail func(Fault) (end func())
}

// IndexSuite checks an index of the image archive. open answers a new empty one.
func IndexSuite(t *testing.T, open func(t *testing.T) IndexSubject) {
	for _, c := range []struct {
		name string
		test func(*testing.T, IndexSubject)
	}{
		{"an instance comes back", indexComesBack},
		{"a study grows", indexGrows},
		{"a duplicate changes nothing", indexDuplicate},
		{"other content is kept aside", indexConflict},
		{"a study has one owner", indexOwner},
		{"event and message go with the rows", indexTells},
		{"associations are open until they end", indexAssociations},
		{"instances in pages", indexPages},
		{"blobs that are known", indexKnown},
		{"odd texts", indexOddTexts},
		{"one of many adds an instance", indexRace},
		{"many add to one study", indexMany},
		{"names", findNames},
		{"fields", findFields},
		{"scopes", findScopes},
		{"series and instances", findBelow},
		{"any search agrees with a plain one", findAgrees},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
	t.Run("faults", func(t *testing.T) { indexFaults(t, open) })
}

var indexTime = time.Date(2026, 11, 1, 8, 30, 0, 0, time.UTC)

// addition makes an instance of a series of a study of the institution "north".
func addition(study, series, instance string) imaging.Addition {
	s := yilian.StudyUID(study)
	return imaging.Addition{
		Study: imaging.Study{
			UID: s, Institution: "north", Device: "CT1", PatientID: "P-" + study, PatientIssuer: "north", Sex: "F", BirthDate: "19700102",
			PatientName: dicom.PersonName{Alphabetic: "Zhang^San", Ideographic: "张^三"},
			Accession:   "A-" + study, AccessionIssuer: "north", StudyID: "7", Date: "20261101", Time: "081500.25", Description: "胸部CT平扫",
			Attributes: []byte(`{"0020000D":{"vr":"UI"}}`),
		},
		Series: imaging.Series{
			UID: yilian.SeriesUID(series), Study: s, Modality: "CT", Number: 3, Description: "Lung 1mm", BodyPart: "CHEST",
			Attributes: []byte(`{"0020000E":{"vr":"UI"}}`),
		},
		Instance: imaging.Instance{
			UID: yilian.InstanceUID(instance), Study: s, Series: yilian.SeriesUID(series), SOPClass: "1.2.840.10008.5.1.4.1.1.2",
			TransferSyntax: "1.2.840.10008.1.2.1", Number: 1, Rows: 512, Columns: 512, BitsAllocated: 16, Frames: 1,
			Blob: "dicom/00/" + rand.Text(), DataOffset: 340, Size: 1000, SHA256: "content of " + instance, Arrival: indexTime, Source: "CT1",
			Metadata: []byte(`{"00080018":{"vr":"UI","Value":["` + instance + `"]}}`), Layout: []byte(`{"pixels":{}}`),
		},
		Actor: yilian.Actor{Device: "CT1", Institution: "north"},
		At:    indexTime,
	}
}

func add(t *testing.T, x imaging.Index, a imaging.Addition) imaging.Outcome {
	t.Helper()
	o, err := x.Add(t.Context(), a)
	if err != nil {
		t.Fatalf("add: %v", err)
	}
	return o
}

func wantAdded(t *testing.T, x imaging.Index, a imaging.Addition) {
	t.Helper()
	if o := add(t, x, a); o.Status != imaging.Added || o.Unused {
		t.Fatalf("outcome %+v, want added", o)
	}
}

func studyOf(t *testing.T, x imaging.Index, uid yilian.StudyUID) imaging.Study {
	t.Helper()
	s, err := x.Study(t.Context(), uid)
	if err != nil {
		t.Fatalf("study %s: %v", uid, err)
	}
	return s
}

func indexComesBack(t *testing.T, s IndexSubject) {
	a := addition("1.1", "1.1.1", "1.1.1.1")
	wantAdded(t, s.Index, a)
	want := a.Study
	want.Modalities, want.BodyPart, want.SeriesCount, want.InstanceCount = []string{"CT"}, "CHEST", 1, 1
	want.Bytes, want.FirstArrival, want.LastArrival, want.Version = 1000, indexTime, indexTime, 1
	if got := studyOf(t, s.Index, "1.1"); !reflect.DeepEqual(got, want) {
		t.Errorf("study\n got %+v\nwant %+v", got, want)
	}
	series, err := s.Index.Series(t.Context(), "1.1")
	wantSeries := a.Series
	wantSeries.InstanceCount, wantSeries.Bytes, wantSeries.FirstArrival, wantSeries.LastArrival = 1, 1000, indexTime, indexTime
	wantSeries.Revision = indexTime.UnixMicro()
	if err != nil || !reflect.DeepEqual(series, []imaging.Series{wantSeries}) {
		t.Errorf("series\n got %+v, %v\nwant %+v", series, err, wantSeries)
	}
	instance, err := s.Index.Instance(t.Context(), "1.1.1.1")
	if err != nil || !reflect.DeepEqual(instance, a.Instance) {
		t.Errorf("instance\n got %+v, %v\nwant %+v", instance, err, a.Instance)
	}
	for what, err := range map[string]error{
		"study":    second(s.Index.Study(t.Context(), "9")),
		"instance": second(s.Index.Instance(t.Context(), "9")),
	} {
		if yilian.KindOf(err) != yilian.NotFound {
			t.Errorf("unknown %s: %v, want NotFound", what, err)
		}
	}
	if series, err := s.Index.Series(t.Context(), "9"); err != nil || len(series) != 0 {
		t.Errorf("series of an unknown study: %v, %v", series, err)
	}
}

func indexGrows(t *testing.T, s IndexSubject) {
	wantAdded(t, s.Index, addition("1", "1.1", "1.1.1"))
	later := indexTime.Add(time.Minute)
	other := addition("1", "1.2", "1.2.1")
	other.Series.Modality, other.Series.BodyPart, other.Series.Number, other.At = "SR", "HEAD", 1, later
	other.Study.PatientID, other.Study.Sex, other.Study.Accession = "P-other", "", "A-1"
	wantAdded(t, s.Index, other)
	more := addition("1", "1.1", "1.1.2")
	more.At = later.Add(time.Second)
	wantAdded(t, s.Index, more)
	got := studyOf(t, s.Index, "1")
	if got.SeriesCount != 2 || got.InstanceCount != 3 || got.Bytes != 3000 || got.Version != 3 || got.BodyPart != "CHEST" {
		t.Errorf("study %+v", got)
	}
	if !slices.Equal(got.Modalities, []string{"CT", "SR"}) || !slices.Equal(got.Differs, []string{"PatientID"}) || got.PatientID != "P-1" {
		t.Errorf("modalities %q, differs %q, patient %q", got.Modalities, got.Differs, got.PatientID)
	}
	if !got.FirstArrival.Equal(indexTime) || !got.LastArrival.Equal(more.At) {
		t.Errorf("arrivals %v, %v", got.FirstArrival, got.LastArrival)
	}
	series, err := s.Index.Series(t.Context(), "1")
	if err != nil || len(series) != 2 || series[0].UID != "1.2" || series[1].InstanceCount != 2 || !series[1].LastArrival.Equal(more.At) || !series[0].LastArrival.Equal(later) {
		t.Errorf("series %+v, %v", series, err)
	}
}

func indexDuplicate(t *testing.T, s IndexSubject) {
	a := addition("1", "1.1", "1.1.1")
	wantAdded(t, s.Index, a)
	before := studyOf(t, s.Index, "1")
	again := a
	again.Instance.Blob, again.At = "dicom/00/other", indexTime.Add(time.Hour)
	if o := add(t, s.Index, again); o.Status != imaging.Duplicate || !o.Unused {
		t.Errorf("outcome %+v", o)
	}
	if o := add(t, s.Index, a); o.Status != imaging.Duplicate || o.Unused {
		t.Errorf("the very same addition again: %+v, but its blob is in use", o)
	}
	if after := studyOf(t, s.Index, "1"); !reflect.DeepEqual(before, after) {
		t.Errorf("the study changed from %+v to %+v", before, after)
	}
}

// tells answers the actions in the trail of a study and the topics and keys that wait in the outbox.
func tells(t *testing.T, s IndexSubject, study string) (actions, messages []string) {
	t.Helper()
	view(t, s.Flow, func(r flow.Reader) error {
		actions = nil
		events, err := r.Events(flow.Ref{Kind: "study", ID: study})
		for _, e := range events {
			actions = append(actions, fmt.Sprint(e.Action, " ", e.Version))
		}
		return err
	})
	for _, m := range claim(t, s.Flow, time.Now().Add(time.Hour), 100) {
		messages = append(messages, m.Topic+" "+m.Key)
		delivered(t, s.Flow, m)
	}
	slices.Sort(messages)
	return actions, messages
}

func indexTells(t *testing.T, s IndexSubject) {
	wantAdded(t, s.Index, addition("1", "1.1", "1.1.1"))
	wantAdded(t, s.Index, addition("1", "1.1", "1.1.2"))
	actions, messages := tells(t, s, "1")
	wantIDs(t, actions, "instance.stored 1", "instance.stored 2")
	wantIDs(t, messages, "study 1")
	add(t, s.Index, addition("1", "1.1", "1.1.2"))
	actions, messages = tells(t, s, "1")
	if len(actions) != 2 || len(messages) != 0 {
		t.Errorf("a duplicate told %q and %q", actions, messages)
	}
	o := add(t, s.Index, other(addition("1", "1.1", "1.1.2"), "other"))
	actions, messages = tells(t, s, "1")
	wantIDs(t, actions, "instance.stored 1", "instance.stored 2", "instance.kept-aside 2")
	wantIDs(t, messages, "conflict "+o.Conflict)
	if err := s.Index.Audit(t.Context(), yilian.Event{Chain: "north", Entity: "study", EntityID: "1", Version: 2, Action: "study.read", At: indexTime}); err != nil {
		t.Fatal(err)
	}
	actions, messages = tells(t, s, "1")
	if len(actions) != 4 || actions[3] != "study.read 2" || len(messages) != 0 {
		t.Errorf("reading told %q and %q", actions, messages)
	}
	if n, err := s.Flow.VerifyChain(t.Context(), "north"); err != nil || n != 4 {
		t.Errorf("chain of %d, %v", n, err)
	}
}

func indexAssociations(t *testing.T, s IndexSubject) {
	for i, association := range []string{"a", "a", "b", ""} {
		x := addition("1", "1.1", fmt.Sprint("1.1.", i))
		x.Association = association
		wantAdded(t, s.Index, x)
	}
	if n := studyOf(t, s.Index, "1").OpenAssociations; n != 2 {
		t.Errorf("%d associations are open, want 2", n)
	}
	tells(t, s, "1")
	for _, association := range []string{"a", "unknown"} {
		if err := s.Index.EndAssociation(t.Context(), association); err != nil {
			t.Fatal(err)
		}
	}
	if n := studyOf(t, s.Index, "1").OpenAssociations; n != 1 {
		t.Errorf("%d associations are open, want 1", n)
	}
	_, messages := tells(t, s, "1")
	wantIDs(t, messages, "study 1")
	page, err := s.Index.Find(t.Context(), imaging.Scope{All: true}, imaging.Query{Limit: 10})
	if err != nil || len(page.Studies) != 1 || page.Studies[0].OpenAssociations != 1 {
		t.Errorf("found %+v, %v", page.Studies, err)
	}
	for i, association := range []string{"n1/a", "n1/b", "n2/a"} {
		x := addition("2", "2.1", fmt.Sprint("2.1.", i))
		x.Association, x.At = association, indexTime.Add(time.Duration(i)*time.Hour)
		wantAdded(t, s.Index, x)
	}
	for _, end := range []struct {
		prefix string
		since  time.Time
		want   int
	}{
		{"n1/", indexTime, 3}, {"n1/", indexTime.Add(time.Minute), 2}, {"n1/", time.Time{}, 1}, {"", indexTime.Add(time.Hour), 1}, {"", time.Time{}, 0},
	} {
		if err := s.Index.EndAssociations(t.Context(), end.prefix, end.since); err != nil {
			t.Fatal(err)
		}
		if n := studyOf(t, s.Index, "2").OpenAssociations; n != end.want {
			t.Errorf("after the end of %q before %v %d are open, want %d", end.prefix, end.since, n, end.want)
		}
	}
	_, messages = tells(t, s, "2")
	wantIDs(t, messages, "study 1", "study 2")
}

func indexPages(t *testing.T, s IndexSubject) {
	var want []string
	for series := range 3 {
		for n := 1; n <= 15; n++ {
			a := addition("1", fmt.Sprint("1.", series), fmt.Sprintf("1.%d.%d", series, n))
			a.Instance.Number = n
			wantAdded(t, s.Index, a)
			want = append(want, string(a.Instance.UID))
		}
	}
	wantAdded(t, s.Index, addition("2", "1.1", "2.1.1")) // the same series UID in another study
	for _, limit := range []int{1, 7, 45, 100} {
		wantIDs(t, walk(t, s.Index, "1", "", limit), want...)
		wantIDs(t, walk(t, s.Index, "1", "1.1", limit), want[15:30]...)
	}
	if got := walk(t, s.Index, "9", "", 10); len(got) != 0 {
		t.Errorf("an unknown study has %q", got)
	}
	_, _, err := s.Index.Instances(t.Context(), "1", "", "no cursor", 10)
	wantKind(t, err, yilian.Invalid)
}

func walk(t *testing.T, x imaging.Index, study yilian.StudyUID, series yilian.SeriesUID, limit int) (uids []string) {
	t.Helper()
	for after := ""; ; {
		page, next, err := x.Instances(t.Context(), study, series, after, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page {
			uids = append(uids, string(i.UID))
			if len(i.Metadata) == 0 {
				t.Fatalf("instance %s has no metadata", i.UID)
			}
		}
		if next == "" {
			return uids
		}
		after = next
	}
}

func indexKnown(t *testing.T, s IndexSubject) {
	a := addition("1", "1.1", "1.1.1")
	wantAdded(t, s.Index, a)
	kept := other(a, "other")
	add(t, s.Index, kept)
	keys := []string{a.Instance.Blob, kept.Instance.Blob, "dicom/00/orphan"}
	for i := range 1200 {
		keys = append(keys, fmt.Sprint("dicom/01/", i))
	}
	known, err := s.Index.Known(t.Context(), keys)
	if err != nil || len(known) != 2 || !known[a.Instance.Blob] || !known[kept.Instance.Blob] {
		t.Errorf("known %v, %v", known, err)
	}
	if known, err := s.Index.Known(t.Context(), nil); err != nil || len(known) != 0 {
		t.Errorf("of nothing: %v, %v", known, err)
	}
}

// indexOddTexts: headers hold anything; none of it may keep an image out.
func indexOddTexts(t *testing.T, s IndexSubject) {
	long := strings.Repeat("长", 5000)
	for i, odd := range []string{"a\x00b", "\xff\xfe", long, "'; DROP TABLE imaging_study; --", "%_!*?", "\\", "\u0000", " ", "\r\n", "🩻"} {
		a := addition(fmt.Sprint("5.", i), fmt.Sprint("5.1.", i), fmt.Sprint("5.1.1.", i))
		a.Study.PatientID, a.Study.PatientIssuer, a.Study.Accession, a.Study.Description, a.Study.StudyID = odd, odd, odd, odd, odd
		a.Study.PatientName = dicom.PersonName{Alphabetic: odd, Ideographic: odd, Phonetic: odd}
		a.Study.Referring, a.Study.InstitutionName, a.Study.Sex = a.Study.PatientName, odd, odd
		a.Series.Description, a.Series.BodyPart, a.Series.Modality, a.Series.SPSID, a.Series.RPID = odd, odd, odd, odd, odd
		wantAdded(t, s.Index, a)
		studyOf(t, s.Index, a.Study.UID)
		for _, f := range imaging.Fields() {
			if f.Level != imaging.StudyLevel || f.Kind == imaging.DateField || f.Kind == imaging.TimeField {
				continue
			}
			for _, op := range []imaging.Op{imaging.Equal, imaging.Like} {
				q := imaging.Query{Limit: 10, Match: []imaging.Match{{Field: f.Field, Op: op, Values: []string{f.Kind.Fold(odd)}}}}
				if _, err := s.Index.Find(t.Context(), imaging.Scope{All: true}, q); err != nil && yilian.KindOf(err) != yilian.Invalid {
					t.Errorf("find %s %q: %v", f.Field, odd, err)
				}
			}
		}
	}
}

func indexRace(t *testing.T, s IndexSubject) {
	const senders = 12
	outcomes := make([]imaging.Outcome, senders)
	var wg sync.WaitGroup
	for i := range senders {
		wg.Go(func() {
			a := addition("1", "1.1", "1.1.1")
			o, err := s.Index.Add(t.Context(), a)
			if err != nil {
				t.Error(err)
			}
			outcomes[i] = o
		})
	}
	wg.Wait()
	added := 0
	for _, o := range outcomes {
		switch {
		case o.Status == imaging.Added:
			added++
		case o.Status != imaging.Duplicate || !o.Unused:
			t.Errorf("outcome %+v", o)
		}
	}
	if got := studyOf(t, s.Index, "1"); added != 1 || got.InstanceCount != 1 {
		t.Errorf("%d were added, the study has %d", added, got.InstanceCount)
	}
}

func indexMany(t *testing.T, s IndexSubject) {
	const senders, each = 6, 10
	var wg sync.WaitGroup
	for i := range senders {
		wg.Go(func() {
			for n := range each {
				a := addition("1", fmt.Sprint("1.", i%3), fmt.Sprintf("1.%d.%d", i, n))
				if o, err := s.Index.Add(t.Context(), a); err != nil || o.Status != imaging.Added {
					t.Errorf("outcome %+v, %v", o, err)
				}
			}
		})
	}
	wg.Wait()
	got := studyOf(t, s.Index, "1")
	if got.InstanceCount != senders*each || got.SeriesCount != 3 || got.Version != senders*each || got.Bytes != 1000*senders*each {
		t.Errorf("study %+v", got)
	}
	if n, err := s.Flow.VerifyChain(t.Context(), "north"); err != nil || n != senders*each {
		t.Errorf("chain of %d, %v", n, err)
	}
}

// indexFaults: a commit that failed is told, whether its work is there or not, and adding again puts it right.
func indexFaults(t *testing.T, open func(t *testing.T) IndexSubject) {
	for fault, want := range map[Fault]imaging.OutcomeStatus{NotPersisted: imaging.Added, PersistedButError: imaging.Duplicate} {
		s := open(t)
		if s.Fail == nil {
			t.Skip("this index cannot be made to fail")
		}
		a := addition("1", "1.1", "1.1.1")
		end := s.Fail(fault)
		_, err := s.Index.Add(t.Context(), a)
		end()
		if err == nil {
			t.Fatalf("fault %d: no error", fault)
		}
		if k := yilian.KindOf(err); k != yilian.Unavailable && !errors.Is(err, t.Context().Err()) {
			t.Errorf("fault %d: %v, want Unavailable", fault, err)
		}
		o := add(t, s.Index, a)
		if o.Status != want || o.Unused {
			t.Errorf("fault %d: adding again gives %+v, want status %d with its blob in use", fault, o, want)
		}
		if got := studyOf(t, s.Index, "1"); got.InstanceCount != 1 || got.Version != 1 {
			t.Errorf("fault %d: study %+v", fault, got)
		}
	}
}
