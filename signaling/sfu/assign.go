package sfu

import (
	"cmp"
	"slices"
)

// Kind is audio or video.
type Kind string

// The kinds of media.
const (
	Audio Kind = "audio"
	Video Kind = "video"
)

// sourceKey names a stream in a room.
type sourceKey struct {
	peer string
	name string // "mic", "camera", "screen", …
}

// place is an m-line of a receiver where any stream of its kind may be put. Places of different kinds with the same index are one MediaStream for the
// browser, which plays what is in one MediaStream in step.
type place struct {
	mid    string
	kind   Kind
	index  int
	holder sourceKey // zero: free
}

// offered is a stream that a receiver should get.
type offered struct {
	key  sourceKey
	kind Kind
}

// Wanted is how many places a kind are missing.
type Wanted struct{ Audio, Video int }

// assign gives every place its holder: who holds one and is still offered keeps it; the rest are placed in order of importance, a person's sound and face
// under one index where possible. It returns the places with their new holders, and how many more are wanted.
func assign(places []place, streams []offered) ([]place, Wanted) {
	out := slices.Clone(places)
	present := map[sourceKey]bool{}
	for _, s := range streams {
		present[s.key] = true
	}
	held := map[sourceKey]bool{}
	for i := range out {
		if !present[out[i].holder] {
			out[i].holder = sourceKey{}
		} else {
			held[out[i].holder] = true
		}
	}
	rest := slices.DeleteFunc(slices.Clone(streams), func(s offered) bool { return held[s.key] })
	slices.SortStableFunc(rest, func(a, b offered) int { return cmp.Compare(importance(a), importance(b)) })

	var want Wanted
	for _, s := range rest {
		if i := choose(out, s); i >= 0 {
			out[i].holder = s.key
		} else if s.kind == Audio {
			want.Audio++
		} else {
			want.Video++
		}
	}
	return out, want
}

// importance orders streams for scarce places: sound first, then the shared screen, then faces, then the rest.
func importance(s offered) int {
	switch {
	case s.kind == Audio:
		return 0
	case s.key.name == "screen":
		return 1
	case s.key.name == "camera":
		return 2
	}
	return 3
}

// inStep tells whether a stream should be played in step with its person's voice.
func inStep(name string) bool { return name == "mic" || name == "camera" }

// choose finds the best free place: where the same person's other half is, else where no other person's is, else any.
func choose(places []place, s offered) int {
	best, score := -1, -1
	for i, p := range places {
		if p.kind != s.kind || p.holder != (sourceKey{}) {
			continue
		}
		if v := fit(places, p, s); v > score {
			best, score = i, v
		}
	}
	return best
}

func fit(places []place, p place, s offered) int {
	for _, other := range places {
		if other.index != p.index || other.kind == p.kind || other.holder == (sourceKey{}) {
			continue
		}
		if other.holder.peer == s.key.peer && inStep(other.holder.name) && inStep(s.key.name) {
			return 2
		}
		return 0
	}
	return 1
}
