package structured

import (
	"math"
	"testing"

	"yilian/imaging/dicom"
)

func TestPlane(t *testing.T) {
	d := dicom.New("")
	if got := PlaneOf(d, 1).Point([]float64{3, 4, 0}); got != (Point{3.5, 4.5}) {
		t.Errorf("without a geometry: %v", got)
	}
	flat := dicom.New("")
	flat.SetString(pixelAspectRatio, "2", "1")
	if got := PlaneOf(flat, 1).Point([]float64{3, 4, 0}); got != (Point{3.5, 2.5}) {
		t.Errorf("pixels twice as high as wide: %v", got)
	}
	d.SetFloat(dicom.ImagePositionPatient, -100, 20, 300)
	d.SetFloat(dicom.ImageOrientationPatient, 0, 1, 0, 0, 0, -1) // sagittal
	d.SetFloat(dicom.PixelSpacing, 2, 0.5)
	// 10 mm to the back and 6 mm down: 20 columns, 3 rows.
	if got := PlaneOf(d, 1).Point([]float64{-100, 30, 294}); math.Abs(got[0]-20.5)+math.Abs(got[1]-3.5) > 1e-9 {
		t.Errorf("sagittal: %v", got)
	}
	frames := dicom.New("")
	measures, place, first, second := frames.NewItem(), frames.NewItem(), frames.NewItem(), frames.NewItem()
	measures.SetFloat(dicom.PixelSpacing, 0.25, 0.25)
	place.SetFloat(dicom.ImagePositionPatient, 8, 8, 8)
	second.SetSequence(dicom.PlanePositionSequence, place)
	shared := frames.NewItem()
	shared.SetSequence(dicom.PixelMeasuresSequence, measures)
	frames.SetSequence(dicom.SharedFunctionalGroupsSequence, shared)
	frames.SetSequence(dicom.PerFrameFunctionalGroupsSequence, first, second)
	if got := PlaneOf(frames, 2).Point([]float64{9, 8.5, 8}); got != (Point{4.5, 2.5}) {
		t.Errorf("the second frame: %v", got)
	}
	if got := PlaneOf(frames, 3).Origin; got != [3]float64{} {
		t.Errorf("a frame that is not there: %v", got)
	}
}

func TestPlaneOfAReconstruction(t *testing.T) {
	d := dicom.New("")
	d.SetString(dicom.ImageType, "ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION")
	d.SetFloat(dicom.PixelSpacing, 4, 4)
	d.SetFloat(dicom.SpacingBetweenSlices, -3)
	d.SetInt(sliceVector, 3, 2, 1)
	detector := d.NewItem()
	d.SetSequence(detectorInformation, detector)
	if got := PlaneOf(d, 1).Point([]float64{8, 8, 94}); got != (Point{2.5, 2.5}) {
		t.Errorf("of a detector that does not say: %v", got)
	}
	detector.SetFloat(dicom.ImagePositionPatient, -126, -126, 100)
	detector.SetFloat(dicom.ImageOrientationPatient, 1, 0, 0, 0, 1, 0)
	for frame, z := range map[int]float64{1: 94, 2: 97, 3: 100} {
		if got := PlaneOf(d, frame); got.Origin != [3]float64{-126, -126, z} || got.Point([]float64{-118, -122, z}) != (Point{2.5, 1.5}) {
			t.Errorf("slice of frame %d: %+v", frame, got)
		}
	}
	d.SetString(dicom.ImageType, "ORIGINAL", "PRIMARY", "TOMO", "EMISSION") // views, whose detector is no plane of the body
	if got := PlaneOf(d, 1).Origin; got != [3]float64{} {
		t.Errorf("a view: %v", got)
	}
}

func TestValues(t *testing.T) {
	d := dicom.New("")
	if r, _ := Values(d, 1); r[0] != 0 {
		t.Errorf("%v of a picture that does not say", r)
	}
	d.SetFloat(dicom.RescaleSlope, 1)
	d.SetFloat(dicom.RescaleIntercept, -1024)
	d.SetString(dicom.RescaleType, "HU")
	if r, kind := Values(d, 1); r != [2]float64{1, -1024} || kind != "HU" {
		t.Errorf("%v %q", r, kind)
	}
}
