package storagetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"yilian"
	"yilian/consult/flow"
)

func trail(t *testing.T, s flow.Store) {
	r := ref("request")
	at := time.Date(2026, 3, 1, 12, 30, 45, 123456789, time.FixedZone("CST", 8*3600))
	written := []yilian.Event{
		{Entity: r.Kind, EntityID: r.ID, Version: 1, Action: "submit", To: "queued", At: at, Actor: yilian.Actor{
			Person: "p1", Name: "张三", Institution: "i1", Department: "内科", Roles: []yilian.Role{yilian.RoleRequester}, Session: "s", Address: "::1",
		}},
		{
			Entity: r.Kind, EntityID: r.ID, Version: 2, Action: "accept", From: "queued", To: "accepted", At: at.Add(time.Nanosecond), Reason: "轮到我\n值班",
			Actor: yilian.System, Data: json.RawMessage(`{ "a": [1, 2],  "b": "<x>" }`),
		},
		{Entity: r.Kind, EntityID: r.ID, Version: 2, Action: "look", At: at, Actor: yilian.System},
	}
	for _, e := range written {
		update(t, s, func(tx flow.Tx) error { return tx.Append(e, nil) })
	}
	var events []yilian.Event
	view(t, s, func(rd flow.Reader) (err error) {
		events, err = rd.Events(r)
		return err
	})
	if len(events) != len(written) {
		t.Fatalf("%d events", len(events))
	}
	prev := ""
	for i, e := range events {
		if e.Chain != "system" || e.Seq != int64(i+1) || e.Prev != prev || len(e.Hash) != 64 || i > 0 && e.ID <= events[i-1].ID {
			t.Errorf("entry %d is chained as %q %d %q %q", i, e.Chain, e.Seq, e.Prev, e.Hash)
		}
		prev = e.Hash
		want := written[i]
		if !e.At.Equal(want.At) || e.At.Location() != time.UTC {
			t.Errorf("entry %d at %v, want %v", i, e.At, want.At)
		}
		if string(compact(t, e.Data)) != string(compact(t, want.Data)) {
			t.Errorf("entry %d has data %s", i, e.Data)
		}
		want.Chain, want.ID, want.Seq, want.Prev, want.Hash, want.At, want.Data = e.Chain, e.ID, e.Seq, e.Prev, e.Hash, e.At, e.Data
		if !reflect.DeepEqual(e, want) {
			t.Errorf("entry %d is %+v\nwant %+v", i, e, want)
		}
	}
	if n, err := s.VerifyChain(t.Context(), "system"); err != nil || n != 3 {
		t.Errorf("verified %d, %v", n, err)
	}
}

func compact(t *testing.T, raw json.RawMessage) []byte {
	if len(raw) == 0 {
		return nil
	}
	b, err := json.Marshal(raw)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func trailChains(t *testing.T, s flow.Store) {
	r := ref("request")
	for i := range 12 {
		update(t, s, func(tx flow.Tx) error {
			e := event(r, int64(i), "step")
			e.Chain = fmt.Sprint("institution", i%3)
			two := event(ref("other"), 1, "beside")
			two.Chain = "institution0"
			return errors.Join(tx.Append(e, nil), tx.Append(two, nil))
		})
	}
	for chain, want := range map[string]int64{"institution0": 16, "institution1": 4, "institution2": 4, "unknown": 0, "": 0} {
		if n, err := s.VerifyChain(t.Context(), chain); err != nil || n != want {
			t.Errorf("chain %q: %d, %v, want %d", chain, n, err, want)
		}
	}
	// The trail of one entity is in order, whichever chains it runs through.
	view(t, s, func(rd flow.Reader) error {
		events, err := rd.Events(r)
		for i, e := range events {
			if e.Version != int64(i) {
				t.Errorf("entry %d is of version %d", i, e.Version)
			}
		}
		return err
	})
}

func onceKeeps(t *testing.T, s flow.Store) {
	key := ref("key").ID
	for i, want := range []string{"", "first", "first"} {
		update(t, s, func(tx flow.Tx) error {
			stored, err := tx.Once(key, []byte([]string{"first", "second", "third"}[i]))
			if string(stored) != want || (stored == nil) != (i == 0) {
				t.Errorf("call %d answers %q", i, stored)
			}
			return err
		})
	}
	// An empty result is a result.
	for i := range 2 {
		update(t, s, func(tx flow.Tx) error {
			stored, err := tx.Once(key+"empty", nil)
			if (stored == nil) != (i == 0) || len(stored) != 0 {
				t.Errorf("call %d answers %q", i, stored)
			}
			return err
		})
	}
	// Within one transaction too.
	update(t, s, func(tx flow.Tx) error {
		first, err := tx.Once(key+"twice", []byte("a"))
		again, err2 := tx.Once(key+"twice", []byte("b"))
		if first != nil || string(again) != "a" {
			t.Errorf("%q, then %q", first, again)
		}
		return errors.Join(err, err2)
	})
}
