package sfu

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestSpeaker lets two people talk one after the other: the room tells who does, and their picture is the more important for a third who did not say which is.
func TestSpeaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const loud, quiet = 25, 75
		w := newWorld(t)
		defer w.close()
		a := w.join("a", "10.0.0.2", true, 0, "mic", "camera")
		b := w.join("b", "10.0.0.3", false, 0, "mic", "camera")
		c := w.join("c", "10.0.0.4", true, 2)
		time.Sleep(2 * time.Second)
		for _, p := range []*person{a, b} {
			p.level.Store(quiet)
			p.talk()
			p.film("camera", 200_000, 240)
		}
		speaks := func(want string, loudA, loudB uint32) {
			t.Helper()
			a.level.Store(loudA)
			b.level.Store(loudB)
			time.Sleep(4 * time.Second)
			w.mu.Lock()
			defer w.mu.Unlock()
			var said []string
			for _, e := range w.events {
				if e.Speaker != "" {
					said = append(said, e.Speaker)
				}
			}
			if len(said) == 0 && want != "" || len(said) > 0 && said[len(said)-1] != want {
				t.Errorf("%v speak, not %q", said, want)
			}
		}
		first := func() string {
			w.room.mu.Lock()
			defer w.room.mu.Unlock()
			return w.room.shownTo(w.room.peers["c"])[0].holder.peer
		}
		speaks("", quiet, quiet)
		speaks("b", quiet, loud)
		if got := first(); got != "b" {
			t.Errorf("%s comes first", got)
		}
		speaks("a", loud, quiet)
		speaks("a", quiet, quiet)
		if got := first(); got != "a" {
			t.Errorf("%s comes first", got)
		}
		w.room.Want(c.id, []View{{From: "b", Source: "camera", Height: 480, Priority: 2}})
		if got := first(); got != "b" {
			t.Errorf("%s comes first, though b was asked for", got)
		}
		w.room.Remove("a")
		speaks("b", quiet, loud)
		if !slices.ContainsFunc(w.events, func(e Event) bool { return e.Speaker == "a" && e.Peer == "" && e.State == "" }) {
			t.Error("a was never told")
		}
	})
}
