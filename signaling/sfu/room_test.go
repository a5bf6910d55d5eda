package sfu

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"yilian/signaling/sfu/packet"
)

// in plays in a bubble of virtual time.
func in(t *testing.T, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.close()
		f(w)
	})
}

func (p *person) filmAll() {
	p.film("cameral", 120_000, 120)
	p.film("cameram", 350_000, 240)
	p.film("camerah", 900_000, 480)
}

// TestREDForWhoeverTakesIt has a sender and a receiver with RED and one each without, in all combinations.
func TestREDForWhoeverTakesIt(t *testing.T) {
	for _, sender := range []bool{true, false} {
		for _, receiver := range []bool{true, false} {
			in(t, func(w *world) {
				a := w.join("a", "10.0.0.2", sender, 0, "mic")
				b := w.join("b", "10.0.0.3", receiver, 1)
				time.Sleep(2 * time.Second)
				a.talk()
				time.Sleep(2 * time.Second)
				w.net.set("10.0.0.3", direction{loss: 0.05}, direction{})
				lossy, _ := b.during(20 * time.Second)
				if receiver && lossy > 0.01 || !receiver && (lossy < 0.03 || lossy > 0.08) {
					t.Errorf("sender %v, receiver %v: %.3f of the sound is missing", sender, receiver, lossy)
				}
				for _, s := range w.room.Sample(time.Second) {
					if s.Peer == "a" && s.RED != sender || s.Peer == "b" && s.RED != receiver {
						t.Errorf("sender %v, receiver %v: %+v", sender, receiver, s)
					}
				}
			})
		}
	}
}

func TestMuteAndWant(t *testing.T) {
	in(t, func(w *world) {
		a := w.join("a", "10.0.0.2", true, 0, "mic", "camera*")
		b := w.join("b", "10.0.0.3", true, 1)
		time.Sleep(2 * time.Second)
		a.talk()
		a.filmAll()
		time.Sleep(12 * time.Second)
		reason := func(source string) string {
			for _, s := range w.slotsOf("b") {
				if s.Source == source {
					if s.Paused != (s.Reason != "") {
						t.Errorf("%+v", s)
					}
					return s.Reason
				}
			}
			return "nothing"
		}
		if _, seen := b.during(5 * time.Second); b.picture(seen, "a", "camera").height != 480 {
			t.Errorf("a good line shows %+v", seen)
		}
		w.room.Mute("a", "mic", true)
		if missing, _ := b.during(2 * time.Second); missing < 0.99 || reason("mic") != ReasonMuted {
			t.Errorf("muted: %.2f is missing, %q", missing, reason("mic"))
		}
		w.room.Mute("a", "mic", false)
		if missing, _ := b.during(2 * time.Second); missing > 0.03 || reason("mic") != "" {
			t.Errorf("let speak again: %.2f is missing, %q", missing, reason("mic"))
		}
		w.room.Want("b", []View{{From: "a", Source: "camera"}})
		time.Sleep(100 * time.Millisecond) // what is under way
		if _, seen := b.during(2 * time.Second); b.picture(seen, "a", "camera").packets != 0 || reason("camera") != ReasonHidden {
			t.Errorf("hidden: %+v, %q", seen, reason("camera"))
		}
		w.room.Want("b", []View{{From: "a", Source: "camera", Height: 100}})
		time.Sleep(2 * time.Second)
		if _, seen := b.during(5 * time.Second); b.picture(seen, "a", "camera").height != 120 || reason("camera") != "" {
			t.Errorf("a small tile shows %+v, %q", seen, reason("camera"))
		}
		time.Sleep(12 * time.Second)
		if got := w.layersOf("a"); len(got) != 1 || !slices.Equal(got[0].Active, []string{"l"}) {
			t.Errorf("the sender is told %+v", got)
		}
		w.room.Want("b", nil)
		time.Sleep(2 * time.Second)
		if got := w.layersOf("a"); len(got) != 1 || !slices.Contains(got[0].Active, "h") || got[0].MaxKbps["h"] < 1000 {
			t.Errorf("the sender is told %+v", got)
		}
		if _, seen := b.during(5 * time.Second); b.picture(seen, "a", "camera").height != 480 {
			t.Errorf("a large tile shows %+v", seen)
		}
	})
}

// TestEncodingsThatStop lets a sender stop its better encodings, as one with a weak line does: the picture goes on.
func TestEncodingsThatStop(t *testing.T) {
	in(t, func(w *world) {
		a := w.join("a", "10.0.0.2", true, 0, "mic", "camera*")
		b := w.join("b", "10.0.0.3", true, 1)
		time.Sleep(2 * time.Second)
		a.filmAll()
		time.Sleep(10 * time.Second)
		a.mu.Lock()
		a.sends["camerah"].off, a.sends["cameram"].off = true, true
		a.mu.Unlock()
		time.Sleep(2 * time.Second)
		if _, seen := b.during(5 * time.Second); b.picture(seen, "a", "camera").frames < 90 || b.picture(seen, "a", "camera").height != 120 {
			t.Errorf("%+v", seen)
		}
		a.mu.Lock()
		a.sends["camerah"].off, a.sends["cameram"].off = false, false
		a.mu.Unlock()
		time.Sleep(60 * time.Second) // a fall is remembered for a while
		if _, seen := b.during(5 * time.Second); b.picture(seen, "a", "camera").height != 480 {
			t.Errorf("they are back: %+v", seen)
		}
	})
}

