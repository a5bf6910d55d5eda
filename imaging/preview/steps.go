package preview

import (
	"math"
	"slices"

	"yilian/imaging/pixel"
)

// Step says what Count codes, one after the other, stand for: stored values from From on, Width of them a code. The code stands for the
// value in the middle.
type Step struct {
	From         int32
	Width, Count uint16
}

// Value is the stored value that the code stands for which is the nth of the step.
func (s Step) Value(n int) int32 { return s.From + int32(s.Width)*int32(n) + int32(s.Width-1)/2 }

// maxCodes is how many codes there are.
const maxCodes = 256

// band is how coarse values may become up to a value, both in units after rescaling.
type band struct{ to, width float64 }

// hounsfieldBands are for CT: steps of 4 HU deviate by 1.2 HU, which is 36 dB in a window of 80 (brain); 8 HU by 2.3, 44 dB in one of 400
// (mediastinum); 16 HU by 4.6, 50 dB in one of 1500 (lung); 24 HU by 6.9, 48 dB in one of 1800 (bone).
var hounsfieldBands = []band{{-1100, 64}, {-200, 16}, {-40, 8}, {120, 4}, {300, 8}, {1300, 24}, {math.Inf(1), 64}}

// bands says where an image is looked at.
func bands(im *pixel.Image, values []int32) []band {
	if im.Modality == "CT" && (im.Intercept != 0 || im.Signed) {
		return hounsfieldBands
	}
	if im.BitsStored <= 8 {
		return []band{{math.Inf(1), 4 * math.Abs(im.Slope)}}
	}
	low, high := spread(im, values)
	if len(im.Windows) > 0 {
		w := im.Windows[0]
		low, high = w.Center-w.Width/2, w.Center+w.Width/2
	}
	width := high - low
	return []band{{low - width/4, width / 12}, {high + width/4, width / 48}, {high + width, width / 24}, {math.Inf(1), width / 12}}
}

// spread is the range of all but the lowest and highest 0.5 % of the values.
func spread(im *pixel.Image, values []int32) (low, high float64) {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	a, b := modality(im, sorted[n/200]), modality(im, sorted[n-1-n/200])
	return min(a, b), max(a, b, min(a, b)+1)
}

func modality(im *pixel.Image, v int32) float64 { return float64(v)*im.Slope + im.Intercept }

// stepsFor divides the range of the values into at most maxCodes codes.
func stepsFor(im *pixel.Image, values []int32) []Step {
	low, high := slices.Min(values), slices.Max(values)
	all := bands(im, values)
	for coarser := 1.0; ; coarser *= 1.25 {
		if steps, ok := divide(im, all, low, high, coarser); ok {
			return steps
		}
	}
}

// divide lays steps over the values from low to high. It fails when these are too many.
func divide(im *pixel.Image, all []band, low, high int32, coarser float64) (steps []Step, ok bool) {
	if im.Slope < 0 {
		return divideDown(im, all, low, high, coarser)
	}
	codes, at := 0, low
	for _, b := range all {
		end := high
		if to := (b.to - im.Intercept) / im.Slope; to < float64(high) {
			end = int32(math.Floor(to))
		}
		if at > end {
			continue
		}
		s := stepOver(at, end, b.width*coarser/im.Slope)
		steps, codes, at = append(steps, s), codes+int(s.Count), s.From+int32(s.Width)*int32(s.Count)
	}
	return steps, codes <= maxCodes
}

// divideDown does the same where larger stored values mean less: the bands come in the other order.
func divideDown(im *pixel.Image, all []band, low, high int32, coarser float64) (steps []Step, ok bool) {
	up := *im
	up.Slope, up.Intercept = -im.Slope, -im.Intercept
	mirrored := make([]band, 0, len(all))
	for i := range all {
		to := math.Inf(1)
		if i < len(all)-1 {
			to = -all[len(all)-2-i].to
		}
		mirrored = append(mirrored, band{to, all[len(all)-1-i].width})
	}
	return divide(&up, mirrored, low, high, coarser)
}

// stepOver covers from at to end with codes of a width.
func stepOver(at, end int32, width float64) Step {
	w := int32(min(max(math.Round(width), 1), math.MaxUint16))
	count := (end-at)/w + 1
	return Step{From: at, Width: uint16(w), Count: uint16(min(count, maxCodes+1))} //nolint:gosec // both are bounded
}

// quantise gives each value its code.
func quantise(values []int32, steps []Step) []byte {
	low, last := steps[0].From, steps[len(steps)-1]
	table := make([]byte, int(last.From-low)+int(last.Width)*int(last.Count))
	at, code := 0, 0
	for _, s := range steps {
		for range s.Count {
			for range s.Width {
				table[at] = byte(code)
				at++
			}
			code++
		}
	}
	codes := make([]byte, len(values))
	for i, v := range values {
		codes[i] = table[v-low]
	}
	return codes
}

// Values is the table from codes to stored values.
func Values(steps []Step) []int32 {
	var all []int32
	for _, s := range steps {
		for n := range int(s.Count) {
			all = append(all, s.Value(n))
		}
	}
	return all
}
