package forward

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"

	"yilian"
	"yilian/imaging/dimse"
	"yilian/imaging/queue"
	"yilian/imaging/scp"
)

// The kinds of jobs that tell a device something on an association of our own.
const (
	KindCommitment   = "commitment"   // N-EVENT-REPORT of storage commitment (PS3.4 J.3.3)
	KindAvailability = "availability" // N-CREATE of an instance availability notification (PS3.4 R)
)

// Later carries what the DICOM door must tell on associations of its own: it is scp.Later over the queue.
type Later struct {
	Calling      string // our AE title
	Put          func(ctx context.Context, orders ...queue.Order) error
	Destinations scp.Destinations
	// Commit and Notify tell it: scp.ReportCommitment and scp.NotifyAvailability.
	Commit func(context.Context, scp.Destination, scp.CommitmentReport) error
	Notify func(context.Context, scp.Destination, scp.AvailabilityNotice) error
}

var _ scp.Later = (*Later)(nil)

// toldLane is the lane of an application entity that is told something.
func toldLane(ae string) string { return toldPrefix + ae }

const toldPrefix = "ae/"

// Commitment implements scp.Later.
func (l *Later) Commitment(ctx context.Context, to string, r scp.CommitmentReport) error {
	return l.put(ctx, KindCommitment, to, r.Transaction, "", queue.Urgent, r)
}

// Availability implements scp.Later. The same notice again is not told twice.
func (l *Later) Availability(ctx context.Context, to string, a scp.AvailabilityNotice) error {
	data, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("forward: encode a notice: %w", err)
	}
	sum := sha256.Sum256(data)
	return l.put(ctx, KindAvailability, to, string(a.Study)+"/"+hex.EncodeToString(sum[:8]), a.Study, queue.Routine, a)
}

// told is what a job of these kinds carries.
type told struct {
	To   string          `json:"to"`
	What json.RawMessage `json:"what"`
}

func (l *Later) put(ctx context.Context, kind, to, key string, about yilian.StudyUID, p queue.Priority, what any) error {
	data, err := json.Marshal(what)
	if err != nil {
		return fmt.Errorf("forward: encode a report: %w", err)
	}
	doc, err := json.Marshal(told{To: to, What: data})
	if err != nil {
		return fmt.Errorf("forward: encode a report: %w", err)
	}
	return l.Put(ctx, queue.Order{Kind: kind, Key: to + "/" + key, Rev: "1", Lane: toldLane(to), About: string(about), Priority: p, Doc: doc})
}

// Handlers are the queue's handlers of these kinds.
func (l *Later) Handlers() map[string]queue.Handler {
	return map[string]queue.Handler{
		KindCommitment:   func(ctx context.Context, t *queue.Task) error { return tell(ctx, l, t, l.Commit) },
		KindAvailability: func(ctx context.Context, t *queue.Task) error { return tell(ctx, l, t, l.Notify) },
	}
}

func tell[T any](ctx context.Context, l *Later, t *queue.Task, say func(context.Context, scp.Destination, T) error) error {
	var d told
	var what T
	if err := json.Unmarshal(t.Doc, &d); err != nil {
		return queue.Permanent("forward.job", "The job cannot be read.")
	}
	if err := json.Unmarshal(d.What, &what); err != nil {
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
	return toldOutcome(ctx, say(ctx, to, what))
}

// toldOutcome sorts what came of telling: the device is off, it will not hear it, or something went wrong on the way.
func toldOutcome(ctx context.Context, err error) error {
	rejected, isReject := errors.AsType[*dimse.Reject](err)
	_, isNet := errors.AsType[*net.OpError](err)
	switch {
	case err == nil || ctx.Err() != nil:
		return err
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
