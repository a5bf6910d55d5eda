package request

import (
	"errors"
	"slices"
	"testing"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/patient"
)

// TestSubmitNeeds: each thing that must be there, and what the page is told.
func TestSubmitNeeds(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*bench, *NewRequest)
		kind   yilian.Kind
		code   string
	}{
		"complete":          {func(*bench, *NewRequest) {}, 0, ""},
		"no summary":        {func(_ *bench, n *NewRequest) { n.Summary = "  " }, yilian.Invalid, "request.summary"},
		"no consent":        {func(_ *bench, n *NewRequest) { n.Consent = Consent{} }, yilian.Invalid, "request.consent"},
		"emergency reason":  {func(_ *bench, n *NewRequest) { n.Consent = Consent{EmergencyReason: "昏迷，无家属"} }, 0, ""},
		"unknown kind":      {func(_ *bench, n *NewRequest) { n.Kind = "mdt" }, yilian.Invalid, "request.kind"},
		"unknown specialty": {func(_ *bench, n *NewRequest) { n.Specialty = "wizardry" }, yilian.Invalid, "specialty.unknown"},
		"somebody's study":  {func(_ *bench, n *NewRequest) { n.Studies = []yilian.StudyUID{"1.2.3"} }, yilian.Invalid, "request.study"},
		"unknown patient":   {func(_ *bench, n *NewRequest) { n.PatientID = "nobody" }, yilian.NotFound, ""},
		"one identifier only": {func(_ *bench, n *NewRequest) {
			n.PatientID, n.Patient = "", patient.Details{Name: "李某", Sex: patient.Female}
		}, yilian.Invalid, "request.identifiers"},
		"unidentified rescue": {func(_ *bench, n *NewRequest) {
			n.PatientID, n.Patient = "", patient.Details{Name: "无名氏", Sex: patient.Unknown}
			n.Kind, n.Consent = Rescue, Consent{EmergencyReason: "路边昏迷"}
		}, 0, ""},
		"wrong ID number": {func(_ *bench, n *NewRequest) {
			n.PatientID, n.Patient = "", patient.Details{Name: "李某", Sex: patient.Female, IDNumber: "110105194912310021"}
		}, yilian.Invalid, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			n := b.content(Urgent)
			c.change(b, &n)
			r, err := b.svc.Create(t.Context(), b.by("town"), n)
			if c.code == "" && c.kind == 0 {
				if err != nil || r.State != Offered {
					t.Fatalf("%s, %v", r.State, err)
				}
				return
			}
			e, ok := errors.AsType[*yilian.Error](err)
			if !ok || e.Kind != c.kind || c.code != "" && e.Code != c.code {
				t.Fatalf("got %v", err)
			}
			if list, _, _ := b.svc.List(t.Context(), b.county.Actor("town"), Mine, "", 0); len(list) != 0 {
				t.Error("a refused request was kept")
			}
		})
	}
}

