package sqlstore

import (
	"cmp"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"yilian"
	"yilian/consult/flow"
)

const (
	pageDefault = 100
	pageMost    = 1000
)

// get reads one entity with its keys, ordered by name, value and sort.
func (t *txn) get(ref flow.Ref) (flow.Record, error) {
	rec := flow.Record{Ref: ref}
	missing := yilian.Errorf(yilian.NotFound, ref.Kind+".unknown", "There is no such %s.", ref.Kind)
	if checkRef(ref) != nil {
		return flow.Record{}, missing // nothing can have that name; PostgreSQL does not even take the question
	}
	err := t.queryRow("SELECT version, doc FROM entity WHERE kind = $1 AND id = $2", ref.Kind, ref.ID).Scan(&rec.Version, &rec.Doc)
	if errors.Is(err, sql.ErrNoRows) {
		return flow.Record{}, missing
	}
	if err != nil {
		return flow.Record{}, fmt.Errorf("get %s: %w", ref.Kind, err)
	}
	if rec.Keys, err = t.keys(ref); err != nil {
		return flow.Record{}, err
	}
	return rec, nil
}

func (t *txn) keys(ref flow.Ref) ([]flow.Key, error) {
	keys, err := collect(t, scanKey, "SELECT name, value, sort FROM entity_key WHERE kind = $1 AND id = $2 ORDER BY name, value, sort", ref.Kind, ref.ID)
	if err != nil {
		return nil, fmt.Errorf("keys of a %s: %w", ref.Kind, err)
	}
	return keys, nil
}

func scanKey(r *sql.Rows) (k flow.Key, err error) { return k, r.Scan(&k.Name, &k.Value, &k.Sort) }

// put stores rec if its version is still the stored one, and changes only the keys that differ.
func (t *txn) put(rec flow.Record) error {
	if err := checkRecord(rec); err != nil {
		return err
	}
	var n int64
	var err error
	if rec.Version == 0 {
		n, err = t.exec("INSERT INTO entity (kind, id, version, doc) VALUES ($1, $2, 1, $3) ON CONFLICT (kind, id) DO NOTHING",
			rec.Kind, rec.ID, rec.Doc)
	} else {
		n, err = t.exec("UPDATE entity SET version = version + 1, doc = $4 WHERE kind = $1 AND id = $2 AND version = $3",
			rec.Kind, rec.ID, rec.Version, rec.Doc)
	}
	if err != nil {
		return fmt.Errorf("put %s: %w", rec.Kind, err)
	}
	if n == 0 {
		return flow.ErrStale
	}
	return t.putKeys(rec)
}

func (t *txn) putKeys(rec flow.Record) error {
	var old []flow.Key
	var err error
	if rec.Version > 0 {
		if old, err = t.keys(rec.Ref); err != nil {
			return err
		}
	}
	for _, k := range old {
		if slices.Contains(rec.Keys, k) {
			continue
		}
		_, err := t.exec("DELETE FROM entity_key WHERE kind = $1 AND id = $2 AND name = $3 AND value = $4 AND sort = $5",
			rec.Kind, rec.ID, k.Name, k.Value, k.Sort)
		if err != nil {
			return fmt.Errorf("remove a key: %w", err)
		}
	}
	for i, k := range rec.Keys {
		if slices.Contains(old, k) || slices.Contains(rec.Keys[:i], k) {
			continue
		}
		_, err := t.exec("INSERT INTO entity_key (kind, name, value, sort, id) VALUES ($1, $2, $3, $4, $5)", rec.Kind, k.Name, k.Value, k.Sort, rec.ID)
		if err != nil {
			return fmt.Errorf("add a key: %w", err)
		}
	}
	return nil
}

// checkRecord refuses what cannot be stored.
func checkRecord(rec flow.Record) error {
	if err := checkRef(rec.Ref); err != nil {
		return err
	}
	if rec.Version < 0 || len(rec.Doc) == 0 {
		return yilian.Errorf(yilian.Invalid, "store.record", "A record has a version from 0 on and a document.")
	}
	for _, k := range rec.Keys {
		if err := cmp.Or(checkKey("key's name", k.Name), checkText("key's value", k.Value), checkText("key's sort", k.Sort)); err != nil {
			return err
		}
	}
	return nil
}

func checkRef(ref flow.Ref) error {
	return cmp.Or(checkKey("kind", ref.Kind), checkKey("identifier", ref.ID))
}

// found is one row of a list.
type found struct {
	rec  flow.Record
	sort string
}

// find answers one page of a list. A record stands in it once: where it comes first.
func (t *txn) find(q flow.Query) ([]flow.Record, string, error) {
	query, args, err := findSQL(q)
	if err != nil || query == "" {
		return nil, "", err
	}
	limit := pageSize(q.Limit)
	rows, err := collect(t, func(r *sql.Rows) (f found, err error) {
		f.rec.Kind = q.Kind
		return f, r.Scan(&f.sort, &f.rec.ID, &f.rec.Version, &f.rec.Doc)
	}, query, args...)
	if err != nil {
		return nil, "", fmt.Errorf("find %s by %s: %w", q.Kind, q.Name, err)
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		next = cursor{rows[limit-1].sort, rows[limit-1].rec.ID}.String()
	}
	page := make([]flow.Record, len(rows))
	for i, f := range rows {
		page[i] = f.rec
	}
	return page, next, t.fillKeys(q.Kind, page)
}

