package imaging

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"io"

	"yilian"
	"yilian/imaging/dicom"
)

const (
	preamble = 128 + 4  // PS3.10 7.1: 128 bytes and "DICM"
	maxMeta  = 64 << 10 // of group 0002; a usual one has 200 bytes
	// lookAhead is how much of a stream without file meta information is looked at to find out what it is.
	lookAhead = 64 << 10
)

// readMeta reads preamble and file meta information of a Part 10 stream (PS3.10 7.1) and leaves r at the data set. What the
// stream says goes before what the door said. A stream without them is taken if its beginning looks like a data set.
func readMeta(r *bufio.Reader, m dicom.Meta) (dicom.Meta, error) {
	head, err := r.Peek(preamble)
	if err == nil && string(head[128:]) == "DICM" {
		_, _ = r.Discard(preamble)
	} else if head, err = r.Peek(2); err != nil || head[0] != 2 || head[1] != 0 {
		return sniff(r, m)
	}
	raw, err := groupTwo(r)
	if err != nil {
		return m, err
	}
	d, err := dicom.Parse(raw, dicom.Syntax(dicom.ExplicitVRLittleEndian))
	if err != nil {
		return m, err
	}
	m.SOPClassUID = d.UID(dicom.MediaStorageSOPClassUID)
	m.SOPInstanceUID = d.UID(dicom.MediaStorageSOPInstanceUID)
	if ts := d.UID(dicom.TransferSyntaxUID); ts != "" {
		m.TransferSyntax = ts
	}
	if m.TransferSyntax == "" {
		return sniff(r, m)
	}
	return m, nil
}

// sniff finds out what a data set is that nothing describes, from as much of it as r can look ahead.
func sniff(r *bufio.Reader, m dicom.Meta) (dicom.Meta, error) {
	ahead, err := r.Peek(r.Size())
	if err != nil && !errors.Is(err, io.EOF) {
		return m, err
	}
	object, err := dicom.ScanFile(bytes.NewReader(ahead), dicom.Options{Header: true})
	if err != nil || !object.Dataset.Has(dicom.SOPClassUID) {
		return m, malformed("It is not a DICOM Part 10 file.")
	}
	m.TransferSyntax = object.Syntax.UID
	m.SOPClassUID = cmp.Or(m.SOPClassUID, object.Dataset.UID(dicom.SOPClassUID))
	m.SOPInstanceUID = cmp.Or(m.SOPInstanceUID, object.Dataset.UID(dicom.SOPInstanceUID))
	return m, nil
}

// groupTwo reads the elements of group 0002, which are always in explicit VR little endian. Their group length is not trusted: the
// group ends where another begins.
func groupTwo(r *bufio.Reader) ([]byte, error) {
	var raw []byte
	for {
		head, err := r.Peek(8)
		if len(head) < 8 || head[0] != 2 || head[1] != 0 {
			if err != nil && !errors.Is(err, io.EOF) {
				return nil, err
			}
			return raw, nil
		}
		header, length := 8, uint64(binary.LittleEndian.Uint16(head[6:]))
		switch string(head[4:6]) {
		case "OB", "OW", "UN", "SQ", "UT", "UC", "UR": // PS3.5 7.1.2: 32-bit length
			if head, err = r.Peek(12); err != nil {
				return nil, malformed("Its file meta information is cut off.")
			}
			header, length = 12, uint64(binary.LittleEndian.Uint32(head[8:]))
		}
		total := uint64(header) + length
		if uint64(len(raw))+total > maxMeta {
			return nil, malformed("Its file meta information is too long.")
		}
		at := len(raw)
		raw = append(raw, make([]byte, total)...)
		if _, err := io.ReadFull(r, raw[at:]); err != nil {
			return nil, malformed("Its file meta information is cut off.")
		}
	}
}

func malformed(text string) error {
	return yilian.Errorf(yilian.Invalid, CodeMalformed, "The DICOM object cannot be read. %s", text)
}
