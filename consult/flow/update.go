package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"yilian"
)

// Create stores a new entity. fn builds it (an empty Meta.ID is filled in) and may read and write others through tx. A repeated
// idempotency key answers the entity that the first call made.
func (r *Repo[T]) Create(ctx context.Context, cmd Command, fn func(tx Tx) (T, Change, error)) (v T, err error) {
	err = r.store.Update(ctx, func(tx Tx) (err error) {
		v, err = r.CreateIn(tx, cmd, fn)
		return err
	})
	return v, err
}

// CreateIn is Create within a transaction.
func (r *Repo[T]) CreateIn(tx Tx, cmd Command, fn func(tx Tx) (T, Change, error)) (T, error) {
	var zero T
	cmd = cmd.stamped()
	id := NewID()
	if stored, err := r.once(tx, cmd, "create", &id); err != nil || stored {
		if err != nil {
			return zero, err
		}
		return r.GetIn(tx, id)
	}
	v, change, err := fn(tx)
	if err != nil {
		return zero, err
	}
	m := r.spec.Meta(&v)
	if m.ID == "" {
		m.ID = id
	}
	m.CreatedAt, m.Version = cmd.At, 0
	if change.Action == "" {
		change.Action = "create"
	}
	return r.put(tx, cmd, snapshot{}, v, change)
}

// Update is the one way to change an entity: in one transaction it fires the due-time of cmd, checks the version that the actor
// saw, calls fn with the present state, and stores what fn answers together with event, due-times and message. fn may run
// several times; it reads and writes other entities through tx only.
//
// A stale version and a state that refuses are Conflict errors whose Current is the entity (T) as it is, with the winner's name
// in Params. A repeated idempotency key answers the entity without doing it again. A command whose due-time is outdated
// answers ErrStale.
func (r *Repo[T]) Update(ctx context.Context, cmd Command, id string, fn func(tx Tx, old T) (T, Change, error)) (v T, err error) {
	err = r.store.Update(ctx, func(tx Tx) (err error) {
		v, err = r.UpdateIn(tx, cmd, id, fn)
		return err
	})
	return v, err
}

// UpdateIn is Update within a transaction. Several entities are taken in the order of kind and identifier.
func (r *Repo[T]) UpdateIn(tx Tx, cmd Command, id string, fn func(tx Tx, old T) (T, Change, error)) (T, error) {
	var zero T
	cmd = cmd.stamped()
	if stored, err := r.once(tx, cmd, id, &id); err != nil {
		return zero, err
	} else if stored {
		return r.GetIn(tx, id)
	}
	if cmd.Due != nil {
		if err := tx.Fire(*cmd.Due); err != nil {
			return zero, err
		}
	}
	rec, err := tx.Get(Ref{r.spec.Kind, id})
	if err != nil {
		return zero, err
	}
	old, err := r.decode(rec)
	if err != nil {
		return zero, err
	}
	was := r.snapshot(old)
	if cmd.Version != 0 && cmd.Version != was.meta.Version {
		return zero, r.lost(Stale(), rec)
	}
	v, change, err := fn(tx, old)
	if err != nil {
		return zero, r.lost(err, rec)
	}
	if change.Action == "" {
		return r.decode(rec)
	}
	m := r.spec.Meta(&v)
	m.ID, m.Version, m.CreatedAt = was.meta.ID, was.meta.Version, was.meta.CreatedAt
	return r.put(tx, cmd, was, v, change)
}

// snapshot is what put needs to know of the state before. It is taken before fn runs, so fn may change old in place.
type snapshot struct {
	meta  Meta
	state string
	dues  map[string]Due
}

func (r *Repo[T]) snapshot(v T) snapshot {
	was := snapshot{meta: *r.spec.Meta(&v), dues: r.dues(v)}
	if r.spec.State != nil {
		was.state = r.spec.State(v)
	}
	return was
}

// PutQuietly stores v as the next version without event, due-times or message: for what nobody decided, such as a sign of life.
func (r *Repo[T]) PutQuietly(tx Tx, v T) error {
	m := r.spec.Meta(&v)
	doc, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %s: %w", r.spec.Kind, err)
	}
	rec := Record{Ref: Ref{r.spec.Kind, m.ID}, Version: m.Version, Doc: doc}
	if r.spec.Keys != nil {
		rec.Keys = r.spec.Keys(v)
	}
	return tx.Put(rec)
}

// Stale is a fresh Conflict for a version that has been overtaken, to be completed with Params and Current.
func Stale() *yilian.Error {
	e := *ErrStale
	e.Err = ErrStale
	return &e
}

// Unseen answers a Stale error if the actor acted on a version before since: the part that the command judges was changed at
// version since, by something the actor has not seen. A workflow that calls it passes Command.Version 0 to the repo.
func Unseen(cmd Command, since int64) error {
	if cmd.Version != 0 && cmd.Version < since {
		return Stale()
	}
	return nil
}

