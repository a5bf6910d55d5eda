package structured

import (
	"yilian/imaging/dicom"
)

// Relationships between content items (PS3.3 C.17.3.2.4).
const (
	contains       = "CONTAINS"
	hasContext     = "HAS OBS CONTEXT"
	hasModifier    = "HAS CONCEPT MOD"
	hasAcquisition = "HAS ACQ CONTEXT"
	inferredFrom   = "INFERRED FROM"
	selectedFrom   = "SELECTED FROM"
)

// content builds the items of a document's tree (PS3.3 C.17.3).
type content struct{ root *dicom.Dataset }

func (c content) item(relation, kind string, name Code) *dicom.Dataset {
	d := c.root.NewItem()
	d.SetString(relationshipType, relation)
	d.SetString(dicom.ValueType, kind)
	if name != (Code{}) {
		d.SetSequence(dicom.ConceptNameCodeSequence, name.item(d))
	}
	return d
}

func (c content) container(relation string, name Code, inside ...*dicom.Dataset) *dicom.Dataset {
	d := c.item(relation, "CONTAINER", name)
	d.SetString(dicom.ContinuityOfContent, "SEPARATE")
	if len(inside) > 0 {
		d.SetSequence(dicom.ContentSequence, inside...)
	}
	return d
}

func (c content) code(relation string, name, value Code) *dicom.Dataset {
	d := c.item(relation, "CODE", name)
	d.SetSequence(dicom.ConceptCodeSequence, value.item(d))
	return d
}

func (c content) text(relation string, name Code, value string) *dicom.Dataset {
	d := c.item(relation, "TEXT", name)
	d.SetString(dicom.TextValue, value)
	return d
}

func (c content) uid(relation string, name Code, value string) *dicom.Dataset {
	d := c.item(relation, "UIDREF", name)
	d.SetString(contentUID, value)
	return d
}

func (c content) person(relation string, name Code, value string) *dicom.Dataset {
	d := c.item(relation, "PNAME", name)
	d.SetString(personName, value)
	return d
}

func (c content) image(relation string, p Picture) *dicom.Dataset {
	d := c.item(relation, "IMAGE", Code{})
	d.SetSequence(dicom.ReferencedSOPSequence, p.sop(d))
	return d
}

// num is a measured value (PS3.3 C.18.1) that was inferred from places in a picture.
func (c content) num(name Code, value float64, u Code, from ...*dicom.Dataset) *dicom.Dataset {
	d := c.item(contains, "NUM", name)
	v := d.NewItem()
	v.SetSequence(dicom.MeasurementUnitsCodeSequence, u.item(d))
	v.SetFloat(dicom.NumericValue, value)
	d.SetSequence(dicom.MeasuredValueSequence, v)
	if len(from) > 0 {
		d.SetSequence(dicom.ContentSequence, from...)
	}
	return d
}

// place is a SCOORD, or a SCOORD3D for what stands on no picture (PS3.3 C.18.6, C.18.9).
func (c content) place(relation string, name Code, g graphic, p Picture) *dicom.Dataset {
	kind := "SCOORD"
	if g.space {
		kind = "SCOORD3D"
	}
	d := c.item(relation, kind, name)
	d.SetString(graphicType, g.kind)
	d.SetFloat(graphicData, g.numbers()...)
	if kind == "SCOORD3D" {
		d.SetString(referencedFrameUID, p.FrameOfReference)
		return d
	}
	d.SetSequence(dicom.ContentSequence, c.image(selectedFrom, p))
	return d
}

// sop is an item of a Referenced SOP Sequence (PS3.3 10.8).
func (p Picture) sop(d *dicom.Dataset) *dicom.Dataset {
	i := p.Reference.sop(d)
	if p.Frame > 0 {
		i.SetInt(dicom.ReferencedFrameNumber, p.Frame)
	}
	return i
}

func (r Reference) sop(d *dicom.Dataset) *dicom.Dataset {
	i := d.NewItem()
	i.SetString(dicom.ReferencedSOPClassUID, r.SOPClass)
	i.SetString(dicom.ReferencedSOPInstanceUID, string(r.Instance))
	return i
}

// hierarchy lists references by study and series, each instance once, in the order in which they come (PS3.3 C.17.2.1).
func hierarchy(d *dicom.Dataset, refs []Reference) []*dicom.Dataset {
	type series struct {
		uid  string
		sops []*dicom.Dataset
	}
	type study struct {
		uid    string
		series []*series
	}
	var studies []*study
	seen := map[Reference]bool{}
	for _, r := range refs {
		if seen[r] || r.Instance == "" {
			continue
		}
		seen[r] = true
		st := find(studies, func(s *study) bool { return s.uid == string(r.Study) })
		if st == nil {
			st = &study{uid: string(r.Study)}
			studies = append(studies, st)
		}
		se := find(st.series, func(s *series) bool { return s.uid == string(r.Series) })
		if se == nil {
			se = &series{uid: string(r.Series)}
			st.series = append(st.series, se)
		}
		se.sops = append(se.sops, r.sop(d))
	}
	out := make([]*dicom.Dataset, len(studies))
	for i, st := range studies {
		var all []*dicom.Dataset
		for _, se := range st.series {
			item := d.NewItem()
			item.SetString(dicom.SeriesInstanceUID, se.uid)
			item.SetSequence(dicom.ReferencedSOPSequence, se.sops...)
			all = append(all, item)
		}
		out[i] = d.NewItem()
		out[i].SetString(dicom.StudyInstanceUID, st.uid)
		out[i].SetSequence(dicom.ReferencedSeriesSequence, all...)
	}
	return out
}

func find[T any](all []*T, is func(*T) bool) *T {
	for _, v := range all {
		if is(v) {
			return v
		}
	}
	return nil
}
