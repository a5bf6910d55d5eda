package sqlstore_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"yilian"
	"yilian/consult/flow"
)

// BenchmarkUpdate is one small update as a workflow makes it: a record with two keys, a due-time, an event and a message.
func BenchmarkUpdate(b *testing.B) {
	for _, e := range engines {
		for _, chains := range []int{1, 16} {
			for _, callers := range []int{1, 16} {
				b.Run(fmt.Sprintf("%s/chains=%d/callers=%d", e.name, chains, callers), func(b *testing.B) {
					s := open(b, e.open(b)).Flow()
					b.ResetTimer()
					var wg sync.WaitGroup
					for c := range callers {
						wg.Go(func() {
							for i := range b.N/callers + 1 {
								if err := s.Update(b.Context(), func(tx flow.Tx) error { return small(tx, chains, c, i) }); err != nil {
									b.Error(err)
								}
							}
						})
					}
					wg.Wait()
					b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
				})
			}
		}
	}
}

func small(tx flow.Tx, chains, caller, i int) error {
	r := flow.Ref{Kind: "request", ID: fmt.Sprintf("%d-%d", caller, i)}
	key := fmt.Sprintf("%09d", i)
	return errors.Join(
		tx.Put(flow.Record{Ref: r, Doc: []byte(`{"state":"queued"}`), Keys: []flow.Key{{Name: "state", Value: "queued", Sort: key}, {Name: "all", Sort: key}}}),
		tx.SetDue(flow.Due{Ref: r, Name: "wake", At: noon}),
		tx.Append(yilian.Event{Chain: fmt.Sprint("institution", caller%chains), Entity: r.Kind, EntityID: r.ID, Version: 1, Action: "submit", Actor: yilian.System},
			&flow.Message{Version: 1}),
	)
}
