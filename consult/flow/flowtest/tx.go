package flowtest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"yilian"
	"yilian/consult/flow"
)

// tx changes the state in place and keeps what undoes it.
type tx struct {
	*state
	undo []func()
}

func (t *tx) rollBack() {
	for _, f := range slices.Backward(t.undo) {
		f()
	}
}

func (t *tx) Get(ref flow.Ref) (flow.Record, error) {
	rec, ok := t.records[ref]
	if !ok {
		return rec, yilian.Errorf(yilian.NotFound, ref.Kind+".unknown", "There is no such %s.", ref.Kind)
	}
	return clone(rec), nil
}

func clone(r flow.Record) flow.Record {
	r.Doc, r.Keys = bytes.Clone(r.Doc), slices.Clone(r.Keys)
	return r
}

type hit struct {
	sort string
	rec  flow.Record
}

func (h hit) cursor() string { return h.sort + "\x00" + h.rec.ID }

func (t *tx) Find(q flow.Query) ([]flow.Record, string, error) {
	// PostgreSQL takes no such bounds: what is tested here must work there.
	if bounds := q.From + q.To; !utf8.ValidString(bounds) || strings.ContainsFunc(bounds, unicode.IsControl) {
		return nil, "", yilian.Errorf(yilian.Invalid, "store.key", "The bounds contain control characters.")
	}
	limit := min(cmp.Or(q.Limit, 100), 1000)
	var hits []hit
	for ref, rec := range t.records {
		if ref.Kind != q.Kind {
			continue
		}
		for _, k := range rec.Keys {
			if k.Name == q.Name && slices.Contains(q.Values, k.Value) && k.Sort >= q.From && (q.To == "" || k.Sort < q.To) {
				hits = append(hits, hit{k.Sort, rec})
			}
		}
	}
	order := func(a, b hit) int {
		c := strings.Compare(a.cursor(), b.cursor())
		if q.Desc {
			return -c
		}
		return c
	}
	slices.SortFunc(hits, order)
	hits = slices.CompactFunc(hits, func(a, b hit) bool { return a.cursor() == b.cursor() })
	if q.After != "" {
		hits = slices.DeleteFunc(hits, func(h hit) bool {
			c := strings.Compare(h.cursor(), q.After)
			return c == 0 || (c < 0) != q.Desc
		})
	}
	next := ""
	if len(hits) > limit {
		hits = hits[:limit]
		next = hits[limit-1].cursor()
	}
	page := make([]flow.Record, len(hits))
	for i, h := range hits {
		page[i] = clone(h.rec)
	}
	return page, next, nil
}

func (t *tx) Events(ref flow.Ref) ([]yilian.Event, error) {
	var of []yilian.Event
	for _, e := range t.events {
		if e.Entity == ref.Kind && e.EntityID == ref.ID {
			of = append(of, e)
		}
	}
	return of, nil
}

func (t *tx) Put(rec flow.Record) error {
	was, exists := t.records[rec.Ref]
	if was.Version != rec.Version {
		return flow.ErrStale
	}
	rec = clone(rec)
	rec.Version++
	t.records[rec.Ref] = rec
	t.undo = append(t.undo, func() {
		if exists {
			t.records[rec.Ref] = was
		} else {
			delete(t.records, rec.Ref)
		}
	})
	return nil
}

func (t *tx) Append(e yilian.Event, msg *flow.Message) error {
	last := t.chains[e.Chain]
	if len(e.Data) > 0 && !json.Valid(e.Data) {
		return yilian.Errorf(yilian.Invalid, "event.data", "The details of an event must be JSON.")
	}
	e.ID, e.Seq, e.Prev = t.id(), last.seq+1, last.hash
	e.Hash = hash(e)
	n := len(t.events)
	t.events = append(t.events, e)
	t.chains[e.Chain] = chain{e.Seq, e.Hash}
	t.undo = append(t.undo, func() {
		t.events, t.chains[e.Chain] = t.events[:n], last
	})
	if msg != nil {
		t.enqueue(*msg)
	}
	return nil
}

// enqueue coalesces with a message that waits for its first delivery: the newer version and data win, the audiences add up, the earlier
// moment counts.
func (t *tx) enqueue(msg flow.Message) {
	after := msg.After
	msg.After = time.Time{}
	for _, m := range t.messages {
		if m.Topic != msg.Topic || m.Key != msg.Key || !m.leased.IsZero() {
			continue
		}
		was := *m
		t.undo = append(t.undo, func() { *m = was })
		if after.Before(m.at) {
			m.at = after
		}
		m.Version, m.Data = msg.Version, msg.Data
		if len(m.Audience) == 0 || len(msg.Audience) == 0 {
			m.Audience = nil
		} else {
			m.Audience = slices.Compact(slices.Sorted(slices.Values(slices.Concat(m.Audience, msg.Audience))))
		}
		return
	}
	msg.ID = t.id()
	t.messages = append(t.messages, &message{Message: msg, at: after})
	t.undo = append(t.undo, func() {
		t.messages = slices.DeleteFunc(t.messages, func(m *message) bool { return m.ID == msg.ID })
	})
}

func (t *tx) SetDue(d flow.Due) error {
	d.Token = t.token()
	t.setDue(dueKey{d.Ref, d.Name}, &due{Due: d})
	return nil
}

func (t *tx) ClearDue(ref flow.Ref, name string) error {
	t.setDue(dueKey{ref, name}, nil)
	return nil
}

func (t *tx) setDue(k dueKey, d *due) {
	was := t.dues[k]
	put := func(v *due) {
		if v == nil {
			delete(t.dues, k)
		} else {
			t.dues[k] = v
		}
	}
	put(d)
	t.undo = append(t.undo, func() { put(was) })
}

func (t *tx) Fire(d flow.Due) error {
	k := dueKey{d.Ref, d.Name}
	if now := t.dues[k]; now == nil || now.Token != d.Token {
		return flow.ErrStale
	}
	t.setDue(k, nil)
	return nil
}

func (t *tx) Once(key string, result []byte) ([]byte, error) {
	if stored, ok := t.once[key]; ok {
		return bytes.Clone(stored), nil
	}
	t.once[key] = append([]byte{}, result...)
	t.undo = append(t.undo, func() { delete(t.once, key) })
	return nil, nil
}
