package scp

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"math/big"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
)

// errorIDFinal is the Error ID of a step that may no longer be updated (PS3.4 Table F.7.2-2).
const errorIDFinal = 0xA506

// neededAtCreate are the attributes that an N-CREATE must have with a value (type 1 in PS3.4 Table F.7.2-1), for the SCU.
var neededAtCreate = []dicom.Tag{
	dicom.Modality, dicom.ScheduledStepAttributesSequence, dicom.PerformedStationAETitle, dicom.PerformedProcedureStepStartDate,
	dicom.PerformedProcedureStepStartTime, dicom.PerformedProcedureStepStatus, dicom.PerformedProcedureStepID,
}

// fixedAtCreate may not be changed by an N-SET (PS3.4 Table F.7.2-1).
var fixedAtCreate = map[dicom.Tag]bool{
	dicom.Modality: true, dicom.PatientName: true, dicom.PatientID: true, dicom.IssuerOfPatientID: true, dicom.PatientBirthDate: true,
	dicom.PatientSex: true, dicom.StudyID: true, dicom.ScheduledStepAttributesSequence: true, dicom.PerformedStationAETitle: true,
	tagStationName: true, dicom.PerformedProcedureStepStartDate: true, dicom.PerformedProcedureStepStartTime: true,
	dicom.PerformedProcedureStepID: true, dicom.ReferencedPatientSequence: true,
}

// createStep is the N-CREATE of a performed procedure step (PS3.4 F.7.2.1).
func (c *association) createStep(ctx context.Context, op *dimse.Operation) *dimse.Command {
	rq := op.Command
	d, response := c.readIdentifier(op)
	if response != nil {
		response.Status = dimse.ProcessingFailure
		return response
	}
	if response := wrongAtCreate(rq, d); response != nil {
		return response
	}
	uid := rq.AffectedSOPInstance
	if uid == "" {
		uid = newUID()
	} else if !imaging.ValidUID(uid) {
		return rq.Response(dimse.InvalidInstance)
	}
	err := c.server.config.Performed.Create(ctx, c.caller.Actor, performedStep(uid, d))
	switch {
	case err != nil && yilian.KindOf(err) == yilian.Conflict:
		return rq.Response(dimse.DuplicateInstance)
	case err != nil:
		return c.stepFailed(rq, err)
	}
	response = rq.Response(dimse.Success)
	response.AffectedSOPInstance = uid
	return response
}

// wrongAtCreate answers attributes that are missing or wrong at the beginning of a step, nil when all is well.
func wrongAtCreate(rq *dimse.Command, d *dicom.Dataset) *dimse.Command {
	for _, t := range neededAtCreate {
		e := d.Get(t)
		switch {
		case e == nil:
			return about(rq, dimse.MissingAttribute, t)
		case len(e.Value) == 0 && len(e.Items) == 0:
			return about(rq, dimse.MissingAttributeValue, t)
		}
	}
	if d.String(dicom.PerformedProcedureStepStatus) != StepInProgress {
		return about(rq, dimse.InvalidAttributeValue, dicom.PerformedProcedureStepStatus)
	}
	for _, item := range d.Sequence(dicom.ScheduledStepAttributesSequence) {
		if !imaging.ValidUID(item.UID(dicom.StudyInstanceUID)) {
			return about(rq, dimse.InvalidAttributeValue, dicom.StudyInstanceUID)
		}
	}
	return nil
}

// about is a response that blames an attribute.
func about(rq *dimse.Command, status dimse.Status, t dicom.Tag) *dimse.Command {
	response := rq.Response(status)
	response.ErrorComment = t.Keyword()
	response.AttributeIdentifiers = []uint32{uint32(t)}
	return response
}

// setStep is the N-SET of a performed procedure step (PS3.4 F.7.2.2).
func (c *association) setStep(ctx context.Context, op *dimse.Operation) *dimse.Command {
	rq := op.Command
	d, response := c.readIdentifier(op)
	if response != nil {
		response.Status = dimse.ProcessingFailure
		return response
	}
	before, err := c.server.config.Performed.Get(ctx, c.caller.Actor, rq.RequestedSOPInstance)
	if err != nil {
		return c.stepFailed(rq, err)
	}
	if before.Final() {
		return finalAlready(rq)
	}
	switch d.String(dicom.PerformedProcedureStepStatus) {
	case "", StepInProgress, StepCompleted, StepDiscontinued:
	default:
		return about(rq, dimse.InvalidAttributeValue, dicom.PerformedProcedureStepStatus)
	}
	merged := headerOf(before.Attributes)
	ignored := overlay(merged, d)
	err = c.server.config.Performed.Set(ctx, c.caller.Actor, performedStep(rq.RequestedSOPInstance, merged))
	switch {
	case yilian.KindOf(err) == yilian.Conflict && err != nil:
		return finalAlready(rq)
	case err != nil:
		return c.stepFailed(rq, err)
	}
	response = rq.Response(dimse.Success)
	if len(ignored) > 0 {
		response.Status, response.AttributeIdentifiers = dimse.AttributeListWarning, ignored
	}
	return response
}

