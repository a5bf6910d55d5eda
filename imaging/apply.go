package imaging

import (
	"encoding/json"
	"slices"

	"yilian"
)

// State is what the index holds about an Addition's UIDs before it is applied; nil is "not there".
type State struct {
	Study    *Study
	Series   *Series
	Instance *Instance
	// Kept is the ID of a conflict that holds the very same content already; "" for none.
	Kept string
	// Rejected is the rejection of this very UID; nil for none.
	Rejected *Rejected
}

// Change is what the index writes for an Addition that is Added: the study and series as they are afterwards.
type Change struct {
	Study  Study
	Series Series
}

// Apply decides what becomes of an addition. It is the one rule for every implementation of Index, which runs it inside the
// transaction that reads the State and writes the Change. conflict is the ID to use if the addition is kept aside.
func Apply(s State, a Addition, conflict string) (Outcome, Change) {
	if s.Instance != nil && same(*s.Instance, a.Instance) {
		return Outcome{Status: Duplicate, Unused: s.Instance.Blob != a.Instance.Blob}, Change{}
	}
	if o, done := again(s, a); done {
		return o, Change{}
	}
	if reason := objection(s, a); reason != "" {
		o := Outcome{Status: KeptAside, Conflict: conflict, Reason: reason}
		if s.Kept != "" {
			o.Conflict, o.Unused = s.Kept, true
		}
		return o, Change{}
	}
	return Outcome{Status: Added}, Change{Study: grownStudy(s, a), Series: grownSeries(s, a)}
}

// objection answers why an instance may not be added, or "".
func objection(s State, a Addition) string {
	switch {
	case s.Instance != nil && s.Instance.Whence() != a.Instance.Whence():
		return ReasonMoved
	case s.Instance != nil, s.Rejected != nil && s.Rejected.Code == RejectedQuality:
		return ReasonContent
	case s.Study != nil && s.Study.Institution != a.Study.Institution:
		return ReasonOwner
	}
	return ""
}

func grownStudy(s State, a Addition) Study {
	study := a.Study
	if s.Study != nil {
		study = *s.Study
		study.Bytes += a.Instance.Size
		study.Differs = differing(study.Uncorrected(), a.Study.Uncorrected())
	} else {
		study.FirstArrival = a.At
		study.Bytes = a.Instance.Size
	}
	if s.Series == nil {
		study.SeriesCount++
		study.Modalities = withModality(study.Modalities, a.Series.Modality)
		if study.BodyPart == "" {
			study.BodyPart = a.Series.BodyPart
		}
	}
	study.InstanceCount++
	study.LastArrival = a.At
	study.Version++
	return study
}

func grownSeries(s State, a Addition) Series {
	series := a.Series
	if s.Series != nil {
		series = *s.Series
		series.Bytes += a.Instance.Size
		series.Revision++
	} else {
		series.Revision = a.At.UnixMicro()
		series.FirstArrival = a.At
		series.Bytes = a.Instance.Size
	}
	series.InstanceCount++
	series.LastArrival = a.At
	return series
}

func withModality(all []string, m string) []string {
	if m == "" || slices.Contains(all, m) {
		return all
	}
	all = append(slices.Clone(all), m)
	slices.Sort(all)
	return all
}

// differing adds to old.Differs the attributes of identity on which a later instance says something else. What it leaves empty is
// no disagreement.
func differing(old, now Study) []string {
	out := old.Differs
	for _, f := range []struct{ name, old, now string }{
		{"PatientID", old.PatientID, now.PatientID},
		{"IssuerOfPatientID", old.PatientIssuer, now.PatientIssuer},
		{"PatientName", NameKey(old.PatientName), NameKey(now.PatientName)},
		{"PatientBirthDate", old.BirthDate, now.BirthDate},
		{"PatientSex", old.Sex, now.Sex},
		{"AccessionNumber", old.Accession, now.Accession},
	} {
		if f.now != "" && f.now != f.old && !slices.Contains(out, f.name) {
			out = append(slices.Clone(out), f.name)
		}
	}
	return out
}

// Event is the audit entry of an addition; version is that of the study afterwards.
func (a Addition) Event(o Outcome, version int64) yilian.Event {
	e := yilian.Event{
		Chain: string(a.Study.Institution), Entity: "study", EntityID: string(a.Study.UID), Version: version,
		Action: "instance.stored", Actor: a.Actor, At: a.At,
	}
	data := map[string]any{
		"series": a.Series.UID, "instance": a.Instance.UID, "sha256": a.Instance.SHA256, "size": a.Instance.Size,
		"transferSyntax": a.Instance.TransferSyntax,
	}
	if o.Status == KeptAside {
		e.Action = "instance.kept-aside"
		e.Reason = o.Reason
		data["conflict"] = o.Conflict
	}
	e.Data, _ = json.Marshal(data) // strings and numbers only: cannot fail
	return e
}

// Adopted is an addition as an administrator has allowed it: it joins its study whoever owns that.
func Adopted(s State, a Addition) Addition {
	if s.Study != nil {
		a.Study.Institution = s.Study.Institution
	}
	return a
}

// Includes tells whether the studies of an institution are in the scope.
func (s Scope) Includes(i yilian.InstitutionID) bool {
	return s.All || slices.Contains(s.Institutions, i)
}
