package reading_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"yilian"
	"yilian/consult/order"
	"yilian/consult/reading"
)

// shelf is a Keeper that can fail before and after what it does.
type shelf struct {
	calls  []reading.Keeping
	fails  []error // one a call, from the first on
	during func()  // while it works
	stored map[string]int

	leftOut []reading.LeftOut
}

func (s *shelf) Keep(_ context.Context, k reading.Keeping) (reading.Made, error) {
	s.calls = append(s.calls, k)
	if s.stored == nil {
		s.stored = map[string]int{}
	}
	name := fmt.Sprintf("%s.%d.%s", k.Report, k.Number, k.Items)
	s.stored[name]++
	if s.during != nil {
		s.during()
		s.during = nil
	}
	if n := len(s.calls) - 1; n < len(s.fails) && s.fails[n] != nil {
		return reading.Made{LeftOut: s.leftOut}, s.fails[n]
	}
	return reading.Made{Objects: []reading.KeptObject{{Modality: "SR", Instance: yilian.InstanceUID(name)}}, LeftOut: s.leftOut}, nil
}

// drawn is a task under way with something drawn, in a world with a shelf.
func drawn(t *testing.T) (*world, *shelf, yilian.ReadingID) {
	w, s := newWorld(t), &shelf{}
	w.Service.Keeper = s
	id := w.task(order.Routine).TaskID()
	w.write(reader, id, normal)
	_, err := w.SaveMeasurements(w.ctx, w.by(reader), id, []json.RawMessage{json.RawMessage(`{"id":"a"}`)})
	w.ok(err)
	return w, s, id
}

func TestKeptAtSigning(t *testing.T) {
	w, s, id := drawn(t)
	_, err := w.Submit(w.ctx, w.by(reader), id, reading.Signing{})
	w.ok(err)
	if len(s.calls) != 0 {
		t.Fatal("it is kept within the signature, not after it")
	}
	// What is drawn afterwards is not what was signed.
	_, err = w.SaveMeasurements(w.ctx, w.saw(reader, 1), id, nil)
	w.ok(err)
	w.pass(time.Second)
	if len(s.calls) != 1 || !s.calls[0].Complete || s.calls[0].Number != 1 || string(s.calls[0].Items[0]) != `{"id":"a"}` {
		t.Fatalf("%+v", s.calls)
	}
	k, err := w.KeptMeasurements(w.ctx, reviewer, id)
	w.ok(err)
	if k.Wanted != nil || k.Number != 1 || len(k.Objects) != 1 {
		t.Errorf("%+v", k)
	}
	// The reviewer, who has drawn nothing of their own, signs what the writer has drawn.
	_, err = w.SaveMeasurements(w.ctx, w.saw(reader, 2), id, []json.RawMessage{json.RawMessage(`{"id":"b"}`)})
	w.ok(err)
	_, err = w.TakeReview(w.ctx, w.by(reviewer), id)
	w.ok(err)
	_, err = w.Release(w.ctx, w.by(reviewer), id, reading.Signing{})
	w.ok(err)
	w.pass(time.Second)
	if last := s.calls[len(s.calls)-1]; last.Number != 2 || last.By.ID != reader.Person || len(last.Before) != 1 || last.Before[0].Instance != k.Objects[0].Instance {
		t.Errorf("%+v", last)
	}
}

// TestKeptOnce: what failed after it was stored is made again, the very same; the note of it is written once.
func TestKeptOnce(t *testing.T) {
	w, s, id := drawn(t)
	s.fails = []error{errors.New("the store is gone"), errors.New("still")}
	_, err := w.Submit(w.ctx, w.by(reader), id, reading.Signing{})
	w.ok(err)
	for range 3 {
		dues, err := w.store.ClaimDue(w.ctx, w.clock(), 100, time.Nanosecond)
		w.ok(err)
		for _, d := range dues {
			if d.Kind == reading.KeptKind {
				_ = w.Due(w.ctx, d)
			}
		}
		w.mu.Lock()
		w.now = w.now.Add(time.Second)
		w.mu.Unlock()
	}
	if len(s.calls) != 3 || len(s.stored) != 1 {
		t.Errorf("%d calls made %d objects", len(s.calls), len(s.stored))
	}
	k, err := w.KeptMeasurements(w.ctx, reader, id)
	w.ok(err)
	if k.Number != 1 || k.Failed != "" {
		t.Errorf("%+v", k)
	}
}

func TestKeptWhileWriting(t *testing.T) {
	w, s, id := drawn(t)
	again := func() {
		_, err := w.SaveMeasurements(w.ctx, w.saw(reader, 1), id, []json.RawMessage{json.RawMessage(`{"id":"c"}`)})
		w.ok(err)
		k, err := w.KeepMeasurements(w.ctx, w.by(reader), id)
		w.ok(err)
		if k.Wanted == nil || k.Next == nil {
			t.Errorf("an order during another one waits: %+v", k)
		}
	}
	s.during = again
	k, err := w.KeepMeasurements(w.ctx, w.by(reader), id)
	w.ok(err)
	if k.Wanted == nil || k.Wanted.Complete {
		t.Errorf("%+v", k)
	}
	w.pass(3 * time.Second)
	if len(s.calls) != 2 || s.calls[1].Number != 2 || len(s.calls[1].Before) != 1 || string(s.calls[1].Items[0]) != `{"id":"c"}` {
		t.Fatalf("%+v", s.calls)
	}
	if _, err := w.KeepMeasurements(w.ctx, w.by(second), id); err == nil {
		t.Error("only who holds the task keeps")
	}
}

func TestKeptUnfit(t *testing.T) {
	w, s, id := drawn(t)
	s.fails = []error{yilian.Errorf(yilian.Invalid, "measurements.unfit", "No.")}
	_, err := w.KeepMeasurements(w.ctx, w.by(reader), id)
	w.ok(err)
	w.pass(time.Second)
	k, err := w.KeptMeasurements(w.ctx, reader, id)
	w.ok(err)
	if len(s.calls) != 1 || k.Wanted != nil || k.Failed == "" {
		t.Errorf("%d calls, %+v", len(s.calls), k)
	}
}

// TestKeptButOne: what one mark cannot have is told, and forgotten with the next order.
func TestKeptButOne(t *testing.T) {
	w, s, id := drawn(t)
	s.leftOut = []reading.LeftOut{{ID: "a", Why: "it lies nowhere"}}
	for _, want := range []int{1, 0} {
		_, err := w.KeepMeasurements(w.ctx, w.by(reader), id)
		w.ok(err)
		w.pass(2 * time.Second)
		k, err := w.KeptMeasurements(w.ctx, reader, id)
		w.ok(err)
		if k.Failed != "" || len(k.Objects) != 1 || len(k.LeftOut) != want {
			t.Errorf("%d should be left out: %+v", want, k)
		}
		s.leftOut = nil
	}
}

func TestNothingDrawnNothingKept(t *testing.T) {
	w, s := newWorld(t), &shelf{}
	w.Service.Keeper = s
	id := w.task(order.Routine).TaskID()
	w.release(id)
	w.pass(time.Minute)
	if len(s.calls) != 0 {
		t.Errorf("%+v", s.calls)
	}
}
