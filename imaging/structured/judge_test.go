package structured

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"yilian/imaging/dicom"
	"yilian/internal/foreign"
)

func write(t *testing.T, o Object) string {
	t.Helper()
	b, err := o.File()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "object.dcm")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// variants are sets that make every form of every object.
func variants() map[string]Set {
	colour := every()
	for i := range colour.Looks {
		colour.Looks[i].Color, colour.Looks[i].Rescale = true, [2]float64{}
	}
	turned := every()
	turned.Looks = turned.Looks[:1]
	turned.Looks[0].Turn, turned.Looks[0].Flip, turned.Looks[0].Invert, turned.Looks[0].Rescale = 90, true, true, [2]float64{}
	frames := every()
	for i := range frames.Marks {
		frames.Marks[i].Picture.Frame = 1 + i%2
		frames.Marks[i].Picture.SOPClass, frames.Marks[i].Picture.Modality = "1.2.840.10008.5.1.4.1.1.3.1", "US"
	}
	for i := range frames.Looks {
		p := &frames.Looks[i].Picture
		p.Frame, p.SOPClass = 1+i, "1.2.840.10008.5.1.4.1.1.3.1"
		p.Instance = frames.Marks[0].Picture.Instance
	}
	frames.Keys[0].Picture.Frame, frames.Keys[0].Picture.SOPClass = 3, frames.Marks[0].Picture.SOPClass
	space := every()
	for i := range space.Marks {
		m := &space.Marks[i]
		for n := range m.Points { // on a coronal plane
			m.World = append(m.World, [3]float64{m.Points[n][0], 12.5, m.Points[n][1]})
		}
		m.Points, m.Picture.FrameOfReference = nil, "1.2.3.9"
	}
	again := every()
	again.Number, again.Before, again.Complete, again.Language = 2, &Reference{ComprehensiveSR, study, "1.2.3.77", "1.2.3.77.1"}, false, "en"
	return map[string]Set{"every": every(), "colour": colour, "turned": turned, "frames": frames, "space": space, "again": again, "waves": waves(), "mixed": mixed()}
}

// TestJudges: dciodvfy finds no error, and dcmdump, dsrdump and pydicom read every object.
func TestJudges(t *testing.T) {
	judge, dump, sr := foreign.Program(t, "dciodvfy"), foreign.Program(t, "dcmdump"), foreign.Program(t, "dsrdump")
	for name, set := range variants() {
		for i, o := range set.objects(t) {
			t.Run(fmt.Sprint(name, i), func(t *testing.T) {
				path := write(t, o)
				judged(t, "Error", judge, "-filename", path)
				judged(t, "E:", dump, path)
				if strings.HasPrefix(o.Dataset.UID(dicom.SOPClassUID), "1.2.840.10008.5.1.4.1.1.88.") {
					judged(t, "E:", sr, path)
				}
				judged(t, "Traceback", "/usr/bin/python3", "-c", "import sys, pydicom; print(len(str(pydicom.dcmread(sys.argv[1]))))", path)
			})
		}
	}
}

// TestPydicomFindsTheCalipers: another reader of files finds each number with its moments and its channel.
func TestPydicomFindsTheCalipers(t *testing.T) {
	foreign.Program(t, "dciodvfy") // where the judges are, pydicom is, too
	const script = `
import sys, pydicom
def visit(d):
    for i in d.get("ContentSequence", []):
        for c in i.get("ContentSequence", []) if i.ValueType == "NUM" else []:
            v, w = i.MeasuredValueSequence[0], c.ContentSequence[0].ReferencedSOPSequence[0]
            at = c.ReferencedTimeOffsets
            at = [float(x) for x in (at if c["ReferencedTimeOffsets"].VM > 1 else [at])]
            print(v.NumericValue, v.MeasurementUnitsCodeSequence[0].CodeValue, c.TemporalRangeType, at, list(w.ReferencedWaveformChannels))
        visit(i)
visit(pydicom.dcmread(sys.argv[1]))`
	got, err := exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", script, write(t, waves().objects(t)[0])).CombinedOutput()
	want := "420 ms SEGMENT [1.2, 1.62] [1, 1]\n1.2 mV POINT [2.304] [1, 2]\n" +
		"844 ms SEGMENT [0.123456, 0.967456] [1, 1]\n71 {H.B.}/min SEGMENT [0.123456, 0.967456] [1, 1]\n"
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s", err, got)
	}
}

// judged lets a program look at a file; a line of its answer that begins with bad is an error.
func judged(t *testing.T, bad, program string, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	if err != nil && !strings.HasSuffix(program, "dciodvfy") {
		t.Errorf("%s: %v", program, err)
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, bad) {
			t.Error(strings.TrimSpace(line))
		}
	}
}
