package sqlstore

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// systemChain is the chain of events that belong to no institution.
const systemChain = "system"

func chainName(name string) string { return cmp.Or(name, systemChain) }

// entry is an event as it is stored and hashed.
type entry struct {
	yilian.Event
	actor []byte
	data  []byte
	at    int64
}

// appendEvent adds an event to the end of its chain and, unless msg is nil, a message to the outbox. Message fields that are empty
// are taken from the event.
func (t *txn) appendEvent(e yilian.Event, msg *flow.Message) error {
	n, err := newEntry(e)
	if err != nil {
		return err
	}
	if err := t.link(&n); err != nil {
		return err
	}
	err = t.moveHead(n)
	if err == nil {
		err = t.insertEntry(n)
	}
	if err != nil {
		return fmt.Errorf("append an event: %w", err)
	}
	if msg == nil {
		return nil
	}
	m := *msg
	m.Topic, m.Key, m.Version = cmp.Or(m.Topic, n.Entity), cmp.Or(m.Key, n.EntityID), cmp.Or(m.Version, n.Version)
	return t.send(m)
}

// newEntry checks an event and brings it into its stored form.
func newEntry(e yilian.Event) (entry, error) {
	n := entry{Event: e}
	n.Chain = chainName(e.Chain)
	err := cmp.Or(checkKey("chain", n.Chain), checkKey("entity", e.Entity), checkKey("entity's identifier", e.EntityID), checkKey("action", e.Action),
		checkText("state", e.From), checkText("state", e.To), checkProse("reason", e.Reason))
	if err != nil {
		return entry{}, err
	}
	if n.actor, err = json.Marshal(e.Actor); err != nil {
		return entry{}, fmt.Errorf("the event's actor: %w", err)
	}
	if len(e.Data) > 0 {
		var b bytes.Buffer
		if err := json.Compact(&b, e.Data); err != nil {
			return entry{}, fmt.Errorf("the event's data: %w", err)
		}
		n.data = b.Bytes()
	}
	if e.At.IsZero() {
		n.At = time.Now()
	}
	n.at = n.At.UnixNano()
	return n, nil
}

// link makes an entry the next of its chain.
func (t *txn) link(n *entry) error {
	var seq, head, entity int64
	var prev string
	err := t.queryRow(`SELECT coalesce((SELECT seq FROM chain WHERE name = $1), 0), coalesce((SELECT id FROM chain WHERE name = $1), 0),
		coalesce((SELECT hash FROM chain WHERE name = $1), ''),
		coalesce((SELECT max(id) FROM event WHERE entity = $2 AND entity_id = $3), 0)`, n.Chain, n.Entity, n.EntityID).
		Scan(&seq, &head, &prev, &entity)
	if err != nil {
		return fmt.Errorf("end of the chain: %w", err)
	}
	n.follow(seq, head, entity, prev, t.clock)
	return nil
}

// follow numbers an entry behind the last one of its chain and the last one of its entity, and seals it.
func (n *entry) follow(seq, head, entity int64, prev string, c *clock) {
	n.Seq, n.Prev = seq+1, prev
	n.ID = max(c.next(), head+1, entity+1)
	n.Hash = n.sum()
}

// latestEntry answers the identifier of the last entry of an entity, or 0.
func (t *txn) latestEntry(entity, id string) (latest int64, err error) {
	err = t.queryRow("SELECT coalesce(max(id), 0) FROM event WHERE entity = $1 AND entity_id = $2", entity, id).Scan(&latest)
	if err != nil {
		return 0, fmt.Errorf("last event of a %s: %w", entity, err)
	}
	return latest, nil
}

// moveHead comes before insertEntry: who loses a race for the head is told to try again, not that a row exists.
func (t *txn) moveHead(n entry) error {
	_, err := t.exec(`INSERT INTO chain (name, seq, id, hash) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, id = excluded.id, hash = excluded.hash`, n.Chain, n.Seq, n.ID, n.Hash)
	return err
}

