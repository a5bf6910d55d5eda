package fileset_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yilian/imaging/fileset"
)

// offsetsOf are where a directory keeps its links: (0004,1200), (0004,1202), (0004,1400) and (0004,1420), all UL of explicit little endian.
func offsetsOf(b []byte) (at []int) {
	for _, key := range []string{"\x04\x00\x00\x12UL\x04\x00", "\x04\x00\x02\x12UL\x04\x00", "\x04\x00\x00\x14UL\x04\x00", "\x04\x00\x20\x14UL\x04\x00"} {
		for from := 0; ; {
			i := bytes.Index(b[from:], []byte(key))
			if i < 0 {
				break
			}
			at = append(at, from+i+8)
			from += i + 8
		}
	}
	return at
}

// Links in circles, into nowhere, and all to one place: the records are taken as they stand, each file once, and soon.
func TestLinksOfTheHostile(t *testing.T) {
	good, err := os.ReadFile(filepath.Join(lay(t), "DICOMDIR"))
	if err != nil {
		t.Fatal(err)
	}
	want := shape(read(t, filepath.Join(lay(t), "DICOMDIR")))
	links := offsetsOf(good)
	random := rand.New(rand.NewPCG(1, 2))
	first := binary.LittleEndian.Uint32(good[links[0]:])
	for name, link := range map[string]func(was uint32) uint32{
		"all to the first": func(uint32) uint32 { return first },
		"into nowhere":     func(uint32) uint32 { return 0xFFFFFFF0 },
		"all zero":         func(uint32) uint32 { return 0 },
		"by chance":        func(uint32) uint32 { return random.Uint32() },
		"one more":         func(was uint32) uint32 { return was + 1 },
	} {
		t.Run(name, func(t *testing.T) {
			changed := bytes.Clone(good)
			for _, at := range links {
				binary.LittleEndian.PutUint32(changed[at:], link(binary.LittleEndian.Uint32(changed[at:])))
			}
			began := time.Now()
			patients, err := fileset.Read(bytes.NewReader(changed))
			if err != nil {
				t.Fatal(err)
			}
			if got := shape(patients); got != want {
				t.Errorf("%s, want %s", got, want)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
	// Two links exchanged make two chains or a circle out of one: nothing is listed twice, nothing is waited for.
	for range 200 {
		changed := bytes.Clone(good)
		a, b := links[random.IntN(len(links))], links[random.IntN(len(links))]
		copy(changed[a:a+4], good[b:b+4])
		copy(changed[b:b+4], good[a:a+4])
		patients, err := fileset.Read(bytes.NewReader(changed))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, p := range patients {
			for _, st := range p.Studies {
				for _, se := range st.Series {
					for _, f := range se.Files {
						if seen[f.Path] {
							t.Fatalf("%s is listed twice", f.Path)
						}
						seen[f.Path] = true
					}
				}
			}
		}
	}
}

// More elements than any disc has are refused and not kept.
func TestHugeDirectory(t *testing.T) {
	good, err := os.ReadFile(filepath.Join(lay(t), "DICOMDIR"))
	if err != nil {
		t.Fatal(err)
	}
	sequence := bytes.Index(good, []byte("\x04\x00\x20\x12SQ"))
	endless := bytes.Clone(good[:sequence+8])
	endless = append(endless, 0xFF, 0xFF, 0xFF, 0xFF)
	item := append([]byte{0xFE, 0xFF, 0x00, 0xE0, 8, 0, 0, 0}, "\x04\x00\x30\x14CS\x00\x00"...)
	endless = append(endless, bytes.Repeat(item, 1_500_000)...)
	if _, err := fileset.Read(bytes.NewReader(endless)); err == nil || !strings.Contains(err.Error(), "elements") {
		t.Errorf("3 000 000 elements: %v", err)
	}
}

// Directories of others that lack something; and each of ours, cut off anywhere, is an error or a part, and never a crash.
func TestDefectiveDirectories(t *testing.T) {
	folder := "../../../shared/dicom/fileset"
	for name, want := range map[string]string{"DICOMDIR-nopatient": " 7/14/31", "DICOMDIR-nooffset": ""} { // "": its lengths contradict one another
		b, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			continue
		}
		patients, err := fileset.Read(bytes.NewReader(b))
		if got := shape(patients); (err == nil) != (want != "") || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, %v, want %q", name, got, err, want)
		}
	}
	good, err := os.ReadFile(filepath.Join(lay(t), "DICOMDIR"))
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(good); at += 13 {
		_, _ = fileset.Read(bytes.NewReader(good[:at]))
	}
}
