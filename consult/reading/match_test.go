package reading_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"yilian/consult/order"
	"yilian/consult/patient"
	"yilian/consult/reading"
)

var orderedAt = time.Date(2026, 3, 14, 8, 0, 0, 0, time.UTC)

func candidate() reading.Candidate {
	return reading.Candidate{
		Order: "o1", Accession: "2603140001", Issuer: "qingxi", Site: "qingxi", Modality: "CT", BodyPart: "CHEST", OrderedAt: orderedAt, Open: true,
		Name: "王小东", Sex: patient.Male, Birth: "1961-05-02", Identifiers: []patient.Identity{{Issuer: "qingxi", ID: "00000127"}},
	}
}

func images() reading.StudyInfo {
	return reading.StudyInfo{
		UID: "1.2.3", Institution: "qingxi", PatientID: "00000127", PatientName: "Wang^Xiaodong=王^小东", Sex: "M", BirthDate: "19610502", Accession: "2603140001",
		Date: orderedAt.Add(20 * time.Minute), Modalities: []string{"CT", "SR"}, BodyPart: "CHEST",
	}
}

func TestMatch(t *testing.T) {
	matched, unmatched, conflict := reading.StudyMatched, reading.StudyUnmatched, reading.StudyConflict
	for name, c := range map[string]struct {
		change  func(*reading.StudyInfo, *reading.Candidate)
		state   reading.StudyState
		by      reading.Field
		differs []reading.Field
	}{
		"all agrees":              {nil, matched, reading.FieldAccession, nil},
		"name without delimiters": {func(s *reading.StudyInfo, _ *reading.Candidate) { s.PatientName = "王小东" }, matched, reading.FieldAccession, nil},
		"full-width and middle dot": {func(s *reading.StudyInfo, c *reading.Candidate) {
			s.PatientName, c.Name = "阿迪力•买买提", "阿迪力·买买提"
		}, matched, reading.FieldAccession, nil},
		"Latin name only, ID agrees":         {func(s *reading.StudyInfo, _ *reading.Candidate) { s.PatientName = "WANG^XIAODONG" }, matched, reading.FieldAccession, nil},
		"Latin name only, without ID":        {func(s *reading.StudyInfo, _ *reading.Candidate) { s.PatientName, s.PatientID = "WANG^XIAODONG", "" }, conflict, reading.FieldAccession, []reading.Field{reading.FieldName}},
		"another name":                       {func(s *reading.StudyInfo, _ *reading.Candidate) { s.PatientName = "李^四" }, conflict, reading.FieldAccession, []reading.Field{reading.FieldName}},
		"another Latin name for a Latin one": {func(s *reading.StudyInfo, c *reading.Candidate) { s.PatientName, c.Name = "Li^Si", "Wang Xiaodong" }, conflict, reading.FieldAccession, []reading.Field{reading.FieldName}},
		"Latin name that is known": {func(s *reading.StudyInfo, c *reading.Candidate) {
			s.PatientName, s.PatientID, c.Latin = "WANG^XIAODONG", "", "Wang Xiaodong"
		}, matched, reading.FieldAccession, nil},
		"another Latin name than the known one": {func(s *reading.StudyInfo, c *reading.Candidate) {
			s.PatientName, c.Latin = "LI^SI", "Wang Xiaodong"
		}, conflict, reading.FieldAccession, []reading.Field{reading.FieldName}},
		"another sex":                   {func(s *reading.StudyInfo, _ *reading.Candidate) { s.Sex = "F" }, conflict, reading.FieldAccession, []reading.Field{reading.FieldSex}},
		"no sex in the images":          {func(s *reading.StudyInfo, _ *reading.Candidate) { s.Sex = "" }, matched, reading.FieldAccession, nil},
		"another birth date":            {func(s *reading.StudyInfo, _ *reading.Candidate) { s.BirthDate = "19610503" }, conflict, reading.FieldAccession, []reading.Field{reading.FieldBirth}},
		"broken birth date":             {func(s *reading.StudyInfo, _ *reading.Candidate) { s.BirthDate = "1961" }, matched, reading.FieldAccession, nil},
		"another patient ID":            {func(s *reading.StudyInfo, _ *reading.Candidate) { s.PatientID = "00000128" }, conflict, reading.FieldAccession, []reading.Field{reading.FieldPatientID}},
		"patient ID of another issuer":  {func(s *reading.StudyInfo, _ *reading.Candidate) { s.PatientID, s.PatientIssuer = "00000128", "HIS" }, matched, reading.FieldAccession, nil},
		"another modality":              {func(s *reading.StudyInfo, _ *reading.Candidate) { s.Modalities = []string{"MR"} }, conflict, reading.FieldAccession, []reading.Field{reading.FieldModality}},
		"DX ordered, CR made":           {func(s *reading.StudyInfo, c *reading.Candidate) { s.Modalities, c.Modality = []string{"CR"}, "DX" }, matched, reading.FieldAccession, nil},
		"order has images already":      {func(_ *reading.StudyInfo, c *reading.Candidate) { c.Open = false }, conflict, reading.FieldAccession, []reading.Field{reading.FieldTaken}},
		"images contradict one another": {func(s *reading.StudyInfo, _ *reading.Candidate) { s.Inconsistent = []string{"PatientName"} }, conflict, reading.FieldAccession, []reading.Field{reading.FieldImages}},
		"only the accession number agrees": {func(s *reading.StudyInfo, _ *reading.Candidate) {
			s.PatientName, s.PatientID, s.BirthDate, s.Sex = "", "", "", ""
		}, conflict, reading.FieldAccession, []reading.Field{reading.FieldName, reading.FieldBirth}},
		"no accession number, patient ID agrees": {func(s *reading.StudyInfo, _ *reading.Candidate) { s.Accession = "" }, matched, reading.FieldPatientID, nil},
		"unknown accession number":               {func(s *reading.StudyInfo, c *reading.Candidate) { c.Accession = "2603140002" }, unmatched, "", nil},
		"patient ID, but made before the order": {func(s *reading.StudyInfo, _ *reading.Candidate) {
			s.Accession, s.Date = "", orderedAt.Add(-2*time.Hour)
		}, unmatched, "", nil},
		"a study date without a time": {func(s *reading.StudyInfo, _ *reading.Candidate) {
			s.Accession, s.Date, s.FirstArrival = "", time.Date(2026, 3, 14, 0, 0, 0, 0, time.UTC), orderedAt.Add(time.Hour)
		}, matched, reading.FieldPatientID, nil},
		"patient ID, but another modality": {func(s *reading.StudyInfo, _ *reading.Candidate) { s.Accession, s.Modalities = "", []string{"US"} }, unmatched, "", nil},
		"patient ID, but another name":     {func(s *reading.StudyInfo, _ *reading.Candidate) { s.Accession, s.PatientName = "", "李^四" }, conflict, reading.FieldPatientID, []reading.Field{reading.FieldName}},
	} {
		t.Run(name, func(t *testing.T) {
			s, cand := images(), candidate()
			if c.change != nil {
				c.change(&s, &cand)
			}
			var byAccession, byPatient []reading.Candidate
			if s.Accession != "" && s.Accession == cand.Accession {
				byAccession = []reading.Candidate{cand}
			}
			if s.PatientID != "" {
				byPatient = []reading.Candidate{cand}
			}
			got := reading.Match(s, byAccession, nil, byPatient)
			if got.State != c.state || got.By != c.by || !slices.Equal(got.Differs, c.differs) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestTwoOpenOrdersOfOnePatientAreForAPerson(t *testing.T) {
	s, a, b := images(), candidate(), candidate()
	s.Accession, b.Order = "", "o2"
	if got := reading.Match(s, nil, nil, []reading.Candidate{a, b}); got.State != reading.StudyUnmatched {
		t.Errorf("got %+v", got)
	}
}

// TestNameNeverMatchesAlone: without an agreeing accession number or patient ID nothing is linked, whatever else agrees; and
// what is linked contradicts its order in nothing.
func TestNameNeverMatchesAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, c := images(), candidate()
		pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
		s.Accession, s.PatientID = pick("accession", "", "2603140001", "7"), pick("id", "", "00000127", "5")
		s.PatientName, s.Sex, s.BirthDate = pick("name", "", "王^小东", "李^四", "Wang^X"), pick("sex", "", "M", "F"), pick("birth", "", "19610502", "19700101")
		s.Modalities = []string{pick("modality", "CT", "MR")}
		c.Open = rapid.Bool().Draw(t, "open")
		var byAccession, byPatient []reading.Candidate
		if s.Accession == c.Accession {
			byAccession = append(byAccession, c)
		}
		if s.PatientID == "00000127" {
			byPatient = append(byPatient, c)
		}
		got := reading.Match(s, byAccession, nil, byPatient)
		if got.State != reading.StudyMatched {
			return
		}
		if s.Accession != c.Accession && s.PatientID != "00000127" {
			t.Fatal("linked by neither accession number nor patient ID")
		}
		if _, differs := reading.Compare(s, c); len(differs) > 0 || !c.Open {
			t.Fatalf("linked although %v differ", differs)
		}
	})
}

func TestSuggest(t *testing.T) {
	near, far, taken, other := candidate(), candidate(), candidate(), candidate()
	near.Order, far.Order, taken.Order, other.Order = "near", "far", "taken", "other"
	far.Birth = ""
	taken.Open = false
	other.Name, other.Birth, other.Identifiers, other.Sex, other.Modality = "李四", "1990-01-01", nil, patient.Female, "MR"
	s := images()
	s.Accession, s.PatientID = "", ""
	got := reading.Suggest(s, []reading.Candidate{other, far, taken, near})
	if len(got) != 2 || got[0].Order != "near" || got[1].Order != "far" || got[0].Score <= got[1].Score || got[0].Score > 100 {
		t.Errorf("got %+v", got)
	}
	if !slices.Contains(got[0].Agrees, reading.FieldName) || !slices.Contains(got[0].Agrees, reading.FieldTime) {
		t.Errorf("agrees %v", got[0].Agrees)
	}
}

func TestJudge(t *testing.T) {
	quiet := func(m string) time.Duration {
		if m == "CT" {
			return 60 * time.Second
		}
		return 20 * time.Second
	}
	rules := reading.Completeness{Quiet: quiet, MaxWait: 15 * time.Minute}
	last := orderedAt
	study := func(assoc int, series ...reading.SeriesInfo) reading.StudyInfo {
		return reading.StudyInfo{Instances: 1, Associations: assoc, Series: series, LastArrival: last}
	}
	ct, dx := reading.SeriesInfo{Modality: "CT", LastArrival: last.Add(-10 * time.Second)}, reading.SeriesInfo{Modality: "DX", LastArrival: last}
	for name, c := range map[string]struct {
		info  reading.StudyInfo
		after time.Duration
		want  reading.Verdict
	}{
		"CT too early":                   {study(0, ct), 49 * time.Second, reading.Verdict{Again: last.Add(50 * time.Second)}},
		"CT quiet":                       {study(0, ct), 50 * time.Second, reading.Verdict{Complete: true}},
		"DX quiet":                       {study(0, dx), 20 * time.Second, reading.Verdict{Complete: true}},
		"the slowest series counts":      {study(0, ct, dx), 20 * time.Second, reading.Verdict{Again: last.Add(50 * time.Second)}},
		"quiet, but an association open": {study(1, dx), 30 * time.Second, reading.Verdict{Again: last.Add(50 * time.Second)}},
		"a sender that hangs":            {study(1, dx), 15 * time.Minute, reading.Verdict{Complete: true, Partial: true}},
		"never later than the wait":      {study(1, dx), 15*time.Minute - time.Second, reading.Verdict{Again: last.Add(15 * time.Minute)}},
		"no instances":                   {reading.StudyInfo{LastArrival: last}, time.Hour, reading.Verdict{Again: last.Add(time.Hour + time.Second)}},
	} {
		if got := rules.Judge(c.info, reading.Evidence{}, last.Add(c.after)); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestWarnings(t *testing.T) {
	knee := reading.Exam{Sex: patient.Male, Exam: "左膝关节正侧位"}
	for name, c := range map[string]struct {
		text reading.Text
		exam reading.Exam
		want []reading.Warning
	}{
		"nothing":                     {reading.Text{Findings: "左膝未见骨折。", Impression: "左膝未见明显异常。"}, knee, nil},
		"the other side concluded":    {reading.Text{Findings: "左膝未见骨折。", Impression: "右膝未见明显异常。"}, knee, []reading.Warning{{"report.sideOrder", "右"}}},
		"findings against impression": {reading.Text{Findings: "左肺结节。", Impression: "右肺结节。"}, reading.Exam{Exam: "胸部CT"}, []reading.Warning{{"report.side", "右"}}},
		"both sides":                  {reading.Text{Findings: "双肺结节，左侧为著。", Impression: "右肺结节。"}, reading.Exam{Exam: "胸部CT"}, nil},
		"images of the other side":    {reading.Text{Findings: "左膝。", Impression: "左膝。"}, reading.Exam{Exam: "左膝关节", Images: "R"}, []reading.Warning{{"report.sideImages", "R"}}},
		"organ of the other sex":      {reading.Text{Findings: "子宫前位。", Impression: "正常。"}, reading.Exam{Sex: patient.Male}, []reading.Warning{{"report.sex", "子宫"}}},
		"a prostate in a woman":       {reading.Text{Findings: "盆腔未见积液。", Impression: "前列腺增生。"}, reading.Exam{Sex: patient.Female}, []reading.Warning{{"report.sex", "前列腺"}}},
		"a uterus in a man":           {reading.Text{Findings: "The Uterus is anteverted.", Impression: "Normal."}, reading.Exam{Sex: patient.Male}, []reading.Warning{{"report.sex", "Uterus"}}},
		"a testicle in a woman":       {reading.Text{Findings: "Both testicles are normal.", Impression: "Normal."}, reading.Exam{Sex: patient.Female}, []reading.Warning{{"report.sex", "testicles"}}},
		"a prostate of his own":       {reading.Text{Findings: "The prostate is enlarged. 前列腺增大。", Impression: "见描述。"}, reading.Exam{Sex: patient.Male}, nil},
		"an unknown sex":              {reading.Text{Findings: "子宫前位，前列腺增大。", Impression: "见描述。"}, reading.Exam{Sex: patient.Unknown}, nil},
		"a ureter is no uterus":       {reading.Text{Findings: "The ureter is not dilated.", Impression: "Normal."}, reading.Exam{Sex: patient.Male}, nil},
		"English sides":               {reading.Text{Findings: "Nodule in the right lung.", Impression: "Nodule of the Left lung."}, reading.Exam{Exam: "chest"}, []reading.Warning{{"report.side", "Left"}}},
		"an English order":            {reading.Text{Findings: "Normal.", Impression: "The right knee is normal."}, reading.Exam{Exam: "Left knee"}, []reading.Warning{{"report.sideOrder", "right"}}},
		"English on both sides":       {reading.Text{Findings: "Bilateral effusions.", Impression: "Effusion on the left."}, reading.Exam{Exam: "chest"}, nil},
		"organ of her own":            {reading.Text{Findings: "子宫前位。", Impression: "正常。"}, reading.Exam{Sex: patient.Female}, nil},
		"critical":                    {reading.Text{Findings: "右侧气胸，肺压缩80%。", Impression: "右侧气胸。"}, reading.Exam{}, []reading.Warning{{"report.critical", "气胸"}}},
		"critical denied":             {reading.Text{Findings: "未见气胸及骨折。", Impression: "未见异常；排除主动脉夹层。"}, reading.Exam{}, nil},
		"denied here, found there":    {reading.Text{Findings: "左侧未见气胸。右侧见气胸。", Impression: "见描述。"}, reading.Exam{}, []reading.Warning{{"report.critical", "气胸"}}},
		"no impression":               {reading.Text{Findings: "双肺清晰。"}, reading.Exam{}, []reading.Warning{{"report.noImpression", ""}}},
	} {
		if got := reading.Warnings(c.text, c.exam); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestDiff(t *testing.T) {
	a := reading.Text{Findings: "双肺纹理清晰。心影不大。", Impression: "未见异常。"}
	b := reading.Text{Findings: "双肺纹理清晰。右肺下叶小结节。心影不大。", Impression: "右肺下叶小结节，建议复查。"}
	want := []reading.Edit{
		{"findings", "same", "双肺纹理清晰。"},
		{"findings", "insert", "右肺下叶小结节。"},
		{"findings", "same", "心影不大。"},
		{"impression", "delete", "未见异常。"},
		{"impression", "insert", "右肺下叶小结节，建议复查。"},
	}
	if got := reading.Diff(a, b); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if got := reading.Diff(a, a); got != nil {
		t.Errorf("no difference is %v", got)
	}
}

// TestDiffGivesBothTexts: what is the same or deleted is the old text, what is the same or inserted the new one.
func TestDiffGivesBothTexts(t *testing.T) {
	sentence := rapid.SampledFrom([]string{"双肺清晰。", "心影不大。", "右肺结节；", "\n", "x"})
	rapid.Check(t, func(t *rapid.T) {
		join := func(label string) (s string) {
			for _, x := range rapid.SliceOfN(sentence, 0, 12).Draw(t, label) {
				s += x
			}
			return s
		}
		a, b := join("a"), join("b")
		var old, now string
		for _, e := range reading.Diff(reading.Text{Findings: a}, reading.Text{Findings: b}) {
			if e.Op != "insert" {
				old += e.Text
			}
			if e.Op != "delete" {
				now += e.Text
			}
		}
		if a != b && (old != a || now != b) {
			t.Fatalf("%q and %q give %q and %q", a, b, old, now)
		}
	})
}

func TestDisplayName(t *testing.T) {
	for in, want := range map[string]string{
		"Wang^Xiaodong=王^小东": "王小东", "Wang^Xiaodong": "Wang Xiaodong", "=阿迪力·买买提": "阿迪力·买买提", "王小东": "王小东", "": "", "Wang^Xiaodong==": "Wang Xiaodong",
		"Adili^Maimaiti=阿迪力^买买提=": "阿迪力买买提",
	} {
		if got := reading.DisplayName(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

func TestPriorityOrder(t *testing.T) {
	if order.Stat.Rank() >= order.Urgent.Rank() || order.Urgent.Rank() >= order.Routine.Rank() {
		t.Error("the ranks are not in order")
	}
}
