package scp

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"yilian"
	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
)

// booked is a worklist by station AE title.
type booked struct {
	steps []ScheduledStep
	asked StepFilter
}

func (b *booked) Scheduled(_ context.Context, device yilian.Actor, f StepFilter) ([]ScheduledStep, error) {
	b.asked = f
	var own []ScheduledStep
	for _, s := range b.steps {
		if s.StationAE == device.Device {
			own = append(own, s)
		}
	}
	return own, nil
}

func bookings() *booked {
	day := time.Date(2026, 11, 21, 9, 30, 0, 0, time.Local)
	step := func(n string, at time.Time, name dicom.PersonName, ae string) ScheduledStep {
		return ScheduledStep{
			StationAE: ae, Modality: "CT", StepID: "S" + n, StepDescription: "头颅平扫", StepStatus: "SCHEDULED", Start: at,
			ProcedureID: "P" + n, ProcedureDescription: "CT 头颅", Accession: "A-" + n, AccessionIssuer: "COUNTY",
			StudyUID: yilian.StudyUID("1.2.3." + n), PatientID: "ID-" + n, PatientName: name, BirthDate: "19700102", Sex: "M",
			Referring: dicom.PersonName{Alphabetic: "Wang^Yi", Ideographic: "王^医"}, Priority: "STAT", Pregnancy: "4",
		}
	}
	return &booked{steps: []ScheduledStep{
		step("1", day, dicom.PersonName{Alphabetic: "Zhang^San", Ideographic: "张^三"}, "CT1"),
		step("2", day.Add(2*time.Hour), dicom.PersonName{Alphabetic: "Li^Si", Ideographic: "李^四"}, "CT1"),
		step("3", day.AddDate(0, 0, 1), dicom.PersonName{Ideographic: "欧阳^修"}, "CT1"),
		step("4", day, dicom.PersonName{Alphabetic: "Elsewhere"}, "CT2"),
	}}
}

// stepKeys make a worklist identifier: keys of the step, then keys at the top.
func stepKeys(charset string, step map[dicom.Tag]string, top map[dicom.Tag]string) *dicom.Dataset {
	d := dicom.New(charset)
	item := d.NewItem()
	for t, v := range step {
		item.SetString(t, v)
	}
	for _, t := range []dicom.Tag{dicom.ScheduledProcedureStepID, dicom.ScheduledStationAETitle, dicom.ScheduledProcedureStepStartDate} {
		if !item.Has(t) {
			item.SetString(t)
		}
	}
	d.SetSequence(dicom.ScheduledProcedureStepSequence, item)
	for t, v := range top {
		d.SetString(t, v)
	}
	for _, t := range []dicom.Tag{dicom.AccessionNumber, dicom.PatientName, dicom.RequestedProcedureDescription} {
		if !d.Has(t) {
			d.SetString(t)
		}
	}
	return d
}

func TestWorklist(t *testing.T) {
	list := bookings()
	w := newWorld(t, func(c *Config) { c.Worklist = list })
	a := w.call(dimse.Options{Calling: "CT1"}, ModalityWorklist)
	type m = map[dicom.Tag]string
	for name, c := range map[string]struct {
		step, top m
		want      []string
	}{
		"everything booked here":  {nil, nil, []string{"A-1", "A-2", "A-3"}},
		"today":                   {m{dicom.ScheduledProcedureStepStartDate: "20261121"}, nil, []string{"A-1", "A-2"}},
		"from tomorrow":           {m{dicom.ScheduledProcedureStepStartDate: "20261122-"}, nil, []string{"A-3"}},
		"the morning":             {m{dicom.ScheduledProcedureStepStartDate: "20261121", dicom.ScheduledProcedureStepStartTime: "0900-1000"}, nil, []string{"A-1"}},
		"a station":               {m{dicom.ScheduledStationAETitle: "CT1", dicom.Modality: "CT"}, nil, []string{"A-1", "A-2", "A-3"}},
		"somebody else's station": {m{dicom.ScheduledStationAETitle: "CT2"}, nil, nil},
		"another modality":        {m{dicom.Modality: "MR"}, nil, nil},
		"by number":               {nil, m{dicom.AccessionNumber: "A-2"}, []string{"A-2"}},
		"by name":                 {nil, m{dicom.PatientName: "zhang*"}, []string{"A-1"}},
		"by Chinese name":         {nil, m{dicom.PatientName: "欧阳*"}, []string{"A-3"}},
		"by patient":              {nil, m{dicom.PatientID: "ID-?"}, []string{"A-1", "A-2", "A-3"}},
		"by procedure":            {nil, m{dicom.RequestedProcedureID: "P3"}, []string{"A-3"}},
	} {
		t.Run(name, func(t *testing.T) {
			all, o := find(t, a, ModalityWorklist, stepKeys(utf8Set, c.step, c.top))
			if got := values(all, dicom.AccessionNumber); !slices.Equal(got, c.want) || o.Status != dimse.Success {
				t.Errorf("%v, %v; want %v", got, o.Status, c.want)
			}
		})
	}
	find(t, a, ModalityWorklist, stepKeys(utf8Set, m{dicom.ScheduledProcedureStepStartDate: "20261121-20261122", dicom.Modality: "CT"}, m{dicom.PatientID: "ID-*"}))
	if f := list.asked; f.From.Day() != 21 || f.To.Day() != 22 || f.To.Hour() != 23 || f.Modality != "CT" || f.PatientID != "" || f.Limit == 0 {
		t.Errorf("the port was asked %+v", f)
	}
}

