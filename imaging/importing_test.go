package imaging_test

import (
	"bytes"
	"io"
	"testing"

	"yilian"
	"yilian/imaging"
)

// TestHere: what is here is known by UID and size; others' studies are not told of, and who may not store is refused.
func TestHere(t *testing.T) {
	w := newWorld(t)
	a, b := thing{study: 1, series: 1, instance: 1}, thing{study: 1, series: 2, instance: 2}
	size := w.mustSend(a).Size
	w.mustSend(b)
	offered := []imaging.Offered{{a.uid(), size}, {b.uid(), size + 2}, {"1.2.3", size}}
	for _, c := range []struct {
		who   yilian.InstitutionID
		study yilian.StudyUID
		want  int
	}{{"north", a.studyUID(), 1}, {"south", a.studyUID(), 0}, {"north", "1.2.3", 0}} {
		got, err := w.archive.Here(t.Context(), actor(c.who), c.study, offered)
		if err != nil || len(got) != c.want || got == nil || c.want == 1 && got[0] != a.uid() {
			t.Errorf("%s %s: %v %v, want %d", c.who, c.study, got, err, c.want)
		}
	}
	_, err := w.archive.Here(t.Context(), actor("nobody"), a.studyUID(), offered)
	wantKind(t, err, yilian.Forbidden)
	_, err = w.archive.ReadDirectory(t.Context(), actor("nobody"), bytes.NewReader(nil))
	wantKind(t, err, yilian.Forbidden)
	_, err = w.archive.ReadDirectory(t.Context(), actor("north"), bytes.NewReader([]byte("no directory")))
	if err == nil {
		t.Error("text was read as a directory")
	}
}

// TestExportSizes: an entry of an export says how long its file is, also of one that a correction makes longer.
func TestExportSizes(t *testing.T) {
	w := newWorld(t)
	x, y := thing{study: 1, series: 1, instance: 1}, thing{study: 1, series: 1, instance: 2}
	w.mustSend(x)
	w.mustSend(y)
	sizes := func() (total int64) {
		entries, err := w.archive.Export(t.Context(), tech, x.studyUID())
		if err != nil {
			t.Fatal(err)
		}
		for e, err := range entries {
			if err != nil {
				t.Fatal(err)
			}
			size, err := e.Size()
			if err != nil {
				t.Fatal(err)
			}
			r, err := e.Open()
			if err != nil {
				t.Fatal(err)
			}
			n, err := io.Copy(io.Discard, r)
			if err != nil || r.Close() != nil || n != size {
				t.Errorf("%d bytes of %d: %v", n, size, err)
			}
			total += size
		}
		return total
	}
	before := sizes()
	w.approved(amend(x, imaging.Values{"PatientName": {"Zhao^Liu=赵^六 with a name that is a good deal longer"}}))
	if after := sizes(); after <= before {
		t.Errorf("%d bytes before, %d after the name grew", before, after)
	}
}
