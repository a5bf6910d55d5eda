package forward_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"yilian"
	"yilian/imaging/dimse"
	"yilian/imaging/forward"
	"yilian/imaging/queue"
	"yilian/imaging/scp"
)

// told is a device that is told things, and what happens at each attempt.
type told struct {
	mu     sync.Mutex
	errs   []error  // guarded by mu: of the next attempts, then none
	heard  []string // guarded by mu
	callee scp.Destination
}

func (d *told) Destination(_ context.Context, actor yilian.Actor, ae string) (scp.Destination, error) {
	if ae != "CT" || !actor.Is(yilian.RoleSystem) {
		return scp.Destination{}, yilian.Errorf(yilian.NotFound, "device.unknown", "There is no such device.")
	}
	return scp.Destination{AE: ae, Address: "127.0.0.1:1"}, nil
}

func (d *told) say(to scp.Destination, what string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.errs) > 0 {
		err := d.errs[0]
		d.errs = d.errs[1:]
		return err
	}
	d.callee = to
	d.heard = append(d.heard, what)
	return nil
}

func (d *told) later() *forward.Later {
	return &forward.Later{
		Calling: "YILIAN", Destinations: d,
		Commit: func(_ context.Context, to scp.Destination, r scp.CommitmentReport) error {
			return d.say(to, r.Transaction+" of "+string(r.Committed[0].Instance))
		},
	}
}

// TestLater: reports are told once, in spite of a device that is off and of doors that say things twice.
func TestLater(t *testing.T) {
	w := newWorld(t)
	w.stop()
	d := &told{errs: []error{
		errors.New("broke off"), &dimse.Reject{Result: 2, Source: 3, Reason: 1}, &dimse.Reject{Result: 1, Source: 1, Reason: 7},
	}}
	l := d.later()
	fast := queue.Backoff{First: time.Millisecond, Max: 5 * time.Millisecond}
	worker := queue.NewWorker(queue.Config{Store: w.db.Queue(), Handlers: l.Handlers(), Lane: w.service.Lane, Poll: 10 * time.Millisecond, Retry: fast, Probe: fast})
	l.Put = worker.Put
	report := scp.CommitmentReport{Transaction: "1.2.3", Committed: []scp.Reference{{SOPClass: "1.2", Instance: "4.5"}}}
	for range 2 {
		if err := errors.Join(l.Commitment(t.Context(), "CT", report), l.Commitment(t.Context(), "STRANGER", report)); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- worker.Run(ctx) }()
	w.awaitDone(1)
	w.awaitDead("forward.destination")
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if len(d.heard) != 1 || d.heard[0] != "1.2.3 of 4.5" || d.callee.Calling != "YILIAN" {
		t.Errorf("heard %q as %q", d.heard, d.callee.Calling)
	}
}
