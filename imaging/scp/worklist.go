package scp

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
)

// worklist is a C-FIND of the Modality Worklist (PS3.4 Annex K).
func (c *association) worklist(ctx context.Context, op *dimse.Operation) *dimse.Command {
	rq := op.Command
	keys, response := c.readIdentifier(op)
	if response != nil {
		return response
	}
	most := c.server.config.Limits.Matches
	steps, err := c.server.config.Worklist.Scheduled(ctx, c.caller.Actor, stepFilter(keys, most+1))
	switch {
	case ctx.Err() != nil:
		return stopped(ctx, rq)
	case err != nil:
		return c.failed(rq, err)
	}
	n := c.negotiated(op.Context.AbstractSyntax)
	charsets, told := c.charsets(keys), 0
	asked := matched(keys)
	m := dicom.Matcher{Combined: true, Fuzzy: n.fuzzy} // a range of dates and times is always one span here (PS3.4 K.6.1.2.2)
	for i := range steps {
		if ctx.Err() != nil {
			return stopped(ctx, rq)
		}
		item := steps[i].dataset()
		if !m.Matches(asked, item) {
			continue
		}
		if told++; told > most {
			response := rq.Response(dimse.OutOfResources)
			response.ErrorComment = "too many scheduled steps match: ask for less"
			return response
		}
		if err := c.tellStep(op, keys, item, charsets); err != nil {
			return c.failed(rq, err)
		}
	}
	return rq.Response(dimse.Success)
}

// matched are the keys of an identifier that are matched. Pregnancy Status is a number, which some callers cannot leave empty: they write
// 0 and mean that they want to know it.
func matched(keys *dicom.Dataset) *dicom.Dataset {
	of := *keys
	of.Elements = slices.DeleteFunc(slices.Clone(keys.Elements), func(e dicom.Element) bool { return e.Tag == tagPregnancyStatus })
	return &of
}

func (c *association) tellStep(op *dimse.Operation, keys, item *dicom.Dataset, charsets []string) error {
	out, unsupported := project(keys, item, func(t dicom.Tag) bool { return item.Has(t) || worklistKeeps(t) })
	b, err := write(out, charsets, op.Context)
	if err != nil {
		return err
	}
	status := dimse.Pending
	if unsupported {
		status = dimse.PendingWarning
	}
	if err := op.Reply(op.Command.Response(status), b); err != nil {
		return err
	}
	c.server.stats.found.Add(1)
	return nil
}

// stepFilter takes from an identifier what the port can narrow by. What it cannot, or what has wildcards, is matched afterwards.
func stepFilter(keys *dicom.Dataset, limit int) StepFilter {
	step := keys.First(dicom.ScheduledProcedureStepSequence)
	f := StepFilter{
		StationAE: plain(step.String(dicom.ScheduledStationAETitle)), Modality: plain(step.String(dicom.Modality)),
		Accession: plain(keys.String(dicom.AccessionNumber)), PatientID: plain(keys.String(dicom.PatientID)), Limit: limit,
	}
	from, to, isRange := strings.Cut(step.String(dicom.ScheduledProcedureStepStartDate), "-")
	if !isRange {
		to = from
	}
	if day, ok := dicom.ParseDate(from); ok {
		f.From = localDay(day)
	}
	if day, ok := dicom.ParseDate(to); ok {
		f.To = localDay(day).AddDate(0, 0, 1).Add(-time.Nanosecond)
	}
	return f
}

func localDay(day time.Time) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.Local)
}

// plain is a value to be equal to, "" for one with wildcards.
func plain(v string) string {
	if strings.ContainsAny(v, "*?") {
		return ""
	}
	return v
}

// dataset writes a step as a worklist item (PS3.4 Table K.6-1), in UTF-8.
func (s *ScheduledStep) dataset() *dicom.Dataset {
	d := dicom.New(utf8Set)
	texts(d, map[dicom.Tag]string{
		dicom.AccessionNumber: s.Accession, dicom.StudyInstanceUID: string(s.StudyUID),
		dicom.PatientID: s.PatientID, dicom.IssuerOfPatientID: s.PatientIssuer, dicom.PatientName: s.PatientName.String(),
		dicom.PatientBirthDate: s.BirthDate, dicom.PatientSex: s.Sex, dicom.PatientWeight: s.Weight, tagAllergies: s.Allergies,
		dicom.ReferringPhysicianName: s.Referring.String(), dicom.RequestingPhysician: s.Requesting.String(),
		dicom.RequestedProcedureID: s.ProcedureID, dicom.RequestedProcedureDescription: s.ProcedureDescription,
		dicom.RequestedProcedurePriority: s.Priority, dicom.ReasonForTheRequestedProcedure: s.Reason,
		dicom.InstitutionName: s.Institution, tagPatientLocation: s.Ward,
	})
	if n, err := strconv.Atoi(s.Pregnancy); err == nil {
		d.SetInt(tagPregnancyStatus, n)
	}
	if s.AccessionIssuer != "" {
		issuer := d.NewItem()
		issuer.SetString(dicom.LocalNamespaceEntityID, s.AccessionIssuer)
		d.SetSequence(dicom.IssuerOfAccessionNumberSequence, issuer)
	}
	d.SetSequence(dicom.ScheduledProcedureStepSequence, s.item(d))
	return d
}

func (s *ScheduledStep) item(d *dicom.Dataset) *dicom.Dataset {
	step := d.NewItem()
	texts(step, map[dicom.Tag]string{
		dicom.Modality: s.Modality, dicom.ScheduledStationAETitle: s.StationAE, dicom.ScheduledStationName: s.StationName,
		dicom.ScheduledProcedureStepID: s.StepID, dicom.ScheduledProcedureStepDescription: s.StepDescription, tagStepStatus: s.StepStatus,
		tagContrast: s.Contrast, dicom.BodyPartExamined: s.BodyPart, dicom.Laterality: s.Laterality,
	})
	if !s.Start.IsZero() {
		step.SetString(dicom.ScheduledProcedureStepStartDate, s.Start.Format("20060102"))
		step.SetString(dicom.ScheduledProcedureStepStartTime, s.Start.Format("150405"))
	}
	return step
}

func texts(d *dicom.Dataset, values map[dicom.Tag]string) {
	for t, v := range values {
		put(d, t, v)
	}
}

// worklistKeeps tells which attributes of the worklist are kept, with a value or without.
func worklistKeeps(t dicom.Tag) bool { return slices.Contains(worklistKept, t) }

var worklistKept = []dicom.Tag{
	dicom.AccessionNumber, dicom.IssuerOfAccessionNumberSequence, dicom.StudyInstanceUID, dicom.PatientID, dicom.IssuerOfPatientID,
	dicom.PatientName, dicom.PatientBirthDate, dicom.PatientSex, dicom.PatientWeight, tagAllergies, tagPregnancyStatus,
	dicom.ReferringPhysicianName, dicom.RequestingPhysician, dicom.RequestedProcedureID, dicom.RequestedProcedureDescription,
	dicom.RequestedProcedurePriority, dicom.ReasonForTheRequestedProcedure, dicom.InstitutionName, tagPatientLocation,
	dicom.ScheduledProcedureStepSequence,
}
