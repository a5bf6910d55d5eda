package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func until(ctx context.Context) error { <-ctx.Done(); return nil }

func TestCrewEndsTogether(t *testing.T) {
	boom := errors.New("boom")
	for _, c := range []struct {
		name string
		part func(context.Context) error
		want error
	}{
		{"one fails", func(context.Context) error { return boom }, boom},
		{"one just returns", func(context.Context) error { return nil }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				all := crew{log: slog.New(slog.DiscardHandler)}
				all.add("waits", until)
				all.add(c.name, c.part)
				err := all.run(t.Context())
				if err == nil || c.want != nil && !errors.Is(err, c.want) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

func TestWorkersOutliveDoors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var order []string
		note := func(what string) { mu.Lock(); order = append(order, what); mu.Unlock() }
		doors, workers := &crew{log: slog.New(slog.DiscardHandler)}, &crew{log: slog.New(slog.DiscardHandler)}
		doors.add("door", func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(3 * time.Second) // finishes what it is receiving
			note("door")
			return nil
		})
		workers.add("worker", func(ctx context.Context) error { <-ctx.Done(); note("worker"); return nil })
		ctx, stop := context.WithCancel(t.Context())
		go func() { time.Sleep(time.Minute); stop() }()
		if err := inTurn(ctx, doors, workers); err != nil {
			t.Error(err)
		}
		if want := []string{"door", "worker"}; !slices.Equal(order, want) {
			t.Errorf("ended in the order %v, want %v", order, want)
		}
	})
}

func TestWorkerFailureClosesDoors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		boom := errors.New("boom")
		doors, workers := &crew{log: slog.New(slog.DiscardHandler)}, &crew{log: slog.New(slog.DiscardHandler)}
		doors.add("door", until)
		workers.add("worker", func(context.Context) error { time.Sleep(time.Second); return boom })
		if err := inTurn(t.Context(), doors, workers); !errors.Is(err, boom) {
			t.Errorf("got %v", err)
		}
	})
}