// TestNoAgreementNoConsult: 2.1, without an agreement in force there is no route.
func TestNoAgreementNoConsult(t *testing.T) {
	b := newBench(t)
	all, err := b.dir.Agreements(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := b.ask(Urgent)
	for _, a := range all {
		a.Until = b.now.Add(time.Minute)
		if _, err := b.dir.SaveAgreement(t.Context(), flow.Command{Actor: yilian.System, At: b.now, Version: a.Version}, a); err != nil {
			t.Fatal(err)
		}
	}
	b.stay("first")
	b.pass(61 * time.Second)
	// Edge case 4: who could accept a minute ago is refused with the reason.
	_, err = b.svc.Accept(t.Context(), b.by("first"), b.id(r))
	if e, ok := errors.AsType[*yilian.Error](err); !ok || e.Code != "entitled.agreement" {
		t.Errorf("accepted after the agreement ended: %v", err)
	}
	n := b.content(Urgent)
	n.Alongside = true
	_, err = b.svc.Create(t.Context(), b.by("town"), n)
	if e, ok := errors.AsType[*yilian.Error](err); !ok || e.Code != "request.agreement" {
		t.Errorf("submitted without an agreement: %v", err)
	}
}

// TestSubmitTwice: edge case 9; a retry after a timeout is the same request, also when the first answer was lost.
func TestSubmitTwice(t *testing.T) {
	b := newBench(t)
	cmd := b.by("town")
	cmd.Key = "submit-1"
	first := b.must(b.svc.Create(t.Context(), cmd, b.content(Urgent)))
	second := b.must(b.svc.Create(t.Context(), cmd, b.content(Urgent)))
	if first.ID != second.ID || first.Version != second.Version {
		t.Errorf("two requests, or a second ring: %s v%d, %s v%d", first.ID, first.Version, second.ID, second.Version)
	}
	other := b.by("town2")
	other.Key = "submit-1"
	n := b.content(Urgent)
	n.Alongside = true
	if third := b.must(b.svc.Create(t.Context(), other, n)); third.ID == first.ID {
		t.Error("another person's key is the same")
	}
}

// TestSecondRequestForThePatient: edge case 10.
func TestSecondRequestForThePatient(t *testing.T) {
	b := newBench(t)
	r := b.ask(Urgent)
	_, err := b.svc.Create(t.Context(), b.by("town2"), b.content(Urgent))
	e, ok := errors.AsType[*yilian.Error](err)
	if !ok || e.Code != "request.open" || e.Params["id"] != r.ID || e.Params["requester"] != "镇医生" {
		t.Fatalf("the second requester was told %v", err)
	}
	b.must(b.svc.Create(t.Context(), b.by("town2"), b.content(Rescue))) // of another kind
	n := b.content(Urgent)
	n.Alongside = true
	b.must(b.svc.Create(t.Context(), b.by("town2"), n))
}

// TestReturnStopsTheClock: an assist request goes back for material; the ladder goes on where it stood.
func TestReturnStopsTheClock(t *testing.T) {
	b := newBench(t)
	r := b.ask(Assist)
	b.pass(4 * time.Minute)
	r = b.get(r)
	r = b.must(b.svc.Return(t.Context(), b.seen("desk", r), b.id(r), Reason{Code: "insufficient"}))
	if r.State != Returned || len(r.open()) != 0 {
		t.Fatalf("state %s", r.State)
	}
	b.pass(2*time.Hour + time.Minute)
	if r = b.get(r); r.State != Returned || r.Ladder.Level != L0 {
		t.Errorf("state %s, level %s while it is with the requester", r.State, r.Ladder.Level)
	}
	events, _ := b.svc.Events(t.Context(), b.county.Actor("town"), b.id(r))
	if events[len(events)-1].Action != "remind" {
		t.Error("nobody was reminded in two hours")
	}
	n := b.content(Assist)
	n.Summary = "补充：血压 90/60"
	r = b.must(b.svc.Edit(t.Context(), b.seen("town", r), b.id(r), n.Content))
	number, evidence := r.Number, r.Evidence
	r = b.must(b.svc.Resubmit(t.Context(), b.seen("town", r), b.id(r)))
	if r.Number != number || r.Evidence.Version != evidence.Version+1 {
		t.Errorf("number %s, evidence %+v", r.Number, r.Evidence)
	}
	if _, at := r.nextLevel(); at.Sub(b.now) != time.Minute {
		t.Errorf("the next level is in %s, want the minute that was left", at.Sub(b.now))
	}
	for _, kind := range []Kind{Rescue, Urgent} {
		n := b.content(kind)
		r := b.must(b.svc.Create(t.Context(), b.by("town"), n))
		if _, err := b.svc.Return(t.Context(), b.by("desk"), b.id(r), Reason{Code: "insufficient"}); yilian.KindOf(err) != yilian.Forbidden {
			t.Errorf("%s was sent back: %v", kind, err)
		}
	}
}

// TestCancelFreesTheSpecialist, before the call began and not after.
func TestCancelFreesTheSpecialist(t *testing.T) {
	b := newBench(t)
	r := b.ask(Urgent)
	r = b.must(b.svc.Accept(t.Context(), b.by("first"), b.id(r)))
	r = b.must(b.svc.Cancel(t.Context(), b.seen("town", r), b.id(r), Reason{Code: "transferred"}))
	if r.State != Cancelled {
		t.Fatal(r.State)
	}
	if p, _ := b.dir.Presence(t.Context(), b.county.ID("first")); p.Call != "" {
		t.Error("the specialist is still occupied")
	}
	if _, err := b.svc.Accept(t.Context(), b.by("first2"), b.id(r)); yilian.KindOf(err) != yilian.Conflict {
		t.Errorf("accepted after the cancel: %v", err)
	}
	r = b.inCall(Urgent, "first")
	if _, err := b.svc.Cancel(t.Context(), b.by("town"), b.id(r), Reason{Code: "improved"}); yilian.KindOf(err) != yilian.Conflict {
		t.Errorf("cancelled in the call: %v", err)
	}
}

// TestWhoSees: relation decides, not the role alone.
func TestWhoSees(t *testing.T) {
	b := newBench(t)
	n := b.content(Urgent)
	n.Submit = false
	draft := b.must(b.svc.Create(t.Context(), b.by("town"), n))
	open := b.ask(Urgent)
	for login, want := range map[string][2]bool{ // draft, open
		"town": {true, true}, "town2": {true, true}, "hamlet": {false, false}, "first": {false, true}, "desk": {false, true}, "far": {false, false},
		"admin": {false, false}, "auditor": {false, false}, "reader": {false, false}, "tech": {false, false},
	} {
		for i, r := range []Request{draft, open} {
			_, err := b.svc.Get(t.Context(), b.county.Actor(login), b.id(r))
			if want[i] != (err == nil) || err != nil && yilian.KindOf(err) != yilian.NotFound {
				t.Errorf("%s looks at %s: %v", login, r.State, err)
			}
		}
		list, _, err := b.svc.List(t.Context(), b.county.Actor(login), Now, "", 0)
		ids := []string{}
		for _, s := range list {
			ids = append(ids, s.ID)
		}
		if err != nil || slices.Contains(ids, open.ID) != want[1] || slices.Contains(ids, draft.ID) != want[0] {
			t.Errorf("%s lists %v (%v)", login, ids, err)
		}
	}
}

// TestImagesFollow: a study that comes after the request attaches itself, and one that was another patient's goes again; a request
// whose studies were chosen keeps its choice.
func TestImagesFollow(t *testing.T) {
	b := newBench(t)
	open, other := b.ask(Urgent), b.ask(Assist)
	studies := func(id yilian.RequestID) []yilian.StudyUID {
		r := b.must(b.svc.repo.Get(t.Context(), string(id)))
		var uids []yilian.StudyUID
		for _, s := range r.Studies {
			uids = append(uids, s.UID)
		}
		return uids
	}
	tell := func(uid yilian.StudyUID, of yilian.PatientID) {
		t.Helper()
		if err := b.svc.Imaged(t.Context(), Study{UID: uid, Modality: "CT"}, of); err != nil {
			t.Fatal(err)
		}
	}
	before := b.must(b.svc.repo.Get(t.Context(), open.ID))
	for range 2 {
		tell("1.2.3", b.sick)
	}
	tell("1.2.4", b.sick)
	tell("1.2.5", "somebody else")
	want := []yilian.StudyUID{"1.2.4", "1.2.3"}
	if got := studies(b.id(open)); !slices.Equal(got, want) {
		t.Fatalf("attached are %v, want %v", got, want)
	}
	after := b.must(b.svc.repo.Get(t.Context(), open.ID))
	if after.Version != before.Version+2 || after.Evidence.Version != before.Evidence.Version+2 || after.StateVersion != before.StateVersion {
		t.Errorf("two studies made %d versions, %d of the evidence", after.Version-before.Version, after.Evidence.Version-before.Evidence.Version)
	}
	if may, err := b.svc.MayRead(t.Context(), b.county.Actor("first"), "1.2.3"); err != nil || !may {
		t.Errorf("whom it rings at may not see the study: %v", err)
	}

	other = b.must(b.svc.Cancel(t.Context(), b.seen("town", b.must(b.svc.repo.Get(t.Context(), other.ID))), b.id(other), Reason{Code: "mistake"}))
	tell("1.2.3", "") // it was linked to the wrong order
	if got := studies(b.id(open)); !slices.Equal(got, want[:1]) {
		t.Errorf("after the link was undone: %v", got)
	}
	if got := studies(b.id(other)); !slices.Equal(got, want) {
		t.Errorf("the dossier of a request that was over changed: %v", got)
	}
	if may, err := b.svc.MayRead(t.Context(), b.county.Actor("first"), "1.2.4"); err != nil || !may {
		t.Errorf("the other study went, too: %v", err)
	}
}

// TestEarlierImagesComeLast: what a patient brought along does not take the place of what was just made.
func TestEarlierImagesComeLast(t *testing.T) {
	var r Request
	r.AllStudies = true
	for _, study := range []Study{{UID: "1.1"}, {UID: "1.2", Earlier: true}, {UID: "1.3"}} {
		r.gain(study)
	}
	if len(r.Studies) != 3 || r.Studies[0].UID != "1.3" || r.Studies[1].UID != "1.1" || r.Studies[2].UID != "1.2" {
		t.Errorf("attached are %v", r.Studies)
	}
}

// TestImagesMeanwhile: what was linked while the request was being written down is found by its own first message.
func TestImagesMeanwhile(t *testing.T) {
	b := newBench(t)
	r := b.ask(Urgent)
	b.svc.Studies = fixedStudies{{UID: "1.2.4", Modality: "CT"}, {UID: "1.2.3", Modality: "DX"}}
	for range 2 {
		if err := b.svc.changed(t.Context(), flow.Message{Topic: EntityKind, Key: r.ID, Version: 1}); err != nil {
			t.Fatal(err)
		}
	}
	r = b.must(b.svc.repo.Get(t.Context(), r.ID))
	if len(r.Studies) != 2 || r.Studies[0].UID != "1.2.4" {
		t.Errorf("attached are %v", r.Studies)
	}
}

// TestTies: a consult opens patient and studies to the specialist while it rings at them or is theirs, and to nobody else.
func TestTies(t *testing.T) {
	b := newBench(t)
	b.svc.Studies = fixedStudies{{UID: "1.2.3", Modality: "CT"}}
	r := b.ask(Urgent)
	if len(r.Studies) != 1 {
		t.Fatal("the study did not attach itself")
	}
	tied := func(login string) bool {
		a, err := b.svc.Tied(t.Context(), b.county.Actor(login), b.sick)
		c, err2 := b.svc.MayRead(t.Context(), b.county.Actor(login), "1.2.3")
		d, err3 := b.svc.Shared(t.Context(), b.county.Actor(login))
		if err := errors.Join(err, err2, err3); err != nil || a != c || a != slices.Contains(d, "1.2.3") {
			t.Errorf("%s: patient %v, study %v, shared %v (%v)", login, a, c, d, err)
		}
		return a
	}
	if !tied("first") || !tied("first2") || tied("brain") || tied("admin") {
		t.Error("wrong while it rings")
	}
	r = b.must(b.svc.Accept(t.Context(), b.by("first"), b.id(r)))
	if !tied("first") || tied("first2") {
		t.Error("wrong after the accept")
	}
	b.must(b.svc.Cancel(t.Context(), b.seen("town", r), b.id(r), Reason{Code: "mistake"}))
	if !tied("first") {
		t.Error("the one who had it cannot look it up the next day")
	}
	b.now = b.now.AddDate(0, 0, 31)
	if tied("first") {
		t.Error("a month later the tie still holds")
	}
}
