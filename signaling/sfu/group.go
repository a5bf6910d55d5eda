package sfu

import (
	"slices"
	"time"
)

// group is all encodings of one picture (or the one of sound), worst first. It is owned by Room.mu.
type group struct {
	key       sourceKey
	kind      Kind
	mid       string
	encodings []*source
	rids      []string        // that its sender offered, of which some may not have been seen yet
	allowed   float64         // bits/s that its sender was last told it may use, 0 never
	need      map[string]need // which encodings anybody needed when, by rid
	told      string          // the last LayerWant, to tell only changes
}

type need struct {
	until time.Time
	bits  float64
}

// add puts an encoding into its place; it is not ok if the stream is another one that replaces this.
func (g *group) add(s *source) bool {
	if s.rid == "" || len(g.encodings) > 0 && g.encodings[0].rid == "" {
		return len(g.encodings) == 0 && g.put(s)
	}
	g.encodings = slices.DeleteFunc(slices.Clone(g.encodings), func(o *source) bool { return o.rid == s.rid })
	return len(g.encodings) < maxEncodings && g.put(s)
}

const maxEncodings = 4

func (g *group) put(s *source) bool {
	g.encodings = append(g.encodings, s)
	slices.SortStableFunc(g.encodings, func(a, b *source) int { return ridRank(a.rid) - ridRank(b.rid) })
	return true
}

// names lists the encodings that were offered or seen, worst first.
func (g *group) names() []string {
	out := slices.Clone(g.rids)
	for _, s := range g.encodings {
		if !slices.Contains(out, s.rid) && len(out) < maxEncodings {
			out = append(out, s.rid)
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return ridRank(a) - ridRank(b) })
	return out
}

// encoding finds one by name; nil if it has not been seen.
func (g *group) encoding(rid string) *source {
	for _, s := range g.encodings {
		if s.rid == rid {
			return s
		}
	}
	return nil
}

// ridRank orders the names that senders give their encodings.
func ridRank(rid string) int {
	return map[string]int{"l": 1, "q": 1, "0": 1, "m": 2, "h": 3, "1": 2, "2": 3, "f": 4}[rid]
}

func (g *group) muted() bool { return len(g.encodings) > 0 && g.encodings[0].muted.Load() }
