package flow

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"yilian"
)

// Meta is the part that every entity has. Embed it; the JSON names are those of the HTTP answers.
type Meta struct {
	ID        string    `json:"id" readOnly:"true"`
	Version   int64     `json:"version" readOnly:"true"`
	CreatedAt time.Time `json:"createdAt" readOnly:"true"`
	ChangedAt time.Time `json:"changedAt" readOnly:"true"`
	ChangedBy string    `json:"changedBy" readOnly:"true"` // the name of who made this version; the winner that a loser is told
}

// Spec says how entities of one type are kept.
type Spec[T any] struct {
	Kind string         // entity kind, also the topic of its messages
	Meta func(*T) *Meta // where its Meta is
	// Keys makes it findable. Nil: by identifier only.
	Keys func(T) []Key
	// Dues answers every due-time that this state asks for (Name, At, Data; the Ref is filled in). The repo compares those of
	// the old and the new state and sets, moves and clears accordingly: a due-time can be forgotten nowhere.
	Dues func(T) []Due
	// Audience says whom a push about it may tell. Nil: everyone signed in.
	Audience func(T) []string
	// State answers what the events carry as From and To. Nil: nothing.
	State func(T) string
	// Chain answers whose audit trail its events belong to. Nil: the actor's institution, or "system".
	Chain func(T) string
}

// Repo reads and writes the entities of one type.
type Repo[T any] struct {
	store Store
	spec  Spec[T]
}

// NewRepo makes a repo over store.
func NewRepo[T any](store Store, spec Spec[T]) *Repo[T] { return &Repo[T]{store, spec} }

// Get answers one entity, or a NotFound error.
func (r *Repo[T]) Get(ctx context.Context, id string) (T, error) {
	var v T
	err := r.store.View(ctx, func(rd Reader) (err error) {
		v, err = r.GetIn(rd, id)
		return err
	})
	return v, err
}

// GetIn is Get within a transaction.
func (r *Repo[T]) GetIn(rd Reader, id string) (T, error) {
	rec, err := rd.Get(Ref{r.spec.Kind, id})
	if err != nil {
		var zero T
		return zero, err
	}
	return r.decode(rec)
}

// Find answers one page; Kind is filled in.
func (r *Repo[T]) Find(ctx context.Context, q Query) (page []T, next string, err error) {
	err = r.store.View(ctx, func(rd Reader) (err error) {
		page, next, err = r.FindIn(rd, q)
		return err
	})
	return page, next, err
}

// FindIn is Find within a transaction.
func (r *Repo[T]) FindIn(rd Reader, q Query) ([]T, string, error) {
	q.Kind = r.spec.Kind
	recs, next, err := rd.Find(q)
	if err != nil {
		return nil, "", err
	}
	page := make([]T, len(recs))
	for i, rec := range recs {
		if page[i], err = r.decode(rec); err != nil {
			return nil, "", err
		}
	}
	return page, next, nil
}

// All answers every page of a query. Use it where the number is bounded by the organisation (people, shifts), not by time.
func (r *Repo[T]) All(rd Reader, q Query) ([]T, error) {
	q.Limit = 1000
	var all []T
	for {
		page, next, err := r.FindIn(rd, q)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if next == "" {
			return all, nil
		}
		q.After = next
	}
}

// Events answers the trail of one entity, oldest first.
func (r *Repo[T]) Events(ctx context.Context, id string) (events []yilian.Event, err error) {
	err = r.store.View(ctx, func(rd Reader) (err error) {
		events, err = rd.Events(Ref{r.spec.Kind, id})
		return err
	})
	return events, err
}

func (r *Repo[T]) decode(rec Record) (T, error) {
	var v T
	if err := json.Unmarshal(rec.Doc, &v); err != nil {
		return v, fmt.Errorf("decode %s %s: %w", rec.Kind, rec.ID, err)
	}
	m := r.spec.Meta(&v)
	m.ID, m.Version = rec.ID, rec.Version
	return v, nil
}

// Look appends an event to the trail without changing anything: somebody read something that must be accounted for.
func Look(ctx context.Context, store Store, e yilian.Event) error {
	return LookOnce(ctx, store, Command{Actor: e.Actor, At: e.At}, e)
}

// LookOnce is Look for a command: sent again with the same key it leaves no second event.
func LookOnce(ctx context.Context, store Store, cmd Command, e yilian.Event) error {
	cmd = cmd.stamped()
	e.Actor, e.At = cmd.Actor, cmd.At
	if e.Chain == "" {
		e.Chain = ChainOf(e.Actor)
	}
	key := fmt.Sprintf("%s/%s/%s/%s", e.Entity, e.Action, cmd.Actor.Person, cmd.Key)
	return store.Update(ctx, func(tx Tx) error {
		if cmd.Key != "" {
			if stored, err := tx.Once(key, []byte(e.EntityID)); err != nil || stored != nil {
				return err
			}
		}
		return tx.Append(e, nil)
	})
}
