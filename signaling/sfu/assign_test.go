package sfu

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// places makes free places: "a0 v0 v1".
func places(names string) []place {
	var out []place
	for i, n := range strings.Fields(names) {
		p := place{mid: fmt.Sprint(i), kind: Audio, index: int(n[1] - '0')}
		if n[0] == 'v' {
			p.kind = Video
		}
		out = append(out, p)
	}
	return out
}

// streams makes offered streams: "b/mic b/camera".
func streams(names string) []offered {
	var out []offered
	for _, n := range strings.Fields(names) {
		peer, name, _ := strings.Cut(n, "/")
		o := offered{key: sourceKey{peer, name}, kind: Video}
		if strings.HasPrefix(name, "mic") {
			o.kind = Audio
		}
		out = append(out, o)
	}
	return out
}

func holders(ps []place) string {
	var out []string
	for _, p := range ps {
		if p.holder == (sourceKey{}) {
			out = append(out, "-")
		} else {
			out = append(out, p.holder.peer+"/"+p.holder.name)
		}
	}
	return strings.Join(out, " ")
}

func TestAssign(t *testing.T) {
	for name, c := range map[string]struct {
		places  string
		rounds  []string // streams offered, one after another
		holders string
		want    Wanted
	}{
		"nobody":                             {"a0 v0", []string{""}, "- -", Wanted{}},
		"voice and face share an index":      {"a0 a1 v0 v1", []string{"b/mic", "b/mic c/mic", "b/mic c/mic c/camera b/camera"}, "b/mic c/mic b/camera c/camera", Wanted{}},
		"a screen keeps away from a voice":   {"a0 v0 v1", []string{"b/mic b/screen b/camera"}, "b/mic b/camera b/screen", Wanted{}},
		"who has a place keeps it":           {"a0 a1", []string{"b/mic c/mic", "c/mic d/mic"}, "d/mic c/mic", Wanted{}},
		"what does not fit is wanted":        {"a0 v0", []string{"b/mic b/camera c/mic c/camera c/screen"}, "b/mic c/screen", Wanted{Audio: 1, Video: 2}},
		"a screen goes before a face":        {"v0", []string{"b/camera c/screen"}, "c/screen", Wanted{Video: 1}},
		"a face goes before a further scope": {"v0", []string{"b/scope b/camera"}, "b/camera", Wanted{Video: 1}},
	} {
		ps, want := places(c.places), Wanted{}
		for _, round := range c.rounds {
			ps, want = assign(ps, streams(round))
		}
		if got := holders(ps); got != c.holders || want != c.want {
			t.Errorf("%s: %s %+v, want %s %+v", name, got, want, c.holders, c.want)
		}
	}
}

func TestAssignProperties(t *testing.T) {
	all := streams("b/mic b/camera b/screen c/mic c/camera d/mic d/camera d/scope")
	rapid.Check(t, func(t *rapid.T) {
		ps := places("a0 v0 a1 v1 v2")
		for range rapid.IntRange(1, 10).Draw(t, "rounds") {
			var offer []offered
			for _, s := range all {
				if rapid.Bool().Draw(t, "offered") {
					offer = append(offer, s)
				}
			}
			before := slices.Clone(ps)
			var want Wanted
			ps, want = assign(ps, offer)
			placed := map[sourceKey]int{}
			count := map[Kind]int{}
			for i, p := range ps {
				if p.holder == (sourceKey{}) {
					continue
				}
				placed[p.holder]++
				count[p.kind]++
				if !slices.Contains(offer, offered{p.holder, p.kind}) || placed[p.holder] > 1 {
					t.Fatalf("%s of %v", holders(ps), offer)
				}
				if had := before[i].holder; had != (sourceKey{}) && had != p.holder && slices.ContainsFunc(offer, func(o offered) bool { return o.key == had }) {
					t.Fatalf("%v lost its place", had)
				}
			}
			need := map[Kind]int{}
			for _, o := range offer {
				need[o.kind]++
			}
			if want.Audio != need[Audio]-count[Audio] || want.Video != need[Video]-count[Video] {
				t.Fatalf("want %+v, need %v, placed %v", want, need, count)
			}
		}
	})
}
