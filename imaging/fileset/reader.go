package fileset

import (
	"io"
	"slices"
	"strings"

	"yilian"
	"yilian/imaging/dicom"
)

// Patient, Study, Series and File are what a directory lists, in its order.
type (
	Patient struct {
		ID, Name string
		Studies  []*Study
	}
	Study struct {
		UID, Date, Time, Description, Accession string
		Series                                  []*Series
	}
	Series struct {
		UID, Modality, Number, Description string
		Files                              []File
	}
	File struct {
		Path                    string // components joined by "/"
		Class, Instance, Syntax string // "" where the record does not say
		Type                    string // of the record: IMAGE, SR DOCUMENT …
	}
)

// A directory is bounded; a disc has some ten thousand records at most, of fifteen elements as a rule.
const (
	maxElements = 2_000_000
	maxBytes    = 64 << 20
)

// Read reads a DICOMDIR. Records whose offsets contradict one another are taken in the order in which they stand; files whose names would lead
// out of the set are left out. It fails when the stream is no directory.
func Read(r io.Reader) ([]*Patient, error) {
	object, err := dicom.ScanFile(r, dicom.Options{MaxElements: maxElements, MaxHeader: maxBytes})
	if err != nil {
		return nil, err
	}
	items := object.Dataset.Sequence(records)
	if class := object.Meta; len(items) == 0 && (class == nil || class.UID(dicom.MediaStorageSOPClassUID) != DirectoryClass) {
		return nil, yilian.Errorf(yilian.Invalid, "fileset.directory", "This is no directory of a file-set (DICOMDIR).")
	}
	var t tree
	if order, ok := linked(object.Dataset, items); ok {
		items = order
	}
	for _, item := range items {
		t.add(item)
	}
	return t.patients, nil
}

// linked puts records into the order of their links, those below one before the next. The offsets name items by where they stand; since each is
// named once, the smallest offset is that of the first item. False when that does not hold.
func linked(d *dicom.Dataset, items []*dicom.Dataset) ([]*dicom.Dataset, bool) {
	first, _ := d.Int(firstRecord)
	offsets := []int{first}
	for _, item := range items {
		for _, t := range []dicom.Tag{nextRecord, lowerRecord} {
			if at, _ := item.Int(t); at != 0 {
				offsets = append(offsets, at)
			}
		}
	}
	slices.Sort(offsets)
	if first == 0 || len(slices.Compact(slices.Clone(offsets))) != len(offsets) || len(offsets) != len(items) {
		return nil, false
	}
	at := make(map[int]*dicom.Dataset, len(items))
	for i, item := range items {
		at[offsets[i]] = item
	}
	order := make([]*dicom.Dataset, 0, len(items))
	// A stack in place of recursion: a hostile chain may be as long as the directory. Each item is named once, so this ends.
	for stack := []int{first}; len(stack) > 0 && len(order) <= len(items); {
		item := at[stack[len(stack)-1]]
		stack = stack[:len(stack)-1]
		order = append(order, item)
		next, _ := item.Int(nextRecord)
		lower, _ := item.Int(lowerRecord)
		if next != 0 {
			stack = append(stack, next)
		}
		if lower != 0 {
			stack = append(stack, lower)
		}
	}
	return order, len(order) == len(items)
}

// tree joins records as they come: each belongs to the last one of the level above.
type tree struct{ patients []*Patient }

func (t *tree) add(r *dicom.Dataset) {
	if used, ok := r.Int(inUse); ok && used == 0 {
		return // deleted (PS3.3 F.3.2.2)
	}
	switch kind := r.String(recordType); kind {
	case patientKind.name:
		t.patients = append(t.patients, &Patient{ID: r.String(dicom.PatientID), Name: r.PersonName(dicom.PatientName).Display()})
	case studyKind.name:
		p := t.patient()
		p.Studies = append(p.Studies, &Study{
			UID: r.UID(dicom.StudyInstanceUID), Date: r.String(dicom.StudyDate), Time: r.String(dicom.StudyTime), Description: r.String(dicom.StudyDescription),
			Accession: r.String(dicom.AccessionNumber),
		})
	case seriesKind.name:
		s := t.study()
		s.Series = append(s.Series, &Series{
			UID: r.UID(dicom.SeriesInstanceUID), Modality: r.String(dicom.Modality), Number: r.String(dicom.SeriesNumber), Description: r.String(dicom.SeriesDescription),
		})
	default:
		path := r.Strings(referencedFile)
		if len(path) == 0 || slices.ContainsFunc(path, outside) {
			return
		}
		s := t.series()
		s.Files = append(s.Files, File{
			Path: strings.Join(path, "/"), Class: r.UID(referencedClass), Instance: r.UID(referencedObject), Syntax: r.UID(referencedSyntax), Type: kind,
		})
	}
}

// outside tells whether a component of a path could lead out of the set.
func outside(component string) bool {
	return component == "" || strings.Trim(component, ".") == "" || strings.ContainsAny(component, "/\\:\x00")
}

func (t *tree) patient() *Patient {
	if len(t.patients) == 0 {
		t.patients = append(t.patients, &Patient{})
	}
	return t.patients[len(t.patients)-1]
}

func (t *tree) study() *Study {
	p := t.patient()
	if len(p.Studies) == 0 {
		p.Studies = append(p.Studies, &Study{})
	}
	return p.Studies[len(p.Studies)-1]
}

func (t *tree) series() *Series {
	s := t.study()
	if len(s.Series) == 0 {
		s.Series = append(s.Series, &Series{})
	}
	return s.Series[len(s.Series)-1]
}
