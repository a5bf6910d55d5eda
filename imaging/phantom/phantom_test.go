package phantom

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"yilian"
	"yilian/imaging/dicom"
	"yilian/imaging/pixel"
	"yilian/internal/foreign"
)

// small keeps tests quick: a few slices show what all do.
func small(kind Kind) Options {
	o := Options{Seed: 7, Name: "Zhang^San=张^三", Accession: "A2026112001", AccessionIssuer: "QSZ", Finding: true}
	switch kind {
	case ChestCT, HeadCT:
		o.Images, o.Size = 4, 128
	case ChestCR, ChestDX:
		o.Size = 256
	case BrainMR, Ultrasound:
		o.Images = 3
	}
	return o
}

func collect(t testing.TB, kind Kind, o Options) []Object {
	var out []Object
	for obj, err := range Study(kind, o) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, obj)
	}
	return out
}

func scan(t testing.TB, obj Object) *dicom.Object {
	d, err := dicom.ScanFile(bytes.NewReader(obj.File), dicom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Warnings) > 0 {
		t.Errorf("warnings: %v", d.Warnings)
	}
	return d
}

func TestHeaders(t *testing.T) {
	for _, kind := range Kinds() {
		charsets := []string{"GB18030", "ISO_IR 192"}
		if kind != ECG && kind != HeadCT {
			charsets = charsets[:1] // the header is the same for all
		}
		for _, charset := range charsets {
			t.Run(string(kind)+" "+charset, func(t *testing.T) {
				o := small(kind)
				o.Charset = charset
				all := collect(t, kind, o)
				if len(all) != Count(kind, o) {
					t.Errorf("%d objects, Count says %d", len(all), Count(kind, o))
				}
				seen := map[string]bool{}
				for _, obj := range all {
					d := scan(t, obj).Dataset
					if name := d.PersonName(dicom.PatientName); name.Alphabetic != "Zhang^San" || name.Ideographic != "张^三" {
						t.Errorf("name %v", name)
					}
					if _, guess := d.Charset(); guess != "" || d.String(dicom.SpecificCharacterSet) != charset {
						t.Errorf("charset %q, guess %q", d.String(dicom.SpecificCharacterSet), guess)
					}
					if d.String(dicom.AccessionNumber) != "A2026112001" || d.First(dicom.IssuerOfAccessionNumberSequence).String(dicom.LocalNamespaceEntityID) != "QSZ" {
						t.Error("accession or its issuer is missing")
					}
					if !dicom.ValidUID(obj.SOPInstanceUID) || seen[obj.SOPInstanceUID] || obj.SOPInstanceUID != d.UID(dicom.SOPInstanceUID) {
						t.Errorf("instance UID %q", obj.SOPInstanceUID)
					}
					seen[obj.SOPInstanceUID] = true
					if obj.StudyUID != all[0].StudyUID {
						t.Error("objects of several studies")
					}
				}
			})
		}
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	sum := func(kind Kind, seed uint64) [32]byte {
		o := small(kind)
		o.Seed = seed
		h := sha256.New()
		for _, obj := range collect(t, kind, o) {
			h.Write(obj.File)
		}
		return [32]byte(h.Sum(nil))
	}
	for _, kind := range []Kind{HeadCT, Ultrasound, ECG, BrainMR} {
		first, again, other := sum(kind, 1), sum(kind, 1), sum(kind, 2)
		if first != again {
			t.Errorf("%s differs from itself", kind)
		}
		if first == other {
			t.Errorf("%s does not depend on its seed", kind)
		}
	}
}

func TestStops(t *testing.T) {
	n := 0
	for _, err := range Study(ChestCT, Options{Size: 64}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Errorf("%d objects after a break", n)
	}
}

func TestRefuses(t *testing.T) {
	for _, err := range Study("tomosynthesis", Options{}) {
		if yilian.KindOf(err) != yilian.Invalid {
			t.Errorf("unknown kind: %v", err)
		}
	}
	for _, err := range Study(ECG, Options{Charset: "ISO_IR 100"}) {
		if yilian.KindOf(err) != yilian.Invalid {
			t.Errorf("Chinese in Latin-1: %v", err)
		}
	}
}

// TestValid asks dciodvfy, which knows the IODs: no errors; warnings are about what is optional.
func TestValid(t *testing.T) {
	tool := foreign.Program(t, "dciodvfy")
	for _, kind := range Kinds() {
		for _, finding := range []bool{false, true} {
			o := small(kind)
			o.Finding = finding
			all := collect(t, kind, o)
			for _, obj := range []Object{all[0], all[len(all)-1]} {
				path := filepath.Join(t.TempDir(), "object.dcm")
				if err := os.WriteFile(path, obj.File, 0o600); err != nil {
					t.Fatal(err)
				}
				out, _ := exec.Command(tool, path).CombinedOutput() // its exit status is not of use
				for line := range strings.Lines(string(out)) {
					if strings.HasPrefix(line, "Error") {
						t.Errorf("%s: %s", kind, line)
					}
				}
			}
		}
	}
}

// TestGeometry checks that the slices of a CT lie one below the other, and that the picture holds what it says.
func TestGeometry(t *testing.T) {
	all := collect(t, ChestCT, Options{Images: 8, Size: ctTest, Finding: true})
	var last float64
	for i, obj := range all {
		d := scan(t, obj).Dataset
		at := d.Floats(dicom.ImagePositionPatient)
		if len(at) != 3 {
			t.Fatal("no position")
		}
		if step := last - at[2]; i > 0 && math.Abs(step-chestHeight/8) > 1e-6 {
			t.Errorf("slice %d lies %g mm below the one before", i, step)
		}
		last = at[2]
	}
	hu := slice(t, all[3])
	if v := mean(hu, 75, 128); v > -700 || v < -950 {
		t.Errorf("right lung %g HU", v)
	}
	if v := mean(hu, 128, 12); v > -990 {
		t.Errorf("air %g HU", v)
	}
	if top := slices.Max(hu); top < 500 {
		t.Errorf("densest bone %g HU", top)
	}
}

func TestBleedIsSeen(t *testing.T) {
	count := func(finding bool) (n int) {
		for _, obj := range collect(t, HeadCT, Options{Seed: 2, Images: 10, Size: 128, Finding: finding}) {
			for _, v := range slice(t, obj) {
				if v > 60 && v < 80 {
					n++
				}
			}
		}
		return n
	}
	with, without := count(true), count(false)
	if with < without+140 {
		t.Errorf("%d cells of fresh blood, without a bleeding %d", with, without)
	}
}

// slice gives the Hounsfield units of a CT object.
func slice(t *testing.T, obj Object) []float64 {
	d := scan(t, obj)
	im, err := pixel.Describe(d.Dataset, d.Syntax, 0)
	if err != nil {
		t.Fatal(err)
	}
	ranges, _, err := d.Layout.Frame(0)
	if err != nil {
		t.Fatal(err)
	}
	f, err := im.Decode(obj.File[ranges[0].Offset:][:ranges[0].Length], 0)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]float64, f.Rows*f.Columns)
	for i := range out {
		out[i] = float64(binary.LittleEndian.Uint16(f.Data[2*i:])) - 1024
	}
	return out
}

