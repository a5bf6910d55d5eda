package storagetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"yilian"
	"yilian/consult/flow"
)

func recordsComeBack(t *testing.T, s flow.Store) {
	r := ref("request")
	view(t, s, func(rd flow.Reader) error {
		_, err := rd.Get(r)
		wantKind(t, err, yilian.NotFound)
		return nil
	})
	content := []byte(`{"name":"张三","odd":"\u0000 \"<>&"}`)
	keys := []flow.Key{{Name: "state", Value: "queued", Sort: "1"}, {Name: "all", Sort: flow.SortTime(time.Now())}}
	update(t, s, func(tx flow.Tx) error { return tx.Put(flow.Record{Ref: r, Doc: content, Keys: keys}) })
	rec := read(t, s, r)
	slices.SortFunc(keys, func(a, b flow.Key) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(rec.Keys, func(a, b flow.Key) int { return strings.Compare(a.Name, b.Name) })
	if rec.Ref != r || rec.Version != 1 || !bytes.Equal(rec.Doc, content) || !slices.Equal(rec.Keys, keys) {
		t.Errorf("came back as %+v", rec)
	}
	big := append(append([]byte(`"`), bytes.Repeat([]byte("长"), 1<<20)...), '"')
	rec.Doc = big
	update(t, s, func(tx flow.Tx) error { return tx.Put(rec) })
	if rec := read(t, s, r); rec.Version != 2 || !bytes.Equal(rec.Doc, big) {
		t.Errorf("version %d with %d bytes", rec.Version, len(rec.Doc))
	}
}

func recordsStale(t *testing.T, s flow.Store) {
	r := ref("request")
	create(t, s, r)
	for _, version := range []int64{0, 2, 99} {
		err := s.Update(t.Context(), func(tx flow.Tx) error { return tx.Put(flow.Record{Ref: r, Version: version, Doc: doc(9)}) })
		if !errors.Is(err, flow.ErrStale) {
			t.Errorf("version %d: %v", version, err)
		}
	}
	err := s.Update(t.Context(), func(tx flow.Tx) error { return tx.Put(flow.Record{Ref: ref("request"), Version: 1, Doc: doc(9)}) })
	if !errors.Is(err, flow.ErrStale) {
		t.Errorf("an unknown record: %v", err)
	}
	if rec := read(t, s, r); rec.Version != 1 || !bytes.Equal(rec.Doc, doc(1)) {
		t.Errorf("version %d, %s", rec.Version, rec.Doc)
	}
}

func recordsKeys(t *testing.T, s flow.Store) {
	r := ref("request")
	create(t, s, r, flow.Key{Name: "state", Value: "queued", Sort: "1"}, flow.Key{Name: "tag", Value: "a"}, flow.Key{Name: "tag", Value: "b"}, flow.Key{Name: "tag", Value: "b"})
	rec := read(t, s, r)
	rec.Keys = []flow.Key{{Name: "state", Value: "accepted", Sort: "1"}, {Name: "tag", Value: "b"}}
	update(t, s, func(tx flow.Tx) error { return tx.Put(rec) })
	for _, c := range []struct {
		name, value string
		want        []string
	}{{"state", "queued", nil}, {"state", "accepted", []string{r.ID}}, {"tag", "a", nil}, {"tag", "b", []string{r.ID}}} {
		ids, _ := find(t, s, flow.Query{Kind: "request", Name: c.name, Values: []string{c.value}})
		wantIDs(t, ids, c.want...)
	}
	ids, _ := find(t, s, flow.Query{Kind: "other", Name: "tag", Values: []string{"b"}})
	wantIDs(t, ids)
	ids, _ = find(t, s, flow.Query{Kind: "request", Name: "tag"})
	wantIDs(t, ids)
}

// shelf stores records whose order is known: sorts bytewise, not as a language would have it.
func shelf(t *testing.T, s flow.Store) {
	for _, r := range []struct{ id, value, sort string }{
		{"1", "x", "B"}, {"2", "x", "a"}, {"3", "y", "Z"}, {"4", "y", "ä"}, {"5", "x", "中"}, {"6", "z", "a"}, {"7", "y", "a"}, {"8", "x", ""}, {"A", "x", "a"},
	} {
		create(t, s, flow.Ref{Kind: "book", ID: r.id}, flow.Key{Name: "state", Value: r.value, Sort: r.sort})
	}
}

func findLists(t *testing.T, s flow.Store) {
	shelf(t, s)
	for _, c := range []struct {
		q    flow.Query
		want string
	}{
		{flow.Query{Values: []string{"x"}}, "8 1 2 A 5"},
		{flow.Query{Values: []string{"x"}, Desc: true}, "5 A 2 1 8"},
		{flow.Query{Values: []string{"x", "y"}}, "8 1 3 2 7 A 4 5"},
		{flow.Query{Values: []string{"y", "x", "x"}, Desc: true}, "5 4 A 7 2 3 1 8"},
		{flow.Query{Values: []string{"x", "y", "z"}, From: "a", To: "ä"}, "2 6 7 A"},
		{flow.Query{Values: []string{"x", "y", "z"}, From: "a"}, "2 6 7 A 4 5"},
		{flow.Query{Values: []string{"x", "y", "z"}, To: "a", Desc: true}, "3 1 8"},
		{flow.Query{Values: []string{"x", "nothing"}, Limit: 2}, "8 1"},
		{flow.Query{Values: []string{"nothing"}}, ""},
	} {
		c.q.Kind, c.q.Name = "book", "state"
		ids, _ := find(t, s, c.q)
		if got := strings.Join(ids, " "); got != c.want {
			t.Errorf("%+v gave %q, want %q", c.q, got, c.want)
		}
	}
}

func findPages(t *testing.T, s flow.Store) {
	shelf(t, s)
	for _, desc := range []bool{false, true} {
		q := flow.Query{Kind: "book", Name: "state", Values: []string{"x", "y", "z"}, Desc: desc}
		all, next := find(t, s, q)
		if next != "" || len(all) != 9 {
			t.Errorf("%q with next %q", all, next)
		}
		for limit := 1; limit <= 10; limit++ {
			q.Limit, q.After = limit, ""
			var got []string
			for {
				page, next := find(t, s, q)
				got = append(got, page...)
				if len(page) > limit || next != "" && len(page) != limit {
					t.Fatalf("a page of %d for limit %d", len(page), limit)
				}
				if next == "" {
					break
				}
				q.After = next
			}
			wantIDs(t, got, all...)
		}
	}
	// 0 is 100 and 1000 is the most.
	for i := range 1002 {
		create(t, s, flow.Ref{Kind: "many", ID: fmt.Sprintf("%04d", i)}, flow.Key{Name: "all"})
	}
	for _, c := range [][2]int{{0, 100}, {1000, 1000}, {5000, 1000}} {
		ids, next := find(t, s, flow.Query{Kind: "many", Name: "all", Values: []string{""}, Limit: c[0]})
		if len(ids) != c[1] || next == "" {
			t.Errorf("limit %d gave %d", c[0], len(ids))
		}
	}
}

func findOnce(t *testing.T, s flow.Store) {
	r, other := flow.Ref{Kind: "book", ID: "1"}, flow.Ref{Kind: "book", ID: "2"}
	create(t, s, r, flow.Key{Name: "tag", Value: "a", Sort: "3"}, flow.Key{Name: "tag", Value: "b", Sort: "1"}, flow.Key{Name: "tag", Value: "c", Sort: "3"})
	create(t, s, other, flow.Key{Name: "tag", Value: "a", Sort: "2"})
	for _, c := range []struct {
		q    flow.Query
		want string
	}{
		{flow.Query{Values: []string{"a", "b", "c"}}, "1 2"},
		{flow.Query{Values: []string{"a", "b", "c"}, Desc: true}, "1 2"},
		{flow.Query{Values: []string{"a", "c"}}, "2 1"},
		{flow.Query{Values: []string{"a", "b", "c"}, From: "2"}, "2 1"},
		{flow.Query{Values: []string{"a", "b", "c"}, To: "3", Desc: true}, "2 1"},
	} {
		c.q.Kind, c.q.Name = "book", "tag"
		ids, next := find(t, s, c.q)
		if got := strings.Join(ids, " "); got != c.want || next != "" {
			t.Errorf("%+v gave %q, want %q", c.q, got, c.want)
		}
		// Neither does it come again on the next page.
		c.q.Limit = 1
		first, next := find(t, s, c.q)
		c.q.After = next
		then, _ := find(t, s, c.q)
		if got := strings.Join(append(first, then...), " "); got != c.want {
			t.Errorf("%+v by one gave %q, want %q", c.q, got, c.want)
		}
	}
}

func findStable(t *testing.T, s flow.Store) {
	key := func(n int) flow.Key { return flow.Key{Name: "all", Sort: fmt.Sprintf("%03d", n)} }
	id := func(n int) flow.Ref { return flow.Ref{Kind: "book", ID: fmt.Sprintf("%03d", n)} }
	for n := range 10 {
		create(t, s, id(n*10), key(n*10))
	}
	q := flow.Query{Kind: "book", Name: "all", Values: []string{""}, Limit: 5}
	first, next := find(t, s, q)
	wantIDs(t, first, "000", "010", "020", "030", "040")
	create(t, s, id(5), key(5))
	create(t, s, id(55), key(55))
	rec := read(t, s, id(40)) // the row the cursor stands on goes away
	rec.Keys = nil
	update(t, s, func(tx flow.Tx) error { return tx.Put(rec) })
	q.After = next
	then, _ := find(t, s, q)
	wantIDs(t, then, "050", "055", "060", "070", "080")
}

func oddNames(t *testing.T, s flow.Store) {
	names := []string{
		"中文 标识", "a/b:c%d?e#f", " ", "'quote' \"double\" `back` \\", "$1 ?1 @x :y", "e\u0301", "é", "\ufeff", "🩻", "-- DROP", "NULL", "0", "00", "1e3",
		strings.Repeat("长", 170), "%", "_",
	}
	for i, name := range names {
		r := flow.Ref{Kind: "kind " + name[:min(len(name), 3*80)], ID: name}
		update(t, s, func(tx flow.Tx) error {
			e := event(r, 1, "create")
			e.Reason, e.From, e.To = "line\nbreak\ttab "+name, name, name
			_, err := tx.Once(name, []byte(name))
			return errors.Join(err,
				tx.Put(flow.Record{Ref: r, Doc: doc(i), Keys: []flow.Key{{Name: name, Value: name, Sort: name}, {Name: "all", Value: "", Sort: name}}}),
				tx.SetDue(flow.Due{Ref: r, Name: name, At: time.Unix(1, int64(i)), Data: doc(i)}),
				tx.Append(e, &flow.Message{Topic: "t" + name[:min(len(name), 3*80)], Key: name, Version: 1, Audience: []string{name}}))
		})
		if rec := read(t, s, r); !bytes.Equal(rec.Doc, doc(i)) {
			t.Errorf("%q came back as %s", name, rec.Doc)
		}
		ids, _ := find(t, s, flow.Query{Kind: r.Kind, Name: name, Values: []string{name}})
		wantIDs(t, ids, name)
		view(t, s, func(rd flow.Reader) error {
			events, err := rd.Events(r)
			if len(events) != 1 || events[0].Reason != "line\nbreak\ttab "+name || events[0].To != name {
				t.Errorf("%q has events %+v", name, events)
			}
			return err
		})
	}
	dues, err := s.ClaimDue(t.Context(), time.Now(), 100, time.Minute)
	if err != nil || len(dues) != len(names) {
		t.Fatalf("%d due-times, %v", len(dues), err)
	}
	for i, d := range dues {
		if d.ID != names[i] || d.Name != names[i] || !bytes.Equal(d.Data, doc(i)) {
			t.Errorf("due-time %d is %+v", i, d)
		}
	}
	messages, err := s.ClaimMessages(t.Context(), time.Now(), 100, time.Minute)
	if err != nil || len(messages) != len(names) {
		t.Fatalf("%d messages, %v", len(messages), err)
	}
	for i, m := range messages {
		if m.Key != names[i] || !slices.Equal(m.Audience, []string{names[i]}) {
			t.Errorf("message %d is %+v", i, m)
		}
	}
}

func refusedNames(t *testing.T, s flow.Store) {
	good := ref("request")
	for _, bad := range []string{"nul\x00", "line\nfeed", "del\x7f", "\u0085", "bad\xff", strings.Repeat("x", 513)} {
		r := flow.Ref{Kind: "request", ID: bad}
		e := event(good, 1, "create")
		e.Reason = "bad\xff"
		for what, fn := range map[string]func(flow.Tx) error{
			"identifier": func(tx flow.Tx) error { return tx.Put(flow.Record{Ref: r, Doc: doc(1)}) },
			"kind":       func(tx flow.Tx) error { return tx.Put(flow.Record{Ref: flow.Ref{Kind: bad, ID: "x"}, Doc: doc(1)}) },
			"key": func(tx flow.Tx) error {
				return tx.Put(flow.Record{Ref: good, Doc: doc(1), Keys: []flow.Key{{Name: "all", Value: bad}}})
			},
			"due-time": func(tx flow.Tx) error { return tx.SetDue(flow.Due{Ref: good, Name: bad}) },
			"once":     func(tx flow.Tx) error { return second(tx.Once(bad, nil)) },
			"entity":   func(tx flow.Tx) error { return tx.Append(event(r, 1, "create"), nil) },
			"topic": func(tx flow.Tx) error {
				return tx.Append(event(good, 1, "create"), &flow.Message{Topic: bad, Key: "x"})
			},
			"audience": func(tx flow.Tx) error {
				return tx.Append(event(good, 1, "create"), &flow.Message{Topic: "x", Key: "x", Audience: []string{bad}})
			},
			"reason": func(tx flow.Tx) error { return tx.Append(e, nil) },
		} {
			if err := s.Update(t.Context(), fn); yilian.KindOf(err) != yilian.Invalid {
				t.Errorf("%s %.20q: %v", what, bad, err)
			}
		}
	}
	err := s.View(t.Context(), func(rd flow.Reader) error {
		_, _, err := rd.Find(flow.Query{Kind: "book", Name: "all", Values: []string{""}, After: "not a cursor"})
		return err
	})
	wantKind(t, err, yilian.Invalid)
	askedForBadNames(t, s)
	empty(t, s, good)
}

// askedForBadNames: what cannot be stored is asked for without harm and is not there; as a bound it is refused.
func askedForBadNames(t *testing.T, s flow.Store) {
	for _, bad := range []string{"nul\x00", "bad\xff"} {
		err := s.View(t.Context(), func(rd flow.Reader) error {
			if _, err := rd.Get(flow.Ref{Kind: "request", ID: bad}); yilian.KindOf(err) != yilian.NotFound {
				t.Errorf("get %q: %v", bad, err)
			}
			if events, err := rd.Events(flow.Ref{Kind: "request", ID: bad}); err != nil || len(events) > 0 {
				t.Errorf("events of %q: %v, %v", bad, events, err)
			}
			if page, _, err := rd.Find(flow.Query{Kind: "request", Name: "all", Values: []string{bad, "x"}}); err != nil || len(page) > 0 {
				t.Errorf("find %q: %v, %v", bad, page, err)
			}
			for _, q := range []flow.Query{{From: bad}, {To: bad}} {
				q.Kind, q.Name, q.Values = "request", "all", []string{"x"}
				if _, _, err := rd.Find(q); yilian.KindOf(err) != yilian.Invalid {
					t.Errorf("bounds %q, %q: %v", q.From, q.To, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}
