package blob

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

// ledger is what an index does with a journal, in memory: what was made of notes and the position in each page go together, and a
// power cut takes them back to some moment after the last settling.
type ledger struct {
	mu      sync.Mutex
	now     ledgerState   // guarded by mu
	history []ledgerState // guarded by mu: since the last settling, oldest first
}

type ledgerState struct {
	times     map[string]int // how often each object was entered
	positions map[string]int64
}

func (s ledgerState) clone() ledgerState {
	return ledgerState{maps.Clone(s.times), maps.Clone(s.positions)}
}

func newLedger() *ledger {
	l := &ledger{now: ledgerState{map[string]int{}, map[string]int64{}}}
	l.history = []ledgerState{l.now.clone()}
	return l
}

func (l *ledger) enter(key, page string, end int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now.times[key]++
	if page != "" {
		l.now.positions[page] = end
	}
	l.history = append(l.history, l.now.clone())
}

func (l *ledger) position(page string) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now.positions[page], nil
}

func (l *ledger) settle(_ context.Context, forget []string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, page := range forget {
		delete(l.now.positions, page)
	}
	l.history = []ledgerState{l.now.clone()}
	return nil
}

// cutPower keeps any moment since the last settling.
func (l *ledger) cutPower(chance *rand.Rand) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = l.history[chance.IntN(len(l.history))].clone()
	l.history = []ledgerState{l.now.clone()}
}

// TestJournalPowerCut cuts the power of the simulated machine at random moments while four senders record objects, delete some and
// pages are sealed; the ledger loses what it had not settled, and the blocks of the packs are a mix of old and new ones. After the
// notes were replayed everything that was acknowledged is in the ledger once, with its bytes, and nothing deleted is back.
func TestJournalPowerCut(t *testing.T) {
	rounds := 600
	if testing.Short() {
		rounds = 60
	}
	replayed, lost := 0, 0
	for seed := range rounds {
		r, l := journalCut(t, uint64(seed), false)
		replayed, lost = replayed+r, lost+l
	}
	if replayed == 0 || lost > 0 {
		t.Errorf("%d notes were replayed in all, %d lost", replayed, lost)
	}
}

// The simulation sees a journal that is not synced.
func TestJournalPowerCutSeesMistakes(t *testing.T) {
	lost := 0
	for seed := range 50 {
		_, l := journalCut(t, uint64(seed), true)
		lost += l
	}
	if lost == 0 {
		t.Error("nothing was lost: the simulation proves nothing")
	}
}

func journalCut(t *testing.T, seed uint64, lie bool) (replayed, lost int) {
	t.Helper()
	chance := rand.New(rand.NewPCG(seed, 11))
	m, l := newMachine(seed, 0), newLedger()
	senders := make([]*recorder, 4)
	for i := range senders {
		senders[i] = &recorder{me: i, acknowledged: map[string][]byte{}, deleted: map[string]bool{}, chance: rand.New(rand.NewPCG(seed, uint64(100+i)))}
	}
	for range 1 + chance.IntN(3) {
		m.live(10 + chance.IntN(600))
		if s := recovered(t, m, l, &replayed); s != nil {
			m.lies.pack, m.lied = lie, lie
			var wg sync.WaitGroup
			for _, r := range senders {
				wg.Go(func() { r.work(t, m, s, l) })
			}
			wg.Wait()
		}
		if chance.IntN(4) == 0 { // the program dies, the machine does not
			m.closeAll()
			continue
		}
		l.cutPower(chance)
		m.cutPower()
	}
	m.closeAll()
	m.live(1 << 30)
	s := recovered(t, m, l, &replayed)
	if s == nil {
		if lie {
			return replayed, 1
		}
		t.Fatalf("seed %d: not recovered", seed)
	}
	for _, r := range senders {
		lost += r.check(t, seed, s, l, lie)
	}
	return replayed, lost
}

// recovered opens the folder and replays its notes, as a program does at its start; nil when the machine died meanwhile.
func recovered(t *testing.T, m *machine, l *ledger, replayed *int) *Store {
	s, err := openFolder(m, "/data/objects")
	if err == nil {
		err = s.Replay(t.Context(), l.position, func(key, page string, end int64, note []byte) error {
			*replayed++
			l.enter(string(note), page, end)
			return nil
		})
	}
	if err == nil {
		err = s.Seal(t.Context(), l.settle)
	}
	if err == nil {
		return s
	}
	if !m.isDead() && !m.lied {
		t.Fatalf("recover: %v", err)
	}
	return nil
}

// recorder is a sender and what it knows.
type recorder struct {
	me           int
	n            int
	chance       *rand.Rand
	acknowledged map[string][]byte // by key
	deleted      map[string]bool   // by key, acknowledged
	doubtful     map[string]bool
}

// text is the content of an object, and its note names it.
func (r *recorder) text() []byte {
	r.n++
	return bytes.Repeat(fmt.Appendf(nil, "%d-%d ", r.me, r.n), 1+r.chance.IntN(3000))
}

func (r *recorder) work(t *testing.T, m *machine, s *Store, l *ledger) {
	for range 200 {
		if m.isDead() {
			return
		}
		switch r.chance.IntN(12) {
		case 0:
			_ = s.Seal(t.Context(), l.settle)
		case 1:
			s.d.(*folder).packs.retire(time.Now().Add(time.Hour)) // as if this pack were full
		case 2:
			r.delete(t, s)
		default:
			r.record(t, s, l)
		}
	}
}

func (r *recorder) record(t *testing.T, s *Store, l *ledger) {
	content := r.text()
	w, err := s.Begin(t.Context(), "dicom")
	if err != nil {
		return
	}
	defer w.Abort()
	if _, err := w.Write(content); err != nil || r.chance.IntN(8) == 0 {
		return // the sender went away
	}
	name := fmt.Sprintf("%d-%d", r.me, r.n)
	at, page, end, err := w.Record(t.Context(), "dicom/"+name, []byte(name))
	if err != nil {
		return
	}
	l.enter(name, page, end)
	r.acknowledged[at] = content
}

func (r *recorder) delete(t *testing.T, s *Store) {
	for at := range r.acknowledged {
		if r.doubtful == nil {
			r.doubtful = map[string]bool{}
		}
		r.doubtful[at] = true
		if err := s.Delete(t.Context(), at); err == nil {
			r.deleted[at] = true
		}
		return
	}
}

// check compares what was acknowledged with what is there.
func (r *recorder) check(t *testing.T, seed uint64, s *Store, l *ledger, lie bool) (lost int) {
	t.Helper()
	for at, content := range r.acknowledged {
		var got []byte
		f, err := s.Open(t.Context(), at, 0, -1)
		if err == nil {
			got, _ = io.ReadAll(f)
			_ = f.Close()
		}
		switch {
		case r.deleted[at]:
			if err == nil && !lie {
				t.Errorf("seed %d: %s was deleted and is back", seed, at)
			}
		case r.doubtful[at]:
		case !bytes.Equal(got, content):
			if lost++; !lie {
				t.Errorf("seed %d: %s has %d bytes of %d: %v", seed, at, len(got), len(content), err)
			}
		default:
			note := at[strings.LastIndexByte(at, '/')+1:]
			if times := l.now.times[note]; times != 1 && !lie {
				t.Errorf("seed %d: %s was entered %d times", seed, note, times)
			}
		}
	}
	return lost
}
