package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestKillDuringConsults kills the program again and again while consults are asked for, accepted and signed: what was answered is
// there afterwards, and what was to happen meanwhile happens.
func TestKillDuringConsults(t *testing.T) {
	p := startProgram(t, t.TempDir())
	c := newCase(t, p)
	admin := p.signIn("admin")
	admin.settings(map[string]any{
		"consult": map[string]any{"urgent": map[string]any{"lease": "1s", "second": "2s", "head": "3s", "desk": "4s", "partner": "0s", "unanswered": "6s"}},
		"reading": map[string]any{"claimLease": "3s", "quiet": map[string]any{"CT": "1s", "": "1s"}},
	})
	c.imaged(t, 1)
	c.awaitRead()
	for round := range 3 {
		asked := c.askUntilKilled(time.Duration(150+100*round) * time.Millisecond)
		p.start()
		for _, id := range asked {
			if r := c.now(id); r.Number == "" || r.State == "draft" || r.State == "" {
				t.Fatalf("a request that was answered is %+v after the restart", r)
			}
		}
		t.Logf("round %d: %d requests were answered before the kill", round+1, len(asked))
		if len(asked) == 0 {
			t.Error("nothing was asked before the kill")
		}
	}
	c.killedAfterEach(t)
	c.dueMeanwhile(t)
	if log := p.log.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("errors in the log:\n%.2000s", log[strings.Index(log, "level=ERROR"):])
	}
}

// settings adds to the settings that hold for all.
func (c *client) settings(values map[string]any) {
	c.t.Helper()
	var now struct {
		Version int64
		Periods []struct{ Values json.RawMessage }
	}
	c.call("GET", "/api/admin/settings", nil, &now)
	c.call("PUT", "/api/admin/settings", map[string]any{"version": now.Version, "values": values}, nil)
}

// consultNow is what matters of a request here.
type consultNow struct {
	ID, Number, State string
	Version           int64
	AcceptedBy        *struct{ Name string }
	Escalation        struct{ Level int }
	Opinion           struct {
		State, Advice string
		Version       int
	}
}

func (c *clinicalCase) now(id string) (r consultNow) {
	c.p.t.Helper()
	c.doctor.call("GET", "/api/requests/"+id, nil, &r)
	return r
}

// askUntilKilled raises requests on two lines until the program is killed, and answers those that it said yes to.
func (c *clinicalCase) askUntilKilled(after time.Duration) (asked []string) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(c.p.t.Context())
	body, err := json.Marshal(c.asking("assist"))
	if err != nil {
		c.p.t.Fatal(err)
	}
	for range 2 {
		wg.Go(func() {
			for ctx.Err() == nil {
				req, err := http.NewRequestWithContext(ctx, "POST", c.doctor.base+"/api/requests", strings.NewReader(string(body)))
				if err != nil {
					return
				}
				req.Header = http.Header{"Content-Type": {"application/json"}, "X-Csrf-Token": {c.doctor.csrf}}
				res, err := c.doctor.http.Do(req)
				if err != nil {
					return // killed
				}
				var r struct{ ID string }
				err = json.NewDecoder(res.Body).Decode(&r)
				_ = res.Body.Close()
				if err == nil && res.StatusCode == http.StatusCreated {
					mu.Lock()
					asked = append(asked, r.ID)
					mu.Unlock()
				}
			}
		})
	}
	time.Sleep(after)
	c.p.kill()
	cancel()
	wg.Wait()
	return asked
}

// killedAfterEach kills right behind the answer of every step of a consult.
func (c *clinicalCase) killedAfterEach(t *testing.T) {
	var r struct{ ID string }
	c.doctor.call("POST", "/api/requests", c.asking("assist"), &r)
	at := "/api/requests/" + r.ID
	for _, step := range []struct {
		method, path string
		body         map[string]any
		holds        func(consultNow) bool
	}{
		{"POST", "/accept", nil, func(r consultNow) bool { return r.State == "accepted" && r.AcceptedBy.Name == "林医生" }},
		{"POST", "/callback", nil, func(r consultNow) bool { return r.State == "in_service" }},
		{"POST", "/end", nil, func(r consultNow) bool { return r.State == "awaiting_opinion" }},
		{"PUT", "/opinion", map[string]any{"diagnosis": "胸痛待查", "findings": "无", "advice": "复查"}, nil},
		{"POST", "/opinion/sign", nil, func(r consultNow) bool {
			return r.State == "opined" && r.Opinion.State == "signed" && r.Opinion.Version == 1 && r.Opinion.Advice == "复查"
		}},
	} {
		c.specialist.do(step.method, at+step.path, step.body)
		c.p.kill()
		c.p.start()
		if now := c.now(r.ID); step.holds != nil && !step.holds(now) {
			t.Errorf("after %s and a restart: %+v", step.path, now)
		}
	}
}

// dueMeanwhile: due-times that pass while the program is down take effect when it is back, once.
func (c *clinicalCase) dueMeanwhile(t *testing.T) {
	c.reader.do("POST", "/api/readings/"+c.reading+"/claim", nil)
	var r struct{ ID string }
	c.doctor.call("POST", "/api/requests", c.asking("urgent"), &r)
	c.p.kill()
	time.Sleep(3500 * time.Millisecond)
	c.p.start()
	c.p.await("escalated", 10*time.Second, func() bool { return c.now(r.ID).Escalation.Level >= 2 })
	c.p.await("unanswered", 10*time.Second, func() bool { return c.now(r.ID).State == "unanswered" })
	c.p.await("free again", 10*time.Second, func() bool {
		var v struct {
			State string
			Lock  *struct{}
		}
		c.reader.call("GET", "/api/readings/"+c.reading, nil, &v)
		return v.State != "claimed" && v.Lock == nil
	})
	var events struct{ Items []struct{ Action, To string } }
	c.doctor.call("GET", "/api/requests/"+r.ID+"/events", nil, &events)
	times := map[string]int{}
	for _, e := range events.Items {
		times[e.Action]++
	}
	if times["escalate"] != 3 || times["exhaust"] != 1 {
		t.Errorf("a due-time had its effect %v times, want escalate 3, exhaust 1", times)
	}
}