func (t *txn) insertEntry(n entry) error {
	_, err := t.exec(`INSERT INTO event (chain, seq, id, entity, entity_id, version, action, from_state, to_state, actor, at, reason, data, prev, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		n.Chain, n.Seq, n.ID, n.Entity, n.EntityID, n.Version, n.Action, n.From, n.To, n.actor, n.at, n.Reason, optional(n.data), n.Prev, n.Hash)
	return err
}

const eventColumns = "chain, seq, id, entity, entity_id, version, action, from_state, to_state, actor, at, reason, data, prev, hash"

func scanEntry(r *sql.Rows) (n entry, err error) {
	err = r.Scan(&n.Chain, &n.Seq, &n.ID, &n.Entity, &n.EntityID, &n.Version, &n.Action, &n.From, &n.To, &n.actor, &n.at, &n.Reason, &n.data,
		&n.Prev, &n.Hash)
	return n, err
}

// events answers the trail of one entity, oldest first.
func (t *txn) events(ref flow.Ref) ([]yilian.Event, error) {
	if checkRef(ref) != nil {
		return nil, nil
	}
	entries, err := collect(t, scanEntry, "SELECT "+eventColumns+" FROM event WHERE entity = $1 AND entity_id = $2 ORDER BY id", ref.Kind, ref.ID)
	if err != nil {
		return nil, fmt.Errorf("events of a %s: %w", ref.Kind, err)
	}
	all := make([]yilian.Event, len(entries))
	for i, n := range entries {
		if err := json.Unmarshal(n.actor, &n.Actor); err != nil {
			return nil, fmt.Errorf("event %d of chain %s: actor: %w", n.Seq, n.Chain, err)
		}
		n.At, n.Data = moment(n.at), n.data
		all[i] = n.Event
	}
	return all, nil
}

// verifyChain walks along a chain and answers its length.
func (t *txn) verifyChain(chain string) (length int64, err error) {
	rows, err := t.query("SELECT "+eventColumns+" FROM event WHERE chain = $1 ORDER BY seq", chain)
	if err != nil {
		return 0, fmt.Errorf("read chain %s: %w", chain, err)
	}
	prev := ""
	err = func() (err error) {
		defer func() { err = t.failed(errors.Join(err, rows.Close())) }()
		for rows.Next() {
			n, err := scanEntry(rows)
			if err != nil {
				return fmt.Errorf("read chain %s: %w", chain, err)
			}
			length++
			if n.Seq != length || n.Prev != prev || n.Hash != n.sum() {
				return errBroken(chain, length)
			}
			prev = n.Hash
		}
		return rows.Err()
	}()
	if err != nil {
		return 0, err
	}
	var seq int64
	var head string
	err = t.queryRow("SELECT seq, hash FROM chain WHERE name = $1", chain).Scan(&seq, &head)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	if err != nil {
		return 0, fmt.Errorf("head of chain %s: %w", chain, err)
	}
	if seq != length || head != prev {
		return 0, errBroken(chain, min(seq, length)+1)
	}
	return length, nil
}

func errBroken(chain string, seq int64) error {
	e := yilian.Errorf(yilian.Conflict, "chain.broken", "The trail %q was altered: entry %d does not fit.", chain, seq)
	e.Params = map[string]any{"chain": chain, "seq": seq}
	return e
}

// sum is the hash of an entry over its canonical form; see the package comment.
func (n entry) sum() string {
	h := sha256.New()
	number := func(i int64) []byte { return strconv.AppendInt(nil, i, 10) }
	for _, field := range [][]byte{
		[]byte("yilian-event-1"), []byte(n.Prev), []byte(n.Chain), number(n.Seq), number(n.ID), []byte(n.Entity), []byte(n.EntityID),
		number(n.Version), []byte(n.Action), []byte(n.From), []byte(n.To), n.actor, number(n.at), []byte(n.Reason), n.data,
	} {
		netstring(h, field)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func netstring(h hash.Hash, field []byte) {
	h.Write(append(strconv.AppendInt(nil, int64(len(field)), 10), ':'))
	h.Write(field)
	h.Write([]byte{','})
}