// overlay puts the attributes of an N-SET over those of the step, and gives those that may not be changed.
func overlay(step, changes *dicom.Dataset) (ignored []uint32) {
	asUTF8, err := changes.Transcode(utf8Set)
	if err != nil {
		asUTF8 = changes
	}
	for _, e := range asUTF8.Elements {
		switch {
		case control(e.Tag):
		case !fixedAtCreate[e.Tag]:
			step.Put(e)
		case !bytes.Equal(oneJSON(step, e.Tag), oneJSON(asUTF8, e.Tag)):
			ignored = append(ignored, uint32(e.Tag))
		}
	}
	return ignored
}

func oneJSON(d *dicom.Dataset, t dicom.Tag) []byte {
	return d.AppendJSON(nil, dicom.JSONOptions{Include: func(other dicom.Tag) bool { return other == t }})
}

func finalAlready(rq *dimse.Command) *dimse.Command {
	response := rq.Response(dimse.ProcessingFailure)
	response.ErrorComment = "Performed Procedure Step Object may no longer be updated"
	response.ErrorID = errorIDFinal
	return response
}

// getStep is the N-GET of a performed procedure step (PS3.4 F.8.2.1).
func (c *association) getStep(ctx context.Context, op *dimse.Operation) *dimse.Command {
	rq := op.Command
	step, err := c.server.config.Performed.Get(ctx, c.caller.Actor, rq.RequestedSOPInstance)
	if err != nil {
		return c.stepFailed(rq, err)
	}
	all := headerOf(step.Attributes)
	out := all
	response := rq.Response(dimse.Success)
	if len(rq.AttributeIdentifiers) > 0 {
		out = all.NewItem()
		for _, t := range rq.AttributeIdentifiers {
			if e := all.Get(dicom.Tag(t)); e != nil {
				out.Put(*e)
				continue
			}
			response.Status = dimse.AttributeListWarning
			response.AttributeIdentifiers = append(response.AttributeIdentifiers, t)
		}
	}
	b, err := write(out, c.charsets(dicom.New("")), op.Context)
	if err != nil {
		return c.stepFailed(rq, err)
	}
	if err := op.Reply(response, b); err != nil {
		c.log.Debug("response not sent", "error", err)
	}
	return nil
}

// stepFailed turns an error of Performed into a response.
func (c *association) stepFailed(rq *dimse.Command, err error) *dimse.Command {
	response := c.failed(rq, err)
	switch yilian.KindOf(err) {
	case yilian.NotFound:
		response.Status = dimse.NoSuchInstance
	case yilian.Invalid:
		response.Status = dimse.InvalidAttributeValue
	case yilian.Forbidden, yilian.Unauthenticated:
		response.Status = dimse.NotAuthorized
	case yilian.Unavailable, yilian.TooMany:
		response.Status = dimse.ResourceLimitation
	default:
		response.Status = dimse.ProcessingFailure
	}
	return response
}

// performedStep takes a step out of its attributes. Times without a zone are the site's.
func performedStep(uid string, d *dicom.Dataset) PerformedStep {
	s := PerformedStep{
		UID: uid, Status: d.String(dicom.PerformedProcedureStepStatus),
		StationAE: d.String(dicom.PerformedStationAETitle), Modality: d.String(dicom.Modality),
		PatientID: d.String(dicom.PatientID), PatientIssuer: d.String(dicom.IssuerOfPatientID),
		Reason:     d.First(tagDiscontinuation).String(dicom.CodeMeaning),
		Attributes: json.RawMessage(d.AppendJSON(nil, dicom.JSONOptions{})),
	}
	s.Started, _ = d.Time(dicom.PerformedProcedureStepStartDate, dicom.PerformedProcedureStepStartTime, time.Local)
	s.Ended, _ = d.Time(dicom.PerformedProcedureStepEndDate, dicom.PerformedProcedureStepEndTime, time.Local)
	for _, item := range d.Sequence(dicom.ScheduledStepAttributesSequence) {
		s.Scheduled = append(s.Scheduled, PerformedRequest{
			StudyUID: yilian.StudyUID(item.UID(dicom.StudyInstanceUID)), Accession: item.String(dicom.AccessionNumber),
			StepID: item.String(dicom.ScheduledProcedureStepID), ProcedureID: item.String(dicom.RequestedProcedureID),
		})
	}
	for _, item := range d.Sequence(dicom.PerformedSeriesSequence) {
		series := PerformedSeries{UID: yilian.SeriesUID(item.UID(dicom.SeriesInstanceUID))}
		for _, t := range []dicom.Tag{dicom.ReferencedImageSequence, tagNonImages} {
			for _, ref := range item.Sequence(t) {
				series.Instances = append(series.Instances, yilian.InstanceUID(ref.UID(dicom.ReferencedSOPInstanceUID)))
			}
		}
		s.Series = append(s.Series, series)
	}
	return s
}

// newUID makes a UID from 128 random bits (PS3.5 B.2).
func newUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return "2.25." + new(big.Int).SetBytes(b[:]).String()
}
