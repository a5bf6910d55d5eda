package imaging

import (
	"cmp"
	"context"
	"slices"

	"yilian/imaging/dicom"
	"yilian/imaging/preview"
)

// Attributes that say how fast frames follow one another, the last being Recommended Display Frame Rate: what has one is a loop.
var timed = []dicom.Tag{dicom.FrameTime, dicom.FrameTimeVector, dicom.CineRate, 0x00082144}

// order answers the numbers of all pictures, those that show most of the series the soonest first. The frames of one object follow one
// another in time, and are wanted from the first on, unless they lie side by side in the body: then they are a stack as the slices of many
// objects are, turned through along its normal. The page decides the same (web/app/src/viewer/frames.model.ts); slices of a scintigram, which are few,
// come as they are numbered.
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
// at one place. It is nil unless each has a place of its own (PS3.3 C.7.6.16.2.3), and they are not all at one.
func stackOf(metadata []byte, frames int) []int {
	d, err := dicom.ParseJSON(metadata, func(dicom.Tag, dicom.VR, string) ([]byte, error) { return nil, nil })
	if err != nil || slices.ContainsFunc(timed, d.Has) {
		return nil
	}
	planes := planesOf(d, frames)
	if len(planes) == 0 || !slices.ContainsFunc(planes, func(p plane) bool { return p.origin != planes[0].origin }) {
		return nil
	}
	numbers := make([]int, frames)
	for i := range numbers {
		numbers[i] = i + 1
	}
	along := alongNormal(planes)
	if along == nil {
		return numbers
	}
	up := planes[0].normal[2] >= 0
	slices.SortFunc(numbers, func(a, b int) int {
		if up {
			a, b = b, a
		}
		return cmp.Compare(along[a-1], along[b-1])
	})
	return numbers
}

// plane is where a frame lies in the patient.
type plane struct{ origin, normal vector }

// planesOf are those of all frames; none if one of them does not say.
func planesOf(d *dicom.Dataset, frames int) (all []plane) {
	own, shared := d.Sequence(dicom.PerFrameFunctionalGroupsSequence), d.First(dicom.SharedFunctionalGroupsSequence)
	if len(own) < frames {
		return nil
	}
	for _, group := range own[:frames] {
		position := group.First(dicom.PlanePositionSequence).Floats(dicom.ImagePositionPatient)
		oriented := group.First(dicom.PlaneOrientationSequence)
		if oriented == nil {
			oriented = shared.First(dicom.PlaneOrientationSequence)
		}
		way := oriented.Floats(dicom.ImageOrientationPatient)
		if len(position) != 3 || len(way) != 6 {
			return nil
		}
		all = append(all, plane{vector(position), cross(vector(way[:3]), vector(way[3:]))})
	}
	return all
}

// alongNormal is how far up their common normal planes lie; nil if they have none, or two lie at one place.
func alongNormal(planes []plane) (along []float64) {
	const apart = 0.01 // mm
	for _, p := range planes {
		if dot(p.normal, planes[0].normal) < 0.99 {
			return nil
		}
		along = append(along, dot(planes[0].normal, p.origin))
	}
	sorted := slices.Sorted(slices.Values(along))
	for i := 1; i < len(sorted); i++ {
		if sorted[i]-sorted[i-1] < apart {
			return nil
		}
	}
	return along
}

type vector [3]float64

func cross(a, b vector) vector {
	return vector{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

func dot(a, b vector) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
