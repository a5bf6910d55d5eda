package imaging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"yilian"
)

// sink is where an instance goes: into a journal together with its addition, or into an object of its own.
type sink struct {
	io.Writer
	record RecordWriter // nil: plain
	plain  BlobWriter
}

// begin makes a sink that does not end with ctx: what arrived whole is kept, and what did not ends with its sender's stream.
func (a *Archive) begin(ctx context.Context) (sink, error) {
	ctx = context.WithoutCancel(ctx)
	if a.notes != nil {
		w, err := a.notes.Begin(ctx, strings.TrimSuffix(objects, "/"))
		if !errors.Is(err, errors.ErrUnsupported) {
			return sink{w, w, nil}, err
		}
	}
	w, err := a.blobs.Create(ctx)
	return sink{w, nil, w}, err
}

// commit makes the bytes durable, with the addition if it can, and answers the addition with the place of both.
func (s sink) commit(ctx context.Context, add Addition) (Addition, error) {
	if s.record == nil {
		return add, s.plain.Commit(ctx, add.Instance.Blob)
	}
	note, err := json.Marshal(add)
	if err != nil {
		return add, fmt.Errorf("encode an addition: %w", err)
	}
	add.Instance.Blob, add.Page, add.End, err = s.record.Record(ctx, add.Instance.Blob, note)
	return add, err
}

// Abort ends the sink. It is needed after commit too, once the addition is in the index: the journal goes on then.
func (s sink) Abort() {
	if s.record != nil {
		s.record.Abort()
	} else {
		s.plain.Abort()
	}
}

// sealPages ends the pages of the journal that are full, as a rule none. A failure is no concern of the sender whose turn it is.
func (a *Archive) sealPages(ctx context.Context) {
	if a.notes == nil {
		return
	}
	if err := a.notes.Seal(context.WithoutCancel(ctx), a.index.Settle); err != nil {
		a.log.WarnContext(ctx, "pages of the journal stay open", "error", err)
	}
}

// Recover adds to the index what was in the journal when this node stopped without being able to, or what a power cut has taken from
// the index, and ends the associations that it had open. It is called at the start, before any door opens: studies would count as
// being received for ever.
func (a *Archive) Recover(ctx context.Context) error {
	if a.notes != nil {
		if err := a.replay(ctx); err != nil {
			return unavailable("replay the journal", err)
		}
		a.sealPages(ctx)
	}
	if err := a.index.EndAssociations(ctx, a.association(""), time.Time{}); err != nil {
		return unavailable("end associations", err)
	}
	return nil
}

func (a *Archive) replay(ctx context.Context) error {
	again := 0
	err := a.notes.Replay(ctx, func(page string) (int64, error) { return a.index.Position(ctx, page) },
		func(key, page string, end int64, note []byte) error {
			again++
			return a.replayNote(ctx, key, page, end, note)
		})
	if again > 0 {
		a.log.InfoContext(ctx, "instances of the journal recorded", "instances", again)
	}
	return err
}

func (a *Archive) replayNote(ctx context.Context, key, page string, end int64, note []byte) error {
	var add Addition
	if err := json.Unmarshal(note, &add); err != nil {
		return fmt.Errorf("note of %s: %w", key, err)
	}
	add.Instance.Blob, add.Page, add.End = key, page, end
	outcome, err := a.index.Add(ctx, add)
	switch kind := yilian.KindOf(err); {
	case err == nil:
	case kind == yilian.Internal, kind == yilian.Unavailable:
		return err
	default:
		// It was refused when it arrived, and would be for ever.
		a.log.ErrorContext(ctx, "instance of the journal refused", "instance", add.Instance.UID, "error", err)
		return nil
	}
	if outcome.Unused {
		a.drop(ctx, key)
	}
	return nil
}
