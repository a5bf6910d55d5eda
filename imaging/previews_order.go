package imaging

import (
	"cmp"
	"context"
	"slices"

	"yilian/imaging/dicom"
	"yilian/imaging/preview"
	"yilian/imaging/structured"
)

// Attributes that say how fast frames follow one another, the last being Recommended Display Frame Rate: what has one is a loop.
var timed = []dicom.Tag{dicom.FrameTime, dicom.FrameTimeVector, dicom.CineRate, 0x00082144}

// order answers the numbers of all pictures, those that show most of the series the soonest first. The frames of one object follow one
// another in time, and are wanted from the first on, unless they lie side by side in the body: then they are a stack as the slices of many
// objects are, turned through along its normal. The page decides the same (web/app/src/viewer/frames.model.ts).
func (p Previews) order(ctx context.Context, l *pictureList) ([]int, error) {
	turned := make([]int, l.count)
	for i := range turned {
		turned[i] = i + 1
	}
	loop := len(l.instances) == 1 && l.count > 1
	if loop {
		whole, err := p.archive.index.Instance(ctx, l.instances[0].UID)
		if err != nil {
			return nil, unavailable("look up an instance", err)
		}
		if stack := stackOf(whole.Metadata, l.count); stack != nil {
			turned, loop = stack, false
		}
	}
	all := preview.Order(l.count, loop)
	for i, at := range all {
		all[i] = turned[at]
	}
	return all, nil
}

// stackOf answers the numbers of an object's frames from the head to the feet; in their own order where they lie across one another, or several
// at one place. It is nil unless each says where it lies, and they are not all at one place.
func stackOf(metadata []byte, frames int) []int {
	d, err := dicom.ParseJSON(metadata, func(dicom.Tag, dicom.VR, string) ([]byte, error) { return nil, nil })
	if err != nil || slices.ContainsFunc(timed, d.Has) {
		return nil
	}
	planes := make([]structured.Plane, frames)
	numbers := make([]int, frames)
	for i := range planes {
		var placed bool
		if planes[i], placed = structured.Placed(d, i+1); !placed {
			return nil
		}
		numbers[i] = i + 1
	}
	if !slices.ContainsFunc(planes, func(p structured.Plane) bool { return p.Origin != planes[0].Origin }) {
		return nil
	}
	along := structured.Along(planes)
	if along == nil {
		return numbers
	}
	up := planes[0].Normal()[2] >= 0
	slices.SortFunc(numbers, func(a, b int) int {
		if up {
			a, b = b, a
		}
		return cmp.Compare(along[a-1], along[b-1])
	})
	return numbers
}