func TestWorklistItem(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Worklist = bookings() })
	a := w.call(dimse.Options{Calling: "CT1"}, ModalityWorklist)
	for _, charset := range []string{"GB18030", "ISO_IR 192", `\ISO 2022 IR 58`} {
		all, _ := find(t, a, ModalityWorklist, stepKeys(charset, nil, map[dicom.Tag]string{dicom.AccessionNumber: "A-1"}))
		if len(all) != 1 {
			t.Fatalf("%s: %d items", charset, len(all))
		}
		d := all[0]
		step := d.First(dicom.ScheduledProcedureStepSequence)
		terms := strings.TrimRight(string(d.Get(dicom.SpecificCharacterSet).Value), " ")
		if name := d.PersonName(dicom.PatientName); terms != charset || name.Ideographic != "张^三" || name.Alphabetic != "Zhang^San" {
			t.Errorf("%q in %q", name, terms)
		}
		if d.String(dicom.RequestedProcedureDescription) != "CT 头颅" || step.String(dicom.ScheduledProcedureStepID) != "S1" ||
			step.String(dicom.ScheduledProcedureStepStartDate) != "20261121" || step.String(dicom.ScheduledStationAETitle) != "CT1" {
			t.Errorf("%v", d.Elements)
		}
		if step.Has(dicom.ScheduledProcedureStepStartTime) || d.Has(dicom.PatientID) {
			t.Error("what was not asked for is there")
		}
	}
}

func TestFindSCUWorklist(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Worklist = bookings() })
	for charset, name := range map[string]string{"GB18030": "\xd5\xc5*", "ISO_IR 192": "张*"} {
		dir := t.TempDir()
		args := append([]string{
			"-v", "-X", "-od", dir, "-W", "-aet", "CT1", "-aec", "YILIAN",
			"-k", "SpecificCharacterSet=" + charset, "-k", "PatientName=" + name, "-k", "AccessionNumber",
			"-k", "ScheduledProcedureStepSequence[0].Modality=CT", "-k", "ScheduledProcedureStepSequence[0].ScheduledProcedureStepDescription",
		}, hostPort(w.addr)...)
		out, err := exec.Command(tool(t, "findscu"), args...).CombinedOutput()
		files, _ := filepath.Glob(filepath.Join(dir, "*.dcm"))
		if err != nil || len(files) != 1 {
			t.Fatalf("%d answers, %v\n%s", len(files), err, out)
		}
		text := run(t, "dcmdump", "+U8", files[0])
		for _, want := range []string{"张^三", "头颅平扫", "A-1"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %s in\n%s", charset, want, text)
			}
		}
	}
}

// flood is a worklist that is longer than any network buffer.
type flood struct{}

func (flood) Scheduled(context.Context, yilian.Actor, StepFilter) ([]ScheduledStep, error) {
	return slices.Repeat([]ScheduledStep{{StationAE: "CT1", Modality: "CT", PatientName: dicom.PersonName{Alphabetic: strings.Repeat("x", 60)}}}, 200_000), nil
}