const ctTest = 256

func mean(hu []float64, x, y int) float64 {
	sum := 0.0
	for j := range 9 {
		for i := range 9 {
			sum += hu[(y+j-4)*ctTest+x+i-4]
		}
	}
	return sum / 81
}

// TestLeads checks the laws that tie the limb leads together, the rate, and the elevation.
func TestLeads(t *testing.T) {
	measure := func(finding bool) (channels [][]float64) {
		d := scan(t, collect(t, ECG, Options{Finding: finding})[0]).Dataset
		w := d.First(dicom.WaveformSequence)
		n, _ := w.Int(dicom.NumberOfWaveformChannels)
		samples, _ := w.Int(dicom.NumberOfWaveformSamples)
		if n != 12 || samples != 5000 || len(w.Sequence(dicom.ChannelDefinitionSequence)) != 12 {
			t.Fatalf("%d channels of %d samples", n, samples)
		}
		raw := w.Get(dicom.WaveformData).Value
		channels = make([][]float64, n)
		for i := range samples {
			for c := range n {
				channels[c] = append(channels[c], ecgSensitivity*float64(int16(binary.LittleEndian.Uint16(raw[2*(i*n+c):]))))
			}
		}
		return channels
	}
	normal, elevated := measure(false), measure(true)
	beats := 0
	for i := 1; i < 5000; i++ {
		if math.Abs(normal[0][i]+normal[2][i]-normal[1][i]) > 6 || math.Abs(normal[3][i]+normal[4][i]+normal[5][i]) > 9 {
			t.Fatalf("sample %d breaks Einthoven's law", i)
		}
		if normal[1][i] > 600 && normal[1][i-1] <= 600 {
			beats++
		}
	}
	if beats < 11 || beats > 13 {
		t.Errorf("%d beats in 10 s at 72 a minute", beats)
	}
	slow := 0
	w := scan(t, collect(t, ECG, Options{HeartRate: 48})[0]).Dataset.First(dicom.WaveformSequence)
	raw := w.Get(dicom.WaveformData).Value
	two := func(i int) float64 {
		return ecgSensitivity * float64(int16(binary.LittleEndian.Uint16(raw[2*(i*12+1):])))
	}
	for i := 1; i < 5000; i++ {
		if two(i) > 600 && two(i-1) <= 600 {
			slow++
		}
	}
	if slow < 7 || slow > 9 {
		t.Errorf("%d beats in 10 s at 48 a minute", slow)
	}
	j := slices.Index(elevated[1], slices.Max(elevated[1])) + 50 // 100 ms after an R wave
	if elevated[5][j]-normal[5][j] < 100 || elevated[4][j]-normal[4][j] > -50 {
		t.Errorf("aVF changed by %g µV, aVL by %g", elevated[5][j]-normal[5][j], elevated[4][j]-normal[4][j])
	}
}

