package forward

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"

	"yilian"
	"yilian/imaging/dimse"
	"yilian/imaging/queue"
	"yilian/imaging/scp"
)

// KindCommitment is the kind of the jobs that tell a device the outcome of its storage commitment (N-EVENT-REPORT, PS3.4 J.3.3) on an
// association of our own.
const KindCommitment = "commitment"

// Later carries what the DICOM door must tell on associations of its own: it is scp.Later over the queue.
type Later struct {
	Calling      string // our AE title
	Put          func(ctx context.Context, orders ...queue.Order) error
	Destinations scp.Destinations
	// Commit tells it: scp.ReportCommitment.
	Commit func(context.Context, scp.Destination, scp.CommitmentReport) error
}

var _ scp.Later = (*Later)(nil)

// toldLane is the lane of an application entity that is told something.
func toldLane(ae string) string { return toldPrefix + ae }

const toldPrefix = "ae/"

// Commitment implements scp.Later.
func (l *Later) Commitment(ctx context.Context, to string, r scp.CommitmentReport) error {
	data, err := json.Marshal(told{To: to, What: r})
	if err != nil {
		return fmt.Errorf("forward: encode a report: %w", err)
	}
	return l.Put(ctx, queue.Order{
		Kind: KindCommitment, Key: to + "/" + r.Transaction, Rev: "1", Lane: toldLane(to), Priority: queue.Urgent, Doc: data,
	})
}

// told is what a job of this kind carries.
type told struct {
	To   string               `json:"to"`
	What scp.CommitmentReport `json:"what"`
}

// Handlers are the queue's handlers of these kinds.
func (l *Later) Handlers() map[string]queue.Handler {
	return map[string]queue.Handler{KindCommitment: l.tell}
}

func (l *Later) tell(ctx context.Context, t *queue.Task) error {
	var d told
	if err := json.Unmarshal(t.Doc, &d); err != nil {
		return queue.Permanent("forward.job", "The job cannot be read.")
	}
	to, err := l.Destinations.Destination(ctx, yilian.System, d.To)
	switch kind := yilian.KindOf(err); {
	case kind == yilian.NotFound, kind == yilian.Forbidden:
		return queue.Permanent("forward.destination", "This application entity is not known, or has no address.")
	case err != nil:
		return err
	}
	to.Calling = l.Calling
	return toldOutcome(ctx, l.Commit(ctx, to, d.What))
}

// toldOutcome sorts what came of telling: the device is off, it will not hear it, or something went wrong on the way.
func toldOutcome(ctx context.Context, err error) error {
	rejected, isReject := errors.AsType[*dimse.Reject](err)
	_, isNet := errors.AsType[*net.OpError](err)
	notice, isNotice := errors.AsType[*scp.NoticeError](err)
	switch {
	case err == nil || ctx.Err() != nil:
		return err
	case isNotice && notice.Status.Transient():
		return queue.Down(CodeFull, "The peer answers "+notice.Status.String()+".")
	case isNotice && notice.Status == dimse.ProcessingFailure:
		return queue.Failed(CodeFailed, "The peer answers "+notice.Status.String()+".", false)
	case isNotice:
		return queue.Permanent(CodeRefused, "The peer answers "+notice.Status.String()+".")
	case isReject && rejected.Transient():
		return queue.Down(CodeFull, sentence(rejected))
	case isReject:
		return queue.Down(CodeRejected, sentence(rejected))
	case isNet:
		return queue.Down(CodeUnreachable, "The device cannot be reached: "+network(err)+".")
	case errors.Is(err, dimse.ErrNoContext):
		return queue.Permanent(CodeRefused, "The device does not take such reports.")
	}
	return queue.Failed(CodeBroken, "It could not be told: "+describe(err).Error()+".", false)
}
