package scp

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
)

// mostReferences bounds a commitment request, beside the length of its data set.
const mostReferences = 20_000

// reportTime bounds finding out and telling what is safe.
const reportTime = 30 * time.Second

// commit is the N-ACTION of storage commitment (PS3.4 J.3.2). The report goes over the same association if that is still open when it
// is ready, else over a new one.
func (c *association) commit(ctx context.Context, op *dimse.Operation) *dimse.Command {
	rq := op.Command
	switch {
	case c.server.config.Commitment == nil:
		return rq.Response(dimse.UnrecognizedOperation)
	case rq.RequestedSOPInstance != commitmentInstance:
		return rq.Response(dimse.NoSuchInstance)
	case rq.ActionType != 1:
		return rq.Response(dimse.NoSuchAction)
	}
	d, response := c.readIdentifier(op)
	if response != nil {
		response.Status = dimse.InvalidArgument
		return response
	}
	transaction, items := d.UID(dicom.TransactionUID), d.Sequence(dicom.ReferencedSOPSequence)
	switch {
	case !imaging.ValidUID(transaction):
		return about(rq, dimse.InvalidArgument, dicom.TransactionUID)
	case len(items) == 0:
		return about(rq, dimse.MissingAttributeValue, dicom.ReferencedSOPSequence)
	case len(items) > mostReferences:
		return rq.Response(dimse.ResourceLimitation)
	}
	if err := op.Reply(rq.Response(dimse.Success), nil); err != nil {
		return nil
	}
	c.background.Go(func() { c.report(op.Life(), transaction, items) })
	return nil
}

// report finds out what is safe and tells it. It runs beside other operations, since a device may go on with its work.
func (c *association) report(life context.Context, transaction string, items []*dicom.Dataset) {
	whole, cancel := context.WithTimeout(context.WithoutCancel(life), reportTime) // the device waits for it even after it has hung up
	defer cancel()
	r := c.safe(whole, transaction, items)
	c.log.Info("storage commitment", "transaction", transaction, "committed", len(r.Committed), "failed", len(r.Failed))
	err := c.tellHere(life, r)
	if err == nil {
		return
	}
	c.log.Debug("commitment not reported on the same association", "error", err)
	if err := c.tellLater(whole, r); err != nil {
		c.log.Error("commitment not reported", "to", c.calling, "transaction", transaction, "error", err)
	}
}

// safe asks for each instance whether it is kept, with the SOP class that was named.
func (c *association) safe(ctx context.Context, transaction string, items []*dicom.Dataset) CommitmentReport {
	r := CommitmentReport{Transaction: transaction, RetrieveAE: c.server.config.AETitle}
	for _, item := range items {
		ref := Reference{SOPClass: item.UID(dicom.ReferencedSOPClassUID), Instance: yilian.InstanceUID(item.UID(dicom.ReferencedSOPInstanceUID))}
		class, err := c.server.config.Commitment.Kept(ctx, c.caller.Actor, ref.Instance)
		switch {
		case err == nil && class == ref.SOPClass:
			r.Committed = append(r.Committed, ref)
			continue
		case err == nil:
			r.Failed = append(r.Failed, FailedReference{ref, CommitConflict})
		case yilian.KindOf(err) == yilian.NotFound:
			r.Failed = append(r.Failed, FailedReference{ref, CommitUnknown})
		case yilian.KindOf(err) == yilian.Unavailable:
			r.Failed = append(r.Failed, FailedReference{ref, CommitResources})
		default:
			c.log.Error("instance not looked up for commitment", "instance", ref.Instance, "error", err)
			r.Failed = append(r.Failed, FailedReference{ref, CommitProcessing})
		}
	}
	return r
}

// tellHere reports on the association that asked, unless that is released at once: then the device expects it on a new one.
func (c *association) tellHere(life context.Context, r CommitmentReport) error {
	pause := time.NewTimer(c.server.config.Limits.Reports)
	defer pause.Stop()
	select {
	case <-life.Done():
		return context.Cause(life)
	case <-pause.C:
	}
	return sendReport(life, c.dimse, r)
}

func (c *association) tellLater(ctx context.Context, r CommitmentReport) error {
	if c.server.config.Later != nil {
		return c.server.config.Later.Commitment(ctx, c.calling, r)
	}
	if c.server.config.Destinations == nil {
		return fmt.Errorf("nowhere to call: %w", yilian.Errorf(yilian.NotFound, "device.unreachable", "The device has no address."))
	}
	to, err := c.server.config.Destinations.Destination(ctx, c.caller.Actor, c.calling)
	if err != nil {
		return err
	}
	to.Calling = c.server.config.AETitle
	return ReportCommitment(ctx, to, r)
}

// ReportCommitment tells the outcome of a storage commitment over an association of its own (PS3.4 J.3.3). It is called again until it
// answers nil; a device that answers with a warning has taken it.
func ReportCommitment(ctx context.Context, to Destination, r CommitmentReport) error {
	return to.call(ctx, CommitmentPush, dimse.Role{SOPClass: CommitmentPush, SCP: true}, func(a *dimse.Association) error {
		return sendReport(ctx, a, r)
	})
}

