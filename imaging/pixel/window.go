package pixel

import (
	"math"

	"yilian/imaging/dicom"
)

// Function is a VOI LUT Function (PS3.3 C.11.2.1.3).
type Function string

// The functions. The empty one is LINEAR.
const (
	Linear      Function = "LINEAR"
	LinearExact Function = "LINEAR_EXACT"
	Sigmoid     Function = "SIGMOID"
)

// Window is a choice of values to show (PS3.3 C.11.2.1.2), in the units after rescaling: Hounsfield units for CT.
type Window struct {
	Center, Width float64
	Function      Function
	Explanation   string
}

// windows reads the presets of a data set or of a Frame VOI LUT item.
func windows(d *dicom.Dataset) []Window {
	centers, widths, names := d.Floats(dicom.WindowCenter), d.Floats(dicom.WindowWidth), d.Strings(dicom.WindowCenterWidthExplanation)
	f := Function(d.String(dicom.VOILUTFunction))
	var out []Window
	for i := range min(len(centers), len(widths)) {
		w := Window{Center: centers[i], Width: widths[i], Function: f}
		if i < len(names) {
			w.Explanation = names[i]
		}
		if w.valid() {
			out = append(out, w)
		}
	}
	return out
}

// valid is PS3.3 C.11.2.1.2.1: a width of at least 1, for the other functions above 0.
func (w Window) valid() bool {
	if math.IsNaN(w.Center) || math.IsInf(w.Center, 0) || math.IsInf(w.Width, 0) {
		return false
	}
	if w.Function == LinearExact || w.Function == Sigmoid {
		return w.Width > 0
	}
	return w.Width >= 1
}

// Gray maps a value to the range 0 to 1.
func (w Window) Gray(x float64) float64 {
	switch w.Function {
	case Sigmoid:
		return 1 / (1 + math.Exp(-4*(x-w.Center)/w.Width))
	case LinearExact:
		return min(max((x-w.Center)/w.Width+0.5, 0), 1)
	}
	if w.Width <= 1 {
		if x <= w.Center-0.5 {
			return 0
		}
		return 1
	}
	return min(max((x-(w.Center-0.5))/(w.Width-1)+0.5, 0), 1)
}

// standard gives the customary window of a modality whose images came without one.
func standard(modality string) (Window, bool) {
	if modality == "CT" {
		return Window{Center: 40, Width: 400}, true
	}
	return Window{}, false
}

// spread gives the window that shows nearly all of the values in a histogram: it leaves out a thousandth at each end, so that
// a few burnt-in or defective pixels do not decide. value gives the value of an entry.
func spread(histogram []int, value func(int) float64) Window {
	total := 0
	for _, n := range histogram {
		total += n
	}
	low, high := 0, len(histogram)-1
	for seen := 0; low < high; low++ {
		if seen += histogram[low]; seen > total/1000 {
			break
		}
	}
	for seen := 0; high > low; high-- {
		if seen += histogram[high]; seen > total/1000 {
			break
		}
	}
	a, b := value(low), value(high)
	if a > b {
		a, b = b, a
	}
	return Window{Center: (a + b) / 2, Width: max(b-a, math.SmallestNonzeroFloat32), Function: LinearExact}
}
