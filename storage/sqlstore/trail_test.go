package sqlstore_test

import (
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"yilian"
	"yilian/consult/flow"
	"yilian/storage/sqlstore"
)

// fill writes a chain of five.
func fill(t *testing.T, db *sqlstore.DB, chain string) {
	for i := range 5 {
		err := db.Flow().Update(t.Context(), func(tx flow.Tx) error {
			return tx.Append(yilian.Event{
				Chain: chain, Entity: "request", EntityID: fmt.Sprint(i % 2), Version: int64(i), Action: "步骤", From: "a", To: "b", Actor: yilian.System, At: noon,
				Reason: "因为", Data: []byte(`{"n":1}`),
			}, nil)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever somebody changes in the table behind our back, VerifyChain names the first entry that does not fit.
func TestVerifyChainFindsTampering(t *testing.T) {
	tampering := map[string]struct {
		statements string
		entry      int64
	}{
		"id":                     {"UPDATE event SET id = id + 1 WHERE chain = C AND seq = 3", 3},
		"entity":                 {"UPDATE event SET entity = 'x' WHERE chain = C AND seq = 3", 3},
		"identifier":             {"UPDATE event SET entity_id = 'x' WHERE chain = C AND seq = 3", 3},
		"version":                {"UPDATE event SET version = 9 WHERE chain = C AND seq = 3", 3},
		"action":                 {"UPDATE event SET action = 'x' WHERE chain = C AND seq = 3", 3},
		"from":                   {"UPDATE event SET from_state = 'x' WHERE chain = C AND seq = 3", 3},
		"to":                     {"UPDATE event SET to_state = '' WHERE chain = C AND seq = 3", 3},
		"actor":                  {"UPDATE event SET actor = data WHERE chain = C AND seq = 3", 3},
		"moment":                 {"UPDATE event SET at = at + 1 WHERE chain = C AND seq = 3", 3},
		"reason":                 {"UPDATE event SET reason = '' WHERE chain = C AND seq = 3", 3},
		"data":                   {"UPDATE event SET data = NULL WHERE chain = C AND seq = 3", 3},
		"moved between fields":   {"UPDATE event SET from_state = 'ab', to_state = '' WHERE chain = C AND seq = 3", 3},
		"previous":               {"UPDATE event SET prev = '' WHERE chain = C AND seq = 3", 3},
		"hash":                   {"UPDATE event SET hash = prev WHERE chain = C AND seq = 3", 3},
		"another chain":          {"UPDATE event SET chain = 'elsewhere' WHERE chain = C AND seq = 3", 3},
		"removed":                {"DELETE FROM event WHERE chain = C AND seq = 3", 3},
		"removed and renumbered": {"DELETE FROM event WHERE chain = C AND seq = 5; UPDATE chain SET seq = 4 WHERE name = C", 5},
		"first removed":          {"DELETE FROM event WHERE chain = C AND seq = 1", 1},
		"end removed":            {"DELETE FROM event WHERE chain = C AND seq > 3", 4},
		"head removed":           {"DELETE FROM chain WHERE name = C", 1},
		"exchanged":              {"UPDATE event SET seq = 9 WHERE chain = C AND seq = 3; UPDATE event SET seq = 3 WHERE chain = C AND seq = 4; UPDATE event SET seq = 4 WHERE chain = C AND seq = 9", 3},
		"added": {"INSERT INTO event SELECT chain, 6, id, entity, entity_id, version, action, from_state, to_state, actor, at, reason, data, prev, hash" +
			" FROM event WHERE chain = C AND seq = 5", 6},
	}
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			db := open(t, e.open(t))
			for name, c := range tampering {
				t.Run(name, func(t *testing.T) {
					fill(t, db, name)
					if n, err := db.Flow().VerifyChain(t.Context(), name); err != nil || n != 5 {
						t.Fatalf("untouched: %d, %v", n, err)
					}
					for _, q := range strings.Split(c.statements, "; ") {
						if err := sqlstore.Exec(t.Context(), db, strings.ReplaceAll(q, "= C", "= '"+name+"'")); err != nil {
							t.Fatal(err)
						}
					}
					_, err := db.Flow().VerifyChain(t.Context(), name)
					broken, ok := errors.AsType[*yilian.Error](err)
					if !ok || broken.Code != "chain.broken" || broken.Params["seq"] != c.entry {
						t.Errorf("%v, want entry %d", err, c.entry)
					}
				})
			}
		})
	}
}

// A stranger checks the trail with the table and the package comment alone.
func TestTrailForStrangers(t *testing.T) {
	o := engines[0].open(t)
	db := open(t, o)
	fill(t, db, "")
	raw, err := sql.Open("sqlite", "file:"+strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(o.Path))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	rows, err := raw.QueryContext(t.Context(), `SELECT prev, chain, seq, id, entity, entity_id, version, action, from_state, to_state, actor, at, reason,
		coalesce(data, ''), hash FROM event ORDER BY seq`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	prev, n := "", 0
	for ; rows.Next(); n++ {
		fields := make([]string, 15)
		dest := make([]any, len(fields))
		for i := range fields {
			dest[i] = &fields[i]
		}
		if err := rows.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		text := "14:yilian-event-1,"
		for _, f := range fields[:14] {
			text += fmt.Sprintf("%d:%s,", len(f), f)
		}
		if sum := fmt.Sprintf("%x", sha256.Sum256([]byte(text))); sum != fields[14] || fields[0] != prev {
			t.Errorf("entry %s: hash %s, want %s", fields[2], fields[14], sum)
		}
		prev = fields[14]
	}
	if err := rows.Err(); err != nil || n != 5 {
		t.Errorf("%d entries, %v", n, err)
	}
}
