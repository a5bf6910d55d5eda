package flow_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"yilian"
	"yilian/consult/flow"
)

type (
	state  string
	action string
)

func door() *flow.Machine[state, action] {
	return flow.New("door", []state{"", "open", "shut", "gone"}, []flow.Row[state, action]{
		{From: []state{""}, Action: "build", To: "shut", Roles: []yilian.Role{"builder"}},
		{From: []state{"shut"}, Action: "open", To: "open", Roles: []yilian.Role{"owner"}, Guard: "key", Why: "has the key"},
		{From: []state{"open"}, Action: "close", To: "shut", Roles: []yilian.Role{"owner", "wind"}},
		{From: []state{"open", "shut"}, Action: "paint", Roles: []yilian.Role{"owner"}},
		{From: []state{"open", "shut"}, Action: "burn", To: "gone", Roles: []yilian.Role{"fire"}},
	})
}

func actor(roles ...yilian.Role) yilian.Actor { return yilian.Actor{Roles: roles} }

func TestNext(t *testing.T) {
	noKey := yilian.Errorf(yilian.Forbidden, "no.key", "You have no key.")
	check := func(guard string) error {
		if guard == "key" {
			return noKey
		}
		return errors.New("unknown guard " + guard)
	}
	for _, c := range []struct {
		from   state
		action action
		who    yilian.Actor
		check  flow.Check
		to     state
		kind   yilian.Kind
		code   string
	}{
		{"", "build", actor("builder"), nil, "shut", 0, ""},
		{"shut", "open", actor("owner"), nil, "open", 0, ""},
		{"shut", "open", actor("owner"), check, "shut", yilian.Forbidden, "no.key"},
		{"shut", "open", actor("wind"), nil, "shut", yilian.Forbidden, "forbidden.role"},
		{"open", "open", actor("owner"), nil, "open", yilian.Conflict, "state"},
		{"open", "paint", actor("owner"), check, "open", 0, ""},
		{"gone", "paint", actor("owner"), nil, "gone", yilian.Conflict, "state"},
		{"open", "fly", actor("owner"), nil, "open", yilian.Conflict, "state"},
		{"", "build", actor(), nil, "", yilian.Forbidden, "forbidden.role"},
	} {
		to, err := door().Next(c.from, c.action, c.who, c.check)
		e, refused := errors.AsType[*yilian.Error](err)
		if to != c.to || refused != (c.code != "") || refused && (e.Kind != c.kind || e.Code != c.code) {
			t.Errorf("%s in %q: %q, %v", c.action, c.from, to, err)
		}
		if refused && e.Kind == yilian.Conflict && e.Params["state"] != string(c.from) {
			t.Errorf("%s in %q: the refusal carries %v", c.action, c.from, e.Params)
		}
	}
}

func TestAllowed(t *testing.T) {
	m := door()
	if got := m.Allowed("open", actor("owner", "fire"), nil); !slices.Equal(got, []action{"close", "paint", "burn"}) {
		t.Errorf("the owner may %v", got)
	}
	if got := m.Allowed("gone", actor("owner"), nil); got == nil || len(got) != 0 {
		t.Errorf("in the end one may %v", got)
	}
	if got := m.Allowed("shut", actor("owner"), func(string) error { return errors.New("no") }); !slices.Equal(got, []action{"paint"}) {
		t.Errorf("without a key one may %v", got)
	}
}

func TestContradictionsAreRefusedAtBuild(t *testing.T) {
	owner := []yilian.Role{"owner"}
	for name, rows := range map[string][]flow.Row[state, action]{
		"twice":         {{From: []state{"open"}, Action: "close", To: "shut", Roles: owner}, {From: []state{"open"}, Action: "close", Roles: owner}},
		"unknown state": {{From: []state{"open"}, Action: "close", To: "ajar", Roles: owner}},
		"unknown from":  {{From: []state{"ajar"}, Action: "close", To: "shut", Roles: owner}},
		"no role":       {{From: []state{"open"}, Action: "close", To: "shut"}},
		"no state":      {{Action: "close", To: "shut", Roles: owner}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: built", name)
				}
			}()
			flow.New("door", []state{"open", "shut"}, rows)
		}()
	}
}

func TestPicture(t *testing.T) {
	picture := door().Mermaid()
	for _, line := range []string{
		"[*] --> shut: build (builder)", "shut --> open: open [key] (owner)", "open --> open: paint (owner)", "gone --> [*]",
	} {
		if !strings.Contains(picture, "    "+line+"\n") {
			t.Errorf("no %q in\n%s", line, picture)
		}
	}
	if table := door().Table(); !strings.Contains(table, "| shut | open | open | owner | key: has the key |") {
		t.Errorf("table\n%s", table)
	}
}
