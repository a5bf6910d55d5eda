package structured

import (
	"encoding/hex"
	"math/big"
	"slices"
	"strings"

	"yilian"
	"yilian/imaging/dicom"
)

// toolsTag begins the tracking identifiers by which Cornerstone's adapters know which tool drew a measurement.
const toolsTag = "Cornerstone3DTools@^0.1.0:"

// wavesTag begins those of marks on waveforms, which Cornerstone has no tools for.
const wavesTag = Manufacturer + ":"

// Report writes the marks as a measurement report (TID 1500); ok is false if there is nothing to report.
func (s Set) Report() (o Object, ok bool, err error) {
	marks := slices.DeleteFunc(slices.Clone(s.Marks), Mark.empty)
	if len(marks) == 0 {
		return Object{}, false, nil
	}
	class := ComprehensiveSR
	if slices.ContainsFunc(marks, Mark.inSpace) {
		class = Comprehensive3DSR
	}
	d := s.begin(reports, class)
	s.document(d, imagingMeasurementReport, templateReport)
	d.SetString(dicom.CompletionFlag, "PARTIAL")
	if s.Complete {
		d.SetString(dicom.CompletionFlag, "COMPLETE")
	}
	d.SetString(dicom.VerificationFlag, "UNVERIFIED")
	d.SetSequence(performedCodes)
	s.authorOf(d)
	if s.Before != nil {
		d.SetSequence(predecessors, hierarchy(d, []Reference{*s.Before})...)
	}
	var refs []Reference
	for _, m := range marks {
		refs = append(refs, m.Picture.Reference)
	}
	d.SetSequence(evidenceSequence, hierarchy(d, refs)...)
	c := content{d}
	groups := make([]*dicom.Dataset, len(marks))
	for i, m := range marks {
		groups[i] = c.group(m)
	}
	d.SetSequence(dicom.ContentSequence, slices.Concat(
		[]*dicom.Dataset{s.language(c)}, s.observer(c), []*dicom.Dataset{c.code(hasModifier, procedureReported, imagingProcedure)},
		c.library(marks), []*dicom.Dataset{c.container(contains, imagingMeasurements, groups...)},
	)...)
	o, err = s.finish(d)
	return o, err == nil, err
}

// document writes what every structured report says of itself (PS3.3 C.17.2, C.17.3).
func (s Set) document(d *dicom.Dataset, title Code, template string) {
	d.SetSequence(dicom.ReferencedPerformedProcedureStepSequence)
	d.SetString(dicom.ContentDate, s.At.Format("20060102"))
	d.SetString(dicom.ContentTime, s.At.Format("150405"))
	d.SetString(dicom.ValueType, "CONTAINER")
	d.SetSequence(dicom.ConceptNameCodeSequence, title.item(d))
	d.SetString(dicom.ContinuityOfContent, "SEPARATE")
	item := d.NewItem()
	item.SetString(mappingResource, "DCMR")
	item.SetString(templateIdentifier, template)
	d.SetSequence(contentTemplate, item)
	scheme := d.NewItem()
	scheme.SetString(dicom.CodingSchemeDesignator, ownScheme)
	scheme.SetString(schemeName, "Yilian")
	scheme.SetString(schemeResponsible, "Yilian")
	d.SetSequence(schemeIdentSequence, scheme)
}

func (s Set) authorOf(d *dicom.Dataset) {
	a := d.NewItem()
	a.SetString(observerType, "PSN")
	a.SetString(personName, s.Observer.author())
	a.SetSequence(personIdentCodes)
	a.SetString(dicom.InstitutionName, clip(s.Observer.Organisation, 64))
	a.SetSequence(dicom.InstitutionCodeSequence)
	d.SetSequence(authorObserver, a)
}

// language is TID 1204: that of the texts; the meanings of the codes are English.
func (s Set) language(c content) *dicom.Dataset {
	tag, _, _ := strings.Cut(s.Language, "-")
	l, ok := languages[tag]
	if !ok {
		l = languages["en"]
	}
	return c.code(hasModifier, languageOfContent, l)
}

// observer is TID 1001 with TID 1003.
func (s Set) observer(c content) []*dicom.Dataset {
	out := []*dicom.Dataset{
		c.code(hasContext, observerKind, person),
		c.person(hasContext, personObserver, s.Observer.author()),
	}
	if s.Observer.Organisation != "" {
		out = append(out, c.text(hasContext, observerOrganisation, s.Observer.Organisation))
	}
	return out
}

