package imaging_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"yilian/imaging"
	"yilian/internal/foreign"
)

// TestNoteIsValid: dciodvfy has nothing against our rejection notes.
func TestNoteIsValid(t *testing.T) {
	judge := foreign.Program(t, "dciodvfy")
	w := newWorld(t)
	x := thing{study: 1, series: 1, instance: 1, patient: "P1"}
	y := thing{study: 1, series: 2, instance: 1, patient: "P1"}
	w.mustSend(x)
	w.mustSend(y)
	c := w.approved(reject(imaging.RejectedQuality, x, y))
	o, err := w.archive.Object(t.Context(), tech, imaging.Path{Study: x.studyUID(), Instance: c.Reject.Note})
	if err != nil {
		t.Fatal(err)
	}
	r, err := o.Open(t.Context(), 0, -1)
	file := filepath.Join(t.TempDir(), "note.dcm")
	if err := os.WriteFile(file, readAll(t, r, err), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := exec.CommandContext(t.Context(), judge, file).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "Error") {
			t.Error(strings.TrimSpace(line))
		}
	}
}
