package imaging_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"yilian"
	"yilian/imaging"
)

// fault is what befalls one step of storing.
type fault int

const (
	none       fault = iota
	notDone          // it has no effect, and an error is told
	doneButErr       // it has its effect, but an error is told
	diesBefore       // the process ends before its effect
	diesAfter        // the process ends after its effect
)

func (f fault) String() string {
	return [...]string{"none", "not done", "done but error", "dies before", "dies after"}[f]
}

var errInjected = errors.New("injected fault")

// plan decides the fate of the steps of one process and notes what they did.
type plan struct {
	mu     sync.Mutex
	faults map[string]fault // guarded by mu: by step; consumed when met
	dead   bool             // guarded by mu
	log    []string         // guarded by mu
}

// step runs one step under the plan.
func (p *plan) step(name string, do func() error) error {
	p.mu.Lock()
	if p.dead {
		p.mu.Unlock()
		return errInjected
	}
	f := p.faults[name]
	delete(p.faults, name)
	p.dead = f == diesBefore || f == diesAfter
	p.mu.Unlock()
	if f == notDone || f == diesBefore {
		return errInjected
	}
	err := do()
	if f == doneButErr || f == diesAfter {
		return errors.Join(errInjected, err)
	}
	if err == nil {
		p.note(name)
	}
	return err
}

func (p *plan) note(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, what)
}

type faultyBlobs struct {
	imaging.Blobs
	plan *plan
}

func (b faultyBlobs) Create(ctx context.Context) (imaging.BlobWriter, error) {
	var w imaging.BlobWriter
	err := b.plan.step("create", func() (err error) {
		w, err = b.Blobs.Create(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &faultyWriter{w, b.plan}, nil
}

func (b faultyBlobs) Delete(ctx context.Context, key string) error {
	return b.plan.step("delete", func() error { return b.Blobs.Delete(ctx, key) })
}

type faultyWriter struct {
	real imaging.BlobWriter
	plan *plan
}

func (w *faultyWriter) Write(p []byte) (int, error) {
	err := w.plan.step("write", func() error {
		_, err := w.real.Write(p)
		return err
	})
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

func (w *faultyWriter) Commit(ctx context.Context, key string) error {
	return w.plan.step("commit", func() error { return w.real.Commit(ctx, key) })
}

func (w *faultyWriter) Abort() { w.real.Abort() }

type faultyIndex struct {
	imaging.Index
	plan *plan
}

func (x faultyIndex) Add(ctx context.Context, a imaging.Addition) (o imaging.Outcome, err error) {
	err = x.plan.step("add", func() error {
		o, err = x.Index.Add(ctx, a)
		return err
	})
	return o, err
}

// faulty is an archive of the world that suffers from a plan.
func (w *world) faulty(p *plan) *imaging.Archive {
	return w.open(func(c *imaging.Config) {
		c.Index, c.Blobs = faultyIndex{w.index, p}, faultyBlobs{w.blobs, p}
	})
}

var steps = []string{"create", "write", "commit", "add", "delete"}

// TestOrder: the file is durable before the index, and the index before the answer.
func TestOrder(t *testing.T) {
	w := newWorld(t)
	p := &plan{}
	if _, err := w.send(w.faulty(p), thing{study: 1}); err != nil {
		t.Fatal(err)
	}
	p.note("answer")
	got := slices.Compact(p.log)
	if want := []string{"create", "write", "commit", "add", "answer"}; !slices.Equal(got, want) {
		t.Errorf("steps %q, want %q", got, want)
	}
}

// TestFaults: whatever befalls a step, success is told only of what can be read back, sending again puts it right, and the sweep
// leaves exactly what the index names.
func TestFaults(t *testing.T) {
	for _, step := range steps {
		for _, f := range []fault{notDone, doneButErr, diesBefore, diesAfter} {
			t.Run(fmt.Sprint(step, " ", f), func(t *testing.T) {
				w := newWorld(t)
				first, second := thing{study: 1, instance: 1}, thing{study: 1, instance: 2}
				w.mustSend(first)
				p := &plan{faults: map[string]fault{step: f}}
				a := w.faulty(p)
				for _, x := range []thing{first, second} { // first is a duplicate
					_, err := w.send(a, x)
					if err == nil {
						w.wantReadable(x)
						continue
					}
					if k := yilian.KindOf(err); k != yilian.Unavailable {
						t.Errorf("error %v of kind %d, want Unavailable", err, k)
					}
				}
				w.recovers(first, second)
			})
		}
	}
}

// wantReadable checks that an instance that was acknowledged is there, byte for byte.
func (w *world) wantReadable(x thing) {
	w.t.Helper()
	if got, want := w.dataOf(x), x.bytes(w.t); sum(got) != sum(want) {
		w.t.Errorf("instance %s comes back as %d other bytes", x.uid(), len(got))
	}
}

// recovers sends everything again to a healthy process, sweeps, and checks that there is no more and no less than that.
func (w *world) recovers(all ...thing) {
	w.t.Helper()
	w.archive = w.open()
	for _, x := range all {
		w.mustSend(x)
		w.wantReadable(x)
	}
	w.sleep(48 * time.Hour)
	if _, err := w.archive.Sweep(w.t.Context(), time.Hour); err != nil {
		w.t.Fatal(err)
	}
	if keys, known := w.blobKeys(), w.indexed(); !slices.Equal(keys, known) || len(keys) != len(all) {
		w.t.Errorf("after the sweep there are %d files, the index names %d, %d instances were sent", len(keys), len(known), len(all))
	}
	for _, x := range all {
		w.wantReadable(x)
	}
}

// TestRandomFaults runs several senders through random faults and restarts: nothing that was acknowledged is ever lost.
func TestRandomFaults(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { randomFaults(t, rand.New(rand.NewPCG(seed, 0))) })
	}
}

func randomFaults(t *testing.T, r *rand.Rand) {
	w := newWorld(t)
	sent, acknowledged := map[thing]bool{}, map[thing]bool{}
	for range 4 { // processes, one after the other
		p := &plan{faults: map[string]fault{}}
		for _, s := range steps {
			p.faults[s] = []fault{none, none, notDone, doneButErr, diesBefore, diesAfter}[r.IntN(6)]
		}
		a := w.faulty(p)
		var mu sync.Mutex
		var senders sync.WaitGroup
		for range 6 {
			x := thing{study: 1 + r.IntN(2), instance: 1 + r.IntN(4)}
			sent[x] = true
			senders.Go(func() {
				_, err := w.send(a, x)
				mu.Lock()
				defer mu.Unlock()
				acknowledged[x] = acknowledged[x] || err == nil
			})
		}
		senders.Wait()
		w.archive = w.open()
		for x, ok := range acknowledged {
			if ok {
				w.wantReadable(x)
			}
		}
	}
	w.recovers(slices.Collect(maps.Keys(sent))...)
}
