package scp

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"yilian"
	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
)

// steps keeps performed steps in memory.
type steps struct {
	mu  sync.Mutex
	all map[string]PerformedStep
}

func (s *steps) Create(_ context.Context, _ yilian.Actor, p PerformedStep) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.all[p.UID]; there {
		return yilian.Errorf(yilian.Conflict, "step.there", "There is such a step.")
	}
	if s.all == nil {
		s.all = map[string]PerformedStep{}
	}
	s.all[p.UID] = p
	return nil
}

func (s *steps) Set(_ context.Context, _ yilian.Actor, p PerformedStep) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all[p.UID].Final() {
		return yilian.Errorf(yilian.Conflict, "step.final", "It is over.")
	}
	s.all[p.UID] = p
	return nil
}

func (s *steps) Get(_ context.Context, _ yilian.Actor, uid string) (PerformedStep, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.all[uid]
	if !ok {
		return p, yilian.Errorf(yilian.NotFound, "step.unknown", "There is no such step.")
	}
	return p, nil
}

// beginning is a good N-CREATE, in GB18030.
func beginning() *dicom.Dataset {
	d := dicom.New("GB18030")
	for t, v := range map[dicom.Tag]string{
		dicom.Modality: "CT", dicom.PatientName: "Zhang^San=张^三", dicom.PatientID: "ID-1", dicom.PerformedStationAETitle: "CT1",
		dicom.PerformedProcedureStepStartDate: "20261121", dicom.PerformedProcedureStepStartTime: "093100",
		dicom.PerformedProcedureStepStatus: StepInProgress, dicom.PerformedProcedureStepID: "PPS1",
	} {
		d.SetString(t, v)
	}
	item := d.NewItem()
	item.SetString(dicom.StudyInstanceUID, "1.2.3.1")
	item.SetString(dicom.AccessionNumber, "A-1")
	item.SetString(dicom.ScheduledProcedureStepID, "S1")
	item.SetString(dicom.RequestedProcedureID, "P1")
	d.SetSequence(dicom.ScheduledStepAttributesSequence, item)
	d.SetSequence(dicom.PerformedSeriesSequence)
	return d
}

func change(pairs ...any) *dicom.Dataset { return keysOf("", pairs...) }

