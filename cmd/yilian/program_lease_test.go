package main

import (
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
	"yilian/storage/sqlstore"
)

// TestClaimedBeforeAKill: a doctor has said to be free and the request has come to its next level, and the process was killed with both in hand: it was about
// to ring. The next process rings at once.
func TestClaimedBeforeAKill(t *testing.T) {
	data := t.TempDir()
	p := startProgram(t, data)
	admin, asker, first, second := p.signIn("admin"), p.signIn("qingxi"), p.signIn("lin"), p.signIn("he")
	admin.settings(map[string]any{"consult": map[string]any{"urgent": map[string]any{"lease": "20s", "second": "3s"}}})
	for _, doctor := range []*client{first, second} {
		doctor.call("PUT", "/api/presence", map[string]any{"status": "off"}, nil)
	}
	var r struct{ ID string }
	asker.call("POST", "/api/requests", map[string]any{
		"patient": map[string]any{"name": "丁", "sex": "M", "birthDate": "1950-01-01"}, "kind": "urgent", "specialty": "cardiology", "summary": "胸痛",
		"consent": map[string]any{"given": true}, "submit": true,
	}, &r)
	rung := func() (names []string, level int) {
		var now struct {
			Ringing    []struct{ Person struct{ Name string } }
			Escalation struct{ Level int }
		}
		asker.call("GET", "/api/requests/"+r.ID, nil, &now)
		for _, x := range now.Ringing {
			names = append(names, x.Person.Name)
		}
		return names, now.Escalation.Level
	}
	if names, level := rung(); len(names) != 0 || level != 0 {
		t.Fatalf("%v are rung at level %d, and nobody is free", names, level)
	}
	var me struct {
		Person struct{ ID yilian.PersonID }
		Point  struct {
			Institution struct{ ID yilian.InstitutionID }
		}
	}
	first.call("GET", "/api/session", nil, &me)
	p.kill()
	claimAsIfKilled(t, data, yilian.Actor{Person: me.Person.ID, Institution: me.Point.Institution.ID, Roles: []yilian.Role{yilian.RoleSpecialist}})
	p.start()
	began := time.Now()
	p.await("rung by what was claimed", 2*time.Second, func() bool {
		names, level := rung()
		return slices.Contains(names, "林医生") && level >= 1
	})
	t.Logf("rings %v after the restart", time.Since(began).Round(time.Millisecond))
}

// claimAsIfKilled leaves in the file what a killed process leaves: somebody has just become free, and this and the due-times of the next seconds are claimed.
func claimAsIfKilled(t *testing.T, data string, doctor yilian.Actor) {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), sqlstore.Options{Path: filepath.Join(data, "yilian.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := directory.New(db.Flow(), slog.New(slog.DiscardHandler), nil).SetPresence(t.Context(), doctor, directory.Available, 0, ""); err != nil {
		t.Fatal(err)
	}
	time.Sleep(3 * time.Second) // the next level has come
	now := time.Now()
	dues, err := db.Flow().ClaimDue(t.Context(), now, 100, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(dues, func(d flow.Due) bool { return d.Name == "escalate" }) {
		t.Fatalf("claimed %+v", dues)
	}
	messages, err := db.Flow().ClaimMessages(t.Context(), now, 100, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(messages, func(m flow.Message) bool { return m.Topic == "presence" }) {
		t.Fatalf("claimed %+v", messages)
	}
}
