package flow

import (
	"fmt"
	"slices"

	"yilian"
)

// Row is one line of a state machine: in any of From, somebody with one of Roles may do Action; then the state is To.
type Row[S, A ~string] struct {
	From   []S
	Action A
	To     S // "": the state stays
	// Roles that may do it. Empty is nobody: a row without a role is a mistake that New refuses.
	Roles []yilian.Role
	// Guard names the further condition ("entitled"), Why says it in words for the picture and the reader of the table.
	// The workflow evaluates it (see Check); "" is no condition.
	Guard, Why string
}

// Check evaluates a guard by its name: nil, or the error that tells a person why not. A nil Check lets everything pass.
type Check func(guard string) error

// Machine is a state machine as a table. What the table does not name is refused.
type Machine[S, A ~string] struct {
	name   string
	states []S
	rows   []Row[S, A]
	cells  map[cell[S, A]]int // index into rows
}

type cell[S, A ~string] struct {
	from   S
	action A
}

// New builds a machine. The table is fixed at build time, so a table that contradicts itself is a programming error: New panics
// on a state that is not among states, a cell given twice, and a row without a role.
func New[S, A ~string](name string, states []S, rows []Row[S, A]) *Machine[S, A] {
	m := &Machine[S, A]{name: name, states: states, rows: rows, cells: map[cell[S, A]]int{}}
	for i, row := range rows {
		if len(row.Roles) == 0 || len(row.From) == 0 {
			panic(fmt.Sprintf("flow: machine %s: row %d (%s) has no role or no state", name, i, row.Action))
		}
		for _, s := range append(slices.Clone(row.From), row.target(row.From[0])) {
			if !slices.Contains(states, s) {
				panic(fmt.Sprintf("flow: machine %s: row %d (%s): unknown state %q", name, i, row.Action, s))
			}
		}
		for _, from := range row.From {
			c := cell[S, A]{from, row.Action}
			if _, twice := m.cells[c]; twice {
				panic(fmt.Sprintf("flow: machine %s: %s in %s is given twice", name, row.Action, from))
			}
			m.cells[c] = i
		}
	}
	return m
}

func (r Row[S, A]) target(from S) S {
	if r.To == "" {
		return from
	}
	return r.To
}

// Name, States and Rows describe the machine; callers must not change what they get.
func (m *Machine[S, A]) Name() string      { return m.name }
func (m *Machine[S, A]) States() []S       { return m.states }
func (m *Machine[S, A]) Rows() []Row[S, A] { return m.rows }

// Actions answers every action of the table once, in the table's order.
func (m *Machine[S, A]) Actions() []A {
	var all []A
	for _, r := range m.rows {
		if !slices.Contains(all, r.Action) {
			all = append(all, r.Action)
		}
	}
	return all
}

// Next answers the state that follows when actor does action in from. It is refused with a Conflict that carries the state if
// the table does not name it, with Forbidden if the actor has none of the roles, and with the guard's own error.
func (m *Machine[S, A]) Next(from S, action A, actor yilian.Actor, check Check) (S, error) {
	i, ok := m.cells[cell[S, A]{from, action}]
	if !ok {
		return from, Refused(m.name, string(from), string(action))
	}
	row := m.rows[i]
	if !actor.Is(row.Roles...) {
		e := yilian.Errorf(yilian.Forbidden, "forbidden.role", "Your role here may not do this.")
		e.Params = map[string]any{"action": string(action)}
		return from, e
	}
	if row.Guard != "" && check != nil {
		if err := check(row.Guard); err != nil {
			return from, err
		}
	}
	return row.target(from), nil
}

// Allowed answers the actions that Next would let this actor do in from, in the table's order, without duplicates.
func (m *Machine[S, A]) Allowed(from S, actor yilian.Actor, check Check) []A {
	allowed := []A{}
	for _, row := range m.rows {
		if !slices.Contains(row.From, from) || slices.Contains(allowed, row.Action) {
			continue
		}
		if _, err := m.Next(from, row.Action, actor, check); err == nil {
			allowed = append(allowed, row.Action)
		}
	}
	return allowed
}

// Refused is the Conflict for an action that the state does not allow.
func Refused(machine, state, action string) error {
	e := yilian.Errorf(yilian.Conflict, "state", "This is not possible any more: the state is now %s.", state)
	e.Params = map[string]any{"machine": machine, "state": state, "action": action}
	return e
}