// TestTooWeakForPictures narrows a line until only sound goes, and widens it again.
func TestTooWeakForPictures(t *testing.T) {
	in(t, func(w *world) {
		a := w.join("a", "10.0.0.2", true, 0, "mic", "camera*")
		b := w.join("b", "10.0.0.3", true, 1)
		time.Sleep(2 * time.Second)
		a.talk()
		a.filmAll()
		time.Sleep(10 * time.Second)
		weak := direction{130_000, 100 * ms, 400 * ms, 0}
		w.net.set("10.0.0.3", weak, weak)
		time.Sleep(15 * time.Second)
		missing, seen := b.during(20 * time.Second)
		if slots := w.slotsOf("b"); !slices.ContainsFunc(slots, func(s Slot) bool { return s.Source == "camera" && s.Reason == ReasonLine }) {
			t.Errorf("%+v", slots)
		}
		if missing > 0.02 {
			t.Errorf("%.3f of the sound is missing, with %d frames", missing, b.picture(seen, "a", "camera").frames)
		}
		w.net.set("10.0.0.3", direction{}, direction{})
		time.Sleep(20 * time.Second)
		if _, seen := b.during(5 * time.Second); b.picture(seen, "a", "camera").frames < 60 {
			t.Errorf("the line is good again: %+v", seen)
		}
	})
}

// TestBlackOut cuts a receiver off for 10 s: sound is back within 2 s, the picture within 4.
func TestBlackOut(t *testing.T) {
	in(t, func(w *world) {
		a := w.join("a", "10.0.0.2", true, 0, "mic", "camera*")
		b := w.join("b", "10.0.0.3", true, 1)
		time.Sleep(2 * time.Second)
		a.talk()
		a.filmAll()
		time.Sleep(10 * time.Second)
		dead := direction{loss: 1}
		w.net.set("10.0.0.3", dead, dead)
		time.Sleep(10 * time.Second)
		w.net.set("10.0.0.3", direction{}, direction{})
		missing, _ := b.during(4 * time.Second)
		if missing > 0.5 {
			t.Errorf("%.2f of the first 4 s of sound is missing", missing)
		}
		if _, seen := b.during(4 * time.Second); b.picture(seen, "a", "camera").frames < 60 {
			t.Errorf("%+v", seen)
		}
	})
}

// taker is a tap that keeps account.
type taker struct {
	mu      sync.Mutex
	streams map[uint64]TapStream
	ended   map[uint64]bool
	packets map[uint64][]uint16
	clocks  int
	t       *testing.T
}

func (k *taker) Begin(s TapStream) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, twice := k.streams[s.ID]; twice {
		k.t.Errorf("%+v began twice", s)
	}
	k.streams[s.ID] = s
}

func (k *taker) Packet(id uint64, p packet.Packet, _ time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.streams[id]; !ok || k.ended[id] {
		k.t.Errorf("a packet of stream %d", id)
	}
	k.packets[id] = append(k.packets[id], p.Seq)
}

func (k *taker) Clock(uint64, time.Time, uint32) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.clocks++
}

func (k *taker) End(id uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ended[id] = true
}

// TestTap records while media flow: plain Opus whatever came, repaired where RED allows, every encoding.
func TestTap(t *testing.T) {
	in(t, func(w *world) {
		w.net.set("10.0.0.2", direction{}, direction{loss: 0.05})
		a := w.join("a", "10.0.0.2", true, 0, "mic", "camera*")
		time.Sleep(4 * time.Second)
		a.talk()
		a.filmAll()
		time.Sleep(2 * time.Second)
		k := &taker{streams: map[uint64]TapStream{}, ended: map[uint64]bool{}, packets: map[uint64][]uint16{}, t: t}
		w.room.SetTap(k)
		time.Sleep(20 * time.Second)
		w.room.Mute("a", "mic", true)
		time.Sleep(time.Second)
		w.room.SetTap(nil)
		time.Sleep(time.Second)
		k.mu.Lock()
		defer k.mu.Unlock()
		rids := map[string]bool{}
		for id, s := range k.streams {
			rids[s.RID] = true
			if !k.ended[id] {
				t.Errorf("%+v has not ended", s)
			}
			if s.Kind == Audio {
				if got := len(k.packets[id]); s.MIME != mimeOpus || s.Source != "mic" || s.ClockRate != 48000 || got < 985 || got > 1005 {
					t.Errorf("%+v with %d packets", s, got)
				}
				if !slices.IsSortedFunc(k.packets[id], func(a, b uint16) int { return int(int16(a - b)) }) {
					t.Error("sound is out of order")
				}
			}
		}
		if len(k.streams) != 4 || !rids["l"] || !rids["h"] {
			t.Errorf("%+v", k.streams)
		}
	})
}

// TestUnseenEncoding has a sender that begins with its worse encodings: it is told that the best is wanted although nobody has seen it.
func TestUnseenEncoding(t *testing.T) {
	in(t, func(w *world) {
		a := w.join("a", "10.0.0.2", true, 0, "mic", "camera*")
		a.sends["camerah"].off = true
		b := w.join("b", "10.0.0.3", true, 1)
		time.Sleep(2 * time.Second)
		a.filmAll()
		time.Sleep(8 * time.Second)
		if got := w.layersOf("a"); len(got) != 1 || !slices.Contains(got[0].Active, "h") {
			t.Errorf("the sender is told %+v", got)
		}
		if _, seen := b.during(2 * time.Second); b.picture(seen, "a", "camera").height != 240 {
			t.Errorf("meanwhile: %+v", seen)
		}
		a.mu.Lock()
		a.sends["camerah"].off = false
		a.mu.Unlock()
		time.Sleep(4 * time.Second)
		if _, seen := b.during(2 * time.Second); b.picture(seen, "a", "camera").height != 480 {
			t.Errorf("afterwards: %+v", seen)
		}
	})
}
