package directory

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// Route is a rule that says which studies are forwarded to which peers.
type Route struct {
	flow.Meta
	Name     string         `json:"name"`
	Order    int            `json:"order" required:"false" doc:"Rules are looked at in this order, then by name"`
	Disabled bool           `json:"disabled" required:"false"`
	When     RouteCondition `json:"when" required:"false"`
	Peers    []string       `json:"peers" minItems:"1" doc:"Identifiers of peers"`
	Trigger  string         `json:"trigger" enum:"complete,arrival" doc:"complete: once the study is complete, and then what comes late; arrival: instance by instance"`
	Part     string         `json:"part" required:"false" enum:"study,matching" doc:"matching: only the series and instances that meet the condition themselves; empty: study"`
	Urgency  string         `json:"urgency" required:"false" enum:",stat,urgent,routine,bulk" doc:"empty: that of the study"`
	Stop     bool           `json:"stop" required:"false" doc:"Where it holds, no rule after it is looked at"`
	Removed  bool           `json:"removed,omitempty" readOnly:"true" required:"false"`
}

// RouteCondition is what must hold of a study: each list that is not empty must name one of its values.
type RouteCondition struct {
	Sources      []string               `json:"sources,omitempty" required:"false" doc:"AE titles or programs, with * and ?"`
	Institutions []yilian.InstitutionID `json:"institutions,omitempty" required:"false" doc:"Whose study it is"`
	Modalities   []string               `json:"modalities,omitempty" required:"false"`
	BodyParts    []string               `json:"bodyParts,omitempty" required:"false"`
	Referring    []yilian.InstitutionID `json:"referring,omitempty" required:"false" doc:"Who ordered the exam"`
	Urgencies    []string               `json:"urgencies,omitempty" required:"false" enum:"stat,urgent,routine"`
	SOPClasses   []string               `json:"sopClasses,omitempty" required:"false" doc:"UIDs; one that ends in a dot is a beginning"`
	Weekdays     []string               `json:"weekdays,omitempty" required:"false" enum:"mon,tue,wed,thu,fri,sat,sun"`
	From         string                 `json:"from,omitempty" required:"false" doc:"15:04, by the clock of this service"`
	Until        string                 `json:"until,omitempty" required:"false" doc:"15:04; before from: past midnight"`
}

func routeSort(v Route) string { return fmt.Sprintf("%06d %s", v.Order, v.Name) }

// Routes answers the rules, in their order.
func (f *Forwarding) Routes(ctx context.Context) ([]Route, error) {
	return listed(ctx, f.dir, f.routes, register)
}

// SaveRoute creates (no ID) or replaces a rule.
func (f *Forwarding) SaveRoute(ctx context.Context, cmd flow.Command, v Route) (Route, error) {
	if err := adminsOnly(cmd.Actor); err != nil {
		return Route{}, err
	}
	check := func(tx flow.Tx, v Route) (Route, error) {
		v, err := v.clean()
		if err != nil {
			return v, err
		}
		v.Removed = false
		for _, id := range v.Peers {
			if p, err := f.peers.GetIn(tx, id); yilian.KindOf(err) == yilian.NotFound || err == nil && p.Removed {
				return v, invalid("peer.unknown", "There is no peer %q.", id)
			} else if err != nil {
				return v, err
			}
		}
		return v, f.dir.known(tx, slices.Concat(v.When.Institutions, v.When.Referring)...)
	}
	if v.ID == "" {
		return f.routes.Create(ctx, cmd, func(tx flow.Tx) (Route, flow.Change, error) {
			w, err := check(tx, v)
			return w, flow.Change{Action: "create", Data: w}, err
		})
	}
	return f.routes.Update(ctx, cmd, v.ID, func(tx flow.Tx, old Route) (Route, flow.Change, error) {
		if old.Removed {
			return old, flow.Change{}, errNoRoute()
		}
		w, err := check(tx, v)
		return w, flow.Change{Action: "edit", Data: w}, err
	})
}

