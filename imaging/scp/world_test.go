package scp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
	"yilian/imaging/phantom"
	"yilian/storage/blob"
	"yilian/storage/sqlstore"
)

// world is a door over a real archive on disk.
type world struct {
	*door
	t       testing.TB
	archive *imaging.Archive
	dir     string
}

// rights let each institution see and store what is its own.
type rights struct{ index imaging.Index }

func (rights) Scope(_ context.Context, a yilian.Actor) (imaging.Scope, error) {
	if a.Is(yilian.RoleSystem) {
		return imaging.Scope{All: true}, nil
	}
	return imaging.Scope{Institutions: []yilian.InstitutionID{a.Institution}}, nil
}

func (r rights) MayRead(ctx context.Context, a yilian.Actor, uid yilian.StudyUID) error {
	st, err := r.index.Study(ctx, uid)
	if err != nil {
		return err
	}
	if st.Institution != a.Institution {
		return yilian.Errorf(yilian.Forbidden, imaging.CodeForbidden, "Not yours.")
	}
	return nil
}

func (rights) MayStore(_ context.Context, a yilian.Actor) (yilian.InstitutionID, error) {
	return a.Institution, nil
}

func newWorld(t testing.TB, change ...func(*Config)) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	db, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: filepath.Join(w.dir, "yilian.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	blobs, err := blob.Folder(filepath.Join(w.dir, "objects"))
	if err != nil {
		t.Fatal(err)
	}
	if w.archive, err = imaging.New(imaging.Config{Index: db.Imaging(), Blobs: blobs, Access: rights{db.Imaging()}}); err != nil {
		t.Fatal(err)
	}
	shelf := FromArchive(w.archive)
	c := Config{Archive: w.archive, Library: shelf, Commitment: shelf, Limits: Limits{Reports: 200 * time.Millisecond}}
	for _, f := range change {
		f(&c)
	}
	w.door = open(t, c)
	return w
}

// zhang and li are two patients; the first has a number that another institution gives, too.
func (w *world) studies() {
	w.t.Helper()
	day := time.Date(2026, 11, 21, 9, 30, 0, 0, time.Local)
	for _, o := range []struct {
		kind        phantom.Kind
		institution yilian.InstitutionID
		options     phantom.Options
	}{
		{phantom.HeadCT, "county", phantom.Options{Name: "Zhang^San=张^三", PatientID: "P-1", Accession: "A-1", Time: day, Images: 4, Size: 64}},
		{phantom.ChestDX, "county", phantom.Options{Name: "Zhang^San=张^三", PatientID: "P-1", Accession: "A-2", Time: day.AddDate(0, 0, -3), Size: 64}},
		{phantom.BrainMR, "county", phantom.Options{Name: "Li^Xiaohong=李^小红", PatientID: "P-2", Accession: "A-3", Sex: "F", Time: day.Add(time.Hour), Images: 3, Size: 64}},
		{phantom.ChestDX, "elsewhere", phantom.Options{Name: "Wang^Wu=王^五", PatientID: "P-1", Accession: "A-1", Time: day, Size: 64}},
	} {
		w.store(o.institution, o.kind, o.options)
	}
}

func (w *world) store(institution yilian.InstitutionID, kind phantom.Kind, o phantom.Options) (all []phantom.Object) {
	w.t.Helper()
	o.Institution = string(institution)
	for object, err := range phantom.Study(kind, o) {
		if err != nil {
			w.t.Fatal(err)
		}
		w.put(institution, object.File)
		all = append(all, object)
	}
	return all
}

func (w *world) put(institution yilian.InstitutionID, file []byte) imaging.Stored {
	w.t.Helper()
	in := imaging.Incoming{Part10: true, Source: "CT1"}
	stored, err := w.archive.Store(w.t.Context(), yilian.Actor{Institution: institution, Device: "CT1"}, in, bytes.NewReader(file))
	if err != nil {
		w.t.Fatal(err)
	}
	return stored
}

// call requests an association for classes of identifiers and attributes, in explicit VR little endian.
func (w *world) call(o dimse.Options, classes ...string) *dimse.Association {
	w.t.Helper()
	for _, c := range classes {
		o.Contexts = append(o.Contexts, proposal(c, dimse.ExplicitVRLittleEndian))
	}
	if o.Calling == "" {
		o.Calling = "TESTER"
	}
	o.Called = "YILIAN"
	if o.Timeouts == (dimse.Timeouts{}) {
		o.Timeouts = dimse.Timeouts{ARTIM: time.Second, Response: 20 * time.Second}
	}
	a, err := dimse.Dial(w.t.Context(), w.addr, o)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = a.Close() })
	return a
}

