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

// lanes spreads callers over the lanes and repeats what was lost.
type lanes struct{ all []*lane }

func (l *lanes) close() {
	for _, one := range l.all {
		one.close()
	}
}

// update runs fn until its outcome is known. The first attempt goes to the lane with the least load; one that lost against another
// lane is repeated in the first lane, where fewer compete, and then with all others locked out: it cannot lose for ever.
func (l *lanes) update(ctx context.Context, fn func(*txn) error) error {
	var err error
	for attempt := range maxAttempts {
		chosen := l.all[0]
		if attempt == 0 {
			chosen = l.idlest()
		}
		err = chosen.run(ctx, attempt >= 2, fn)
		if !errors.Is(err, errLost) && (!errors.Is(err, errAgain) || attempt >= againAttempts) {
			return err
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
	return errContention(err)
}

func (l *lanes) idlest() *lane {
	best := l.all[0]
	for _, one := range l.all[1:] {
		if one.load.Load() < best.load.Load() {
			best = one
		}
	}
	return best
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
