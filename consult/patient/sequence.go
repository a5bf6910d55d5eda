package patient

import (
	"encoding/json"
	"fmt"

	"yilian"
	"yilian/consult/flow"
)

// Sequence answers the next number of a named sequence, 1, 2, 3 … Numbers that people read out and type (patient numbers,
// accession numbers) come from it. A transaction that fails leaves no gap.
func Sequence(tx flow.Tx, name string) (int64, error) {
	ref := flow.Ref{Kind: "sequence", ID: name}
	var last int64
	rec, err := tx.Get(ref)
	switch {
	case yilian.KindOf(err) == yilian.NotFound:
		rec = flow.Record{Ref: ref}
	case err != nil:
		return 0, fmt.Errorf("sequence %s: %w", name, err)
	default:
		if err := json.Unmarshal(rec.Doc, &last); err != nil {
			return 0, fmt.Errorf("sequence %s: %w", name, err)
		}
	}
	last++
	if rec.Doc, err = json.Marshal(last); err != nil {
		return 0, fmt.Errorf("sequence %s: %w", name, err)
	}
	return last, tx.Put(rec)
}