// keysOf makes an identifier: a level, then tags and values in turn.
func keysOf(level string, pairs ...any) *dicom.Dataset {
	d := dicom.New(utf8Set)
	if level != "" {
		d.SetString(dicom.QueryRetrieveLevel, level)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if v := pairs[i+1].(string); v != "" {
			d.SetString(pairs[i].(dicom.Tag), v)
		} else {
			d.SetString(pairs[i].(dicom.Tag))
		}
	}
	return d
}

// find collects the matches of a C-FIND.
func find(t testing.TB, a *dimse.Association, class string, keys *dicom.Dataset) ([]*dicom.Dataset, dimse.Outcome) {
	t.Helper()
	var all []*dicom.Dataset
	o, err := a.Find(t.Context(), class, keys, func(d *dicom.Dataset) error {
		all = append(all, d)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, o
}

func values(all []*dicom.Dataset, t dicom.Tag) (out []string) {
	for _, d := range all {
		out = append(out, d.String(t))
	}
	slices.Sort(out)
	return out
}

func TestFindLevels(t *testing.T) {
	w := newWorld(t)
	w.studies()
	patient, study := w.call(dimse.Options{}, PatientRootFind), w.call(dimse.Options{}, StudyRootFind)
	all, _ := find(t, study, StudyRootFind, keysOf(levelStudy, dicom.AccessionNumber, "A-3", dicom.StudyInstanceUID, ""))
	if len(all) != 1 {
		t.Fatalf("%d studies", len(all))
	}
	mr := all[0].UID(dicom.StudyInstanceUID)
	series, _ := find(t, study, StudyRootFind, keysOf(levelSeries, dicom.StudyInstanceUID, mr, dicom.SeriesInstanceUID, ""))
	if len(series) != 2 {
		t.Fatalf("%d series", len(series))
	}
	one := series[0].UID(dicom.SeriesInstanceUID)
	for name, c := range map[string]struct {
		a     *dimse.Association
		class string
		keys  *dicom.Dataset
		tag   dicom.Tag
		want  []string
	}{
		"patients":                {patient, PatientRootFind, keysOf(levelPatient, dicom.PatientID, ""), dicom.PatientID, []string{"P-1", "P-2"}},
		"a patient by name":       {patient, PatientRootFind, keysOf(levelPatient, dicom.PatientName, "li^*"), dicom.PatientID, []string{"P-2"}},
		"a patient in Chinese":    {patient, PatientRootFind, keysOf(levelPatient, dicom.PatientName, "张*"), dicom.PatientID, []string{"P-1"}},
		"counted":                 {patient, PatientRootFind, keysOf(levelPatient, dicom.PatientID, "P-1", dicom.NumberOfPatientRelatedStudies, ""), dicom.NumberOfPatientRelatedStudies, []string{"2"}},
		"studies of a patient":    {patient, PatientRootFind, keysOf(levelStudy, dicom.PatientID, "P-1", dicom.AccessionNumber, ""), dicom.AccessionNumber, []string{"A-1", "A-2"}},
		"all studies":             {study, StudyRootFind, keysOf(levelStudy, dicom.AccessionNumber, ""), dicom.AccessionNumber, []string{"A-1", "A-2", "A-3"}},
		"a day":                   {study, StudyRootFind, keysOf(levelStudy, dicom.StudyDate, "20261121", dicom.AccessionNumber, "*"), dicom.AccessionNumber, []string{"A-1", "A-3"}},
		"days":                    {study, StudyRootFind, keysOf(levelStudy, dicom.StudyDate, "-20261120", dicom.AccessionNumber, ""), dicom.AccessionNumber, []string{"A-2"}},
		"a modality":              {study, StudyRootFind, keysOf(levelStudy, dicom.ModalitiesInStudy, `MR\DX`, dicom.AccessionNumber, ""), dicom.AccessionNumber, []string{"A-2", "A-3"}},
		"a key of no index":       {study, StudyRootFind, keysOf(levelStudy, dicom.PatientAge, "999Y", dicom.AccessionNumber, ""), dicom.AccessionNumber, nil},
		"series":                  {study, StudyRootFind, keysOf(levelSeries, dicom.StudyInstanceUID, mr, dicom.Modality, "", dicom.NumberOfSeriesRelatedInstances, ""), dicom.NumberOfSeriesRelatedInstances, []string{"3", "3"}},
		"series, patient root":    {patient, PatientRootFind, keysOf(levelSeries, dicom.PatientID, "P-2", dicom.StudyInstanceUID, mr), dicom.StudyInstanceUID, []string{mr, mr}},
		"images":                  {study, StudyRootFind, keysOf(levelImage, dicom.StudyInstanceUID, mr, dicom.SeriesInstanceUID, one, dicom.InstanceNumber, ""), dicom.InstanceNumber, []string{"1", "2", "3"}},
		"image by number":         {study, StudyRootFind, keysOf(levelImage, dicom.StudyInstanceUID, mr, dicom.SeriesInstanceUID, one, dicom.InstanceNumber, "2", dicom.SOPClassUID, ""), dicom.SOPClassUID, []string{"1.2.840.10008.5.1.4.1.1.4"}},
		"of another institution":  {study, StudyRootFind, keysOf(levelStudy, dicom.PatientName, "王*"), dicom.PatientName, nil},
		"several studies by UIDs": {study, StudyRootFind, keysOf(levelStudy, dicom.StudyInstanceUID, mr+`\1.2.3`, dicom.AccessionNumber, ""), dicom.AccessionNumber, []string{"A-3"}},
	} {
		t.Run(name, func(t *testing.T) {
			all, o := find(t, c.a, c.class, c.keys)
			if got := values(all, c.tag); !slices.Equal(got, c.want) || o.Status != dimse.Success {
				t.Errorf("%v, %v; want %v", got, o.Status, c.want)
			}
			for _, d := range all {
				if d.String(dicom.QueryRetrieveLevel) != c.keys.String(dicom.QueryRetrieveLevel) || d.String(dicom.RetrieveAETitle) != "YILIAN" {
					t.Errorf("level %q, retrieve from %q", d.String(dicom.QueryRetrieveLevel), d.String(dicom.RetrieveAETitle))
				}
			}
		})
	}
}

func TestFindRefusals(t *testing.T) {
	w := newWorld(t)
	a := w.call(dimse.Options{}, StudyRootFind)
	for name, c := range map[string]struct {
		keys  *dicom.Dataset
		blame dicom.Tag
	}{
		"no level":                        {keysOf(""), dicom.QueryRetrieveLevel},
		"a level of nothing":              {keysOf("REPORT"), dicom.QueryRetrieveLevel},
		"patient level in study root":     {keysOf(levelPatient), dicom.QueryRetrieveLevel},
		"series without a study":          {keysOf(levelSeries, dicom.Modality, "CT"), dicom.StudyInstanceUID},
		"images without a series":         {keysOf(levelImage, dicom.StudyInstanceUID, "1.2.3"), dicom.SeriesInstanceUID},
		"a date that is none":             {keysOf(levelStudy, dicom.StudyDate, "yesterday"), dicom.StudyDate},
		"a UID that escapes from a path":  {keysOf(levelSeries, dicom.StudyInstanceUID, "../../etc"), dicom.StudyInstanceUID},
		"series of studies, hierarchical": {keysOf(levelSeries, dicom.StudyInstanceUID, `1.2.3\1.2.4`), dicom.StudyInstanceUID},
	} {
		all, o := find(t, a, StudyRootFind, c.keys)
		if len(all) != 0 || o.Status != dimse.DataSetMismatch {
			t.Errorf("%s: %d matches, %v", name, len(all), o.Status)
		}
	}
	if err := a.Release(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestExtendedNegotiation(t *testing.T) {
	w := newWorld(t)
	w.studies()
	a := w.call(dimse.Options{Extended: []dimse.Extended{{SOPClass: StudyRootFind, Info: []byte{1, 1, 1, 1, 1, 1}}}}, StudyRootFind)
	if e := a.Agreed.Extended; len(e) != 1 || !bytes.Equal(e[0].Info, []byte{1, 1, 1, 0}) {
		t.Errorf("agreed on %v", e)
	}
	all, _ := find(t, a, StudyRootFind, keysOf(levelSeries, dicom.PatientID, "P-1", dicom.Modality, "", dicom.AccessionNumber, ""))
	if got := values(all, dicom.AccessionNumber); !slices.Equal(got, []string{"A-1", "A-2"}) {
		t.Errorf("relational: %v", got)
	}
	// from the 21st at 10:00 to the 22nd at 08:00: not the CT of 9:30, which two ranges apart from one another would let pass
	all, _ = find(t, a, StudyRootFind, keysOf(levelStudy, dicom.StudyDate, "20261121-20261122", dicom.StudyTime, "100000-080000", dicom.AccessionNumber, ""))
	if got := values(all, dicom.AccessionNumber); !slices.Equal(got, []string{"A-3"}) {
		t.Errorf("date and time together: %v", got)
	}
	all, _ = find(t, a, StudyRootFind, keysOf(levelStudy, dicom.PatientName, "san zha", dicom.AccessionNumber, ""))
	if got := values(all, dicom.AccessionNumber); !slices.Equal(got, []string{"A-1", "A-2"}) {
		t.Errorf("fuzzy: %v", got)
	}
}

// TestAnswersAreReadable: in the character set that the caller names, or is known for, or in UTF-8.
func TestAnswersAreReadable(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Devices = settings{"CHINESE": {Charset: "GB18030"}} })
	w.studies()
	for _, c := range []struct{ calling, asks, want string }{
		{"TESTER", "", "ISO_IR 192"},
		{"CHINESE", "", "GB18030"},
		{"CHINESE", "ISO_IR 192", "ISO_IR 192"},
		{"TESTER", "GB18030", "GB18030"},
		{"TESTER", `\ISO 2022 IR 58`, `\ISO 2022 IR 58`},
		{"TESTER", "ISO_IR 100", "ISO_IR 192"},
		{"CHINESE", "ISO_IR 100", "GB18030"},
	} {
		keys := dicom.New(c.asks)
		keys.SetString(dicom.QueryRetrieveLevel, levelStudy)
		keys.SetString(dicom.AccessionNumber, "A-1")
		keys.SetString(dicom.PatientName)
		all, _ := find(t, w.call(dimse.Options{Calling: c.calling}, StudyRootFind), StudyRootFind, keys)
		if len(all) != 1 {
			t.Fatalf("%+v: %d matches", c, len(all))
		}
		terms := bytes.TrimRight(all[0].Get(dicom.SpecificCharacterSet).Value, " ")
		if name := all[0].PersonName(dicom.PatientName); string(terms) != c.want || name.Ideographic != "张^三" {
			t.Errorf("%+v: %q in %q", c, name, terms)
		}
	}
}

// settings are callers with settings of their own.
type settings map[string]Caller

func (s settings) Device(_ context.Context, c Connection) (Caller, error) {
	caller := s[c.Calling]
	caller.Actor, caller.Query = yilian.Actor{Device: c.Calling, Institution: "county"}, true
	return caller, nil
}

func TestFindIsBoundedAndCancelled(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Limits.Matches = 2 })
	w.studies()
	a := w.call(dimse.Options{}, StudyRootFind)
	all, o := find(t, a, StudyRootFind, keysOf(levelStudy, dicom.AccessionNumber, ""))
	if len(all) != 2 || o.Status != dimse.OutOfResources || o.Comment == "" {
		t.Errorf("%d matches, %+v", len(all), o)
	}
	stop := fmt.Errorf("enough")
	o, err := a.Find(t.Context(), StudyRootFind, keysOf(levelStudy), func(*dicom.Dataset) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("%v, %v", o, err)
	}
	if all, o := find(t, a, StudyRootFind, keysOf(levelStudy, dicom.AccessionNumber, "A-1")); len(all) != 1 || o.Status != dimse.Success {
		t.Errorf("after a cancel: %d matches, %v", len(all), o)
	}
}

