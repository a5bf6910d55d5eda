package sqlstore

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"yilian/consult/flow"
)

// audienceUnion joins the audiences of two messages that become one; empty is everyone. Both are lists like "\na\nb\n"; replace
// asks whether the one is part of the other, because position functions have other names in each engine.
const audienceUnion = `CASE WHEN outbox.audience = '' OR excluded.audience = '' THEN ''
	WHEN replace(outbox.audience, excluded.audience, '') <> outbox.audience THEN outbox.audience
	ELSE outbox.audience || excluded.audience END`

// send puts a message into the outbox, or into the one that waits there for the same topic and key: the newer content wins.
func (t *txn) send(m flow.Message) error {
	if err := cmp.Or(checkKey("topic", m.Topic), checkText("message key", m.Key)); err != nil {
		return err
	}
	audience, err := joinAudience(m.Audience)
	if err != nil {
		return err
	}
	var after int64
	if !m.After.IsZero() {
		after = nanos(m.After)
	}
	_, err = t.exec(`INSERT INTO outbox (id, topic, key, version, audience, data, not_before) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (topic, key) WHERE lease_until = 0 DO UPDATE
		SET version = excluded.version, audience = `+audienceUnion+`, data = excluded.data,
			not_before = CASE WHEN excluded.not_before < outbox.not_before THEN excluded.not_before ELSE outbox.not_before END`,
		t.clock.next(), m.Topic, m.Key, m.Version, audience, optional(m.Data), after)
	if err != nil {
		return fmt.Errorf("message to %s: %w", m.Topic, err)
	}
	return nil
}

// claimMessages leases messages, one for each topic and key: a newer one waits until the older is delivered. What was claimed once
// keeps its content under its identifier for good, so a late Delivered cannot remove news.
func (t *txn) claimMessages(now time.Time, limit int, lease time.Duration) ([]flow.Message, error) {
	claimed, err := collect(t, scanMessage, `UPDATE outbox SET lease_until = $1, attempts = attempts + 1 WHERE lease_until <= $2 AND id IN
			(SELECT o.id FROM outbox o WHERE o.not_before <= $2 AND o.lease_until <= $2
				AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.topic = o.topic AND e.key = o.key AND e.id < o.id)
			ORDER BY o.id`+upTo(max(limit, 0))+`)
		RETURNING id, topic, key, version, audience, data, attempts - 1`, nanos(now.Add(lease)), nanos(now))
	if err != nil {
		return nil, fmt.Errorf("claim messages: %w", err)
	}
	slices.SortFunc(claimed, func(a, b flow.Message) int { return cmp.Compare(a.ID, b.ID) })
	return claimed, nil
}

func scanMessage(r *sql.Rows) (m flow.Message, err error) {
	var audience string
	err = r.Scan(&m.ID, &m.Topic, &m.Key, &m.Version, &audience, &m.Data, &m.Attempts)
	m.Audience = splitAudience(audience)
	return m, err
}

// delivered removes messages that were claimed.
func (t *txn) delivered(ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	values := make([]any, len(ids))
	for i, id := range ids {
		values[i] = id
	}
	values = pad(values)
	if _, err := t.exec("DELETE FROM outbox WHERE lease_until <> 0 AND id IN ("+list(1, len(values))+")", values...); err != nil {
		return fmt.Errorf("remove delivered messages: %w", err)
	}
	return nil
}

// retry puts a claimed message back under a new identifier, or joins it to the newer one that waits already.
func (t *txn) retry(id int64, at time.Time) error {
	var m flow.Message
	var audience string
	err := t.queryRow("DELETE FROM outbox WHERE id = $1 AND lease_until <> 0 RETURNING topic, key, version, audience, data, attempts", id).
		Scan(&m.Topic, &m.Key, &m.Version, &audience, &m.Data, &m.Attempts)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("give a message back: %w", err)
	}
	_, err = t.exec(`INSERT INTO outbox (id, topic, key, version, audience, data, attempts, not_before) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (topic, key) WHERE lease_until = 0 DO UPDATE SET audience = `+audienceUnion+`,
			attempts = CASE WHEN outbox.attempts > excluded.attempts THEN outbox.attempts ELSE excluded.attempts END`,
		t.clock.next(), m.Topic, m.Key, m.Version, audience, optional(m.Data), m.Attempts, nanos(at))
	if err != nil {
		return fmt.Errorf("give a message back: %w", err)
	}
	return nil
}

// joinAudience writes an audience as lines, with one before and one behind.
func joinAudience(audience []string) (string, error) {
	if len(audience) == 0 {
		return "", nil
	}
	for _, a := range audience {
		if err := checkKey("audience", a); err != nil {
			return "", err
		}
	}
	return "\n" + strings.Join(slices.Compact(slices.Sorted(slices.Values(audience))), "\n") + "\n", nil
}

func splitAudience(s string) []string {
	if s == "" {
		return nil
	}
	lines := slices.DeleteFunc(strings.Split(s, "\n"), func(a string) bool { return a == "" })
	slices.Sort(lines)
	return slices.Compact(lines)
}
