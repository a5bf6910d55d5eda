package recording

import (
	"context"
	"errors"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
)

// due carries out what a moment brings.
func (s *Service) due(ctx context.Context, d flow.Due) error {
	r, err := s.repo.Get(ctx, d.ID)
	if err != nil {
		return err
	}
	switch {
	case d.Name == dueExpire:
		return s.drop(ctx, d, r, "retention")
	case r.State == On:
		return s.watch(ctx, d, r)
	case r.State == Stopping:
		return s.join(ctx, d, r)
	case r.State == Deleted:
		return s.purge(ctx, d, r)
	}
	return nil
}

// overtaken forgives a due-time that somebody else has carried out.
func overtaken(err error) error {
	if errors.Is(err, flow.ErrStale) || yilian.KindOf(err) == yilian.Conflict {
		return nil
	}
	return err
}

// watch looks whether a recording that is said to run gives signs of life; if not, the node that made it is gone.
func (s *Service) watch(ctx context.Context, d flow.Due, r Recording) error {
	newest, err := s.Media.Newest(ctx, r.ID, r.Newest)
	if err != nil {
		return err
	}
	cmd := flow.Firing(d, s.Now())
	if newest == r.Newest {
		_, err = s.act(ctx, cmd, r.ID, ActStop, yilian.System, func(r *Recording, now time.Time) (flow.Change, error) {
			r.EndedAt, r.Reason, r.Next = now, "crash", now
			return flow.Change{Reason: r.Reason}, nil
		})
		return overtaken(err)
	}
	return overtaken(s.Store.Update(ctx, func(tx flow.Tx) error {
		if err := tx.Fire(d); err != nil {
			return err
		}
		r, err := s.repo.GetIn(tx, r.ID)
		if err != nil || r.State != On {
			return err
		}
		r.Newest, r.Next = newest, cmd.At.Add(watchEvery)
		if err := s.repo.PutQuietly(tx, r); err != nil {
			return err
		}
		return tx.SetDue(flow.Due{Ref: d.Ref, Name: dueLook, At: r.Next})
	}))
}

// How often the making of files is tried, ever more slowly, while the store is away.
const (
	firstAgain = 5 * time.Second
	lastAgain  = 10 * time.Minute
)

// join makes the files, or deletes everything if the institution's rule says so.
func (s *Service) join(ctx context.Context, d flow.Due, r Recording) error {
	set, err := s.Rules.Settings(ctx, r.Site)
	if err != nil {
		return err
	}
	if r.Reason == "withdrawn" && set.Recording.Withdrawn != directory.KeepWithdrawn && !r.held() {
		return s.drop(ctx, d, r, "withdrawn")
	}
	joined, err := s.Media.Join(ctx, r.ID)
	if yilian.KindOf(err) == yilian.NotFound {
		_, err = s.act(ctx, flow.Firing(d, s.Now()), r.ID, ActFail, yilian.System, func(r *Recording, _ time.Time) (flow.Change, error) {
			r.Failure = "nothing"
			return flow.Change{Reason: r.Failure}, nil
		})
		return overtaken(err)
	}
	if err != nil {
		s.Log.Warn("the files of a recording could not be made yet", "recording", r.ID, "tries", r.Tries+1, "err", err)
		return s.again(ctx, d, r)
	}
	r, err = s.act(ctx, flow.Firing(d, s.Now()), r.ID, ActStore, yilian.System, func(r *Recording, _ time.Time) (flow.Change, error) {
		r.Files, r.Index, r.Duration, r.Bytes = joined.Files, &joined.Index, joined.Duration.Milliseconds(), joined.Index.Size
		hashes := map[string]string{joined.Index.Name: joined.Index.SHA256}
		for _, f := range joined.Files {
			r.Bytes += f.Size
			hashes[f.Name] = f.SHA256
		}
		r.Class, r.KeepUntil = class(set.Recording, r.EndedAt)
		return flow.Change{Data: map[string]any{"objects": hashes, "class": r.Class}}, nil
	})
	if err != nil {
		return overtaken(err)
	}
	if err := s.Media.Clear(ctx, r.ID); err != nil { // they go with the recording at the latest
		s.Log.Warn("the pieces of a recording are left over", "recording", r.ID, "err", err)
	}
	return nil
}

// again sets another try.
func (s *Service) again(ctx context.Context, d flow.Due, r Recording) error {
	return overtaken(s.Store.Update(ctx, func(tx flow.Tx) error {
		if err := tx.Fire(d); err != nil {
			return err
		}
		now, err := s.repo.GetIn(tx, r.ID)
		if err != nil || now.State != r.State {
			return err
		}
		wait := min(firstAgain<<min(now.Tries, 10), lastAgain)
		now.Tries, now.Next = now.Tries+1, s.Now().UTC().Add(wait)
		if err := s.repo.PutQuietly(tx, now); err != nil {
			return err
		}
		return tx.SetDue(flow.Due{Ref: d.Ref, Name: dueLook, At: now.Next})
	}))
}

// drop deletes a recording by rule.
func (s *Service) drop(ctx context.Context, d flow.Due, r Recording, reason string) error {
	_, err := s.act(ctx, flow.Firing(d, s.Now()), r.ID, ActDrop, yilian.System, removal(Person{Name: yilian.System.Name}, reason))
	return overtaken(err)
}

// removal is the effect of deleting: the files are no longer told of, and their bytes go next.
func removal(by Person, reason string) change {
	return func(r *Recording, now time.Time) (flow.Change, error) {
		hashes := map[string]string{}
		for _, f := range r.Files {
			hashes[f.Name] = f.SHA256
		}
		r.Removed = &Removal{By: by, At: now, Reason: reason}
		r.Files, r.Index, r.Next = []File{}, nil, now
		return flow.Change{Reason: reason, Data: map[string]any{"objects": hashes}}, nil
	}
}

// purge deletes the bytes of a recording that is deleted.
func (s *Service) purge(ctx context.Context, d flow.Due, r Recording) error {
	if err := s.Media.Delete(ctx, r.ID); err != nil {
		s.Log.Warn("the bytes of a deleted recording are still there", "recording", r.ID, "err", err)
		return s.again(ctx, d, r)
	}
	return overtaken(s.Store.Update(ctx, func(tx flow.Tx) error {
		_, err := s.repo.UpdateIn(tx, flow.Firing(d, s.Now()), r.ID, func(_ flow.Tx, r Recording) (Recording, flow.Change, error) {
			if r.State != Deleted {
				return r, flow.Change{}, nil
			}
			r.Removed.Purged = true
			return r, flow.Change{Action: "purge", Silent: true}, nil
		})
		return err
	}))
}
