package dicom

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkScanCT measures the pass over the header of a CT slice as it arrives; the pixels are skipped.
func BenchmarkScanCT(b *testing.B) {
	file, err := os.ReadFile(filepath.Join(corpus(b), "ts/CTImage_explicit_le.dcm"))
	if err != nil {
		b.Fatal(err)
	}
	buffer := make([]byte, 64<<10)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ScanFile(bytes.NewReader(file), Options{Buffer: buffer, Header: true}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMetadata measures the JSON model of the same header.
func BenchmarkMetadata(b *testing.B) {
	obj, err := scanPath(filepath.Join(corpus(b), "ts/CTImage_explicit_le.dcm"))
	if err != nil {
		b.Fatal(err)
	}
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = obj.Dataset.AppendJSON(dst[:0], JSONOptions{})
	}
}

// BenchmarkEditCT measures a stream whose header is edited and whose pixels pass through.
func BenchmarkEditCT(b *testing.B) {
	file, err := os.ReadFile(filepath.Join(corpus(b), "ts/CTImage_explicit_le.dcm"))
	if err != nil {
		b.Fatal(err)
	}
	changes := []Change{{Path: "PatientName", Values: []string{"Wang^Wu=王^五"}}, {Path: "AccessionNumber", Values: []string{"A-0815"}}}
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := io.Copy(io.Discard, EditFile(bytes.NewReader(file), changes)); err != nil {
			b.Fatal(err)
		}
	}
}
