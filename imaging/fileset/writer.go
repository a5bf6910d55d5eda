package fileset

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"strings"

	"yilian"
	"yilian/imaging/dicom"
)

// Writer collects the instances of a file-set and makes its directory. Records are kept, not files: a few hundred bytes an instance.
type Writer struct {
	// ID names the file-set, up to 16 letters, digits and underscores; it may be empty.
	ID    string
	roots []*node
	known map[string]*node
}

// node is a record with those below it.
type node struct {
	record   *dicom.Dataset
	children []*node
	name     string // of the folder, "" for patients
	at       int    // offset of its item in the directory
	content  []byte // encoded, its offsets still 0
}

// Add takes an instance in, whose attributes and transfer syntax are given, and answers the path of its file, components joined by "/" (PS3.10
// 8.2: at most eight components of at most eight letters, digits and underscores).
func (w *Writer) Add(d *dicom.Dataset, syntax string) (path string, err error) {
	study, series, instance := d.UID(dicom.StudyInstanceUID), d.UID(dicom.SeriesInstanceUID), d.UID(dicom.SOPInstanceUID)
	if study == "" || series == "" || instance == "" || d.UID(dicom.SOPClassUID) == "" {
		return "", yilian.Errorf(yilian.Invalid, "fileset.instance", "An instance of a file-set needs the UIDs of its study, series, class and itself.")
	}
	if w.known == nil {
		w.known = map[string]*node{}
	}
	patient := strings.Join([]string{d.String(dicom.PatientID), d.String(dicom.IssuerOfPatientID), d.String(dicom.PatientName)}, "\x00")
	p := w.under(nil, "", patient, patientKind, d)
	st := w.under(p, "ST", patient+"\x00"+study, studyKind, d)
	se := w.under(st, "SE", study+"\x00"+series, seriesKind, d)
	if have := w.known[instance]; have != nil {
		return "", yilian.Errorf(yilian.Conflict, "fileset.twice", "An instance is in the file-set already.")
	}
	n := w.under(se, "IM", instance, leafOf(d), d)
	file := []string{"DICOM", st.name, se.name, n.name}
	n.record.SetString(referencedFile, file...)
	n.record.SetString(referencedClass, d.UID(dicom.SOPClassUID))
	n.record.SetString(referencedObject, instance)
	n.record.SetString(referencedSyntax, syntax)
	return strings.Join(file, "/"), nil
}

// under finds the record of a key, or makes it below its parent.
func (w *Writer) under(parent *node, prefix, key string, k kind, d *dicom.Dataset) *node {
	if n := w.known[key]; n != nil {
		return n
	}
	n := &node{record: k.record(d)}
	siblings := &w.roots
	if parent != nil {
		siblings = &parent.children
	}
	*siblings = append(*siblings, n)
	w.known[key] = n
	if prefix != "" {
		n.name = w.number(prefix)
	}
	return n
}

// number gives the next name with a prefix: unique in the whole set, so that a folder may be moved out of it.
func (w *Writer) number(prefix string) string {
	counter := "#" + prefix
	n := w.known[counter]
	if n == nil {
		n = &node{}
		w.known[counter] = n
	}
	n.at++
	return fmt.Sprintf("%s%06d", prefix, n.at)
}

// Directory encodes the DICOMDIR.
func (w *Writer) Directory() ([]byte, error) {
	var order []*node
	if err := walk(w.roots, func(n *node) (err error) {
		n.content, err = dicom.AppendDataset(nil, n.record, dicom.Syntax(dicom.ExplicitVRLittleEndian))
		order = append(order, n)
		return err
	}); err != nil {
		return nil, err
	}
	out := dicom.AppendMeta(nil, dicom.Meta{
		SOPClassUID: DirectoryClass, SOPInstanceUID: dicom.DerivedUID("file-set", cmp.Or(w.ID, "YILIAN"), w.signature(order)),
		TransferSyntax: dicom.ExplicitVRLittleEndian,
	})
	head := dicom.New("")
	head.SetString(fileSetID, w.ID)
	head.SetInt(firstRecord, 0)
	head.SetInt(lastRecord, 0)
	head.SetInt(consistency, 0)
	start := len(out)
	out, err := dicom.AppendDataset(out, head, dicom.Syntax(dicom.ExplicitVRLittleEndian))
	if err != nil {
		return nil, err
	}
	const sequenceHeader, itemHeader = 12, 8
	at := len(out) + sequenceHeader
	length := 0
	for _, n := range order {
		n.at = at + length
		length += itemHeader + len(n.content)
	}
	out = append(out, 0x04, 0x00, 0x20, 0x12, 'S', 'Q', 0, 0)
	out = binary.LittleEndian.AppendUint32(out, uint32(length)) // a directory is far below 4 GiB
	for _, n := range order {
		out = append(out, 0xFE, 0xFF, 0x00, 0xE0)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(n.content)))
		out = append(out, n.content...)
	}
	w.link(out, start)
	return out, nil
}

// link writes the offsets at which records follow one another and lie below one another (PS3.3 F.2.2.2).
func (w *Writer) link(out []byte, start int) {
	set := func(from int, t dicom.Tag, to *node) {
		key := binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(nil, t.Group()), t.Element())
		if i := indexFrom(out, from, key); i >= 0 && to != nil {
			binary.LittleEndian.PutUint32(out[i+8:], uint32(to.at))
		}
	}
	chain := func(all []*node) {
		for i := range len(all) - 1 {
			set(all[i].at+8, nextRecord, all[i+1])
		}
	}
	if len(w.roots) > 0 {
		set(start, firstRecord, w.roots[0])
		set(start, lastRecord, w.roots[len(w.roots)-1])
	}
	chain(w.roots)
	_ = walk(w.roots, func(n *node) error {
		if len(n.children) > 0 {
			set(n.at+8, lowerRecord, n.children[0])
			chain(n.children)
		}
		return nil
	})
}

// indexFrom finds a tag that is among the first elements after from: those of group 0004 have short values before them.
func indexFrom(out []byte, from int, key []byte) int {
	for i := from; i+12 <= len(out); {
		if string(out[i:i+4]) == string(key) {
			return i
		}
		i += 8 + int(binary.LittleEndian.Uint16(out[i+6:]))
	}
	return -1
}

// signature is the same for two sets of the same instances.
func (w *Writer) signature(order []*node) string {
	var all strings.Builder
	for _, n := range order {
		all.WriteString(n.record.UID(referencedObject))
	}
	return all.String()
}

// walk visits records, those below one before the next.
func walk(all []*node, visit func(*node) error) error {
	for _, n := range all {
		if err := visit(n); err != nil {
			return err
		}
		if err := walk(n.children, visit); err != nil {
			return err
		}
	}
	return nil
}