func errNoRoute() error {
	return yilian.Errorf(yilian.NotFound, "route.unknown", "There is no such rule.")
}

// RemoveRoute takes a rule away. What it has put into the queue stays there.
func (f *Forwarding) RemoveRoute(ctx context.Context, cmd flow.Command, id string) error {
	if err := adminsOnly(cmd.Actor); err != nil {
		return err
	}
	_, err := f.routes.Update(ctx, cmd, id, func(_ flow.Tx, old Route) (Route, flow.Change, error) {
		if old.Removed {
			return old, flow.Change{}, nil
		}
		old.Removed = true
		return old, flow.Change{Action: "remove"}, nil
	})
	return err
}

var (
	weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	uidForm  = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*\.?$`)
)

// Days answers the weekdays of the condition.
func (c RouteCondition) Days() []time.Weekday {
	var days []time.Weekday
	for _, name := range c.Weekdays {
		if i := slices.Index(weekdays, name); i >= 0 {
			days = append(days, time.Weekday(i))
		}
	}
	return days
}

// clean normalises a rule and says what is wrong with it.
func (v Route) clean() (Route, error) {
	v.Name = strings.TrimSpace(v.Name)
	if v.Part == "" {
		v.Part = "study"
	}
	slices.Sort(v.Peers)
	v.Peers = slices.Compact(v.Peers)
	switch {
	case v.Name == "" || len(v.Name) > 200:
		return v, invalid("route.name", "A rule needs a name of at most 200 bytes.")
	case v.Order < 0 || v.Order > 999_999:
		return v, invalid("route.order", "The order is from 0 to 999999.")
	case len(v.Peers) == 0 || len(v.Peers) > 50:
		return v, invalid("route.peers", "A rule sends to 1 to 50 peers.")
	case v.Trigger != "complete" && v.Trigger != "arrival":
		return v, invalid("route.trigger", "A rule sends when the study is complete, or on arrival.")
	case v.Part != "study" && v.Part != "matching":
		return v, invalid("route.part", "A rule sends the whole study or what matches.")
	case !slices.Contains([]string{"", "stat", "urgent", "routine", "bulk"}, v.Urgency):
		return v, invalid("route.urgency", "The urgency is stat, urgent, routine or bulk.")
	}
	var err error
	v.When, err = v.When.clean()
	return v, err
}

func (c RouteCondition) clean() (RouteCondition, error) {
	for _, list := range []*[]string{&c.Sources, &c.Modalities, &c.BodyParts, &c.SOPClasses} {
		var kept []string
		for _, s := range *list {
			if s = strings.TrimSpace(s); s != "" {
				kept = append(kept, s)
			}
			if len(s) > 64 {
				return c, invalid("route.condition", "A value of the condition has at most 64 bytes.")
			}
		}
		if *list = kept; len(kept) > 200 {
			return c, invalid("route.condition", "A condition has at most 200 values of a kind.")
		}
	}
	for i, m := range c.Modalities {
		c.Modalities[i] = strings.ToUpper(m)
	}
	switch {
	case slices.ContainsFunc(c.SOPClasses, func(uid string) bool { return !uidForm.MatchString(uid) }):
		return c, invalid("route.sopClass", "A SOP class is a UID, or the beginning of one with a dot at its end.")
	case slices.ContainsFunc(c.Urgencies, func(u string) bool { return !slices.Contains([]string{"stat", "urgent", "routine"}, u) }):
		return c, invalid("route.urgency", "The urgency of a study is stat, urgent or routine.")
	case slices.ContainsFunc(c.Weekdays, func(d string) bool { return !slices.Contains(weekdays, d) }):
		return c, invalid("route.weekday", "A weekday is mon, tue, wed, thu, fri, sat or sun.")
	}
	for _, clock := range []string{c.From, c.Until} {
		if _, err := time.Parse("15:04", clock); clock != "" && err != nil {
			return c, invalid("route.time", "A time of day must look like 07:30.")
		}
	}
	return c, nil
}
