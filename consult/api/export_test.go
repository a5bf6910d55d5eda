package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"yilian"
)

// failing is an archive whose exports fail after as many bytes as the last component of the study's UID says.
type failing struct{}

func (failing) Export(_ context.Context, _ yilian.Actor, study yilian.StudyUID, _ ExportFormat) (Export, error) {
	sent, err := strconv.Atoi(string(study[strings.LastIndex(string(study), ".")+1:]))
	return Export{Size: 100_000, Write: func(w io.Writer) error {
		for range sent {
			if _, err := w.Write([]byte{0}); err != nil {
				return err
			}
		}
		return yilian.Errorf(yilian.NotFound, "study.not_found", "There is no such study.")
	}}, err
}

// TestExportThatFails: as long as nothing was sent the browser is told why; afterwards it never takes what it has for the whole.
func TestExportThatFails(t *testing.T) {
	d := newDoor(t)
	d.api.cfg.Exports = failing{}
	p := d.signedIn("reader")
	for sent, want := range map[int]int{0: http.StatusNotFound, 1: 0, 50_000: 0} {
		res, err := p.client.Get(fmt.Sprintf("%s/api/studies/1.2.%d/export?format=iso", d.server.URL, sent))
		status, kind := 0, ""
		if err == nil {
			if _, err = io.ReadAll(res.Body); err == nil {
				status, kind = res.StatusCode, res.Header.Get("Content-Type")+res.Header.Get("Content-Disposition")
			}
			_ = res.Body.Close()
		}
		if status != want || want != 0 && kind != "application/problem+json" {
			t.Errorf("after %d bytes: %d %s, %v", sent, status, kind, err)
		}
	}
}
