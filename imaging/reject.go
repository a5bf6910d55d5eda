package imaging

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"yilian"
	"yilian/imaging/dicom"
)

// The titles of a Key Object Selection document that rejects what it names (CID 7011; IHE RAD TF-3 4.66).
const (
	RejectedQuality   = "113001" // Rejected for Quality Reasons
	RejectedSafety    = "113037" // Rejected for Patient Safety Reasons
	RejectedWorklist  = "113038" // Incorrect Modality Worklist Entry
	RejectedRetention = "113039" // Data Retention Policy Expired
)

var rejectionTitles = map[string]string{
	RejectedQuality: "Rejected for Quality Reasons", RejectedSafety: "Rejected for Patient Safety Reasons",
	RejectedWorklist: "Incorrect Modality Worklist Entry", RejectedRetention: "Data Retention Policy Expired",
}

// keyObjects is the SOP class Key Object Selection Document Storage.
const keyObjects = "1.2.840.10008.5.1.4.1.1.88.59"

// Attributes of documents that the dictionary of names does not carry.
const (
	mappingResource    = dicom.Tag(0x00080105)
	relationshipType   = dicom.Tag(0x0040A010)
	currentEvidence    = dicom.Tag(0x0040A375) // Current Requested Procedure Evidence Sequence
	contentTemplate    = dicom.Tag(0x0040A504) // Content Template Sequence
	templateIdentifier = dicom.Tag(0x0040DB00)
)

// Rejected is an instance that was rejected: stored, and in no listing.
type Rejected struct {
	Instance   yilian.InstanceUID
	Home       Home // where its header puts it
	Correction string
	Code       string
	SHA256     string // "" for one that has not come yet
	At         time.Time
	Addition   *Addition // to be there again; nil for one that has not come yet
}

// Home names the series that an instance's own header says it is part of.
type Home struct {
	Study  yilian.StudyUID
	Series yilian.SeriesUID
}

// Whence is the series that the instance's own header says it is part of, wherever corrections have moved it.
func (i Instance) Whence() Home {
	if i.Home != nil {
		return *i.Home
	}
	return Home{i.Study, i.Series}
}

// again decides about an instance that was rejected and is sent again (IHE RAD TF-3 4.66.4.2.3.1, 4.66.4.3.3, 4.66.4.4.3): after a
// rejection for patient safety or for a wrong worklist entry it is not accepted any more; one rejected for quality stays rejected,
// and other content under its UID is a conflict; one whose retention had ended, or whose
// bytes are damaged, is taken as new.
func again(s State, a Addition) (o Outcome, done bool) {
	switch {
	case s.Rejected == nil || s.Rejected.Code == RejectedRetention || s.Rejected.Code == Damaged:
		return Outcome{}, false
	case s.Rejected.Code == RejectedQuality && s.Rejected.SHA256 == a.Instance.SHA256:
		return Outcome{Status: Duplicate, Unused: true, Reason: s.Rejected.Code}, true
	case s.Rejected.Code == RejectedQuality && s.Rejected.SHA256 != "":
		return Outcome{}, false
	}
	return Outcome{Status: Ignored, Unused: true, Reason: s.Rejected.Code}, true
}

// Hides tells whether the rejection note leaves the listings with what it rejects: one for quality stays to be seen (4.66.4.1.3).
func (r Reject) Hides() bool { return r.Code != RejectedQuality }

