package layer

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// simulcast is a camera in three encodings, each with half its frames left out first.
func simulcast(now int) Stream {
	return Stream{Now: now, Options: []Option{
		{0, 0, 60e3, 180}, {0, 2, 120e3, 180}, {1, 1, 300e3, 360}, {1, 2, 450e3, 360}, {2, 1, 1000e3, 720}, {2, 2, 1500e3, 720},
	}}
}

func elastic(now int) Stream {
	return Stream{Now: now, Options: []Option{{Bits: 90e3}}, Elastic: 2.5e6}
}

func tile(s Stream, height int) Stream {
	s.Height = height
	return s
}

func TestAllocate(t *testing.T) {
	for name, c := range map[string]struct {
		kbps    float64
		streams []Stream
		want    []int // option
		spent   []int // kbit/s
	}{
		"nothing to send":                  {1000, nil, []int{}, []int{}},
		"plenty":                           {5000, []Stream{simulcast(-1)}, []int{5}, []int{1500}},
		"a line of 600":                    {600, []Stream{simulcast(-1)}, []int{3}, []int{450}},
		"frames go before sharpness":       {400, []Stream{simulcast(3)}, []int{2}, []int{300}},
		"climbs only with room":            {480, []Stream{simulcast(2)}, []int{2}, []int{300}},
		"stays without":                    {440, []Stream{simulcast(3)}, []int{3}, []int{450}},
		"a small tile":                     {5000, []Stream{tile(simulcast(-1), 180)}, []int{1}, []int{120}},
		"a tile between":                   {5000, []Stream{tile(simulcast(-1), 300)}, []int{3}, []int{450}},
		"everybody before anybody better":  {300, []Stream{simulcast(0), simulcast(0), simulcast(0)}, []int{1, 0, 0}, []int{120, 60, 60}},
		"the first climbs first":           {800, []Stream{simulcast(0), simulcast(0)}, []int{3, 2}, []int{450, 300}},
		"off":                              {50, []Stream{simulcast(0)}, []int{-1}, []int{0}},
		"comes back with room":             {70, []Stream{simulcast(-1)}, []int{-1}, []int{0}},
		"one adapts":                       {700, []Stream{elastic(0)}, []int{0}, []int{700}},
		"two adapt":                        {700, []Stream{elastic(0), elastic(0)}, []int{0, 0}, []int{350, 350}},
		"not enough for two":               {150, []Stream{elastic(0), elastic(-1)}, []int{0, -1}, []int{150, 0}},
		"one adapts to what another needs": {700, []Stream{simulcast(3), elastic(0)}, []int{3, 0}, []int{450, 250}},
		"sends nothing":                    {700, []Stream{{Now: -1}}, []int{-1}, []int{0}},
	} {
		got, _ := Allocate(c.kbps*1000, c.streams)
		options, spent := []int{}, []int{}
		for _, g := range got {
			options = append(options, g.Option)
			spent = append(spent, int(g.Bits/1000+0.5))
		}
		if !reflect.DeepEqual(options, c.want) || !reflect.DeepEqual(spent, c.spent) {
			t.Errorf("%s: options %v at %v kbit/s, want %v at %v", name, options, spent, c.want, c.spent)
		}
	}
	if _, missing := Allocate(400e3, []Stream{simulcast(2)}); missing < 50e3 || missing > 150e3 {
		t.Errorf("missing %.0f", missing)
	}
	if _, missing := Allocate(400e3, []Stream{tile(simulcast(1), 180)}); missing != 0 {
		t.Errorf("missing %.0f for a small tile", missing)
	}
}

// TestAllocateSettles holds for any streams: no more is spent than there is, but for what hysteresis lets stay, a second look changes nothing, and a better line
// never makes a picture worse.
func TestAllocateSettles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.Float64Range(0, 4e6).Draw(t, "bits")
		var streams []Stream
		for range rapid.IntRange(0, 6).Draw(t, "streams") {
			s := simulcast(rapid.IntRange(-1, 5).Draw(t, "now"))
			if rapid.Bool().Draw(t, "elastic") {
				s = elastic(rapid.IntRange(-1, 0).Draw(t, "now"))
			}
			streams = append(streams, tile(s, rapid.SampledFrom([]int{0, 180, 360}).Draw(t, "height")))
		}
		choices, _ := Allocate(bits, streams)
		var spent float64
		for i, c := range choices {
			spent += c.Bits
			streams[i].Now = c.Option
		}
		if spent > bits/stayMargin+1 {
			t.Fatalf("%.0f of %.0f are spent", spent, bits)
		}
		again, _ := Allocate(bits, streams)
		if !reflect.DeepEqual(again, choices) {
			t.Fatalf("%+v became %+v", choices, again)
		}
		if len(streams) == 1 {
			better, _ := Allocate(bits*1.5, streams)
			if better[0].Option < choices[0].Option {
				t.Fatalf("a better line made %+v of %+v", better, choices)
			}
		}
	})
}
