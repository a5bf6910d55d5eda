package scp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
)

// retrieval is a C-MOVE or C-GET under way (PS3.4 C.4.2, C.4.3).
type retrieval struct {
	*association
	op     *dimse.Operation
	todo   []imaging.Instance
	counts dimse.SubOperations
	failed []yilian.InstanceUID
	told   time.Time // when the last pending response went
}

// retrieve understands the identifier and finds the instances; response is the answer when nothing can be retrieved.
func (c *association) retrieve(ctx context.Context, op *dimse.Operation) (*retrieval, *dimse.Command) {
	rq := op.Command
	keys, response := c.readIdentifier(op)
	if response != nil {
		return nil, response
	}
	r := &retrieval{association: c, op: op, told: time.Now()}
	sel := selection{association: c, keys: keys, relational: c.negotiated(op.Context.AbstractSyntax).relational, patients: patientRoot(op.Context.AbstractSyntax)}
	paths, blame, err := sel.paths(ctx)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return nil, stopped(ctx, rq)
	case len(blame) > 0 && yilian.KindOf(err) == yilian.Invalid:
		return nil, misunderstood(rq, err, blame)
	default:
		return nil, c.notCounted(rq, err)
	}
	for _, p := range paths {
		if err := r.collect(ctx, p); err != nil {
			if ctx.Err() != nil {
				return nil, stopped(ctx, rq)
			}
			return nil, c.notCounted(rq, err)
		}
	}
	r.counts.Remaining = clamp(len(r.todo))
	return r, nil
}

// notCounted answers that the matches could not be found out.
func (c *association) notCounted(rq *dimse.Command, err error) *dimse.Command {
	response := c.failed(rq, err)
	if response.Status == dimse.OutOfResources || response.Status == dimse.ProcessingFailure {
		response.Status = dimse.NoMatchesCounted
	}
	return response
}

// collect adds the instances of a path, without their headers, which would fill the memory. What is not there for this caller is
// no match.
func (r *retrieval) collect(ctx context.Context, p imaging.Path) error {
	for i, err := range r.server.config.Library.Outline(ctx, r.caller.Actor, p) {
		if yilian.KindOf(err) == yilian.NotFound && err != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(r.todo) >= r.server.config.Limits.Instances {
			return yilian.Errorf(yilian.TooLarge, imaging.CodeTooLarge, "More than %d instances are asked for at a time.", r.server.config.Limits.Instances)
		}
		r.todo = append(r.todo, i)
	}
	return nil
}

// clamp makes a number one that the counts of sub-operations can express.
func clamp(n int) uint16 { return uint16(min(n, 0xFFFF)) }

// target is an association that takes instances; *dimse.Association is one.
type target interface {
	Context(abstract, transfer string) (dimse.Context, bool)
	Store(ctx context.Context, in dimse.Instance) (dimse.Outcome, error)
}

// send performs one sub-operation. The error means that the target can take nothing more.
func (r *retrieval) send(ctx context.Context, to target, i imaging.Instance, originator string) error {
	as, err := acceptable(to, i)
	if err == nil {
		var outcome dimse.Outcome
		if outcome, err = r.store(ctx, to, i, as, originator); err == nil {
			r.count(i, outcome.Status)
			return nil
		}
	}
	r.count(i, dimse.ProcessingFailure)
	r.log.Warn("instance not sent", "instance", i.UID, "error", err)
	if errors.Is(err, dimse.ErrNoContext) || errors.Is(err, errNotOpened) {
		return nil
	}
	return err
}

var errNotOpened = errors.New("scp: the instance cannot be read")

func (r *retrieval) store(ctx context.Context, to target, i imaging.Instance, as, originator string) (dimse.Outcome, error) {
	data, size, err := r.server.config.Library.Open(ctx, i, as)
	if err != nil {
		return dimse.Outcome{}, fmt.Errorf("%w: %w", errNotOpened, err)
	}
	defer func() { _ = data.Close() }()
	in := dimse.Instance{SOPClass: i.SOPClass, SOPInstance: string(i.UID), TransferSyntax: as, Data: data, Size: size, Priority: r.op.Command.Priority}
	if originator != "" {
		in.MoveOriginator, in.MoveOriginatorID = originator, r.op.Command.MessageID
	}
	return to.Store(ctx, in)
}

