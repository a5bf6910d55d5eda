package sqlstore

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

const (
	maxAttempts   = 12 // runs of one function before it is refused as busy
	againAttempts = 3  // repetitions after errAgain
)

// update runs fn until its outcome is known. What was lost against another node is tried again, the third time with all other nodes
// locked out: it cannot lose for ever.
func (l *lane) update(ctx context.Context, lazy bool, fn func(*txn) error) error {
	var err error
	for attempt := range maxAttempts {
		err = l.run(ctx, need{alone: attempt >= 2, lazy: lazy}, fn)
		if !errors.Is(err, errLost) && (!errors.Is(err, errAgain) || attempt >= againAttempts) {
			return err
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
	return errContention(err)
}

// pause waits a random moment that grows with the attempts.
func pause(ctx context.Context, attempt int) error {
	d := time.Duration(rand.Int64N(int64(time.Millisecond) << min(attempt, 6)))
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
