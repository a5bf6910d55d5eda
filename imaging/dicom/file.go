package dicom

import (
	"bytes"
	"errors"
	"io"

	"yilian"
)

const preambleLength = 128

// ScanFile reads a Part 10 stream (PS3.10 7) to its end. A missing preamble, File Meta Information Group Length or Transfer Syntax
// UID, and a group 0002 in implicit VR, are tolerated with a Warning; a stream that is no DICOM at all is refused with ReasonNotDICOM.
func ScanFile(r io.Reader, o Options) (*Object, error) {
	o.defaults()
	src := newSource(r, &o)
	obj := &Object{}
	ts, err := openFile(src, &o, obj)
	if err != nil {
		return nil, err
	}
	return scanDataset(src, ts, &o, obj)
}

// openFile reads up to the data set and tells its transfer syntax.
func openFile(src *source, o *Options, obj *Object) (TransferSyntax, error) {
	if err := preamble(src, obj); err != nil {
		return TransferSyntax{}, err
	}
	if err := fileMeta(src, o, obj); err != nil {
		return TransferSyntax{}, err
	}
	uid := obj.Meta.UID(TransferSyntaxUID)
	if uid == "" {
		var err error
		if uid, err = sniff(src, src.pos > 0); err != nil {
			return TransferSyntax{}, err
		}
		obj.Warnings = append(obj.Warnings, Warning{Offset: src.pos, Tag: TransferSyntaxUID, Text: "no transfer syntax is declared; taken for what the first element looks like"})
	}
	return Syntax(uid), nil
}

func preamble(src *source, obj *Object) error {
	b, err := src.peek(preambleLength + 4)
	if err == nil && string(b[preambleLength:]) == "DICM" {
		obj.Preamble = bytes.Clone(b[:preambleLength])
		src.advance(len(b))
		return nil
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	obj.Warnings = append(obj.Warnings, Warning{Text: "there is no preamble"})
	if len(b) >= 4 && string(b[:4]) == "DICM" {
		src.advance(4)
	}
	return nil
}

// fileMeta reads group 0002, if there is one, up to the first element of another group: its announced length is often wrong.
func fileMeta(src *source, o *Options, obj *Object) error {
	b, err := src.peek(8)
	if err != nil && (!errors.Is(err, io.EOF) || len(b) > 0 && b[0] == 2) {
		return &SyntaxError{Reason: ReasonNotDICOM, Offset: src.pos, Text: "there is no DICOM data set"}
	}
	if len(b) < 8 || b[0] != 2 || b[1] != 0 {
		return nil
	}
	ts := Syntax(ExplicitVRLittleEndian)
	if vr := VR(b[4])<<8 | VR(b[5]); !vr.letters() {
		ts = Syntax(ImplicitVRLittleEndian)
		obj.Warnings = append(obj.Warnings, Warning{Offset: src.pos, Text: "the file meta information is in implicit VR"})
	}
	meta, own := Object{Warnings: obj.Warnings}, *o
	own.MaxValue = max(o.MaxValue, 4<<10) // its UIDs are needed, whatever is wanted of the data set
	s := newScanner(src, ts, &own, &meta)
	s.only = 2
	if err := s.run(); err != nil {
		return s.explain(err)
	}
	obj.Meta, obj.Warnings = meta.Dataset, meta.Warnings
	return nil
}

// sniff finds the transfer syntax of a data set that nothing declares, by its first element. Behind a preamble or file meta
// information (certain) anything is a data set; without, the first element must be one that a data set may well begin with.
func sniff(src *source, certain bool) (string, error) {
	b, err := src.peek(8)
	if err != nil {
		return "", &SyntaxError{Reason: ReasonNotDICOM, Offset: src.pos, Text: "there is no DICOM data set"}
	}
	little, big := NewTag(uint16(b[1])<<8|uint16(b[0]), uint16(b[3])<<8|uint16(b[2])), NewTag(uint16(b[0])<<8|uint16(b[1]), uint16(b[2])<<8|uint16(b[3]))
	explicit := (VR(b[4])<<8 | VR(b[5])).Known()
	switch {
	case explicit && (certain && !plausibleFirst(big) || plausibleFirst(little)):
		return ExplicitVRLittleEndian, nil
	case explicit && plausibleFirst(big):
		return ExplicitVRBigEndian, nil
	case certain || plausibleFirst(little) && b[7] == 0:
		return ImplicitVRLittleEndian, nil
	}
	return "", &SyntaxError{Reason: ReasonNotDICOM, Offset: src.pos, Text: "this is not a DICOM data set"}
}

func plausibleFirst(t Tag) bool {
	return t.Group() >= 4 && t.Group() <= 0x20 && !t.IsPrivate() && t.VR() != UN
}

// Meta is what the service writes into file meta information (PS3.10 7.1).
type Meta struct {
	SOPClassUID    string
	SOPInstanceUID string
	TransferSyntax string
	SourceAE       string // calling AE title, may be empty
}

// Implementation identifies this service in file meta information and associations (PS3.7 D.3.3.2). The UID is of the root
// that anyone may derive from a UUID (PS3.5 B.2).
const (
	ImplementationUID     = "2.25.274866038295469320882520645561359090966"
	ImplementationVersion = "YILIAN_1"
)

// AppendMeta appends the preamble, the prefix and group 0002 for a data set that follows as it is.
func AppendMeta(dst []byte, m Meta) []byte {
	d := New("")
	d.SetBytes(FileMetaInformationVersion, OB, []byte{0, 1})
	d.SetString(MediaStorageSOPClassUID, m.SOPClassUID)
	d.SetString(MediaStorageSOPInstanceUID, m.SOPInstanceUID)
	d.SetString(TransferSyntaxUID, m.TransferSyntax)
	d.SetString(ImplementationClassUID, ImplementationUID)
	d.SetString(ImplementationVersionName, ImplementationVersion)
	if m.SourceAE != "" {
		d.SetString(SourceApplicationEntityTitle, m.SourceAE)
	}
	const lengthElement = 12
	dst = append(dst, make([]byte, preambleLength)...)
	dst = append(dst, "DICM"...)
	start := len(dst)
	dst = append(dst, make([]byte, lengthElement)...)
	e := encoder{dst: dst}
	e.dataset(d)
	d = New("")
	d.SetInt(FileMetaInformationGroupLength, len(e.dst)-start-lengthElement)
	head := encoder{dst: e.dst[:start]}
	head.dataset(d)
	return e.dst
}

// AppendFile encodes a Part 10 file: AppendMeta with the data set's own SOP UIDs, then AppendDataset.
func AppendFile(dst []byte, d *Dataset, ts TransferSyntax) ([]byte, error) {
	class, instance := d.UID(SOPClassUID), d.UID(SOPInstanceUID)
	if class == "" || instance == "" {
		return nil, yilian.Errorf(yilian.Invalid, "dicom.value", "A file needs a SOP Class UID and a SOP Instance UID.")
	}
	return AppendDataset(AppendMeta(dst, Meta{SOPClassUID: class, SOPInstanceUID: instance, TransferSyntax: ts.UID}), d, ts)
}
