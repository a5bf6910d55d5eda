package forward

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/queue"
	"yilian/imaging/scp"
)

// The kinds of jobs of storage commitment as SCU (PS3.4 Annex J): to ask a peer, once it has been sent something, whether it keeps it,
// and to deal with its answer.
const (
	KindPromise  = "promise"
	KindPromised = "promised"
)

const (
	// maxPromise is how many instances one request names.
	maxPromise = 1000
	// maxRounds is how often what a peer does not commit itself to is sent again.
	maxRounds = 3
)

// asking is what the jobs of KindPromise and KindPromised carry.
type asking struct {
	Peer      string               `json:"peer"`
	Study     yilian.StudyUID      `json:"study"`
	Round     int                  `json:"round,omitempty"`
	Instances []scp.Reference      `json:"instances,omitempty"` // to ask for
	Report    scp.CommitmentReport `json:"report,omitzero"`     // what was answered
}

// askedScope remembers what a transaction was about: its one mark is an asking in JSON, without the instances.
func askedScope(transaction string) string { return "forward/asked/" + transaction }

// askedForScope has the marks for whose instances the peer was asked.
func askedForScope(peer string, study yilian.StudyUID) string {
	return "forward/asked-for/" + peer + "/" + string(study)
}

// confirmed is what a peer has taken, now or by an earlier run.
type confirmed struct {
	ref  scp.Reference
	mark string
	now  bool
}

// promise orders the requests for what the peer has taken and was not asked for yet.
func (s *Service) promise(ctx context.Context, r *run) error {
	if !r.peer.Commitment || r.peer.URL != "" || len(r.taken) == 0 || s.c.Put == nil {
		return nil
	}
	asked, err := r.t.Marked(ctx, askedForScope(r.peer.ID, r.doc.Study))
	if err != nil {
		return err
	}
	due := slices.DeleteFunc(r.taken, func(c confirmed) bool { return !c.now && asked[c.mark] })
	var orders []queue.Order
	for part := range slices.Chunk(due, maxPromise) {
		d := asking{Peer: r.peer.ID, Study: r.doc.Study, Round: r.doc.Round}
		for _, c := range part {
			d.Instances = append(d.Instances, c.ref)
		}
		data, err := json.Marshal(d)
		if err != nil {
			return fmt.Errorf("forward: encode a job: %w", err)
		}
		orders = append(orders, queue.Order{
			Kind: KindPromise, Key: newUID(), Rev: "1", Lane: laneOf(r.peer.ID), About: string(r.doc.Study), Priority: r.t.Priority, Doc: data,
		})
	}
	if len(orders) == 0 {
		return nil
	}
	if err := s.c.Put(ctx, orders...); err != nil {
		return err
	}
	for _, c := range due { // after it was ordered: to be asked twice is harmless
		r.t.Mark(askedForScope(r.peer.ID, r.doc.Study), c.mark)
	}
	return nil
}

// newUID makes a UID from a random UUID (PS3.5 B.2).
func newUID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	b[6], b[8] = b[6]&0x0F|0x40, b[8]&0x3F|0x80
	return "2.25." + new(big.Int).SetBytes(b).String()
}

// Promise asks a peer to commit itself, as a queue.Handler. The key of the job is the transaction's UID.
func (s *Service) Promise(ctx context.Context, t *queue.Task) error {
	var d asking
	if err := json.Unmarshal(t.Doc, &d); err != nil {
		return queue.Permanent("forward.job", "The job cannot be read.")
	}
	peer, err := s.peer(ctx, d.Peer)
	if err != nil {
		return err
	}
	about, err := json.Marshal(asking{Peer: d.Peer, Study: d.Study, Round: d.Round})
	if err != nil {
		return fmt.Errorf("forward: encode a mark: %w", err)
	}
	t.Mark(askedScope(t.Key), string(about)) // before it is asked: the answer may come at once
	if err := t.Flush(ctx); err != nil {
		return err
	}
	return toldOutcome(ctx, scp.RequestCommitment(ctx, destination(peer), t.Key, d.Instances))
}

// destination is a DIMSE peer as one that is called.
func destination(p Peer) scp.Destination {
	return scp.Destination{AE: p.Called, Calling: p.Calling, Address: p.Address, TLS: p.TLS, Timeouts: patience(p.Timeouts)}
}

// Committed implements scp.Reports: the answer is kept, and dealt with by Promised.
func (s *Service) Committed(ctx context.Context, from yilian.Actor, r scp.CommitmentReport) error {
	marks, err := s.c.Marked(ctx, askedScope(r.Transaction))
	if err != nil {
		return err
	}
	for about := range marks {
		var d asking
		if err := json.Unmarshal([]byte(about), &d); err != nil {
			return fmt.Errorf("forward: a transaction: %w", err)
		}
		peer, err := s.c.Settings.Peer(ctx, d.Peer)
		if err != nil {
			return err
		}
		if !strings.EqualFold(peer.Called, from.Device) {
			break // it was not the one who was asked
		}
		d.Report = r
		data, err := json.Marshal(d)
		if err != nil {
			return fmt.Errorf("forward: encode a job: %w", err)
		}
		return s.c.Put(ctx, queue.Order{
			Kind: KindPromised, Key: r.Transaction, Rev: "1", Lane: laneOf(d.Peer), About: string(d.Study), Priority: queue.Urgent, Doc: data,
		})
	}
	return yilian.Errorf(yilian.NotFound, "forward.transaction", "There is no such transaction.")
}

var _ scp.Reports = (*Service)(nil)

// Promised deals with a peer's answer, as a queue.Handler: what it does not keep is sent again, so many times; then somebody must look.
func (s *Service) Promised(ctx context.Context, t *queue.Task) error {
	var d asking
	if err := json.Unmarshal(t.Doc, &d); err != nil {
		return queue.Permanent("forward.job", "The job cannot be read.")
	}
	if err := s.recordPromise(ctx, d); err != nil {
		return err
	}
	if len(d.Report.Failed) == 0 {
		return nil
	}
	if d.Round >= maxRounds {
		return queue.Permanent(CodeUncommitted, fmt.Sprintf("The peer does not commit itself to %d instances that it has taken.", len(d.Report.Failed)))
	}
	again := doc{Peer: d.Peer, Study: d.Study, Round: d.Round + 1}
	for _, f := range d.Report.Failed {
		again.Again = append(again.Again, f.Instance)
	}
	o, err := order(Kind, again, t.Priority, t.Key)
	if err != nil {
		return err
	}
	return s.c.Put(ctx, o)
}

func (s *Service) recordPromise(ctx context.Context, d asking) error {
	study, _, err := s.c.Archive.Summary(ctx, d.Study)
	if err != nil && yilian.KindOf(err) != yilian.NotFound {
		return err
	}
	data, err := json.Marshal(map[string]any{
		"peer": d.Peer, "transaction": d.Report.Transaction, "committed": len(d.Report.Committed), "failed": len(d.Report.Failed),
	})
	if err != nil {
		return fmt.Errorf("forward: encode an event: %w", err)
	}
	return s.c.Trail.Audit(ctx, yilian.Event{
		Chain: string(study.Institution), Entity: "study", EntityID: string(d.Study), Version: study.Version, Action: "study.committed",
		Actor: yilian.System, At: s.c.Clock().UTC(), Data: data,
	})
}

// took notes what a peer has confirmed, for the request that follows.
func (r *run) took(i imaging.Instance, now bool) {
	if r.peer.Commitment {
		r.taken = append(r.taken, confirmed{scp.Reference{SOPClass: i.SOPClass, Instance: i.UID}, r.truth.mark(i), now})
	}
}