// rejection reads a rejection note, or answers nil for anything else.
func rejection(d *dicom.Dataset) *Reject {
	if d.UID(dicom.SOPClassUID) != keyObjects {
		return nil
	}
	title := d.First(dicom.ConceptNameCodeSequence)
	code := title.String(dicom.CodeValue)
	if rejectionTitles[code] == "" || title.String(dicom.CodingSchemeDesignator) != "DCM" {
		return nil
	}
	r := &Reject{
		Code: code, Received: true, Note: yilian.InstanceUID(d.UID(dicom.SOPInstanceUID)), NoteHome: yilian.StudyUID(d.UID(dicom.StudyInstanceUID)),
	}
	// Evidence has the whole hierarchy (PS3.3 C.17.6.2.1); a document that lists nothing there rejects nothing.
	for _, study := range d.Sequence(currentEvidence) {
		for _, series := range study.Sequence(dicom.ReferencedSeriesSequence) {
			for _, one := range series.Sequence(dicom.ReferencedSOPSequence) {
				ref := Reference{
					yilian.StudyUID(study.UID(dicom.StudyInstanceUID)), yilian.SeriesUID(series.UID(dicom.SeriesInstanceUID)),
					yilian.InstanceUID(one.UID(dicom.ReferencedSOPInstanceUID)), one.UID(dicom.ReferencedSOPClassUID),
				}
				if ValidUID(string(ref.Instance)) && ValidUID(string(ref.Study)) && ValidUID(string(ref.Series)) && ref.Instance != r.Note {
					r.Instances = append(r.Instances, ref)
				}
			}
		}
	}
	if len(r.Instances) == 0 {
		return nil
	}
	return r
}

// noteUIDs are the UIDs of the note of a correction: the same each time, so that making it again changes nothing.
func noteUIDs(correction string) (yilian.SeriesUID, yilian.InstanceUID) {
	return yilian.SeriesUID(dicom.DerivedUID("rejection note series", correction)), yilian.InstanceUID(dicom.DerivedUID("rejection note", correction))
}

// note writes the rejection note of a correction as a Key Object Selection document (PS3.3 A.35.4, TID 2010) of a study.
func note(c Correction, study Study, at time.Time) (*dicom.Dataset, error) {
	d, err := dicom.ParseJSON(study.Attributes, func(dicom.Tag, dicom.VR, string) ([]byte, error) { return nil, nil })
	if err != nil {
		return nil, fmt.Errorf("imaging: attributes of a study: %w", err)
	}
	series, instance := noteUIDs(c.ID)
	for tag, v := range map[dicom.Tag]string{
		dicom.SpecificCharacterSet: "ISO_IR 192", dicom.SOPClassUID: keyObjects, dicom.SOPInstanceUID: string(instance), dicom.SeriesInstanceUID: string(series),
		dicom.StudyInstanceUID: string(study.UID), dicom.Modality: "KO", dicom.Manufacturer: "Yilian", dicom.SeriesNumber: "9999", dicom.InstanceNumber: "1",
		dicom.SeriesDescription: rejectionTitles[c.Reject.Code], dicom.ContentDate: at.Format("20060102"), dicom.ContentTime: at.Format("150405"),
		dicom.ValueType: "CONTAINER", dicom.ContinuityOfContent: "SEPARATE",
	} {
		d.SetString(tag, v)
	}
	for tag, v := range map[dicom.Tag]string{ // of type 2 (PS3.3 C.7.1.1, C.7.2.1): there, if only empty
		dicom.PatientName: "", dicom.PatientID: "", dicom.PatientBirthDate: "", dicom.PatientSex: "", dicom.StudyDate: study.Date, dicom.StudyTime: study.Time,
		dicom.ReferringPhysicianName: "", dicom.StudyID: "", dicom.AccessionNumber: "",
	} {
		if v != "" || !d.Has(tag) {
			d.SetString(tag, v)
		}
	}
	d.SetSequence(dicom.ReferencedPerformedProcedureStepSequence)
	d.SetSequence(dicom.ConceptNameCodeSequence, coded(d, c.Reject.Code, "DCM", rejectionTitles[c.Reject.Code]))
	template := d.NewItem()
	template.SetString(mappingResource, "DCMR")
	template.SetString(templateIdentifier, "2010")
	d.SetSequence(contentTemplate, template)
	var content []*dicom.Dataset
	if reason := strings.TrimSpace(c.asked().Reason); reason != "" {
		content = append(content, described(d, reason))
	}
	evidence, named := evidenceOf(d, c.Reject.Instances)
	d.SetSequence(currentEvidence, evidence...)
	d.SetSequence(dicom.ContentSequence, append(content, named...)...)
	return d, nil
}

