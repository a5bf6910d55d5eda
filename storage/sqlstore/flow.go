package sqlstore

import (
	"context"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// Flow gives the database as the memory of the workflows.
func (db *DB) Flow() flow.Store { return flowStore{db} }

// flowStore is flow.Store over DB.
type flowStore struct{ db *DB }

func (f flowStore) Update(ctx context.Context, fn func(flow.Tx) error) error {
	return f.db.update(ctx, func(t *txn) error { return fn(flowTx{t}) })
}

func (f flowStore) View(ctx context.Context, fn func(flow.Reader) error) error {
	return f.db.view(ctx, func(t *txn) error { return fn(flowTx{t}) })
}

func (f flowStore) ClaimDue(ctx context.Context, now time.Time, limit int, lease time.Duration) (claimed []flow.Due, err error) {
	err = f.db.single(ctx, func(t *txn) error {
		claimed, err = t.claimDue(now, limit, lease)
		return err
	})
	return claimed, err
}

func (f flowStore) NextDue(ctx context.Context) (next time.Time, err error) {
	err = f.db.view(ctx, func(t *txn) error {
		next, err = t.nextDue()
		return err
	})
	return next, err
}

func (f flowStore) ClaimMessages(ctx context.Context, now time.Time, limit int, lease time.Duration) (claimed []flow.Message, err error) {
	err = f.db.single(ctx, func(t *txn) error {
		claimed, err = t.claimMessages(now, limit, lease)
		return err
	})
	return claimed, err
}

func (f flowStore) Delivered(ctx context.Context, ids ...int64) error {
	return f.db.single(ctx, func(t *txn) error { return t.delivered(ids) })
}

func (f flowStore) Retry(ctx context.Context, id int64, at time.Time) error {
	return f.db.update(ctx, func(t *txn) error { return t.retry(id, at) })
}

func (f flowStore) VerifyChain(ctx context.Context, chain string) (length int64, err error) {
	err = f.db.view(ctx, func(t *txn) error {
		length, err = t.verifyChain(chainName(chain))
		return err
	})
	return length, err
}

// flowTx is flow.Tx over txn.
type flowTx struct{ t *txn }

func (f flowTx) Get(ref flow.Ref) (flow.Record, error)            { return f.t.get(ref) }
func (f flowTx) Find(q flow.Query) ([]flow.Record, string, error) { return f.t.find(q) }
func (f flowTx) Events(ref flow.Ref) ([]yilian.Event, error)      { return f.t.events(ref) }
func (f flowTx) Put(rec flow.Record) error                        { return f.t.put(rec) }
func (f flowTx) Append(e yilian.Event, msg *flow.Message) error   { return f.t.appendEvent(e, msg) }
func (f flowTx) SetDue(d flow.Due) error                          { return f.t.setDue(d) }
func (f flowTx) ClearDue(ref flow.Ref, name string) error         { return f.t.clearDue(ref, name) }
func (f flowTx) Fire(d flow.Due) error                            { return f.t.fire(d) }
func (f flowTx) Once(key string, result []byte) (stored []byte, err error) {
	return f.t.once(key, result)
}
