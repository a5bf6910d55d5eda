package flowtest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// Store is an in-memory flow.Store. The zero value is not usable; see New.
type Store struct {
	mu    sync.Mutex // held for a whole transaction: that is what makes it serialisable
	state state
	fault Fault
}

// Fault decides what happens to the next commits: FailBefore loses the transaction, FailAfter keeps it but reports failure.
type Fault func() Outcome

// Outcome is what becomes of one commit.
type Outcome int

// The outcomes of a commit.
const (
	Commit     Outcome = iota
	FailBefore         // not persisted, and says so
	FailAfter          // persisted, but says it failed
)

type state struct {
	records  map[flow.Ref]flow.Record
	dues     map[dueKey]*due
	messages []*message
	events   []yilian.Event
	chains   map[string]chain
	once     map[string][]byte
	ids      int64
}

type dueKey struct {
	flow.Ref
	name string
}

type due struct {
	flow.Due
	leased time.Time
}

type message struct {
	flow.Message
	leased time.Time // claimed until; a claimed message is not coalesced into
	at     time.Time // not before
}

type chain struct {
	seq  int64
	hash string
}

// New makes an empty store.
func New() *Store {
	return &Store{state: state{records: map[flow.Ref]flow.Record{}, dues: map[dueKey]*due{}, chains: map[string]chain{}, once: map[string][]byte{}}}
}

// SetFault makes every later Update ask f what becomes of it; nil ends the faults.
func (s *Store) SetFault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Update implements flow.Store.
func (s *Store) Update(ctx context.Context, fn func(flow.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &tx{state: &s.state}
	err := fn(t)
	outcome := Commit
	if err == nil && s.fault != nil {
		outcome = s.fault()
	}
	if err != nil || outcome == FailBefore {
		t.rollBack()
	}
	if err == nil && outcome != Commit {
		return yilian.Errorf(yilian.Unavailable, "store", "The store did not answer.")
	}
	return err
}

// View implements flow.Store.
func (s *Store) View(ctx context.Context, fn func(flow.Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return fn(&tx{state: &s.state})
}

// Pending answers every due-time that is set, by kind, identifier and name: for tests that look for lost ones.
func (s *Store) Pending() []flow.Due {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []flow.Due
	for _, d := range s.state.dues {
		all = append(all, d.Due)
	}
	slices.SortFunc(all, func(a, b flow.Due) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.ID, b.ID), strings.Compare(a.Name, b.Name))
	})
	return all
}

// ClaimDue implements flow.Store.
func (s *Store) ClaimDue(ctx context.Context, now time.Time, limit int, lease time.Duration) ([]flow.Due, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var ready []*due
	for _, d := range s.state.dues {
		if !d.At.After(now) && !d.leased.After(now) {
			ready = append(ready, d)
		}
	}
	slices.SortFunc(ready, func(a, b *due) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Token, b.Token))
	})
	claimed := []flow.Due{}
	for _, d := range ready[:min(limit, len(ready))] {
		d.leased = now.Add(lease)
		claimed = append(claimed, d.Due)
	}
	return claimed, nil
}

// NextDue implements flow.Store.
func (s *Store) NextDue(ctx context.Context) (time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var next time.Time
	for _, d := range s.state.dues {
		at := d.At
		if d.leased.After(at) {
			at = d.leased
		}
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next, ctx.Err()
}

// ClaimMessages implements flow.Store.
func (s *Store) ClaimMessages(ctx context.Context, now time.Time, limit int, lease time.Duration) ([]flow.Message, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var claimed []flow.Message
	for _, m := range s.state.messages {
		if len(claimed) == limit {
			break
		}
		if m.leased.After(now) || m.at.After(now) {
			continue
		}
		m.leased = now.Add(lease)
		claimed = append(claimed, m.Message)
		m.Attempts++
	}
	return claimed, nil
}

// Delivered implements flow.Store.
func (s *Store) Delivered(ctx context.Context, ids ...int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.messages = slices.DeleteFunc(s.state.messages, func(m *message) bool { return slices.Contains(ids, m.ID) })
	return ctx.Err()
}

// Retry implements flow.Store.
func (s *Store) Retry(ctx context.Context, id int64, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.state.messages {
		if m.ID == id {
			m.leased, m.at = time.Time{}, at
		}
	}
	return ctx.Err()
}

// VerifyChain implements flow.Store.
func (s *Store) VerifyChain(ctx context.Context, name string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var last chain
	for _, e := range s.state.events {
		if e.Chain != name {
			continue
		}
		if e.Seq != last.seq+1 || e.Prev != last.hash || e.Hash != hash(e) {
			return last.seq, fmt.Errorf("chain %s: entry %d does not fit", name, e.Seq)
		}
		last = chain{e.Seq, e.Hash}
	}
	return last.seq, ctx.Err()
}

func hash(e yilian.Event) string {
	e.Hash = ""
	b, _ := json.Marshal(e) // an Event always encodes: its only raw part was encoded before
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func (s *state) id() int64 { s.ids++; return s.ids }

func (s *state) token() string { return strconv.FormatInt(s.id(), 10) }