func sendReport(ctx context.Context, a *dimse.Association, r CommitmentReport) error {
	event := uint16(commitmentCompleted)
	if len(r.Failed) > 0 {
		event = commitmentFailures
	}
	outcome, err := a.Event(ctx, CommitmentPush, commitmentInstance, event, r.dataset())
	if err == nil && !outcome.Status.OK() {
		err = fmt.Errorf("commitment report answered with %v", outcome.Status)
	}
	return err
}

func (r CommitmentReport) dataset() *dicom.Dataset {
	d := dicom.New("")
	d.SetString(dicom.TransactionUID, r.Transaction)
	put(d, dicom.RetrieveAETitle, r.RetrieveAE)
	if len(r.Committed) > 0 {
		items := make([]*dicom.Dataset, len(r.Committed))
		for i, ref := range r.Committed {
			items[i] = ref.item(d)
		}
		d.SetSequence(dicom.ReferencedSOPSequence, items...)
	}
	if len(r.Failed) > 0 {
		items := make([]*dicom.Dataset, len(r.Failed))
		for i, ref := range r.Failed {
			items[i] = ref.item(d)
			items[i].SetInt(dicom.FailureReason, int(ref.Reason))
		}
		d.SetSequence(dicom.FailedSOPSequence, items...)
	}
	return d
}

func (r Reference) item(d *dicom.Dataset) *dicom.Dataset {
	item := d.NewItem()
	item.SetString(dicom.ReferencedSOPClassUID, r.SOPClass)
	item.SetString(dicom.ReferencedSOPInstanceUID, string(r.Instance))
	return item
}

// RequestCommitment asks another archive to commit itself to instances (PS3.4 J.3.2), as the SCU. The report comes as an N-EVENT-REPORT
// to the door, see Reports. It answers nil when the request was taken.
func RequestCommitment(ctx context.Context, to Destination, transaction string, instances []Reference) error {
	r := CommitmentReport{Transaction: transaction, Committed: instances}
	return to.call(ctx, CommitmentPush, dimse.Role{}, func(a *dimse.Association) error {
		outcome, err := a.Action(ctx, CommitmentPush, commitmentInstance, 1, r.dataset())
		if err == nil && !outcome.Status.OK() {
			err = fmt.Errorf("commitment request answered with %v", outcome.Status)
		}
		return err
	})
}

// reported is the N-EVENT-REPORT of a storage commitment that was asked for by RequestCommitment.
func (c *association) reported(ctx context.Context, op *dimse.Operation) *dimse.Command {
	rq := op.Command
	if c.server.config.Reports == nil {
		return rq.Response(dimse.UnrecognizedOperation)
	}
	if rq.EventType != commitmentCompleted && rq.EventType != commitmentFailures {
		return rq.Response(dimse.NoSuchEventType)
	}
	d, response := c.readIdentifier(op)
	if response != nil {
		response.Status = dimse.InvalidArgument
		return response
	}
	if err := c.server.config.Reports.Committed(ctx, c.caller.Actor, reportOf(d)); err != nil {
		return c.stepFailed(rq, err)
	}
	return rq.Response(dimse.Success)
}

func reportOf(d *dicom.Dataset) CommitmentReport {
	r := CommitmentReport{Transaction: d.UID(dicom.TransactionUID), RetrieveAE: d.String(dicom.RetrieveAETitle)}
	ref := func(item *dicom.Dataset) Reference {
		return Reference{item.UID(dicom.ReferencedSOPClassUID), yilian.InstanceUID(item.UID(dicom.ReferencedSOPInstanceUID))}
	}
	for _, item := range d.Sequence(dicom.ReferencedSOPSequence) {
		r.Committed = append(r.Committed, ref(item))
	}
	for _, item := range d.Sequence(dicom.FailedSOPSequence) {
		reason, _ := item.Int(dicom.FailureReason)
		r.Failed = append(r.Failed, FailedReference{ref(item), CommitmentReason(reason)})
	}
	return r
}

// call does one thing over an association with one presentation context.
func (d Destination) call(ctx context.Context, class string, role dimse.Role, do func(*dimse.Association) error) error {
	var roles []dimse.Role
	if role.SOPClass != "" {
		roles = []dimse.Role{role}
	}
	a, err := d.dial(ctx, cmp.Or(d.Calling, defaultTitle), []dimse.Proposal{{
		AbstractSyntax: class, TransferSyntaxes: []string{dimse.ExplicitVRLittleEndian, dimse.ImplicitVRLittleEndian},
	}}, roles)
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	if err := do(a); err != nil {
		return err
	}
	_ = a.Release(ctx) // the peer has answered; what follows changes nothing
	return nil
}

// defaultTitle is the AE title of the service where none is set.
const defaultTitle = "YILIAN"
