package scp

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"yilian"
	"yilian/imaging/dimse"
)

// TestCallersHaveSettings: classes, number of associations, time-outs and the right to query are each device's own.
func TestCallersHaveSettings(t *testing.T) {
	archive := &memory{}
	d := open(t, Config{Archive: archive, Library: shelf{}, Devices: registered{
		"CT":   {Classes: []string{ctImage}, Associations: 1, Timeouts: dimse.Timeouts{Idle: 300 * time.Millisecond}},
		"ANY":  {Query: true},
		"ROOT": {Classes: []string{"1.2.840.10008.5.1.4.1.1.4."}},
	}})
	contexts := []dimse.Proposal{
		proposal(ctImage, dimse.ExplicitVRLittleEndian), proposal("1.2.840.10008.5.1.4.1.1.4.1", dimse.ExplicitVRLittleEndian), proposal(StudyRootFind, dimse.ExplicitVRLittleEndian),
		proposal(dimse.Verification, dimse.ImplicitVRLittleEndian),
	}
	for calling, want := range map[string]int{"CT": 2, "ANY": 4, "ROOT": 2} {
		a, err := call(t, d, calling, "YILIAN", contexts...)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(a.Contexts()); n != want {
			t.Errorf("%s: %d contexts, want %d", calling, n, want)
		}
		if calling != "CT" {
			continue
		}
		if _, err := call(t, d, "CT", "YILIAN", contexts...); !isReject(err, dimse.RejectLimit) {
			t.Errorf("a second association: %v", err)
		}
		eventually(t, "the idle one is cut", func() bool { return d.Stats().Broken == 1 })
	}
}

type registered map[string]Caller

func (r registered) Device(_ context.Context, c Connection) (Caller, error) {
	caller, ok := r[c.Calling]
	if !ok {
		return caller, yilian.Errorf(yilian.NotFound, "device.unknown", "No such device.")
	}
	caller.Actor = yilian.Actor{Device: c.Calling}
	return caller, nil
}

// passwords knows one user.
type passwords struct{}

func (passwords) Identify(_ context.Context, caller Caller, id dimse.Identity) ([]byte, error) {
	switch {
	case id.Type == 2 && string(id.Primary) == "wang" && string(id.Secondary) == "right" && caller.Actor.Device == "TESTER":
		return nil, nil
	case id.Type == 5 && strings.Count(string(id.Primary), ".") == 2:
		return []byte("response"), nil
	case id.Type == 1:
		return nil, ErrUnchecked
	}
	return nil, errors.New("wrong")
}

func TestUserIdentity(t *testing.T) {
	var refused []Refusal
	strict := open(t, Config{Archive: &memory{}, Identities: passwords{}, Hooks: Hooks{Refused: func(r Refusal) { refused = append(refused, r) }}})
	lax := open(t, Config{Archive: &memory{}})
	for name, c := range map[string]struct {
		door     *door
		identity *dimse.Identity
		answer   string // "-": none
		err      bool
	}{
		"right password":          {strict, &dimse.Identity{Type: 2, AnswerRequested: true, Primary: []byte("wang"), Secondary: []byte("right")}, "", false},
		"right, no answer wanted": {strict, &dimse.Identity{Type: 2, Primary: []byte("wang"), Secondary: []byte("right")}, "-", false},
		"wrong password":          {strict, &dimse.Identity{Type: 2, AnswerRequested: true, Primary: []byte("wang"), Secondary: []byte("wrong")}, "", true},
		"a token":                 {strict, &dimse.Identity{Type: 5, AnswerRequested: true, Primary: []byte("a.b.c")}, "response", false},
		"a ticket":                {strict, &dimse.Identity{Type: 3, AnswerRequested: true, Primary: []byte("ticket")}, "", true},
		"nobody":                  {strict, nil, "-", false},
		"a mere name":             {strict, &dimse.Identity{Type: 1, AnswerRequested: true, Primary: []byte("wang")}, "-", false},
		"nobody checks":           {lax, &dimse.Identity{Type: 1, AnswerRequested: true, Primary: []byte("wang")}, "-", false},
	} {
		a, err := dimse.Dial(t.Context(), c.door.addr, dimse.Options{
			Calling: "TESTER", Called: "YILIAN", Identity: c.identity, Timeouts: dimse.Timeouts{ARTIM: time.Second},
			Contexts: []dimse.Proposal{proposal(dimse.Verification, dimse.ImplicitVRLittleEndian)},
		})
		if c.err != isReject(err, dimse.RejectIdentity) || !c.err && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil {
			continue
		}
		if got := a.Peer.IdentityAnswer; (got == nil) != (c.answer == "-") || got != nil && string(got) != c.answer {
			t.Errorf("%s: answer %q", name, got)
		}
		_ = a.Close()
	}
	strict.stop()
	if len(refused) != 2 {
		t.Errorf("told of %v", refused)
	}
}