// fillKeys reads the keys of a page.
func (t *txn) fillKeys(kind string, page []flow.Record) error {
	if len(page) == 0 {
		return nil
	}
	at := make(map[string]int, len(page))
	ids := make([]any, len(page))
	for i, rec := range page {
		at[rec.ID] = i
		ids[i] = rec.ID
	}
	type keyOf struct {
		id string
		flow.Key
	}
	ids = pad(ids)
	keys, err := collect(t, func(r *sql.Rows) (k keyOf, err error) { return k, r.Scan(&k.id, &k.Name, &k.Value, &k.Sort) },
		"SELECT id, name, value, sort FROM entity_key WHERE kind = $1 AND id IN ("+list(2, len(ids))+") ORDER BY id, name, value, sort",
		append([]any{kind}, ids...)...)
	if err != nil {
		return fmt.Errorf("keys of a page: %w", err)
	}
	for _, k := range keys {
		page[at[k.id]].Keys = append(page[at[k.id]].Keys, k.Key)
	}
	return nil
}

func pageSize(limit int) int {
	if limit <= 0 {
		return pageDefault
	}
	return min(limit, pageMost)
}

// lister writes the query of one page.
type lister struct {
	args       []any
	bounds     string // on the sort of the row K
	order      string
	ahead      string // comparison with what comes later in the order
	behind     string
	after      string
	limit      string
	valueNames []string
}

func (l *lister) arg(v any) string {
	l.args = append(l.args, v)
	return fmt.Sprintf("$%d", len(l.args))
}

// findSQL writes the query of one page: for each value a walk along the index that ends after a page, merged; one row more than the
// page tells whether there is a next one.
func findSQL(q flow.Query) (string, []any, error) {
	values := slices.Compact(slices.Sorted(slices.Values(q.Values)))
	values = slices.DeleteFunc(values, func(v string) bool { return checkText("value", v) != nil }) // no record has such a key
	if err := cmp.Or(checkText("lower bound", q.From), checkText("upper bound", q.To)); err != nil {
		return "", nil, err
	}
	if len(values) == 0 {
		return "", nil, nil
	}
	after, err := parseCursor(q.After)
	if err != nil {
		return "", nil, err
	}
	l := lister{args: []any{q.Kind, q.Name}, order: "ASC", ahead: ">", behind: "<"}
	if q.Desc {
		l.order, l.ahead, l.behind = "DESC", "<", ">"
	}
	if q.From != "" {
		l.bounds += " AND K.sort >= " + l.arg(q.From)
	}
	if q.To != "" {
		l.bounds += " AND K.sort < " + l.arg(q.To)
	}
	if after != nil {
		l.after = " AND (k.sort, k.id) " + l.ahead + " (" + l.arg(after.sort) + ", " + l.arg(after.id) + ")"
	}
	l.limit = upTo(pageSize(q.Limit) + 1)
	for _, v := range values {
		l.valueNames = append(l.valueNames, l.arg(v))
	}
	return l.page(), l.args, nil
}

func (l *lister) page() string {
	walks := make([]string, len(l.valueNames))
	for i, value := range l.valueNames {
		walks[i] = l.walk(value, fmt.Sprintf("w%d", i))
	}
	return "SELECT p.sort, e.id, e.version, e.doc FROM (" + strings.Join(walks, " UNION ALL ") + ") p JOIN entity e ON e.kind = $1 AND e.id = p.id" +
		" ORDER BY p.sort " + l.order + ", p.id " + l.order + l.limit
}

// walk follows one value. A row is left out when the record has another one, of any of the values, that comes before.
func (l *lister) walk(value, name string) string {
	bounds := func(alias string) string { return strings.ReplaceAll(l.bounds, "K.", alias+".") }
	return "SELECT * FROM (SELECT k.sort, k.id FROM entity_key k WHERE k.kind = $1 AND k.name = $2 AND k.value = " + value + bounds("k") + l.after +
		" AND NOT EXISTS (SELECT 1 FROM entity_key d WHERE d.kind = $1 AND d.id = k.id AND d.name = $2 AND d.value IN (" + strings.Join(l.valueNames, ", ") +
		")" + bounds("d") + " AND (d.sort, d.value) " + l.behind + " (k.sort, k.value))" +
		" ORDER BY k.sort " + l.order + ", k.id " + l.order + l.limit + ") " + name
}

// cursor is the position after a row of a list. Rows that are added or removed elsewhere do not move it.
type cursor struct{ sort, id string }

func (c cursor) String() string {
	b, _ := json.Marshal([]string{c.sort, c.id}) // strings always marshal
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseCursor(s string) (*cursor, error) {
	if s == "" {
		return nil, nil
	}
	var pair []string
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, &pair)
	}
	if err != nil || len(pair) != 2 || cmp.Or(checkText("sort", pair[0]), checkText("identifier", pair[1])) != nil {
		return nil, yilian.Errorf(yilian.Invalid, "cursor", "This page marker is not valid. Start again from the first page.")
	}
	return &cursor{pair[0], pair[1]}, nil
}