func TestPerformedStep(t *testing.T) {
	kept := &steps{}
	w := newWorld(t, func(c *Config) { c.Performed = kept })
	a := w.call(dimse.Options{Calling: "CT1"}, PerformedStepClass, RetrieveStepClass)
	create := func(uid string, d *dicom.Dataset) dimse.Outcome {
		t.Helper()
		o, err := a.Create(t.Context(), PerformedStepClass, uid, d)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	set := func(uid string, d *dicom.Dataset) dimse.Outcome {
		t.Helper()
		o, err := a.Set(t.Context(), PerformedStepClass, uid, d)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	if o := create("1.9.1", beginning()); o.Status != dimse.Success || o.Instance != "1.9.1" {
		t.Fatalf("%+v", o)
	}
	s := kept.all["1.9.1"]
	if s.Modality != "CT" || s.StationAE != "CT1" || s.Started.Hour() != 9 || len(s.Scheduled) != 1 || s.Scheduled[0].Accession != "A-1" || !strings.Contains(string(s.Attributes), "张^三") {
		t.Errorf("%+v", s)
	}
	if o := create("1.9.1", beginning()); o.Status != dimse.DuplicateInstance {
		t.Errorf("again: %+v", o)
	}
	if o := create("", beginning()); o.Status != dimse.Success || !strings.HasPrefix(o.Instance, "2.25.") {
		t.Errorf("without a UID: %+v", o)
	}
	if o := set("1.9.404", change(dicom.PerformedProcedureStepDescription, "x")); o.Status != dimse.NoSuchInstance {
		t.Errorf("unknown: %+v", o)
	}
	if o := set("1.9.1", change(dicom.PerformedProcedureStepDescription, "头颅", dicom.PatientID, "ID-1")); o.Status != dimse.Success {
		t.Errorf("progress: %+v", o)
	}
	if o := set("1.9.1", change(dicom.PatientID, "ID-2")); o.Status != dimse.AttributeListWarning || kept.all["1.9.1"].PatientID != "ID-1" {
		t.Errorf("another patient: %+v", o)
	}
	if o := set("1.9.1", change(dicom.PerformedProcedureStepStatus, "PAUSED")); o.Status != dimse.InvalidAttributeValue {
		t.Errorf("no state: %+v", o)
	}
	end := change(dicom.PerformedProcedureStepStatus, StepCompleted, dicom.PerformedProcedureStepEndDate, "20261121", dicom.PerformedProcedureStepEndTime, "094000")
	series, ref := end.NewItem(), end.NewItem()
	ref.SetString(dicom.ReferencedSOPInstanceUID, "1.2.3.1.1.1")
	series.SetString(dicom.SeriesInstanceUID, "1.2.3.1.1")
	series.SetSequence(dicom.ReferencedImageSequence, ref)
	end.SetSequence(dicom.PerformedSeriesSequence, series)
	if o := set("1.9.1", end); o.Status != dimse.Success {
		t.Errorf("end: %+v", o)
	}
	s = kept.all["1.9.1"]
	if s.Status != StepCompleted || s.Ended.Minute() != 40 || len(s.Series) != 1 || !slices.Equal(s.Series[0].Instances, []yilian.InstanceUID{"1.2.3.1.1.1"}) || !strings.Contains(string(s.Attributes), "头颅") {
		t.Errorf("%+v", s)
	}
	if o := set("1.9.1", change(dicom.PerformedProcedureStepStatus, StepDiscontinued)); o.Status != dimse.ProcessingFailure || o.ErrorID != 0xA506 || o.Comment == "" {
		t.Errorf("after the end: %+v", o)
	}
	o, err := a.Inquire(t.Context(), RetrieveStepClass, "1.9.1", dicom.PatientName, dicom.PerformedProcedureStepStatus)
	if err != nil || o.Status != dimse.Success || o.Data.PersonName(dicom.PatientName).Ideographic != "张^三" || o.Data.String(dicom.PerformedProcedureStepStatus) != StepCompleted || o.Data.Has(dicom.Modality) {
		t.Errorf("inquired: %+v, %v", o, err)
	}
	if o, err := a.Inquire(t.Context(), RetrieveStepClass, "1.9.404"); err != nil || o.Status != dimse.NoSuchInstance {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestWrongBeginnings(t *testing.T) {
	kept := &steps{}
	w := newWorld(t, func(c *Config) { c.Performed = kept })
	a := w.call(dimse.Options{Calling: "CT1"}, PerformedStepClass)
	for name, c := range map[string]struct {
		spoil func(*dicom.Dataset)
		want  dimse.Status
	}{
		"completed already":   {func(d *dicom.Dataset) { d.SetString(dicom.PerformedProcedureStepStatus, StepCompleted) }, dimse.InvalidAttributeValue},
		"no status":           {func(d *dicom.Dataset) { d.Delete(dicom.PerformedProcedureStepStatus) }, dimse.MissingAttribute},
		"empty modality":      {func(d *dicom.Dataset) { d.SetString(dicom.Modality) }, dimse.MissingAttributeValue},
		"no scheduled step":   {func(d *dicom.Dataset) { d.SetSequence(dicom.ScheduledStepAttributesSequence) }, dimse.MissingAttributeValue},
		"a study without UID": {func(d *dicom.Dataset) { d.First(dicom.ScheduledStepAttributesSequence).Delete(dicom.StudyInstanceUID) }, dimse.InvalidAttributeValue},
	} {
		d := beginning()
		c.spoil(d)
		if o, err := a.Create(t.Context(), PerformedStepClass, "1.9.2", d); err != nil || o.Status != c.want {
			t.Errorf("%s: %+v, %v", name, o, err)
		}
	}
	if o, err := a.Create(t.Context(), PerformedStepClass, "../1", beginning()); err != nil || o.Status != dimse.InvalidInstance {
		t.Errorf("%+v, %v", o, err)
	}
	if len(kept.all) != 0 {
		t.Errorf("kept %v", kept.all)
	}
	if o, err := a.Delete(t.Context(), PerformedStepClass, "1.9.2"); err != nil || o.Status != dimse.UnrecognizedOperation {
		t.Errorf("%+v, %v", o, err)
	}
}
