package scp

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yilian/imaging/dimse"
)

// sample is a Part 10 file (PS3.10 7.1) taken apart.
type sample struct {
	path                    string
	class, instance, syntax string
	data                    []byte // the data set alone
}

func (s *sample) sum() string {
	sum := sha256.Sum256(s.data)
	return hex.EncodeToString(sum[:])
}

// readSample takes a Part 10 file apart, as far as a test needs it.
func readSample(path string) (*sample, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(b) < 144 || string(b[128:132]) != "DICM" || !bytes.Equal(b[132:140], []byte("\x02\x00\x00\x00UL\x04\x00")) {
		return nil, fmt.Errorf("%s: no file meta information", path)
	}
	end := 144 + int(binary.LittleEndian.Uint32(b[140:]))
	if end > len(b) {
		return nil, fmt.Errorf("%s: cut short", path)
	}
	s := &sample{path: path, data: b[end:]}
	for meta := b[144:end]; len(meta) >= 8; {
		header, length := 8, int(binary.LittleEndian.Uint16(meta[6:]))
		if vr := string(meta[4:6]); vr == "OB" || vr == "UN" {
			header, length = 12, int(binary.LittleEndian.Uint32(meta[8:]))
		}
		value := strings.TrimRight(string(meta[header:header+length]), "\x00 ")
		switch binary.LittleEndian.Uint16(meta[2:]) {
		case 0x0002:
			s.class = value
		case 0x0003:
			s.instance = value
		case 0x0010:
			s.syntax = value
		}
		meta = meta[header+length:]
	}
	return s, nil
}

// elements writes explicit VR little endian elements.
type elements struct{ bytes.Buffer }

func (e *elements) add(group, element uint16, vr, value string) {
	pad := "\x00"
	if strings.Contains("LO PN CS DA TM SH", vr) {
		pad = " "
	}
	if len(value)%2 == 1 {
		value += pad
	}
	e.Write(binary.LittleEndian.AppendUint16(nil, group))
	e.Write(binary.LittleEndian.AppendUint16(nil, element))
	e.WriteString(vr)
	if strings.Contains("OB OW SQ UN UT", vr) {
		e.Write([]byte{0, 0})
		e.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(value))))
	} else {
		e.Write(binary.LittleEndian.AppendUint16(nil, uint16(len(value))))
	}
	e.WriteString(value)
}

// generate writes a small Part 10 file in explicit VR little endian with a raw image of n bytes.
func generate(t testing.TB, dir string, number, n int) *sample {
	t.Helper()
	s := &sample{
		path:     filepath.Join(dir, fmt.Sprintf("%04d.dcm", number)),
		class:    "1.2.840.10008.5.1.4.1.1.7",
		instance: fmt.Sprintf("1.2.826.0.1.3680043.10.9999.1.%d", number),
		syntax:   dimse.ExplicitVRLittleEndian,
	}
	u16 := func(v int) string { return string(binary.LittleEndian.AppendUint16(nil, uint16(v))) }
	var data elements
	data.add(0x0008, 0x0005, "CS", "GB18030")
	data.add(0x0008, 0x0016, "UI", s.class)
	data.add(0x0008, 0x0018, "UI", s.instance)
	data.add(0x0008, 0x0060, "CS", "OT")
	data.add(0x0010, 0x0010, "PN", "Ceshi^Yi=\xb2\xe2\xca\xd4^\xd2\xbb")
	data.add(0x0010, 0x0020, "LO", "T-0001")
	data.add(0x0020, 0x000d, "UI", "1.2.826.0.1.3680043.10.9999.2")
	data.add(0x0020, 0x000e, "UI", "1.2.826.0.1.3680043.10.9999.3")
	data.add(0x0028, 0x0002, "US", u16(1))
	data.add(0x0028, 0x0004, "CS", "MONOCHROME2")
	data.add(0x0028, 0x0010, "US", u16(1))
	data.add(0x0028, 0x0011, "US", u16(n))
	data.add(0x0028, 0x0100, "US", u16(8))
	data.add(0x0028, 0x0101, "US", u16(8))
	data.add(0x0028, 0x0102, "US", u16(7))
	data.add(0x0028, 0x0103, "US", u16(0))
	pixels := make([]byte, n)
	for i := range pixels {
		pixels[i] = byte(i * 7)
	}
	data.add(0x7fe0, 0x0010, "OB", string(pixels))
	s.data = data.Bytes()

	var meta elements
	meta.add(0x0002, 0x0001, "OB", "\x00\x01")
	meta.add(0x0002, 0x0002, "UI", s.class)
	meta.add(0x0002, 0x0003, "UI", s.instance)
	meta.add(0x0002, 0x0010, "UI", s.syntax)
	meta.add(0x0002, 0x0012, "UI", dimse.ImplementationClass)
	var file elements
	file.Write(make([]byte, 128))
	file.WriteString("DICM")
	file.add(0x0002, 0x0000, "UL", string(binary.LittleEndian.AppendUint32(nil, uint32(meta.Len()))))
	file.Write(meta.Bytes())
	file.Write(s.data)
	if err := os.WriteFile(s.path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// shared finds the folder of test files beside the module, "" when there is none.
func shared(t testing.TB, folder string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			found := filepath.Join(dir, "..", "shared", "dicom", folder)
			if _, err := os.Stat(found); err == nil {
				return found
			}
			return ""
		}
		dir = filepath.Dir(dir)
	}
	return ""
}
