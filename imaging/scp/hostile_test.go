package scp

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"
	"time"

	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
	"yilian/imaging/phantom"
)

// TestHostileIdentifiers: what cannot be an identifier gets an answer, and the next request is served.
func TestHostileIdentifiers(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Worklist, c.Performed, c.Destinations = bookings(), &steps{}, places{"X": {}} })
	w.studies()
	long := keysOf(levelStudy)
	long.SetBytes(dicom.PatientComments, dicom.UT, bytes.Repeat([]byte("x"), dimse.MaxIdentifier))
	deep := keysOf(levelStudy)
	for d, n := deep, 0; n < 100; n++ {
		item := d.NewItem()
		d.SetSequence(dicom.ReferencedSOPSequence, item)
		d = item
	}
	wild := keysOf(levelStudy, dicom.StudyDescription, string(bytes.Repeat([]byte("*a"), 3000))+"b")
	many := keysOf(levelStudy)
	var uids []string
	for range 900 {
		uids = append(uids, newUID())
	}
	many.SetString(dicom.StudyInstanceUID, uids...)
	for name, c := range map[string]struct {
		keys *dicom.Dataset
		want dimse.Status
	}{
		"longer than the limit":   {long, dimse.CannotUnderstand},
		"nested deeper":           {deep, dimse.CannotUnderstand},
		"wildcards without end":   {wild, dimse.Success},
		"a list of 900 UIDs":      {many, dimse.Success},
		"empty":                   {dicom.New(""), dimse.DataSetMismatch},
		"an unknown charset":      {charsetKeys("ISO_IR 9999"), dimse.Success},
		"a charset out of spaces": {charsetKeys(`\\\`), dimse.Success},
	} {
		t.Run(name, func(t *testing.T) {
			a := w.call(dimse.Options{}, StudyRootFind, StudyRootMove)
			if all, o := find(t, a, StudyRootFind, c.keys); o.Status != c.want {
				t.Errorf("find: %d matches, %+v", len(all), o)
			}
			if o, err := a.Move(t.Context(), StudyRootMove, "X", c.keys, nil); err != nil || o.Status.Warning() {
				t.Errorf("move: %+v, %v", o, err)
			}
			if all, _ := find(t, a, StudyRootFind, keysOf(levelStudy, dicom.AccessionNumber, "A-1")); len(all) != 1 {
				t.Errorf("afterwards %d matches", len(all))
			}
		})
	}
}

func charsetKeys(terms string) *dicom.Dataset {
	d := keysOf(levelStudy, dicom.PatientName, "")
	d.SetBytes(dicom.SpecificCharacterSet, dicom.CS, []byte(terms))
	return d
}

// TestGarbageForData: identifiers and attributes of noise, on every service.
func TestGarbageForData(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Worklist, c.Performed, c.Destinations = bookings(), &steps{}, places{"X": {}} })
	noise := bytes.Repeat([]byte{0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff, 'S', 'Q'}, 100)
	for class, field := range map[string]uint16{
		PatientRootFind: 0x20, StudyRootFind: 0x20, StudyRootMove: 0x21, StudyRootGet: 0x10, ModalityWorklist: 0x20,
		PerformedStepClass: 0x140, CommitmentPush: 0x130,
	} {
		conn := dialRawFor(t, w.door, class)
		command := requestFor(class, field)
		conn.send(4, string(pdvOf(3, command))+string(pdvOf(2, string(noise))))
		status := conn.status()
		if status == 0 || status == 0xFF00 {
			t.Errorf("%s: %04X", class, status)
		}
		if got := conn.exchange(requestFor(class, 0x30), true); got != 0 {
			t.Errorf("%s: echo afterwards %04X", class, got)
		}
	}
}

// requestFor makes a request with everything that any of them needs; 0x30 has no data set.
func requestFor(class string, field uint16) string {
	var e elementsImplicit
	e.add(0x0002, class)
	e.add(0x0003, class)
	e.add(0x0100, string(binary.LittleEndian.AppendUint16(nil, field)))
	e.add(0x0110, "\x01\x00")
	e.add(0x0600, "X ")
	e.add(0x0700, "\x00\x00")
	if field == 0x30 {
		e.add(0x0800, "\x01\x01")
	} else {
		e.add(0x0800, "\x00\x00")
	}
	e.add(0x1000, "1.2.3.4.")
	e.add(0x1001, commitmentInstance)
	e.add(0x1008, "\x01\x00")
	return e.String()
}

type elementsImplicit struct{ bytes.Buffer }

func (e *elementsImplicit) add(element uint16, value string) {
	if len(value)%2 == 1 {
		value += "\x00"
	}
	e.Write([]byte{0, 0})
	e.Write(binary.LittleEndian.AppendUint16(nil, element))
	e.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(value))))
	e.WriteString(value)
}

func pdvOf(control byte, data string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)+2))
	return append(append(b, 1, control), data...)
}

// TestFloodIsNotHeldInMemory: who asks for everything and reads nothing is cut, and others are served meanwhile.
func TestFloodIsNotHeldInMemory(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Timeouts = dimse.Timeouts{ARTIM: 200 * time.Millisecond, Write: 300 * time.Millisecond, Idle: 5 * time.Second}
		c.Worklist = flood{}
		c.Limits.Matches = 1 << 30
	})
	w.store("county", phantom.ChestDX, phantom.Options{Size: 64, Accession: "A-1"})
	conn := dialRawFor(t, w.door, ModalityWorklist)
	keys := "\x40\x00\x00\x01\x00\x00\x00\x00" + "\x10\x00\x10\x00\x00\x00\x00\x00"
	conn.send(4, string(pdvOf(3, requestFor(ModalityWorklist, 0x20)))+string(pdvOf(2, keys)))
	a := w.call(dimse.Options{}, StudyRootFind)
	if all, _ := find(t, a, StudyRootFind, keysOf(levelStudy, dicom.AccessionNumber, "A-1")); len(all) != 1 {
		t.Errorf("%d matches", len(all))
	}
	eventually(t, "the silent reader is cut", func() bool { return w.Stats().Broken == 1 })
	_, _ = io.Copy(io.Discard, conn.conn)
}
