package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
)

// part is something that runs until its context ends.
type part struct {
	name string
	run  func(context.Context) error
}

// crew runs parts that live and die together: the first that fails ends the others.
type crew struct {
	parts []part
	log   *slog.Logger
}

func (c *crew) add(name string, run func(context.Context) error) {
	c.parts = append(c.parts, part{name, run})
}

// run returns when every part has returned, with what failed. A part that returns before ctx ended has failed.
func (c *crew) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		errs []error
	)
	for _, p := range c.parts {
		wg.Go(func() {
			err := p.run(ctx)
			if err == nil && ctx.Err() == nil {
				err = errors.New("ended by itself")
			}
			if err != nil && !errors.Is(err, context.Canceled) {
				c.log.Error("part ended", "part", p.name, "err", err)
				mu.Lock()
				errs = append(errs, fmt.Errorf("%s: %w", p.name, err))
				mu.Unlock()
			}
			cancel()
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// inTurn runs the doors until ctx ends, and the workers behind them until the doors have closed: what a door accepted in its
// last moment is still carried out.
func inTurn(ctx context.Context, doors, workers *crew) error {
	behind, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	front, closeDoors := context.WithCancel(ctx)
	defer closeDoors()
	var (
		wg        sync.WaitGroup
		workerErr error
	)
	wg.Go(func() {
		workerErr = workers.run(behind)
		closeDoors() // a worker that failed takes the doors with it
	})
	err := doors.run(front)
	stop()
	wg.Wait()
	return errors.Join(err, workerErr)
}
