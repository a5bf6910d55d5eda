package imaging

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"yilian"
)

// Space tells how much room a store of objects has, in bytes. total 0: it has no bound that is known.
type Space interface {
	Space(ctx context.Context) (free, total int64, err error)
}

// CodeFull is Unavailable: there is too little room for anything new. Doors answer A700 (PS3.4 B.2.3), 503 or 507.
const CodeFull = "storage.full"

// Mark is an amount of free space: bytes, or a part of the total.
type Mark struct {
	Bytes int64
	Part  float64
}

// Percent is a part of the total.
func Percent(p float64) Mark { return Mark{Part: p / 100} }

func (m Mark) of(total int64) int64 { return max(m.Bytes, int64(m.Part*float64(total))) }

// Marks say when a Gauge warns and when it refuses. The way back needs a quarter more than the way there, so that a level near a mark
// does not switch with every image.
type Marks struct {
	Low, Critical Mark
	Every         time.Duration // how old a measurement may be; 0: 5 s
}

// SpaceLevel is how full a store is.
type SpaceLevel int

// The levels.
const (
	SpaceOK   SpaceLevel = iota
	SpaceLow             // somebody should see to it
	SpaceFull            // nothing new is taken; what is there can be read
)

func (l SpaceLevel) String() string { return [...]string{"ok", "low", "full"}[l] }

// SpaceState is what was measured last.
type SpaceState struct {
	Level       SpaceLevel
	Free, Total int64
	At          time.Time
	Err         error // the last measurement failed; the level is that of the one before
}

// Gauge watches the room of a store. It is safe for concurrent use.
type Gauge struct {
	space Space
	marks Marks
	now   func() time.Time
	log   *slog.Logger

	mu    sync.Mutex
	state SpaceState // guarded by mu
}

// NewGauge makes a Gauge. now and log may be nil.
func NewGauge(s Space, m Marks, now func() time.Time, log *slog.Logger) *Gauge {
	if now == nil {
		now = time.Now
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if m.Every <= 0 {
		m.Every = 5 * time.Second
	}
	return &Gauge{space: s, marks: m, now: now, log: log}
}

// State answers the level, measured anew if the last measurement is too old.
func (g *Gauge) State(ctx context.Context) SpaceState {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	if !g.state.At.IsZero() && now.Sub(g.state.At) < g.marks.Every {
		return g.state
	}
	free, total, err := g.space.Space(ctx)
	before := g.state.Level
	g.state.At, g.state.Err = now, err
	if err != nil {
		g.log.WarnContext(ctx, "space of the object store not measured", "error", err)
		return g.state
	}
	g.state.Free, g.state.Total = free, total
	if total > 0 {
		g.state.Level = g.marks.level(before, free, total)
	}
	if g.state.Level != before {
		g.log.WarnContext(ctx, "space of the object store", "level", g.state.Level.String(), "free", free, "total", total)
	}
	return g.state
}

// level decides where a store stands that stood elsewhere before.
func (m Marks) level(before SpaceLevel, free, total int64) SpaceLevel {
	back := func(mark int64) int64 { return mark + (mark+3)/4 }
	low, critical := m.Low.of(total), m.Critical.of(total)
	switch {
	case free < critical, before == SpaceFull && free < back(critical):
		return SpaceFull
	case free < low, before != SpaceOK && free < back(low):
		return SpaceLow
	}
	return SpaceOK
}

// Admit answers nil while new objects are taken, or an Unavailable error with CodeFull. A nil Gauge takes everything.
func (g *Gauge) Admit(ctx context.Context) error {
	if g == nil {
		return nil
	}
	s := g.State(ctx)
	if s.Level != SpaceFull {
		return nil
	}
	e := yilian.Errorf(yilian.Unavailable, CodeFull, "The image store is nearly full and takes nothing new. What is stored can be read.")
	e.Err = fmt.Errorf("imaging: %d bytes free of %d", s.Free, s.Total)
	return e
}
