package structured

import (
	"slices"
	"testing"
	"time"

	"yilian"
	"yilian/imaging/dicom"
)

const study = "1.2.826.0.1.3680043.8.498.1"

// header is a study's part of the header as the archive keeps it.
func header() *dicom.Dataset {
	d := dicom.New("ISO_IR 192")
	d.SetString(dicom.StudyInstanceUID, study)
	d.SetString(dicom.StudyDate, "20261122")
	d.SetString(dicom.StudyTime, "081500")
	d.SetString(dicom.AccessionNumber, "A20261122001")
	d.SetString(dicom.StudyDescription, "胸部平扫")
	d.SetString(dicom.PatientName, "Zhang^San=张^三")
	d.SetString(dicom.PatientID, "P0001")
	d.SetString(dicom.IssuerOfPatientID, "qingxi")
	d.SetString(dicom.PatientBirthDate, "19700101")
	d.SetString(dicom.PatientSex, "M")
	d.SetString(dicom.StudyID, "1")
	d.SetString(dicom.ReferringPhysicianName, "Bai^Ling=白^灵")
	return d
}

const ctClass = "1.2.840.10008.5.1.4.1.1.2"

func picture(series, instance string) Picture {
	r := Reference{ctClass, study, yilian.SeriesUID("1.2.3." + series), yilian.InstanceUID("1.2.3." + series + "." + instance)}
	return Picture{Reference: r, Modality: "CT", FrameOfReference: "1.2.3.9"}
}

// every is a set with each kind of mark, two pictures shown, and one key picture.
func every() Set {
	a, b := picture("1", "1"), picture("1", "2")
	nodule := Code{"27925004", "SCT", "Nodule"}
	lung := Code{"39607008", "SCT", "Lung"}
	mm, hu := "mm", "HU"
	region := []Figure{{"mean", 41.2, hu}, {"sd", 9.9, hu}, {"min", -3, hu}, {"max", 80, hu}, {"area", 120.5, "mm²"}}
	return Set{
		Header: header(), Owner: "su", Observer: Observer{"苏文", "县人民医院"}, Language: "zh-CN", Number: 1, Complete: true,
		At: time.Date(2026, 11, 22, 9, 30, 15, 0, time.FixedZone("", 8*3600)),
		Marks: []Mark{
			{ID: "8d7f2f1e-1f0a-4c4e-9c54-0c1f5b8e7a01", Tool: "Length", Picture: a, Points: []Point{{10.5, 20}, {60.25, 24}}, Figures: []Figure{{"length", 35.2, mm}}, Label: "结节", Finding: &nodule, Site: &lung},
			{ID: "8d7f2f1e-1f0a-4c4e-9c54-0c1f5b8e7a02", Tool: "Angle", Picture: a, Points: []Point{{10, 10}, {30, 30}, {60, 10}}, Figures: []Figure{{"angle", 88.4, "°"}}},
			{ID: "8d7f2f1e-1f0a-4c4e-9c54-0c1f5b8e7a03", Tool: "CobbAngle", Picture: a, Points: []Point{{1, 1}, {20, 3}, {2, 40}, {20, 30}}, Figures: []Figure{{"angle", 23.1, "°"}}},
			{ID: "8d7f2f1e-1f0a-4c4e-9c54-0c1f5b8e7a04", Tool: "Bidirectional", Picture: b, Points: []Point{{10, 10}, {15, 10}, {12, 0}, {12, 40}}, Figures: []Figure{{"length", 28, mm}, {"width", 3.5, mm}}},
			{ID: "8d7f2f1e-1f0a-4c4e-9c54-0c1f5b8e7a05", Tool: "EllipticalROI", Picture: b, Points: []Point{{50, 40}, {50, 60}, {30, 50}, {70, 50}}, Figures: region},
			{ID: "8d7f2f1e-1f0a-4c4e-9c54-0c1f5b8e7a06", Tool: "RectangleROI", Picture: b, Points: []Point{{1, 1}, {9, 1}, {1, 7}, {9, 7}}, Figures: region},
			{ID: "8d7f2f1e-1f0a-4c4e-9c54-0c1f5b8e7a07", Tool: "PlanarFreehandROI", Picture: b, Points: []Point{{1, 1}, {9, 1}, {5, 7}}, Figures: region},
			{ID: "8d7f2f1e-1f0a-4c4e-9c54-0c1f5b8e7a08", Tool: "Probe", Picture: b, Points: []Point{{33, 44}}, Figures: []Figure{{"value", -612, hu}}},
			{ID: "8d7f2f1e-1f0a-4c4e-9c54-0c1f5b8e7a09", Tool: "CardiothoracicRatio", Picture: b, Points: []Point{{1, 50}, {90, 50}, {30, 60}, {70, 60}}, Figures: []Figure{{"ratio", 0.46, ""}, {"heart", 120.1, mm}, {"thorax", 261, mm}}},
			{ID: "8d7f2f1e-1f0a-4c4e-9c54-0c1f5b8e7a0a", Tool: "ArrowAnnotate", Picture: b, Points: []Point{{33, 44}, {50, 50}}, Label: "磨玻璃影"},
			{ID: "text", Tool: "Label", Picture: b, Points: []Point{{5, 5}}, Label: "见此处"},
		},
		Keys: []Key{{a, "右上叶结节"}, {b, ""}},
		Looks: []Look{
			{Picture: a, Rows: 512, Columns: 512, Window: [2]float64{-600, 1500}, Rescale: [2]float64{1, -1024}, RescaleType: "HU", Area: [2]Point{{100, 120}, {400, 420}}},
			{Picture: b, Rows: 512, Columns: 512, Window: [2]float64{40, 400}, Rescale: [2]float64{1, -1024}, RescaleType: "HU"},
		},
	}
}

