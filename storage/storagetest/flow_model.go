package storagetest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"yilian/consult/flow"
)

// shelved is a record as the model keeps it.
type shelved struct {
	id   string
	keys []flow.Key
}

// findModel compares random lists with the plainest way of making them.
func findModel(t *testing.T, s flow.Store) {
	chance := rand.New(rand.NewPCG(1, 2))
	pick := func(from ...string) string { return from[chance.IntN(len(from))] }
	var all []shelved
	for i := range 60 {
		one := shelved{id: fmt.Sprintf("%c%d", 'a'+chance.IntN(26), i)}
		for range chance.IntN(5) {
			one.keys = append(one.keys, flow.Key{Name: pick("state", "tag"), Value: pick("", "x", "y", "z"), Sort: pick("", "a", "B", "b", "ba", "中")})
		}
		all = append(all, one)
		create(t, s, flow.Ref{Kind: "book", ID: one.id}, one.keys...)
	}
	for range 150 {
		q := flow.Query{Kind: "book", Name: pick("state", "tag"), From: pick("", "", "a", "b"), To: pick("", "", "b", "中"), Desc: chance.IntN(2) == 0}
		for range chance.IntN(4) {
			q.Values = append(q.Values, pick("", "x", "y", "z", "none"))
		}
		q.Limit = 1 + chance.IntN(20)
		want := listModel(all, q)
		var got []string
		for page := q; ; {
			ids, next := find(t, s, page)
			got = append(got, ids...)
			if page.After = next; next == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%+v gave %q, want %q", q, got, want)
		}
	}
}

// listModel answers the identifiers of a whole list.
func listModel(all []shelved, q flow.Query) []string {
	type place struct{ sort, id string }
	order := func(a, b place) int {
		c := cmp.Or(cmp.Compare(a.sort, b.sort), cmp.Compare(a.id, b.id))
		if q.Desc {
			return -c
		}
		return c
	}
	var places []place
	for _, one := range all {
		var mine []place
		for _, k := range one.keys {
			if k.Name == q.Name && slices.Contains(q.Values, k.Value) && k.Sort >= q.From && (q.To == "" || k.Sort < q.To) {
				mine = append(mine, place{k.Sort, one.id})
			}
		}
		if len(mine) > 0 {
			places = append(places, slices.MinFunc(mine, order))
		}
	}
	slices.SortFunc(places, order)
	var ids []string
	for _, p := range places {
		ids = append(ids, p.id)
	}
	return ids
}