// library is TID 1600: the pictures that were measured on, by modality; none for waveforms alone.
func (c content) library(marks []Mark) []*dicom.Dataset {
	var groups []*dicom.Dataset
	var order []string
	pictures := map[string][]*dicom.Dataset{}
	seen := map[Picture]bool{}
	for _, m := range marks {
		p := m.Picture
		if p.Instance == "" || m.Wave != nil || seen[p] {
			continue
		}
		seen[p] = true
		if pictures[p.Modality] == nil {
			order = append(order, p.Modality)
		}
		pictures[p.Modality] = append(pictures[p.Modality], c.image(contains, p))
	}
	for _, name := range order {
		inside := append([]*dicom.Dataset{c.code(hasAcquisition, modalityConcept, modality(name))}, pictures[name]...)
		groups = append(groups, c.container(contains, imageLibraryGroup, inside...))
	}
	if len(groups) == 0 && slices.ContainsFunc(marks, func(m Mark) bool { return m.Wave != nil }) {
		return nil
	}
	return []*dicom.Dataset{c.container(contains, imageLibrary, groups...)}
}

// group is one mark (TID 1501).
func (c content) group(m Mark) *dicom.Dataset {
	tag := toolsTag
	if m.Wave != nil {
		tag = wavesTag
	}
	inside := []*dicom.Dataset{
		c.text(hasContext, trackingIdentifier, tag+m.Tool),
		c.uid(hasContext, trackingUID, TrackingUID(m.ID)),
	}
	if m.Finding != nil {
		inside = append(inside, c.code(contains, findingConcept, *m.Finding))
	}
	if m.Site != nil {
		inside = append(inside, c.code(hasModifier, findingSite, *m.Site))
	}
	if label := strings.TrimSpace(m.Label); label != "" {
		inside = append(inside, c.text(contains, comment, label))
	}
	return c.container(contains, measurementGroup, append(inside, c.measured(m)...)...)
}

// timed are the numbers of a mark on a waveform, each with the moments that it was inferred from (TID 300, 321); without numbers these alone.
func (c content) timed(m Mark) (out []*dicom.Dataset) {
	for _, f := range m.Figures {
		out = append(out, c.num(quantity(f), f.Value, unit(f.Unit), c.moments(inferredFrom, Code{}, m)))
	}
	if len(out) == 0 {
		out = append(out, c.moments(contains, sourceOfMeasurement, m))
	}
	return out
}

// measured are the numbers of a mark, each with the shape that it was inferred from (TID 300, 320); without numbers the shape alone.
func (c content) measured(m Mark) (out []*dicom.Dataset) {
	if m.Wave != nil {
		return c.timed(m)
	}
	shapes := shapesOf(m)
	t := tools[m.Tool]
	figures := slices.Clone(m.Figures)
	slices.SortStableFunc(figures, func(a, b Figure) int { return rank(t, a) - rank(t, b) })
	for _, f := range figures {
		from, ok := t.from[f.Kind]
		if !ok || len(shapes) == 1 {
			from = []int{0}
		}
		places := make([]*dicom.Dataset, len(from))
		for i, n := range from {
			places[i] = c.place(inferredFrom, Code{}, shapes[n], m.Picture)
		}
		if name, ok := t.renamed[f.Kind]; ok {
			f.Kind = name
		}
		out = append(out, c.num(quantity(f), f.Value, unit(f.Unit), places...))
	}
	if len(out) > 0 {
		return out
	}
	for _, shape := range shapes {
		out = append(out, c.place(contains, imageRegion, shape, m.Picture))
	}
	return out
}

func rank(t tool, f Figure) int {
	if f.Kind == t.first {
		return 0
	}
	return 1
}

// TrackingUID is the UID that follows a mark through the versions of a report: of its UUID where it has one (PS3.5 B.2).
func TrackingUID(id string) string {
	b, err := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
	if err != nil || len(b) != 16 {
		return dicom.DerivedUID("mark", id)
	}
	return "2.25." + new(big.Int).SetBytes(b).String()
}

func studyUID(d *dicom.Dataset) yilian.StudyUID {
	return yilian.StudyUID(d.UID(dicom.StudyInstanceUID))
}

func seriesUID(d *dicom.Dataset) yilian.SeriesUID {
	return yilian.SeriesUID(d.UID(dicom.SeriesInstanceUID))
}

func instanceUID(d *dicom.Dataset) yilian.InstanceUID {
	return yilian.InstanceUID(d.UID(dicom.SOPInstanceUID))
}
