package forward_test

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
	"yilian/imaging/forward"
	"yilian/imaging/queue"
)

var (
	asks    = yilian.Actor{Person: "tech", Institution: "town", Roles: []yilian.Role{yilian.RoleTechnologist}}
	decides = yilian.Actor{Person: "head", Institution: "town", Roles: []yilian.Role{yilian.RoleHead}}
)

// correct lets a correction take effect, and tells forwarding as the program does.
func (w *world) correct(c imaging.Correction) imaging.Correction {
	w.Helper()
	c, err := w.archive.Propose(w.Context(), asks, c, "wrong patient chosen at the device")
	if err == nil {
		c, err = w.archive.Decide(w.Context(), decides, c.ID, imaging.Approve, "", 0)
	}
	if err != nil {
		w.Fatal(err)
	}
	w.corrected(c)
	return c
}

func (w *world) undo(c imaging.Correction) {
	w.Helper()
	_, err := w.archive.Decide(w.Context(), asks, c.ID, imaging.Undo, "it was right", 0)
	if err == nil {
		_, err = w.archive.Decide(w.Context(), decides, c.ID, imaging.Approve, "", 0)
	}
	if err != nil {
		w.Fatal(err)
	}
	w.corrected(c)
}

// corrected passes on that a correction has changed, more than once, and waits until nothing is left to do.
func (w *world) corrected(c imaging.Correction) {
	w.Helper()
	for range 2 {
		orders, err := w.service.Corrected(w.Context(), c.ID)
		if err == nil && len(orders) > 0 {
			err = w.worker.Put(w.Context(), orders...)
		}
		if err != nil {
			w.Fatal(err)
		}
		w.await("idle", func() bool { return len(w.jobs(queue.Waiting)) == 0 })
	}
}

func amend(study yilian.StudyUID, patient string) imaging.Correction {
	return imaging.Correction{Kind: imaging.AmendKind, Amend: &imaging.Amend{Study: study, Set: imaging.Values{"PatientID": {patient}}}}
}

func reject(study yilian.StudyUID, code string, instances ...string) imaging.Correction {
	r := &imaging.Reject{Code: code}
	for _, uid := range instances {
		r.Instances = append(r.Instances, imaging.Reference{Study: study, Instance: yilian.InstanceUID(uid)})
	}
	if len(instances) == 0 {
		r.Instances = []imaging.Reference{{Study: study}}
	}
	return imaging.Correction{Kind: imaging.RejectKind, Reject: r}
}

// values are what came of an instance, one after the other.
func (s *scripted) values(uid string, tag dicom.Tag) (all []string) {
	s.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.got[uid] {
		object, err := dicom.Scan(bytes.NewReader(r.data), dicom.Syntax(r.syntax), dicom.Options{})
		if err != nil {
			s.Fatal(err)
		}
		all = append(all, object.Dataset.String(tag))
	}
	return all
}

// told are the instances that notices named since the last call: UID → availability, the last word.
func (s *scripted) told() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]string{}
	for _, n := range s.notices {
		for _, series := range n.Sequence(dicom.ReferencedSeriesSequence) {
			for _, ref := range series.Sequence(dicom.ReferencedSOPSequence) {
				out[ref.UID(dicom.ReferencedSOPInstanceUID)] = ref.String(dicom.InstanceAvailability)
			}
		}
	}
	s.notices = nil
	return out
}

func (s *scripted) count() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, all := range s.got {
		n += len(all)
	}
	return n
}

// TestCorrectionFollows: who has what was corrected gets it as it is now, and once more when that is undone; who does not have it gets
// nothing.
func TestCorrectionFollows(t *testing.T) {
	w, s := newWorld(t), &scripted{}
	p := s.listen(t)
	w.set(p)
	uid, other := w.store(3), w.store(1)
	w.send(uid, queue.Routine)
	w.awaitDone(1)
	one := slices.Sorted(maps.Keys(w.kept(uid)))[0]
	before := s.values(one, dicom.PatientID)[0]
	c := w.correct(amend(uid, "RIGHT"))
	if got := s.values(one, dicom.PatientID); !slices.Equal(got, []string{before, "RIGHT"}) || s.count() != 6 {
		t.Errorf("%q came, %d in all", got, s.count())
	}
	w.undo(c)
	if got := s.values(one, dicom.PatientID); !slices.Equal(got, []string{before, "RIGHT", before}) || s.count() != 9 {
		t.Errorf("undone: %q came, %d in all", got, s.count())
	}
	w.correct(amend(other, "OTHER"))
	if s.count() != 9 {
		t.Errorf("%d came: also what was never sent there", s.count())
	}
	// A second correction with the same words is a change all the same.
	w.correct(amend(uid, "RIGHT"))
	if got := s.values(one, dicom.PatientID); len(got) != 4 || got[3] != "RIGHT" {
		t.Errorf("once more: %q", got)
	}
}

