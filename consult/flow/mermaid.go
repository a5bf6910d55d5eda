package flow

import (
	"fmt"
	"strings"

	"yilian"
)

// Mermaid draws the machine as a stateDiagram-v2. The empty state is drawn as the start, states without a way out as ends.
func (m *Machine[S, A]) Mermaid() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	for _, row := range m.rows {
		for _, from := range row.From {
			fmt.Fprintf(&b, "    %s --> %s: %s\n", node(string(from)), node(string(row.target(from))), label(row))
		}
	}
	for _, s := range m.states {
		if m.final(s) {
			fmt.Fprintf(&b, "    %s --> [*]\n", node(string(s)))
		}
	}
	return b.String()
}

// final: nothing leads out of s to another state.
func (m *Machine[S, A]) final(s S) bool {
	for _, row := range m.rows {
		for _, from := range row.From {
			if from == s && row.target(from) != s {
				return false
			}
		}
	}
	return true
}

func node(state string) string {
	if state == "" {
		return "[*]"
	}
	return state
}

func label[S, A ~string](row Row[S, A]) string {
	text := string(row.Action)
	if row.Guard != "" {
		text += " [" + row.Guard + "]"
	}
	return text + " (" + roleNames(row.Roles) + ")"
}

func roleNames(roles []yilian.Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return strings.Join(names, ", ")
}

// Table writes the machine as a Markdown table: one line a row.
func (m *Machine[S, A]) Table() string {
	var b strings.Builder
	b.WriteString("| from | action | to | who | guard |\n|---|---|---|---|---|\n")
	for _, row := range m.rows {
		from := make([]string, len(row.From))
		for i, s := range row.From {
			from[i] = node(string(s))
		}
		to := string(row.To)
		if to == "" {
			to = "(stays)"
		}
		guard := row.Guard
		if row.Why != "" {
			guard = strings.TrimSpace(guard + ": " + row.Why)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", strings.Join(from, ", "), row.Action, to, roleNames(row.Roles), strings.TrimPrefix(guard, ": "))
	}
	return b.String()
}
