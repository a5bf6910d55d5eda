package load

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"yilian/signaling/protocol"
)

// Churn is people who come and go: what a call server sees on a bad day, in a minute.
type Churn struct {
	People int
	Rooms  int // they spread over; the first visits open one each
	Media  int // every so many-th sends and receives; 0: nobody
	AtOnce int
	Seed   uint64
	Stay   time.Duration // at most, each part of a visit
}

// fates are how a visit ends. Each is handed somebody who is in.
var fates = []struct {
	name string
	end  func(ctx context.Context, m *Member) error
}{
	{"leaves", func(_ context.Context, m *Member) error { return errors.Join(m.Send(protocol.Leave{}), m.Close()) }},
	{"is killed", func(_ context.Context, m *Member) error { return m.Close() }},
	{"loses the socket and comes back", func(ctx context.Context, m *Member) error {
		m.Drop()
		return errors.Join(m.Resume(ctx), m.Close())
	}},
	{"loses everything and comes back", func(ctx context.Context, m *Member) error {
		m.Drop()
		return errors.Join(m.DropMedia(), m.Resume(ctx), m.Close())
	}},
	{"talks, and is killed in the middle of it", func(_ context.Context, m *Member) error {
		var errs []error
		for i := range 20 {
			errs = append(errs, m.Send(protocol.Say{Ref: fmt.Sprint(i), Text: "在吗"}))
		}
		return errors.Join(errors.Join(errs...), m.Close())
	}},
	{"offers again and is killed before the answer", func(_ context.Context, m *Member) error {
		short, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		if m.Transport() != nil {
			_ = m.Renegotiate(short, 1, 1, true) // most likely there is no time for the answer
		}
		return m.Close()
	}},
}

// Run lets them come and go, and answers how many times each fate befell somebody.
func (c Churn) Run(ctx context.Context, y *Yilian) (map[string]int, error) {
	clock := NewClock()
	play, stop := context.WithCancel(ctx)
	var sources sync.WaitGroup
	defer func() {
		stop()
		sources.Wait()
	}()
	var mu sync.Mutex
	seen := map[string]int{}
	dice := rand.New(rand.NewPCG(c.Seed, 0x636875726e))
	type visit struct {
		party Party
		room  string
		fate  int
		stay  time.Duration
	}
	visits := make([]visit, c.People)
	for i := range visits {
		v := visit{room: fmt.Sprintf("churn-%d", dice.IntN(c.Rooms)), fate: dice.IntN(len(fates)), stay: time.Duration(dice.Int64N(int64(c.Stay)))}
		v.party.Name = fmt.Sprintf("visitor-%d-%d", c.Seed, i)
		if i < c.Rooms {
			v.room = fmt.Sprintf("churn-%d", i)
		}
		if c.Media > 0 && i%c.Media == 0 {
			source, err := NewSource(clock, v.party.Name)
			if err != nil {
				return nil, err
			}
			v.party.Source, v.party.Sink = source, NewSink(clock)
			sources.Go(func() { _ = source.Run(play) }) // ends when its transport does
		}
		visits[i] = v
	}
	err := each(visits, c.AtOnce, func(v visit) error {
		m, err := y.Enter(ctx, v.room, v.party, 2)
		if err != nil {
			return fmt.Errorf("%s: %w", v.party.Name, err)
		}
		time.Sleep(v.stay)
		if err := fates[v.fate].end(ctx, m); err != nil {
			return fmt.Errorf("%s %s: %w", v.party.Name, fates[v.fate].name, err)
		}
		mu.Lock()
		defer mu.Unlock()
		seen[fates[v.fate].name]++
		return nil
	})
	return seen, err
}
