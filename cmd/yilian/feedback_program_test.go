package main

import (
	"strings"
	"testing"
	"time"
)

// TestFeedbackReachesTheWriter: what a reviewer grades as significant waits for its writer over the death of the program, is told once
// and to nobody else, and is over when it was noted.
func TestFeedbackReachesTheWriter(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { feedbackReachesTheWriter(t, startProgram(t, t.TempDir(), "--log-level", "debug")) })
	t.Run("PostgreSQL", func(t *testing.T) {
		feedbackReachesTheWriter(t, startProgram(t, t.TempDir(), "--log-level", "debug", "--database", ownDatabase(t)))
	})
}

type feedbackList struct {
	Items []struct {
		ID      string
		Grade   int
		Reading struct {
			ID       string
			Number   int
			Returned bool
			Reason   string
			Patient  struct{ Name string }
		}
	}
}

func (c *client) feedback() (list feedbackList) {
	c.t.Helper()
	c.call("GET", "/api/feedback", nil, &list)
	return list
}

func feedbackReachesTheWriter(t *testing.T, p *program) {
	t.Helper()
	c := newCase(t, p)
	c.imaged(t, 1)
	c.awaitRead()
	at := "/api/readings/" + c.reading
	c.reader.do("POST", at+"/claim", nil)
	c.reader.do("PUT", at+"/report", map[string]any{"findings": "右肺见小结节。", "impression": "右肺小结节。"})
	c.reader.do("POST", at+"/submit", nil)
	c.reviewer.do("POST", at+"/take-review", nil)
	c.reviewer.do("PUT", at+"/report", map[string]any{"findings": "左肺见小结节。", "impression": "左肺小结节。"})
	overheard := p.overhear(t, "yuepian", "shenhe")
	c.reviewer.do("POST", at+"/return", map[string]any{"reason": "左右写反", "discrepancy": 3})
	p.kill() // at once: whether the page was told or not, the notice is there
	p.start()
	heard := overheard()
	if strings.Contains(heard["shenhe"], `"feedback"`) {
		t.Errorf("the reviewer was told of the writer's notice: %s", heard["shenhe"])
	}
	list := c.reader.feedback()
	if len(list.Items) != 1 {
		t.Fatalf("%d notices, want 1", len(list.Items))
	}
	f := list.Items[0]
	if f.Grade != 3 || f.Reading.ID != c.reading || f.Reading.Number != 2 || !f.Reading.Returned || f.Reading.Reason != "左右写反" || f.Reading.Patient.Name != c.name {
		t.Errorf("%+v", f)
	}
	if n := len(c.reviewer.feedback().Items); n != 0 {
		t.Errorf("the reviewer sees %d notices", n)
	}
	for who, want := range map[*client]int{c.reviewer: 404, c.doctor: 403, c.specialist: 403, p.signIn("admin"): 403} {
		if status, body := who.try("POST", "/api/feedback/"+f.ID+"/acknowledge", nil); status != want {
			t.Errorf("somebody else takes note: %d %s, want %d", status, body, want)
		}
	}
	c.reader.call("POST", "/api/feedback/"+f.ID+"/acknowledge", nil, nil)
	p.kill()
	p.start()
	if n := len(c.reader.feedback().Items); n != 0 {
		t.Errorf("%d notices after they were noted", n)
	}
	audit := p.signIn("audit")
	p.await("the trail", 5*time.Second, func() bool {
		_, trail := audit.get("/api/admin/events?entity=feedback&id=" + f.ID)
		return strings.Count(string(trail), `"action":"tell"`) == 1 && strings.Count(string(trail), `"action":"acknowledge"`) == 1
	})
	// An open page of the writer's hears of the next one without looking.
	page, _ := c.reader.live(t, nil)
	c.reader.do("POST", at+"/claim", nil)
	c.reader.do("PUT", at+"/report", map[string]any{"findings": "左肺见小结节。", "impression": "左肺小结节。"})
	c.reader.do("POST", at+"/submit", nil)
	c.reviewer.do("POST", at+"/take-review", nil)
	c.reviewer.do("POST", at+"/release", map[string]any{"discrepancy": 4})
	_ = page.SetReadDeadline(time.Now().Add(10 * time.Second))
	for hint := []byte{}; !strings.Contains(string(hint), `"topic":"feedback"`); {
		var err error
		if _, hint, err = page.ReadMessage(); err != nil {
			t.Fatalf("the writer's page hears nothing: %v", err)
		}
	}
	if n := len(c.reader.feedback().Items); n != 1 {
		t.Errorf("%d notices after the second review", n)
	}
	c.silentLog(t)
}