// TestRejectionFollows: the rejection note goes to who has what it names, also when nothing is left of the study; when it is undone the
// instances go again.
func TestRejectionFollows(t *testing.T) {
	for _, code := range []string{imaging.RejectedQuality, imaging.RejectedSafety} {
		for name, whole := range map[string]bool{"one": false, "all": true} {
			t.Run(code+" "+name, func(t *testing.T) {
				w, s := newWorld(t), &scripted{}
				w.set(s.listen(t))
				uid := w.store(3)
				w.send(uid, queue.Routine)
				w.awaitDone(1)
				uids := slices.Sorted(maps.Keys(w.kept(uid)))
				named := uids
				if !whole {
					named = uids[:1]
				}
				c := w.correct(reject(uid, code, named...))
				c, err := w.archive.Correction(t.Context(), yilian.System, c.ID)
				if err != nil {
					t.Fatal(err)
				}
				notes := s.values(string(c.Reject.Note), dicom.Modality)
				if len(notes) != 1 || notes[0] != "KO" || s.count() != 4 {
					t.Fatalf("%d came, of them notes %q", s.count(), notes)
				}
				w.undo(c)
				if got := s.values(uids[0], dicom.Modality); len(got) != 2 || s.count() != 4+len(named) {
					t.Errorf("undone: %d of the first came, %d in all", len(got), s.count())
				}
				if dead := w.jobs(queue.Dead); len(dead) > 0 {
					t.Errorf("dead: %+v", dead)
				}
			})
		}
	}
}

// TestMoveFollows: what was moved goes again, under its new study; what was not stays.
func TestMoveFollows(t *testing.T) {
	w, s := newWorld(t), &scripted{}
	p := s.listen(t)
	p.Notices = forward.AlsoNotices
	w.set(p)
	uid := w.store(3)
	w.send(uid, queue.Routine)
	w.awaitDone(1)
	one := slices.Sorted(maps.Keys(w.kept(uid)))[0]
	var series yilian.SeriesUID
	for i, err := range w.archive.Instances(t.Context(), yilian.System, imaging.Path{Study: uid}) {
		if err != nil {
			t.Fatal(err)
		}
		series = i.Series
	}
	c := w.correct(imaging.Correction{Kind: imaging.MoveKind, Move: &imaging.Move{
		From: []imaging.Path{{Study: uid, Series: series, Instance: yilian.InstanceUID(one)}}, Set: imaging.Values{"PatientID": {"P2"}},
	}})
	if got := s.values(one, dicom.StudyInstanceUID); !slices.Equal(got, []string{string(uid), string(c.Move.To)}) || s.count() != 4 {
		t.Errorf("%q came, %d in all", got, s.count())
	}
	studies := map[string]string{} // of the one that moved: study → availability
	s.mu.Lock()
	for _, n := range s.notices {
		for _, series := range n.Sequence(dicom.ReferencedSeriesSequence) {
			for _, ref := range series.Sequence(dicom.ReferencedSOPSequence) {
				if ref.UID(dicom.ReferencedSOPInstanceUID) == one {
					studies[n.UID(dicom.StudyInstanceUID)] = ref.String(dicom.InstanceAvailability)
				}
			}
		}
	}
	s.mu.Unlock()
	if want := map[string]string{string(uid): "UNAVAILABLE", string(c.Move.To): "ONLINE"}; !maps.Equal(studies, want) {
		t.Errorf("told %v, want %v", studies, want)
	}
	w.correct(amend(c.Move.To, "P3")) // stands on the move
	if got := s.values(one, dicom.PatientID); len(got) != 3 || got[2] != "P3" {
		t.Errorf("amended after the move: %q", got)
	}
	if s.count() != 5 {
		t.Errorf("%d came", s.count())
	}
}

