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

// get reads one entity with its keys, ordered by name and value.
func (t *txn) get(ref flow.Ref) (flow.Record, error) {
	rec := flow.Record{Ref: ref}
	err := t.queryRow("SELECT version, doc FROM entity WHERE kind = $1 AND id = $2", ref.Kind, ref.ID).Scan(&rec.Version, &rec.Doc)
	if errors.Is(err, sql.ErrNoRows) {
		e := yilian.Errorf(yilian.NotFound, "missing", "This does not exist.")
		e.Params = map[string]any{"kind": ref.Kind}
		return flow.Record{}, e
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
	keys, err := collect(t, scanKey, "SELECT name, value, sort FROM entity_key WHERE kind = $1 AND id = $2 ORDER BY name, value", ref.Kind, ref.ID)
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
		_, err := t.exec("DELETE FROM entity_key WHERE kind = $1 AND id = $2 AND name = $3 AND value = $4", rec.Kind, rec.ID, k.Name, k.Value)
		if err != nil {
			return fmt.Errorf("remove a key: %w", err)
		}
	}
	for _, k := range rec.Keys {
		if slices.Contains(old, k) {
			continue
		}
		_, err := t.exec("INSERT INTO entity_key (kind, name, value, sort, id) VALUES ($1, $2, $3, $4, $5)", rec.Kind, k.Name, k.Value, k.Sort, rec.ID)
		if err != nil {
			return fmt.Errorf("add a key: %w", err)
		}
	}
	return nil
}

// checkRecord refuses names that cannot be stored, and two sorts for one key: a record stands once in a list.
func checkRecord(rec flow.Record) error {
	if err := checkRef(rec.Ref); err != nil {
		return err
	}
	if rec.Version < 0 || len(rec.Doc) == 0 {
		return yilian.Errorf(yilian.Invalid, "store.record", "A record has a version from 0 on and a document.")
	}
	seen := map[[2]string]bool{}
	for _, k := range rec.Keys {
		if err := cmp.Or(checkKey("key's name", k.Name), checkText("key's value", k.Value), checkText("key's sort", k.Sort)); err != nil {
			return err
		}
		if seen[[2]string{k.Name, k.Value}] {
			return yilian.Errorf(yilian.Invalid, "store.key", "The key %q is given twice with the same value.", k.Name)
		}
		seen[[2]string{k.Name, k.Value}] = true
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

// find answers one page of a list. A record that carries several of the values stands where it comes first.
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
	args := []any{kind}
	for i, rec := range page {
		at[rec.ID] = i
		args = append(args, rec.ID)
	}
	type keyOf struct {
		id string
		flow.Key
	}
	keys, err := collect(t, func(r *sql.Rows) (k keyOf, err error) { return k, r.Scan(&k.id, &k.Name, &k.Value, &k.Sort) },
		"SELECT id, name, value, sort FROM entity_key WHERE kind = $1 AND id IN ("+list(2, len(page))+") ORDER BY id, name, value", args...)
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

// findSQL writes the query of one page: for each value a walk along the index that ends after a page, merged; one row more than the
// page tells whether there is a next one.
func findSQL(q flow.Query) (string, []any, error) {
	values := slices.Compact(slices.Sorted(slices.Values(q.Values)))
	if len(values) == 0 {
		return "", nil, nil
	}
	after, err := parseCursor(q.After)
	if err != nil {
		return "", nil, err
	}
	args := []any{q.Kind, q.Name}
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	order, beyond := "ASC", ">"
	if q.Desc {
		order, beyond = "DESC", "<"
	}
	bounds := func(alias string) string { return "" }
	if q.From != "" || q.To != "" {
		from, to := "", ""
		if q.From != "" {
			from = arg(q.From)
		}
		if q.To != "" {
			to = arg(q.To)
		}
		bounds = func(alias string) (s string) {
			if from != "" {
				s += " AND " + alias + ".sort >= " + from
			}
			if to != "" {
				s += " AND " + alias + ".sort < " + to
			}
			return s
		}
	}
	where := bounds("k")
	if after != nil {
		where += " AND (k.sort, k.id) " + beyond + " (" + arg(after.sort) + ", " + arg(after.id) + ")"
	}
	limit := arg(pageSize(q.Limit) + 1)
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = arg(v)
	}
	if len(values) > 1 {
		where += " AND NOT EXISTS (SELECT 1 FROM entity_key d WHERE d.kind = $1 AND d.id = k.id AND d.name = $2 AND d.value IN (" +
			strings.Join(names, ",") + ")" + bounds("d") + " AND (d.sort, d.value) " + opposite(beyond) + " (k.sort, k.value))"
	}
	walks := make([]string, len(values))
	for i, name := range names {
		walks[i] = "SELECT * FROM (SELECT k.sort, k.id FROM entity_key k WHERE k.kind = $1 AND k.name = $2 AND k.value = " + name + where +
			" ORDER BY k.sort " + order + ", k.id " + order + " LIMIT " + limit + ") w" + fmt.Sprint(i)
	}
	return "SELECT p.sort, e.id, e.version, e.doc FROM (" + strings.Join(walks, " UNION ALL ") +
		") p JOIN entity e ON e.kind = $1 AND e.id = p.id ORDER BY p.sort " + order + ", p.id " + order + " LIMIT " + limit, args, nil
}

// opposite turns a comparison round.
func opposite(op string) string {
	if op == ">" {
		return "<"
	}
	return ">"
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
	if err != nil || len(pair) != 2 {
		return nil, yilian.Errorf(yilian.Invalid, "cursor", "This page marker is not valid. Start again from the first page.")
	}
	return &cursor{pair[0], pair[1]}, nil
}