func TestUltrasoundMoves(t *testing.T) {
	obj := collect(t, Ultrasound, Options{Images: 12})[0]
	d := scan(t, obj)
	if d.Layout.Frames != 12 {
		t.Fatalf("%d frames", d.Layout.Frames)
	}
	diff := 0
	a, b := d.Layout.Offset, d.Layout.Offset+10*usWidth*usHeight
	for i := range int64(usWidth * usHeight) {
		if v := int(obj.File[a+i]) - int(obj.File[b+i]); v > 60 || v < -60 {
			diff++
		}
	}
	if diff < 2000 {
		t.Errorf("only %d pixels changed between the first and the eleventh frame", diff)
	}
	if scale, ok := d.Dataset.First(dicom.SequenceOfUltrasoundRegions).Float(dicom.PhysicalDeltaX); !ok || scale < 0.02 || scale > 0.06 {
		t.Errorf("a pixel of %g cm", scale)
	}
}

func TestDefaultsAreFictional(t *testing.T) {
	d := scan(t, collect(t, ECG, Options{})[0]).Dataset
	if d.PersonName(dicom.PatientName).Ideographic != "体模^一" || d.String(dicom.PatientAge) != "060Y" {
		t.Errorf("patient %v, %s", d.PersonName(dicom.PatientName), d.String(dicom.PatientAge))
	}
	if at, ok := d.Time(dicom.StudyDate, dicom.StudyTime, time.UTC); !ok || at.Hour() != 9 {
		t.Errorf("study time %v", at)
	}
}

// BenchmarkChestCT measures a whole study of 64 slices.
func BenchmarkChestCT(b *testing.B) {
	for b.Loop() {
		for _, err := range Study(ChestCT, Options{}) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