func coded(d *dicom.Dataset, value, scheme, meaning string) *dicom.Dataset {
	item := d.NewItem()
	item.SetString(dicom.CodeValue, value)
	item.SetString(dicom.CodingSchemeDesignator, scheme)
	item.SetString(dicom.CodeMeaning, meaning)
	return item
}

// described is the text of a key object selection (TID 2010 row 5).
func described(d *dicom.Dataset, text string) *dicom.Dataset {
	item := d.NewItem()
	item.SetString(relationshipType, "CONTAINS")
	item.SetString(dicom.ValueType, "TEXT")
	item.SetSequence(dicom.ConceptNameCodeSequence, coded(d, "113012", "DCM", "Key Object Description"))
	item.SetString(dicom.TextValue, text)
	return item
}

// evidenceOf lists references by study and series, and as content items.
func evidenceOf(d *dicom.Dataset, refs []Reference) (evidence, content []*dicom.Dataset) {
	bySeries := map[Home]int{}
	var homes []Home
	var items [][]*dicom.Dataset
	for _, r := range refs {
		item := d.NewItem()
		item.SetString(dicom.ReferencedSOPClassUID, r.SOPClass)
		item.SetString(dicom.ReferencedSOPInstanceUID, string(r.Instance))
		h := Home{r.Study, r.Series}
		at, ok := bySeries[h]
		if !ok {
			at = len(homes)
			bySeries[h], homes, items = at, append(homes, h), append(items, nil)
		}
		items[at] = append(items[at], item)
		named := d.NewItem()
		named.SetString(relationshipType, "CONTAINS")
		named.SetString(dicom.ValueType, "COMPOSITE")
		named.SetSequence(dicom.ReferencedSOPSequence, item)
		content = append(content, named)
	}
	byStudy := map[yilian.StudyUID][]*dicom.Dataset{}
	var studies []yilian.StudyUID
	for i, h := range homes {
		series := d.NewItem()
		series.SetString(dicom.SeriesInstanceUID, string(h.Series))
		series.SetSequence(dicom.ReferencedSOPSequence, items[i]...)
		if byStudy[h.Study] == nil {
			studies = append(studies, h.Study)
		}
		byStudy[h.Study] = append(byStudy[h.Study], series)
	}
	for _, uid := range studies {
		study := d.NewItem()
		study.SetString(dicom.StudyInstanceUID, string(uid))
		study.SetSequence(dicom.ReferencedSeriesSequence, byStudy[uid]...)
		evidence = append(evidence, study)
	}
	return evidence, content
}

// ReceivedNote is the correction that a rejection note of another system is: in force at once.
func ReceivedNote(a Addition) (Correction, error) {
	if a.Rejects == nil {
		return Correction{}, fmt.Errorf("imaging: %s is no rejection note", a.Instance.UID)
	}
	r := *a.Rejects
	r.NoteHome = a.Study.UID
	c := Correction{
		ID: dicom.DerivedUID("received note", string(a.Study.Institution), string(a.Instance.UID)), Kind: RejectKind, State: CorrectionActive, Version: 1,
		Institution: a.Study.Institution, At: a.At, Reject: &r,
		Steps: []CorrectionStep{
			{Action: Propose, By: signer(a.Actor), At: a.At, Reason: rejectionTitles[r.Code]}, {Action: Approve, By: signer(a.Actor), At: a.At},
		},
	}
	for _, ref := range r.Instances {
		c.Studies = append(c.Studies, ref.Study)
	}
	c.Studies = slices.Compact(slices.Sorted(slices.Values(append(c.Studies, r.NoteHome))))
	return c, nil
}