// lost completes a Conflict with the entity as it is and the name of whoever made it so.
func (r *Repo[T]) lost(err error, rec Record) error {
	e, ok := errors.AsType[*yilian.Error](err)
	if !ok || e.Kind != yilian.Conflict {
		return err
	}
	now, bad := r.decode(rec)
	if bad != nil {
		return errors.Join(err, bad)
	}
	c := *e
	c.Params = maps.Clone(e.Params)
	if c.Params == nil {
		c.Params = map[string]any{}
	}
	if _, set := c.Params["winner"]; !set {
		c.Params["winner"] = r.spec.Meta(&now).ChangedBy
	}
	if _, set := c.Params["state"]; !set && r.spec.State != nil {
		c.Params["state"] = r.spec.State(now)
	}
	if c.Current == nil {
		c.Current = now
	}
	if c.Err == nil {
		c.Err = e.Err
	}
	return &c
}

// put stores v as the successor of what was, with its event, due-times and message.
func (r *Repo[T]) put(tx Tx, cmd Command, was snapshot, v T, change Change) (T, error) {
	var zero T
	m := r.spec.Meta(&v)
	before := m.Version
	m.Version, m.ChangedAt, m.ChangedBy = before+1, cmd.At, cmd.Actor.Name
	doc, err := json.Marshal(v)
	if err != nil {
		return zero, fmt.Errorf("encode %s: %w", r.spec.Kind, err)
	}
	rec := Record{Ref: Ref{r.spec.Kind, m.ID}, Version: before, Doc: doc}
	if r.spec.Keys != nil {
		rec.Keys = r.spec.Keys(v)
	}
	if err := tx.Put(rec); err != nil {
		return zero, fmt.Errorf("store %s: %w", r.spec.Kind, err)
	}
	if err := r.setDues(tx, rec.Ref, was.dues, r.dues(v)); err != nil {
		return zero, err
	}
	event, err := r.event(cmd, was.state, v, change)
	if err != nil {
		return zero, err
	}
	return v, tx.Append(event, r.message(v, change))
}

func (r *Repo[T]) event(cmd Command, from string, v T, change Change) (yilian.Event, error) {
	m := r.spec.Meta(&v)
	e := yilian.Event{
		Chain: change.Chain, Entity: r.spec.Kind, EntityID: m.ID, Version: m.Version,
		Action: change.Action, Actor: cmd.Actor, At: cmd.At, Reason: change.Reason,
	}
	if e.Chain == "" && r.spec.Chain != nil {
		e.Chain = r.spec.Chain(v)
	}
	if e.Chain == "" {
		e.Chain = ChainOf(cmd.Actor)
	}
	if r.spec.State != nil {
		e.From, e.To = from, r.spec.State(v)
	}
	if change.Data != nil {
		data, err := json.Marshal(change.Data)
		if err != nil {
			return e, fmt.Errorf("encode event of %s: %w", r.spec.Kind, err)
		}
		e.Data = data
	}
	return e, nil
}

// ChainOf answers the audit chain of an actor: its institution's, or "system".
func ChainOf(a yilian.Actor) string {
	if a.Institution != "" {
		return string(a.Institution)
	}
	return "system"
}

func (r *Repo[T]) message(v T, change Change) *Message {
	if change.Silent {
		return nil
	}
	m := r.spec.Meta(&v)
	msg := &Message{Topic: r.spec.Kind, Key: m.ID, Version: m.Version}
	if r.spec.Audience != nil {
		msg.Audience = r.spec.Audience(v)
	}
	return msg
}

func (r *Repo[T]) dues(v T) map[string]Due {
	if r.spec.Dues == nil {
		return nil
	}
	byName := map[string]Due{}
	for _, d := range r.spec.Dues(v) {
		byName[d.Name] = d
	}
	return byName
}

func (r *Repo[T]) setDues(tx Tx, ref Ref, old, now map[string]Due) error {
	for name := range old {
		if _, kept := now[name]; kept {
			continue
		}
		if err := tx.ClearDue(ref, name); err != nil {
			return fmt.Errorf("clear due-time %s of %s: %w", name, ref.Kind, err)
		}
	}
	for name, d := range now {
		if was, ok := old[name]; ok && was.At.Equal(d.At) {
			continue
		}
		d.Ref = ref
		if err := tx.SetDue(d); err != nil {
			return fmt.Errorf("set due-time %s of %s: %w", name, ref.Kind, err)
		}
	}
	return nil
}

// once answers whether the command was carried out before; id then becomes the entity it was about.
func (r *Repo[T]) once(tx Tx, cmd Command, scope string, id *string) (bool, error) {
	if cmd.Key == "" {
		return false, nil
	}
	key := fmt.Sprintf("%s/%s/%s/%s", r.spec.Kind, scope, cmd.Actor.Person, cmd.Key)
	stored, err := tx.Once(key, []byte(*id))
	if err != nil {
		return false, fmt.Errorf("idempotency key: %w", err)
	}
	if stored == nil {
		return false, nil
	}
	*id = string(stored)
	return true, nil
}
