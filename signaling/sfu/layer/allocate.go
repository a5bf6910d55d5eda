// Package layer decides what of each stream a receiver gets: it divides what its line can carry. It is pure.
package layer

// Option is one quality in which a stream can be sent.
type Option struct {
	Spatial  int     // encoding of simulcast, or spatial layer
	Temporal int     // highest temporal layer
	Bits     float64 // bits/s that it takes; of an elastic stream the least that is worth sending
	Height   int     // pixels, 0 unknown
}

// Stream is what can be sent of one picture.
type Stream struct {
	Options []Option // from the worst to the best
	Now     int      // index of the option that is sent, -1 for none
	Height  int      // pixels of the tile it is shown in, 0 for no limit
	Elastic float64  // bits/s up to which its sender adapts to what it is allowed; 0: it does not
}

// Choice is what a stream gets.
type Choice struct {
	Option int     // -1: nothing
	Bits   float64 // that it may take
}

// Margins: what is sent is given up late, what is not is taken up only with room to spare, so that the picture does not flap.
const (
	resumeMargin = 1.3
	climbMargin  = 1.15
	stayMargin   = 0.95
)

// Allocate divides bits/s among streams, the most important first. Every stream gets its worst option before any gets a better one; then the more important
// climb as far as their tile makes sense of it; what is left is shared by the elastic. missing is what the line lacks for the next step up, 0 if nothing does.
func Allocate(bits float64, streams []Stream) (choices []Choice, missing float64) {
	choices = make([]Choice, len(streams))
	rest := bits
	for i, s := range streams {
		choices[i] = Choice{Option: -1}
		if len(s.Options) == 0 {
			continue
		}
		need := s.Options[0].Bits * stayMargin
		if s.Now < 0 {
			need = s.Options[0].Bits * resumeMargin
		}
		if need > rest {
			missing = firstOf(missing, need-rest)
			continue
		}
		choices[i] = Choice{0, s.Options[0].Bits}
		rest -= min(rest, s.Options[0].Bits)
	}
	for i, s := range streams {
		if choices[i].Option < 0 {
			continue
		}
		var lack float64
		rest, lack = climb(s, &choices[i], rest)
		missing = firstOf(missing, lack)
	}
	stretch(streams, choices, rest)
	return choices, missing
}

func firstOf(a, b float64) float64 {
	if a > 0 {
		return a
	}
	return b
}

// climb raises one choice as far as there is room and use, and gives what is left, and what the next step lacked.
func climb(s Stream, c *Choice, rest float64) (left, lack float64) {
	for k := c.Option + 1; k < len(s.Options); k++ {
		o := s.Options[k]
		if have := s.Options[c.Option].Height; s.Height > 0 && have >= s.Height && o.Height > have {
			break // the tile is not larger
		}
		need := o.Bits * stayMargin
		if k > s.Now {
			need = o.Bits * climbMargin
		}
		if need-c.Bits > rest {
			return rest, need - c.Bits - rest
		}
		rest = max(0, rest-(o.Bits-c.Bits))
		*c = Choice{k, o.Bits}
	}
	return rest, 0
}

// stretch shares what is left among the streams that adapt, evenly, none beyond its limit.
func stretch(streams []Stream, choices []Choice, rest float64) {
	for rest > 1000 {
		n := 0
		for i, s := range streams {
			if choices[i].Option >= 0 && choices[i].Bits < s.Elastic {
				n++
			}
		}
		if n == 0 {
			return
		}
		each := rest / float64(n)
		for i, s := range streams {
			if choices[i].Option >= 0 && choices[i].Bits < s.Elastic {
				more := min(each, s.Elastic-choices[i].Bits)
				choices[i].Bits += more
				rest -= more
			}
		}
	}
}
