package speaker

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// room plays people: each has a line of what they do in every tenth of a second.
//
//	T talks   c a key, a cough: loud for 40 ms   f a fan   . nothing, and is told so   _ nothing, and sends nothing
func room(lines map[string]string) (speakers string) {
	start := time.Unix(1_800_000_000, 0)
	voices, choice := map[string]*Voice{}, Choice{}
	longest := 0
	for id, l := range lines {
		voices[id] = &Voice{}
		longest = max(longest, len(l))
	}
	var said []string
	for tenth := range longest {
		for n := range 5 {
			now := start.Add(time.Duration(tenth)*100*time.Millisecond + time.Duration(n)*20*time.Millisecond)
			for id, l := range lines {
				if tenth < len(l) && l[tenth] != '_' {
					voices[id].Add(level(l[tenth], tenth*5+n), now)
				}
			}
		}
		if tenth%2 == 1 {
			now := start.Add(time.Duration(tenth+1) * 100 * time.Millisecond)
			var scores []Score
			for _, id := range []string{"a", "b", "c"} {
				if v := voices[id]; v != nil && tenth < len(lines[id]) {
					scores = append(scores, Score{id, v.Score(now)})
				}
			}
			if choice.Next(scores, now) {
				said = append(said, fmt.Sprintf("%s@%.1f", choice.Speaker(), float64(tenth+1)/10))
			}
		}
	}
	return strings.Join(said, " ")
}

func level(what byte, n int) uint8 {
	switch {
	case what == 'T' && n%12 < 9: // syllables
		return uint8(25 + n%7)
	case what == 'T':
		return 62
	case what == 'c' && n%5 < 2:
		return 20
	case what == 'f':
		return 48
	}
	return 70
}

func TestWhoSpeaks(t *testing.T) {
	talks, quiet := strings.Repeat("T", 30), strings.Repeat(".", 30)
	for name, c := range map[string]struct {
		lines map[string]string
		want  string
	}{
		"nobody":                       {map[string]string{"a": quiet, "b": quiet}, ""},
		"one":                          {map[string]string{"a": talks, "b": quiet}, "a@0.8"},
		"one after the other":          {map[string]string{"a": talks + quiet, "b": quiet + talks}, "a@0.8 b@4.0"},
		"the same with DTX":            {map[string]string{"a": talks + strings.Repeat("_", 30), "b": strings.Repeat("_", 30) + talks}, "a@0.8 b@4.0"},
		"a yes between":                {map[string]string{"a": talks + talks + "....", "b": quiet + "TTTT" + quiet}, "a@0.8"},
		"keys and a cough":             {map[string]string{"a": talks + "....." + talks, "b": strings.Repeat("c....", 13)}, "a@0.8"},
		"a fan is not a voice":         {map[string]string{"a": talks + quiet + quiet, "b": strings.Repeat("f", 90)}, "a@0.8"},
		"both at once":                 {map[string]string{"a": talks + talks, "b": quiet + talks}, "a@0.8"},
		"who leaves speaks no more":    {map[string]string{"a": talks, "b": quiet + "...."}, "a@0.8 @3.2"},
		"a pause keeps who spoke last": {map[string]string{"a": talks + quiet + quiet}, "a@0.8"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := room(c.lines); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestNoFlapping lets people say anything: who speaks stays for a while, as long as they are heard.
func TestNoFlapping(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c Choice
		now := time.Unix(1_800_000_000, 0)
		last := now.Add(-time.Hour)
		for range 100 {
			now = now.Add(200 * time.Millisecond)
			scores := []Score{{"a", rapid.Float64Range(0, 60).Draw(t, "a")}, {"b", rapid.Float64Range(0, 60).Draw(t, "b")}, {"c", rapid.Float64Range(0, 60).Draw(t, "c")}}
			if c.Next(scores, now) {
				if now.Sub(last) < persists {
					t.Fatalf("another after %v", now.Sub(last))
				}
				last = now
			}
		}
	})
}

// TestScoreIsBounded takes any levels at any times.
func TestScoreIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var v Voice
		now := time.Unix(1_800_000_000, 0)
		for range 50 {
			now = now.Add(time.Duration(rapid.IntRange(-50, 3000).Draw(t, "ms")) * time.Millisecond)
			v.Add(rapid.Uint8().Draw(t, "level"), now)
			if s := v.Score(now); s < 0 || s > quietest-roomNoise {
				t.Fatalf("%f", s)
			}
		}
	})
}
