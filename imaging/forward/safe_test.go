package forward_test

import (
	"maps"
	"slices"
	"testing"

	"yilian"
	"yilian/imaging/dicom"
	"yilian/imaging/forward"
	"yilian/imaging/queue"
	"yilian/imaging/scp"
)

// request is what a peer was asked to commit itself to.
type request struct {
	transaction string
	refs        []scp.Reference
}

// requests are those so far.
func (s *scripted) requests() (all []request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.asked {
		r := request{transaction: d.UID(dicom.TransactionUID)}
		for _, ref := range d.Sequence(dicom.ReferencedSOPSequence) {
			r.refs = append(r.refs, scp.Reference{SOPClass: ref.UID(dicom.ReferencedSOPClassUID), Instance: yilian.InstanceUID(ref.UID(dicom.ReferencedSOPInstanceUID))})
		}
		all = append(all, r)
	}
	return all
}

// TestPromise: a peer is asked to commit itself to what it has taken; what it does not keep goes again, and in the end somebody must look.
func TestPromise(t *testing.T) {
	w, s := newWorld(t), &scripted{}
	p := s.listen(t)
	p.Commitment = true
	w.set(p)
	uid := w.store(3)
	w.send(uid, queue.Routine)
	w.await("asked", func() bool { return len(s.requests()) == 1 })
	first := s.requests()[0]
	if want := slices.Sorted(maps.Keys(w.kept(uid))); len(first.refs) != len(want) || first.refs[0].SOPClass != "1.2.840.10008.5.1.4.1.1.2" {
		t.Fatalf("asked for %v, want %v", first.refs, want)
	}
	peer := yilian.Actor{Device: "PEER"}
	report := func(r request, failed int) scp.CommitmentReport {
		out := scp.CommitmentReport{Transaction: r.transaction, Committed: r.refs[failed:]}
		for _, ref := range r.refs[:failed] {
			out.Failed = append(out.Failed, scp.FailedReference{Reference: ref, Reason: scp.CommitUnknown})
		}
		return out
	}
	if err := w.service.Committed(t.Context(), yilian.Actor{Device: "OTHER"}, report(first, 0)); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("another's word: %v", err)
	}
	if err := w.service.Committed(t.Context(), peer, scp.CommitmentReport{Transaction: "1.2.3"}); yilian.KindOf(err) != yilian.NotFound {
		t.Errorf("an unknown transaction: %v", err)
	}
	lost := string(first.refs[0].Instance)
	for round := range 3 {
		now := s.requests()[round]
		for range 2 { // a report may come twice
			if err := w.service.Committed(t.Context(), peer, report(now, 1)); err != nil {
				t.Fatal(err)
			}
		}
		w.await("asked again", func() bool { return len(s.requests()) == round+2 })
		if again := s.requests()[round+1]; len(again.refs) != 1 || string(again.refs[0].Instance) != lost || len(s.values(lost, dicom.Modality)) != round+2 {
			t.Errorf("round %d: asked for %v, sent %d times", round+1, again.refs, len(s.values(lost, dicom.Modality)))
		}
	}
	last := s.requests()[3]
	if err := w.service.Committed(t.Context(), peer, report(last, 1)); err != nil {
		t.Fatal(err)
	}
	w.awaitDead(forward.CodeUncommitted)
	if s.count() != 3+3 {
		t.Errorf("%d came", s.count())
	}
	// Ordered again, nothing is new: nobody is asked again.
	w.send(uid, queue.Routine)
	w.await("idle", func() bool { return len(w.jobs(queue.Waiting)) == 0 })
	if n := len(s.requests()); n != 4 {
		t.Errorf("asked %d times", n)
	}
}
