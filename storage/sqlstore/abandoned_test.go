package sqlstore_test

import (
	"testing"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// TestAbandon: what a process had in hand that is gone is there at once for the next that opens the file, the older before the newer; a database of several
// nodes keeps the leases.
func TestAbandon(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			o := e.open(t)
			at, ref := time.Now(), flow.Ref{Kind: "request", ID: "r"}
			gone := open(t, o)
			tell := func(version int64) {
				t.Helper()
				err := gone.Flow().Update(t.Context(), func(tx flow.Tx) error {
					return tx.Append(yilian.Event{Chain: "c", Entity: ref.Kind, EntityID: ref.ID, Version: version, Action: "ring", Actor: yilian.System, At: at},
						&flow.Message{Topic: "request", Key: "r", Version: version})
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			claim := func(s flow.Store) (versions []int64, dues int) {
				messages, err := s.ClaimMessages(t.Context(), at.Add(time.Second), 10, time.Hour)
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range messages {
					versions = append(versions, m.Version)
					if err := s.Delivered(t.Context(), m.ID); err != nil {
						t.Fatal(err)
					}
				}
				due, err := s.ClaimDue(t.Context(), at.Add(time.Second), 10, time.Hour)
				if err != nil {
					t.Fatal(err)
				}
				return versions, len(due)
			}
			tell(1)
			if err := gone.Flow().Update(t.Context(), func(tx flow.Tx) error { return tx.SetDue(flow.Due{Ref: ref, Name: "lease", At: at}) }); err != nil {
				t.Fatal(err)
			}
			if _, err := gone.Flow().ClaimMessages(t.Context(), at.Add(time.Second), 10, time.Hour); err != nil {
				t.Fatal(err)
			}
			if _, err := gone.Flow().ClaimDue(t.Context(), at.Add(time.Second), 10, time.Hour); err != nil {
				t.Fatal(err)
			}
			tell(2)

			next := open(t, o)
			if versions, dues := claim(next.Flow()); len(versions) != 0 || dues != 0 {
				t.Fatalf("before: messages %v, %d due-times", versions, dues)
			}
			for range 2 {
				if err := next.Abandon(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if e.name == "postgres" {
				if versions, dues := claim(next.Flow()); len(versions) != 0 || dues != 0 {
					t.Errorf("another node's: messages %v, %d due-times", versions, dues)
				}
				return
			}
			for version := int64(1); version <= 2; version++ {
				if versions, dues := claim(next.Flow()); len(versions) != 1 || versions[0] != version || dues != 2-int(version) {
					t.Errorf("round %d: messages %v, %d due-times", version, versions, dues)
				}
			}
		})
	}
}