// TestCorrectionPolicies: a peer that keeps what came first is told by a notice, or left alone; what it refuses outright is a dead letter.
func TestCorrectionPolicies(t *testing.T) {
	for _, c := range []struct {
		policy   forward.Corrections
		again    int
		notices  int
		deadWith string
	}{
		{forward.CorrectionsSend, 2, 0, ""},
		{forward.CorrectionsNotice, 0, 2, ""},
		{forward.CorrectionsNone, 0, 0, ""},
		{forward.CorrectionsSend, 0, 0, forward.CodeKeptOld},
	} {
		t.Run(string(c.policy)+" "+c.deadWith, func(t *testing.T) {
			w, s := newWorld(t), &scripted{}
			seen := map[string]bool{} // of the one association at a time
			s.answer = func(uid string, _ *dimse.Association) (dimse.Status, bool) {
				if c.deadWith != "" && seen[uid] {
					return dimse.DuplicateInstance, true
				}
				seen[uid] = true
				return dimse.Success, true
			}
			p := s.listen(t)
			p.Corrections = c.policy
			w.set(p)
			w.rules = []forward.Rule{{ID: "r", Name: "all", Peers: []string{"p"}, Trigger: forward.OnArrival}}
			uid := w.store(2)
			w.changed(uid)
			w.awaitDone(1)
			w.correct(amend(uid, "RIGHT"))
			w.changed(uid) // the rule holds still
			if s.count() != 2+c.again {
				t.Errorf("%d came, want %d again", s.count(), c.again)
			}
			told := s.told()
			for sop := range told {
				if w.kept(uid)[sop] == "" || told[sop] != "ONLINE" {
					t.Errorf("told that %s is %s", sop, told[sop])
				}
			}
			if len(told) != c.notices {
				t.Errorf("told of %d, want %d", len(told), c.notices)
			}
			for _, j := range w.jobs(queue.Dead) {
				if j.Failure.Code != c.deadWith {
					t.Errorf("dead of %+v", j.Failure)
				}
			}
			if c.deadWith != "" && len(w.jobs(queue.Dead)) == 0 {
				t.Error("nobody learns that the peer keeps the old state")
			}
		})
	}
}

// changed tells forwarding that a study has changed, and waits until nothing is left to do.
func (w *world) changed(uid yilian.StudyUID) {
	w.Helper()
	orders, err := w.service.Changed(w.Context(), uid)
	if err == nil && len(orders) > 0 {
		err = w.worker.Put(w.Context(), orders...)
	}
	if err != nil {
		w.Fatal(err)
	}
	w.await("idle", func() bool { return len(w.jobs(queue.Waiting)) == 0 })
}

