package structured

import (
	"slices"
	"strings"

	"yilian/imaging/dicom"
)

const (
	pixelAspectRatio    dicom.Tag = 0x00280034
	detectorInformation dicom.Tag = 0x00540022
	sliceVector         dicom.Tag = 0x00540080
)

// Plane is where a picture lies in the patient (PS3.3 C.7.6.2), in millimetres.
type Plane struct {
	Origin      [3]float64 // the middle of the first pixel
	Row, Column [3]float64 // directions in which the columns and the rows are counted
	Spacing     [2]float64 // between rows, between columns
}

// PlaneOf reads the plane of a frame, from 1 on, out of its header. A picture that does not say lies at the origin, and its pixels are a
// millimetre wide, and as high as their aspect ratio says: so do viewers draw on it.
func PlaneOf(d *dicom.Dataset, frame int) Plane {
	p, _ := Placed(d, frame)
	return p
}

// Placed is PlaneOf, and tells whether the header says where in the patient the frame lies.
func Placed(d *dicom.Dataset, frame int) (p Plane, placed bool) {
	p = Plane{Row: [3]float64{1, 0, 0}, Column: [3]float64{0, 1, 0}, Spacing: [2]float64{1, 1}}
	own := group(d.Sequence(dicom.PerFrameFunctionalGroupsSequence), frame-1)
	shared := d.First(dicom.SharedFunctionalGroupsSequence)
	find := func(sequence, tag dicom.Tag, n int) []float64 {
		for _, at := range []*dicom.Dataset{own.First(sequence), shared.First(sequence), d} {
			if v := at.Floats(tag); len(v) >= n {
				return v
			}
		}
		return nil
	}
	position := find(dicom.PlanePositionSequence, dicom.ImagePositionPatient, 3)
	copy(p.Origin[:], position)
	orientation := find(dicom.PlaneOrientationSequence, dicom.ImageOrientationPatient, 6)
	if orientation != nil {
		copy(p.Row[:], orientation[:3])
		copy(p.Column[:], orientation[3:])
	}
	placed = position != nil && orientation != nil
	if v := find(dicom.PixelMeasuresSequence, dicom.PixelSpacing, 2); v != nil && v[0] > 0 && v[1] > 0 {
		copy(p.Spacing[:], v)
	} else if v := d.Floats(dicom.ImagerPixelSpacing); len(v) == 2 && v[0] > 0 && v[1] > 0 {
		p.Spacing[0] = v[0] / v[1]
	} else if v := d.Floats(pixelAspectRatio); len(v) == 2 && v[0] > 0 && v[1] > 0 {
		p.Spacing[0] = v[0] / v[1] // vertical over horizontal
	}
	if detector := d.First(detectorInformation); detector != nil && own == nil && reconstructed(d) {
		placed = p.reconstruct(d, detector, frame) || placed
	}
	return p, placed
}

// reconstructed tells whether the frames are slices that were made of views (PS3.3 C.8.4.9.1.1).
func reconstructed(d *dicom.Dataset) bool {
	kind := d.Strings(dicom.ImageType)
	return len(kind) > 2 && strings.HasPrefix(kind[2], "RECON ")
}

// reconstruct lays the plane of a scintigraphic slice: the first lies where the detector says, the others behind it along its normal, or before it
// where the spacing is negative (PS3.3 C.8.4.11, C.8.4.15).
func (p *Plane) reconstruct(d, detector *dicom.Dataset, frame int) (placed bool) {
	position, orientation := detector.Floats(dicom.ImagePositionPatient), detector.Floats(dicom.ImageOrientationPatient)
	if len(position) != 3 || len(orientation) != 6 {
		return false
	}
	copy(p.Row[:], orientation[:3])
	copy(p.Column[:], orientation[3:])
	n := frame
	if all := d.Floats(sliceVector); frame >= 1 && frame <= len(all) {
		n = int(all[frame-1])
	}
	spacing, _ := d.Float(dicom.SpacingBetweenSlices)
	normal := p.Normal()
	for i := range p.Origin {
		p.Origin[i] = position[i] + normal[i]*spacing*float64(n-1)
	}
	return true
}

// Normal is the direction that is square to rows and columns; of length 1 where they are square to one another.
func (p Plane) Normal() [3]float64 { return cross(p.Row, p.Column) }

// Along is how far along their common normal planes lie, in millimetres; nil if they have none, or two lie at one place.
func Along(planes []Plane) (along []float64) {
	const apart = 0.01 // mm
	for _, p := range planes {
		if dot(p.Normal(), planes[0].Normal()) < 0.99 {
			return nil
		}
		along = append(along, dot(planes[0].Normal(), p.Origin))
	}
	sorted := slices.Sorted(slices.Values(along))
	for i := 1; i < len(sorted); i++ {
		if sorted[i]-sorted[i-1] < apart {
			return nil
		}
	}
	return along
}

func cross(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

func group(all []*dicom.Dataset, i int) *dicom.Dataset {
	if i < 0 || i >= len(all) {
		return nil
	}
	return all[i]
}

// Point is the place in the picture of one in the patient: its foot in the plane.
func (p Plane) Point(world []float64) Point {
	var from [3]float64
	for i := range min(3, len(world)) {
		from[i] = world[i] - p.Origin[i]
	}
	return Point{dot(from, p.Row)/p.Spacing[1] + 0.5, dot(from, p.Column)/p.Spacing[0] + 0.5}
}

func dot(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

// Values says what the grey values of a picture mean: slope, intercept and Rescale Type. Without a slope it does not say.
func Values(d *dicom.Dataset, frame int) (rescale [2]float64, kind string) {
	own := group(d.Sequence(dicom.PerFrameFunctionalGroupsSequence), frame-1).First(dicom.PixelValueTransformationSequence)
	shared := d.First(dicom.SharedFunctionalGroupsSequence, dicom.PixelValueTransformationSequence)
	at := []*dicom.Dataset{own, shared, d}
	if i := slices.IndexFunc(at, func(d *dicom.Dataset) bool { return d.Has(dicom.RescaleSlope) }); i >= 0 {
		slope, _ := at[i].Float(dicom.RescaleSlope)
		intercept, _ := at[i].Float(dicom.RescaleIntercept)
		return [2]float64{slope, intercept}, at[i].String(dicom.RescaleType)
	}
	return [2]float64{}, ""
}
