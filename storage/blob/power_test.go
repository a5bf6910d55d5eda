package blob

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"

	"yilian"
)

// TestPowerCut cuts the power of a simulated machine at random moments, with the worst that a file system may do then, while four
// writers commit and delete. Whatever was acknowledged is as acknowledged, and whatever is visible is whole.
func TestPowerCut(t *testing.T) {
	rounds := 400
	if testing.Short() {
		rounds = 50
	}
	for seed := range rounds {
		powerCut(t, uint64(seed), 0)
	}
}

// TestPowerCutWithFaults does the same on a disk that also fails now and then, before or after it did what it was asked to do.
func TestPowerCutWithFaults(t *testing.T) {
	for seed := range 200 {
		powerCut(t, uint64(seed), 0.02)
	}
}

func powerCut(t *testing.T, seed uint64, faults float64) {
	t.Helper()
	chance := rand.New(rand.NewPCG(seed, 7))
	m := newMachine(seed, faults)
	m.dawdles = seed%4 == 0
	histories := make([]history, 4)
	// Some rounds see a program die and start again before the power goes: what it left half done is then relied on.
	for range 1 + chance.IntN(2) {
		m.live(5 + chance.IntN(400))
		s, err := openFolder(m, "/data/new/objects")
		if err != nil {
			continue
		}
		var wg sync.WaitGroup
		for w := range histories {
			if histories[w] == nil {
				histories[w] = history{}
			}
			source := rand.New(rand.NewPCG(seed, uint64(w)))
			wg.Go(func() { histories[w].write(t, s, w, source) })
		}
		wg.Wait()
	}
	m.cutPower()
	s, err := openFolder(m, "/data/new/objects")
	if err != nil {
		t.Fatalf("seed %d: open after the power cut: %v", seed, err)
	}
	for _, h := range histories {
		for key, state := range h {
			state.check(t, seed, s, key)
		}
	}
}

// history is what a writer knows of each of its keys.
type history map[string]*knowledge

// knowledge of one key: the last state that was acknowledged, and what was tried since.
type knowledge struct {
	content []byte   // acknowledged; nil: acknowledged as absent
	tried   [][]byte // unacknowledged since; nil entries are deletions
	all     [][]byte // every content ever tried
}

// write commits and deletes until the machine is dead.
func (h history) write(t *testing.T, s *Store, me int, chance *rand.Rand) {
	for i := 0; i < 1000; i++ {
		// Folders are shared by the writers and become empty now and then.
		key := fmt.Sprintf("%d/%d/%d-%d", chance.IntN(2), chance.IntN(2), me, chance.IntN(2))
		k := h[key]
		if k == nil {
			k = &knowledge{}
			h[key] = k
		}
		if chance.IntN(3) == 0 {
			if err := s.Delete(t.Context(), key); err == nil {
				k.content, k.tried = nil, nil
			} else {
				k.tried = append(k.tried, nil)
			}
		} else {
			content := bytes.Repeat(fmt.Appendf(nil, "%s#%d ", key, chance.Uint64()), 1+chance.IntN(40))
			k.all = append(k.all, content)
			if err := store(t, s, key, content); err == nil {
				k.content, k.tried = content, nil
			} else {
				k.tried = append(k.tried, content)
			}
		}
		if s.d.(*folder).files.(*machine).isDead() {
			return
		}
	}
}

func store(t *testing.T, s *Store, key string, content []byte) error {
	w, err := s.Create(t.Context())
	if err != nil {
		return err
	}
	if _, err := w.Write(content); err != nil {
		w.Abort()
		return err
	}
	return w.Commit(t.Context(), key)
}

func (k *knowledge) check(t *testing.T, seed uint64, s *Store, key string) {
	t.Helper()
	var got []byte
	r, err := s.Open(t.Context(), key, 0, -1)
	if err == nil {
		got, err = io.ReadAll(r)
		_ = r.Close()
		if err != nil {
			t.Fatalf("seed %d: read %s: %v", seed, key, err)
		}
	}
	if got == nil && k.content == nil || got != nil && bytes.Equal(got, k.content) {
		return
	}
	for _, tried := range k.tried {
		if got == nil && tried == nil || got != nil && bytes.Equal(got, tried) {
			return
		}
	}
	for _, content := range k.all {
		if bytes.Equal(got, content) {
			t.Errorf("seed %d: %s has an older content again", seed, key)
			return
		}
	}
	t.Errorf("seed %d: %s was acknowledged with %d bytes and has %d (%v)", seed, key, len(k.content), len(got), err)
}

// TestDeletionsMeetInAFolder cuts the power after the last objects of a folder were deleted by two at once: one of them removes the folder of the other's
// name, and neither name may come back.
func TestDeletionsMeetInAFolder(t *testing.T) {
	for seed := range uint64(300) {
		m := newMachine(seed, 0)
		m.live(1 << 30)
		s, err := openFolder(m, "/data/new/objects")
		if err != nil {
			t.Fatal(err)
		}
		keys := []string{"a/b/0", "a/b/1"}
		for _, key := range keys {
			if err := store(t, s, key, []byte("content")); err != nil {
				t.Fatal(err)
			}
		}
		m.dawdles = true
		var wg sync.WaitGroup
		for _, key := range keys {
			wg.Go(func() {
				if err := s.Delete(t.Context(), key); err != nil {
					t.Errorf("seed %d: delete %s: %v", seed, key, err)
				}
			})
		}
		wg.Wait()
		m.dawdles = false
		m.cutPower()
		after, err := openFolder(m, "/data/new/objects")
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range keys {
			if _, err := after.Open(t.Context(), key, 0, -1); yilian.KindOf(err) != yilian.NotFound {
				t.Errorf("seed %d: %s was deleted and is there again (%v)", seed, key, err)
			}
		}
	}
}

// The simulation itself must be able to see a folder that forgets a step: each of these drops one and is found out.
func TestPowerCutSeesMistakes(t *testing.T) {
	for name, forget := range map[string]func(*machine){
		"file sync":   func(m *machine) { m.lies.file = true },
		"folder sync": func(m *machine) { m.lies.folder = true },
	} {
		t.Run(name, func(t *testing.T) {
			lost := 0
			for seed := range 20 {
				m := newMachine(uint64(seed), 0)
				m.live(1 << 30)
				s, err := openFolder(m, "/data/new/objects")
				if err != nil {
					t.Fatal(err)
				}
				forget(m)
				if err := store(t, s, "a/b", []byte("content")); err != nil {
					t.Fatal(err)
				}
				m.cutPower()
				after, err := openFolder(m, "/data/new/objects")
				if err != nil {
					t.Fatal(err)
				}
				var content []byte
				r, err := after.Open(t.Context(), "a/b", 0, -1)
				if err == nil {
					content, _ = io.ReadAll(r)
				}
				if string(content) != "content" {
					lost++
				}
			}
			if lost == 0 {
				t.Error("nothing was lost: the simulation proves nothing")
			}
		})
	}
}

var errDead = errors.New("the machine is off")