// TestUnsupportedKeysAreTold: FF01 instead of FF00 for what is not kept at all (PS3.4 C.4.1.1.4).
func TestUnsupportedKeysAreTold(t *testing.T) {
	candidate := keysOf("", dicom.AccessionNumber, "A-1")
	for tag, want := range map[dicom.Tag]bool{dicom.PatientAge: false, dicom.StudyID: false, dicom.Modality: true, dicom.Tag(0x00091001): true} {
		keys := keysOf(levelStudy, dicom.AccessionNumber, "")
		keys.SetBytes(tag, dicom.LO, nil)
		s := search{keys: keys}
		out, unsupported := project(keys, candidate, s.keptAt)
		if unsupported != want || !out.Has(tag) || out.String(dicom.AccessionNumber) != "A-1" {
			t.Errorf("%v: %v, want %v; %v", tag, unsupported, want, out.Elements)
		}
	}
}

// drain reads a message's data set and answers a C-STORE.
func drain(got map[string]int64) func(*dimse.Message) *dimse.Command {
	return func(m *dimse.Message) *dimse.Command {
		n, err := io.Copy(io.Discard, m.Data)
		if err != nil {
			return m.Command.Response(dimse.ProcessingFailure)
		}
		got[m.Command.AffectedSOPInstance] = n
		return m.Command.Response(dimse.Success)
	}
}

// hostPort cuts an address for the command line of a peer.
func hostPort(addr string) []string {
	host, port, _ := net.SplitHostPort(addr)
	return []string{host, port}
}