// TestNotices: a peer hears of a study when it is complete, of late images, and of what was rejected; it gets no images if it wants none,
// and what it missed while it was away it hears afterwards.
func TestNotices(t *testing.T) {
	w, s := newWorld(t), &scripted{}
	p := s.listen(t)
	p.Notices = forward.OnlyNotices
	w.set(p)
	w.rules = []forward.Rule{{ID: "r", Name: "all", Peers: []string{"p"}, Trigger: forward.OnArrival}}
	uid := w.store(3)
	w.changed(uid)
	if told := s.told(); len(told) != 0 {
		t.Fatalf("told of %v before it is complete", told)
	}
	w.mu.Lock()
	w.cases.Complete = true
	w.mu.Unlock()
	w.changed(uid)
	uids := slices.Sorted(maps.Keys(w.kept(uid)))
	s.mu.Lock()
	if n := len(s.notices); n != 1 || s.notices[0].UID(dicom.StudyInstanceUID) != string(uid) {
		t.Fatalf("%d notices", n)
	}
	ref := s.notices[0].First(dicom.ReferencedSeriesSequence).First(dicom.ReferencedSOPSequence)
	if ref.String(dicom.RetrieveAETitle) != "YILIAN" || ref.UID(dicom.ReferencedSOPClassUID) != "1.2.840.10008.5.1.4.1.1.2" {
		t.Errorf("a notice names %s of class %s", ref.String(dicom.RetrieveAETitle), ref.UID(dicom.ReferencedSOPClassUID))
	}
	s.mu.Unlock()
	want := map[string]string{uids[0]: "ONLINE", uids[1]: "ONLINE", uids[2]: "ONLINE"}
	if told := s.told(); !maps.Equal(told, want) {
		t.Errorf("told %v", told)
	}
	w.mu.Lock()
	away := p
	away.ID, away.Address = "p", "127.0.0.1:1"
	w.peers["p"] = away
	w.mu.Unlock()
	c, err := w.archive.Propose(t.Context(), asks, reject(uid, imaging.RejectedSafety, uids[0]), "the wrong side")
	if err == nil {
		c, err = w.archive.Decide(t.Context(), decides, c.ID, imaging.Approve, "", 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	orders, err := w.service.Corrected(t.Context(), c.ID)
	if err != nil || len(orders) != 1 {
		t.Fatalf("%d orders, %v", len(orders), err)
	}
	if err := w.worker.Put(t.Context(), orders...); err != nil {
		t.Fatal(err)
	}
	w.await("down", func() bool { holds, err := w.db.Queue().Holds(t.Context()); return err == nil && len(holds) == 1 })
	w.stop() // a program that stops meanwhile forgets nothing
	w.set(p)
	w.run()
	w.await("told", func() bool { return len(w.jobs(queue.Waiting)) == 0 })
	want[uids[0]] = "UNAVAILABLE"
	if told := s.told(); !maps.Equal(told, want) {
		t.Errorf("after a rejection: told %v", told)
	}
	w.correct(reject(uid, imaging.RejectedSafety))
	want[uids[1]], want[uids[2]] = "UNAVAILABLE", "UNAVAILABLE"
	if told := s.told(); !maps.Equal(told, want) {
		t.Errorf("all rejected: told %v", told)
	}
	w.undo(c)
	want[uids[0]] = "ONLINE"
	if told := s.told(); !maps.Equal(told, want) {
		t.Errorf("one of them came back: told %v", told)
	}
	if s.count() != 0 {
		t.Errorf("%d images came", s.count())
	}
	if dead := w.jobs(queue.Dead); len(dead) > 0 {
		t.Errorf("dead: %+v", dead)
	}
}

// TestNoticeRefused: a peer without the service is a dead letter that says so.
func TestNoticeRefused(t *testing.T) {
	w, s := newWorld(t), &scripted{takes: func(class, _ string) bool { return class != "1.2.840.10008.5.1.4.33" }}
	p := s.listen(t)
	p.Notices = forward.OnlyNotices
	w.set(p)
	w.rules = []forward.Rule{{ID: "r", Name: "all", Peers: []string{"p"}}}
	w.cases.Complete = true
	w.changed(w.store(1))
	w.awaitDead(forward.CodeRefused)
}

// TestNoticeOfMany: a large study is told in notices of a bounded size, each instance once.
func TestNoticeOfMany(t *testing.T) {
	if testing.Short() {
		t.Skip("stores 1,100 instances")
	}
	w, s := newWorld(t), &scripted{}
	p := s.listen(t)
	p.Notices = forward.OnlyNotices
	w.set(p)
	w.rules = []forward.Rule{{ID: "r", Name: "all", Peers: []string{"p"}}}
	w.cases.Complete = true
	w.changed(w.store(1100))
	s.mu.Lock()
	n := len(s.notices)
	s.mu.Unlock()
	if told := s.told(); n != 2 || len(told) != 1100 {
		t.Errorf("%d notices about %d instances", n, len(told))
	}
}

// TestCorrectedOverSTOW: the corrected objects go over DICOMweb, too, whose length is not known before.
func TestCorrectedOverSTOW(t *testing.T) {
	w, s := newWorld(t), &stowPeer{}
	w.set(s.listen(t))
	uid := w.store(2)
	w.send(uid, queue.Routine)
	w.awaitDone(1)
	w.correct(amend(uid, "RIGHT"))
	s.mu.Lock()
	defer s.mu.Unlock()
	for sop := range w.kept(uid) {
		if s.got[sop] != 2 {
			t.Errorf("%s came %d times", sop, s.got[sop])
		}
	}
	if dead := w.jobs(queue.Dead); len(dead) > 0 {
		t.Errorf("dead: %+v", dead)
	}
}