// converted are the transfer syntaxes that an instance is given in to who does not take it as it is kept.
var converted = []string{dicom.ExplicitVRLittleEndian, dicom.ImplicitVRLittleEndian}

// acceptable chooses the transfer syntax in which an instance goes: as it is kept, or else one that it can be converted to.
func acceptable(to target, i imaging.Instance) (string, error) {
	for _, as := range append([]string{i.TransferSyntax}, converted...) {
		if c, ok := to.Context(i.SOPClass, as); ok && c.SCU {
			return as, nil
		}
	}
	return "", fmt.Errorf("%w: SOP class %s kept in %s", dimse.ErrNoContext, i.SOPClass, i.TransferSyntax)
}

func (r *retrieval) count(i imaging.Instance, status dimse.Status) {
	switch {
	case status == dimse.Success:
		r.counts.Completed++
		r.server.stats.sent.Add(1)
	case status.Warning():
		r.counts.Warning++
		r.server.stats.sent.Add(1)
	default:
		r.counts.Failed++
		r.failed = append(r.failed, i.UID)
		r.server.stats.unsent.Add(1)
	}
}

// progress tells how far it is, once in a while; an error means that nobody listens.
func (r *retrieval) progress(left int) error {
	r.counts.Remaining = clamp(left)
	if time.Since(r.told) < r.server.config.Limits.Subs {
		return nil
	}
	r.told = time.Now()
	response := r.op.Command.Response(dimse.Pending)
	counts := r.counts
	response.SubOperations = &counts
	return r.op.Reply(response, nil)
}

// finish gives the final response, with the list of what failed.
func (r *retrieval) finish(ctx context.Context, left int) *dimse.Command {
	rq := r.op.Command
	response := rq.Response(dimse.Success)
	done := r.counts.Completed + r.counts.Warning
	switch {
	case ctx.Err() != nil && left > 0:
		response = stopped(ctx, rq)
	case r.counts.Failed > 0 && done == 0:
		response.Status = dimse.NoSubOperations
	case r.counts.Failed > 0 || r.counts.Warning > 0:
		response.Status = dimse.SomeFailed
	}
	r.counts.Remaining = clamp(left)
	response.SubOperations = &r.counts
	r.log.Info("retrieved", "operation", rq.Field.String(), "status", response.Status.String(), "completed", r.counts.Completed,
		"warning", r.counts.Warning, "failed", r.counts.Failed, "remaining", left)
	if err := r.op.Reply(response, r.failedList()); err != nil {
		r.log.Debug("response not sent", "error", err)
	}
	return nil
}

// mostFailed is how many UIDs of 64 characters fit into an element of VR UI.
const mostFailed = 1000

// failedList is the identifier of the final response (PS3.4 C.4.2.1.4.2), nil when nothing failed.
func (r *retrieval) failedList() []byte {
	if len(r.failed) == 0 {
		return nil
	}
	d := dicom.New("")
	var list []string
	for _, uid := range r.failed[:min(len(r.failed), mostFailed)] {
		list = append(list, string(uid))
	}
	d.SetString(dicom.FailedSOPInstanceUIDList, list...)
	b, err := r.op.Context.Encode(d)
	if err != nil {
		r.log.Error("list of failed instances not written", "error", err)
		return nil
	}
	return b
}

// get is a C-GET (PS3.4 C.4.3): the instances go over the association that asks for them.
func (c *association) get(ctx context.Context, op *dimse.Operation) *dimse.Command {
	r, response := c.retrieve(ctx, op)
	if response != nil {
		return response
	}
	for n, i := range r.todo {
		if ctx.Err() != nil {
			return r.finish(ctx, len(r.todo)-n)
		}
		if err := r.send(op.Life(), c.dimse, i, ""); err != nil {
			return nil // the association is over
		}
		if err := r.progress(len(r.todo) - n - 1); err != nil {
			return nil
		}
	}
	return r.finish(ctx, 0)
}
