package flow_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/flow/flowtest"
)

// shining is a lamp that goes out by a due-time, with a clock in a bubble of fake time.
func shining(t *testing.T, store flow.Store, handler func(*flow.Repo[lamp]) func(context.Context, flow.Due) error) (*flow.Repo[lamp], lamp) {
	t.Helper()
	clock := flow.NewClock(store, slog.New(slog.DiscardHandler))
	repo := flow.NewRepo(flow.Watch(store, clock.Wake), lampSpec())
	clock.Handle("lamp", handler(repo))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- clock.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	l, err := repo.Create(t.Context(), flow.By(yilian.System), func(flow.Tx) (lamp, flow.Change, error) {
		return lamp{Room: "hall", Lit: true, Until: time.Now().Add(90 * time.Second)}, flow.Change{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return repo, l
}

func goOut(repo *flow.Repo[lamp]) func(context.Context, flow.Due) error {
	return func(ctx context.Context, d flow.Due) error {
		_, err := repo.Update(ctx, flow.Firing(d, time.Now()), d.ID, func(_ flow.Tx, l lamp) (lamp, flow.Change, error) {
			l.Lit = false
			return l, flow.Change{Action: "out"}, nil
		})
		return err
	}
}

func TestClockIsPunctual(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		repo, l := shining(t, flowtest.New(), goOut)
		time.Sleep(90*time.Second - time.Millisecond)
		synctest.Wait()
		if now, _ := repo.Get(t.Context(), l.ID); !now.Lit {
			t.Error("went out too early")
		}
		time.Sleep(2 * time.Millisecond)
		synctest.Wait()
		if now, _ := repo.Get(t.Context(), l.ID); now.Lit {
			t.Error("still shines")
		}
		if events, _ := repo.Events(t.Context(), l.ID); len(events) != 2 {
			t.Errorf("%d events", len(events))
		}
	})
}

// TestClockSurvivesARestart: a due-time that passed while nobody ran is carried out when somebody does.
func TestClockSurvivesARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := flowtest.New()
		repo := flow.NewRepo(store, lampSpec())
		l, err := repo.Create(t.Context(), flow.By(yilian.System), func(flow.Tx) (lamp, flow.Change, error) {
			return lamp{Lit: true, Until: time.Now().Add(time.Minute)}, flow.Change{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		shining(t, store, goOut)
		synctest.Wait()
		if now, _ := repo.Get(t.Context(), l.ID); now.Lit {
			t.Error("the restart lost a due-time")
		}
	})
}

// TestTwoClocksFireOnce: two nodes on one store.
func TestTwoClocksFireOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := flowtest.New()
		shining(t, store, goOut)
		repo, l := shining(t, store, goOut)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if events, _ := repo.Events(t.Context(), l.ID); len(events) != 2 {
			t.Errorf("%d events", len(events))
		}
	})
}

// TestClockBacksOff: what fails is tried again, ever more slowly, and succeeds in the end; others are not held up.
func TestClockBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var tries []time.Duration
		start := time.Now()
		repo, l := shining(t, flowtest.New(), func(repo *flow.Repo[lamp]) func(context.Context, flow.Due) error {
			return func(ctx context.Context, d flow.Due) error {
				mu.Lock()
				defer mu.Unlock()
				tries = append(tries, time.Since(start))
				if len(tries) < 8 {
					return errors.New("the fuse is blown")
				}
				return goOut(repo)(ctx, d)
			}
		})
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if now, _ := repo.Get(t.Context(), l.ID); now.Lit {
			t.Error("never succeeded")
		}
		mu.Lock()
		defer mu.Unlock()
		if len(tries) != 8 || tries[7]-tries[6] <= tries[1]-tries[0] {
			t.Errorf("tried at %v", tries)
		}
	})
}

type bus struct {
	mu   sync.Mutex
	told []string
	fail int
}

func (b *bus) Publish(_ context.Context, topic string, data []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail > 0 {
		b.fail--
		return errors.New("bus is down")
	}
	b.told = append(b.told, topic+" "+string(data))
	return nil
}

func TestRelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, out := flowtest.New(), &bus{fail: 2}
		relay := flow.NewRelay(store, out, slog.New(slog.DiscardHandler))
		var mu sync.Mutex
		var handled []int64
		failures := 1
		relay.Handle("lamp", func(_ context.Context, m flow.Message) error {
			mu.Lock()
			defer mu.Unlock()
			handled = append(handled, m.Version)
			if failures > 0 {
				failures--
				return errors.New("not now")
			}
			return nil
		})
		repo := flow.NewRepo(flow.Watch(store, relay.Wake), lampSpec())
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- relay.Run(ctx) }()
		l, err := repo.Create(t.Context(), by("ann"), func(flow.Tx) (lamp, flow.Change, error) { return lamp{}, flow.Change{}, nil })
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		mu.Lock()
		if !slices.Equal(handled, []int64{1, 1, 1, 1}) {
			t.Errorf("handled %v: once failed, twice the bus was down", handled)
		}
		mu.Unlock()
		out.mu.Lock()
		if len(out.told) != 1 || !slices.ContainsFunc(out.told, func(s string) bool { return s[:8] == "changed " }) {
			t.Errorf("told %v", out.told)
		}
		out.mu.Unlock()
		if left, _ := store.ClaimMessages(t.Context(), time.Now().Add(time.Hour), 10, time.Minute); len(left) != 0 {
			t.Errorf("left in the outbox: %v", left)
		}
		_ = l
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestRelayWakesAtOnce: between the commit and the push there is no poll.
func TestRelayWakesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, out := flowtest.New(), &bus{}
		relay := flow.NewRelay(store, out, slog.New(slog.DiscardHandler))
		repo := flow.NewRepo(flow.Watch(store, relay.Wake), lampSpec())
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- relay.Run(ctx) }()
		time.Sleep(50 * time.Millisecond)
		if _, err := repo.Create(t.Context(), by("ann"), func(flow.Tx) (lamp, flow.Change, error) { return lamp{}, flow.Change{}, nil }); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		out.mu.Lock()
		if len(out.told) != 1 {
			t.Errorf("told %v without time passing", out.told)
		}
		out.mu.Unlock()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestRelayGivesUpAHint, but never a handler.
func TestRelayGivesUpAHint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := flowtest.New()
		relay := flow.NewRelay(store, &bus{fail: 1000}, slog.New(slog.DiscardHandler))
		repo := flow.NewRepo(store, lampSpec())
		if _, err := repo.Create(t.Context(), by("ann"), func(flow.Tx) (lamp, flow.Change, error) { return lamp{}, flow.Change{}, nil }); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- relay.Run(ctx) }()
		time.Sleep(time.Hour)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if left, _ := store.ClaimMessages(t.Context(), time.Now().Add(time.Hour), 10, time.Minute); len(left) != 0 {
			t.Errorf("a hint that nobody takes stays for ever: %v", left)
		}
	})
}
