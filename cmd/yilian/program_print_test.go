package main

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestPrints: the house of the images prints them, beyond it only who reads them, in their own task; each press is once in the trail, with who
// and without a name of the patient.
func TestPrints(t *testing.T) {
	tool(t, "storescu")
	p := startProgram(t, t.TempDir())
	c := newCase(t, p)
	p.signIn("admin").settings(map[string]any{"reading": map[string]any{"quiet": map[string]any{"CT": "1s", "": "1s"}}})
	c.imaged(t, 3)
	c.awaitRead()
	at := "/api/studies/" + c.study + "/prints"
	film := map[string]any{"what": "film", "pages": 1, "images": 3, "paper": "A4", "layout": "2x2"}
	inTask := map[string]any{"what": "film", "pages": 2, "images": 12, "paper": "14x17", "reading": c.reading}
	status := func(who *client, body map[string]any) int {
		code, _ := who.try("POST", at, body)
		return code
	}
	for range 2 { // the answer was lost: the same press again
		body := strings.NewReader(`{"what":"film","pages":1,"images":3,"paper":"A4","layout":"2x2"}`)
		header := http.Header{"Content-Type": {"application/json"}, "X-Csrf-Token": {c.doctor.csrf}, "Idempotency-Key": {"one press"}}
		if got, answer, _ := c.doctor.raw("POST", at, body, header); got/100 != 2 {
			t.Errorf("the house of the images may not print: %d %s", got, answer)
		}
	}
	if got := status(c.reader, inTask); got != 403 {
		t.Errorf("a reader who has not taken the task prints: %d", got)
	}
	c.reader.do("POST", "/api/readings/"+c.reading+"/claim", nil)
	if got := status(c.reader, film); got != 403 {
		t.Errorf("a reader prints outside their task: %d", got)
	}
	if got := status(c.reader, inTask); got/100 != 2 {
		t.Errorf("the reader may not print: %d", got)
	}
	if got := status(c.reviewer, inTask); got != 403 {
		t.Errorf("somebody prints in another's task: %d", got)
	}
	if got := status(p.signIn("zhou"), film); got != 404 {
		t.Errorf("somebody without a right to the study: %d", got)
	}
	if got := status(c.doctor, map[string]any{"what": "film", "pages": 0, "images": 3, "paper": "A4"}); got != 422 {
		t.Errorf("no page at all: %d", got)
	}
	audit := p.signIn("audit")
	p.await("both in the trail", 5*time.Second, func() bool {
		_, trail := audit.get("/api/admin/events?entity=study&id=" + c.study)
		if strings.Contains(string(trail), c.name) {
			t.Fatal("a patient's name in the trail")
		}
		return strings.Count(string(trail), "study.printed") == 2 && strings.Contains(string(trail), "14x17")
	})
}