// objects are all of a set.
func (s Set) objects(t *testing.T) (all []Object) {
	t.Helper()
	if o, ok, err := s.Report(); err != nil {
		t.Fatal(err)
	} else if ok {
		all = append(all, o)
	}
	states, err := s.Presentations()
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, states...)
	if o, ok, err := s.KeyObjects(); err != nil {
		t.Fatal(err)
	} else if ok {
		all = append(all, o)
	}
	return all
}

func TestTheSameAgain(t *testing.T) {
	one, two := every().objects(t), every().objects(t)
	for i := range one {
		a, errA := one[i].File()
		b, errB := two[i].File()
		if errA != nil || errB != nil || !slices.Equal(a, b) {
			t.Errorf("object %d differs when it is made again: %v %v", i, errA, errB)
		}
	}
	later := every()
	later.At, later.Number = later.At.Add(time.Hour), 2
	later.Before = new(Reference)
	*later.Before = one[0].Reference()
	for i, o := range later.objects(t) {
		if o.Digest != one[i].Digest {
			t.Errorf("object %d says something else an hour later", i)
		}
		if o.Reference().Instance == one[i].Reference().Instance || o.Reference().Series != one[i].Reference().Series {
			t.Errorf("object %d: a new version is another instance of the same series", i)
		}
	}
	moved := every()
	moved.Marks[0].Points[0][0]++
	if o := moved.objects(t)[0]; o.Digest == one[0].Digest {
		t.Error("a mark that was moved is not told")
	}
}

func TestNothingDrawn(t *testing.T) {
	s := every()
	s.Marks, s.Keys, s.Looks = []Mark{{Tool: "Length", Picture: picture("1", "1"), Points: []Point{{1, 1}}}}, nil, nil
	if all := s.objects(t); len(all) != 0 {
		t.Errorf("%d objects of nothing", len(all))
	}
}

func TestTrackingUID(t *testing.T) {
	if got := TrackingUID("00000000-0000-0000-0000-0000000000ff"); got != "2.25.255" {
		t.Error(got)
	}
	if got := TrackingUID("anything"); !dicom.ValidUID(got) {
		t.Error(got)
	}
}
