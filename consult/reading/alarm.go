package reading

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"yilian"
	"yilian/consult/flow"
)

// Flag raises a critical finding of a read; it may be done while the report is a draft.
func (s *Service) Flag(ctx context.Context, cmd flow.Command, id yilian.ReadingID, category int, text string) (k Critical, err error) {
	text = strings.TrimSpace(text)
	if category < 1 || category > 3 {
		return k, yilian.Errorf(yilian.Invalid, "critical.category", "The category is 1 (minutes), 2 (hours) or 3 (days).")
	}
	if text == "" || utf8.RuneCountInString(text) > 1000 {
		return k, yilian.Errorf(yilian.Invalid, "critical.text", "Say in one sentence what was found.")
	}
	err = s.Store.Update(ctx, func(tx flow.Tx) error {
		t, err := s.step(tx, cmd, id, Flag, "", func(t *Task) error {
			k, err = s.raise(tx, cmd, *t, category, text)
			t.Critical = string(k.State)
			return err
		})
		if err != nil || k.ID != "" {
			return err
		}
		k, err = s.criticalOf(tx, t.TaskID()) // a repeated command
		return err
	})
	return k, err
}

func (s *Service) raise(tx flow.Tx, cmd flow.Command, t Task, category int, text string) (Critical, error) {
	set, err := s.settings(tx, t.Institution)
	if err != nil {
		return Critical{}, err
	}
	now := s.Now().UTC()
	k := Critical{
		State: Flagged, Read: t.TaskID(), Order: t.Order, Patient: t.Patient, Institution: t.Institution, Readers: t.Readers,
		Category: category, Text: text, FlaggedBy: person(cmd.Actor), FlaggedAt: now,
	}
	for _, d := range set.CriticalSteps {
		k.Steps = append(k.Steps, now.Add(d.D()*pace(category)))
	}
	if k, err = s.criticals.CreateIn(tx, as(cmd), func(flow.Tx) (Critical, flow.Change, error) {
		return k, flow.Change{Action: "flag"}, nil
	}); err != nil {
		return k, err
	}
	return s.alert(tx, as(cmd), k.ID, Notify, func(k *Critical) error { return s.tell(tx, k) })
}

// alert does one action of a critical finding's table.
func (s *Service) alert(tx flow.Tx, cmd flow.Command, id string, action CriticalAction, fill func(*Critical) error) (Critical, error) {
	return s.criticals.UpdateIn(tx, cmd, id, func(_ flow.Tx, k Critical) (Critical, flow.Change, error) {
		next, err := s.alarm.Next(k.State, action, cmd.Actor, checkCritical(k, cmd.Actor))
		if err != nil {
			return k, flow.Change{}, err
		}
		if err := fill(&k); err != nil {
			return k, flow.Change{}, err
		}
		k.State = next
		return k, flow.Change{Action: string(action), Data: map[string]int{"level": k.Level}}, nil
	})
}

func checkCritical(k Critical, actor yilian.Actor) flow.Check {
	return func(guard string) error {
		switch {
		case guard == guardRecipient && actor.Institution == k.Institution:
			return nil
		case guard == guardRecipient && actor.Is(yilian.RoleCoordinator) && slices.Contains(k.Readers, actor.Institution):
			return nil // by telephone, on behalf of the site
		case guard == guardFlagger && slices.Contains(k.Readers, actor.Institution):
			return nil
		}
		return yilian.Errorf(yilian.Forbidden, "critical.notYours", "This critical finding is another institution's.")
	}
}

// tell adds those who are told at the present level.
func (s *Service) tell(rd flow.Reader, k *Critical) error {
	people, err := s.recipients(rd, *k)
	if err != nil {
		return fmt.Errorf("whom to tell: %w", err)
	}
	for _, p := range people {
		if p.ID != "" && !slices.ContainsFunc(k.Notified, func(n Notice) bool { return n.ID == p.ID }) {
			k.Notified = append(k.Notified, Notice{Person: p, Level: k.Level, At: s.Now().UTC()})
		}
	}
	return nil
}

// recipients are the ordering doctor and who is on duty at the site; then any doctor of it; then its head; then coordinators.
func (s *Service) recipients(rd flow.Reader, k Critical) ([]Person, error) {
	now := s.Now()
	switch k.Level {
	case 0:
		o, err := s.Orders.GetIn(rd, k.Order)
		if err != nil {
			return nil, err
		}
		duty, err := s.Directory.OnDuty(rd, k.Institution, now)
		return append([]Person{{ID: o.Orderer, Name: o.OrdererName}}, duty...), err
	case 1:
		return s.Directory.WithRole(rd, k.Institution, yilian.RoleRequester, now)
	case 2:
		return s.Directory.WithRole(rd, k.Institution, yilian.RoleHead, now)
	}
	var out []Person
	for _, inst := range union([]yilian.InstitutionID{k.Institution}, k.Readers) {
		people, err := s.Directory.WithRole(rd, inst, yilian.RoleCoordinator, now)
		if err != nil {
			return nil, err
		}
		out = append(out, people...)
	}
	return out, nil
}

// stepDue escalates a critical finding that nobody has read back.
func (s *Service) stepDue(ctx context.Context, d flow.Due) error {
	return s.onCritical(ctx, flow.Firing(d, s.Now()), d.ID, Escalate, func(tx flow.Tx, k *Critical) error {
		k.Level++
		return s.tell(tx, k)
	})
}

// actDue reminds that no action was recorded, and tells the head of the site.
func (s *Service) actDue(ctx context.Context, d flow.Due) error {
	return s.onCritical(ctx, flow.Firing(d, s.Now()), d.ID, Remind, func(tx flow.Tx, k *Critical) error {
		k.Overdue, k.Level = true, max(k.Level, 2)
		return s.tell(tx, k)
	})
}

func (s *Service) onCritical(ctx context.Context, cmd flow.Command, id string, action CriticalAction, fill func(flow.Tx, *Critical) error) error {
	_, err := s.settle(ctx, cmd, id, action, fill)
	return err
}

// settle does an action and mirrors the state of the finding in its read task.
func (s *Service) settle(ctx context.Context, cmd flow.Command, id string, action CriticalAction, fill func(flow.Tx, *Critical) error) (k Critical, err error) {
	err = s.Store.Update(ctx, func(tx flow.Tx) error {
		if k, err = s.alert(tx, cmd, id, action, func(k *Critical) error { return fill(tx, k) }); err != nil {
			return err
		}
		if k.State == Acted {
			if k, err = s.alert(tx, as(cmd), id, Finish, func(*Critical) error { return nil }); err != nil {
				return err
			}
		}
		return s.note(tx, as(cmd), string(k.Read), "critical", func(t *Task) { t.Critical = string(k.State) })
	})
	return k, err
}

// Delivered notes that a recipient has it on the screen.
func (s *Service) Delivered(ctx context.Context, cmd flow.Command, id string) (Critical, error) {
	return s.settle(ctx, cmd, id, Deliver, func(_ flow.Tx, k *Critical) error {
		if k.DeliveredAt.IsZero() {
			k.DeliveredAt = s.Now().UTC()
		}
		return nil
	})
}

// AcknowledgeCritical notes that a recipient has understood; readBack is what they read back.
func (s *Service) AcknowledgeCritical(ctx context.Context, cmd flow.Command, id, readBack string) (Critical, error) {
	if readBack = strings.TrimSpace(readBack); readBack == "" {
		return Critical{}, yilian.Errorf(yilian.Invalid, "critical.readBack", "Read back what was reported.")
	}
	return s.settle(ctx, cmd, id, Acknowledge, func(tx flow.Tx, k *Critical) error {
		set, err := s.settings(tx, k.Institution)
		if err != nil {
			return err
		}
		k.ReadBack, k.Acknowledger, k.AckAt = readBack, person(cmd.Actor), s.Now().UTC()
		if set.CriticalAct > 0 {
			k.ActBy = k.AckAt.Add(set.CriticalAct.D() * pace(k.Category))
		}
		return nil
	})
}

// ActOn records what was done for the patient; with that the finding is closed.
func (s *Service) ActOn(ctx context.Context, cmd flow.Command, id, action string) (Critical, error) {
	if action = strings.TrimSpace(action); action == "" {
		return Critical{}, yilian.Errorf(yilian.Invalid, "critical.action", "Say what was done.")
	}
	return s.settle(ctx, cmd, id, Act, func(_ flow.Tx, k *Critical) error {
		k.Action, k.Actor, k.ActedAt = action, person(cmd.Actor), s.Now().UTC()
		return nil
	})
}

// DowngradeCritical withdraws a finding that was judged wrong; those who were told have to take note.
func (s *Service) DowngradeCritical(ctx context.Context, cmd flow.Command, id, reason string) (Critical, error) {
	if err := needReason(reason); err != nil {
		return Critical{}, err
	}
	return s.settle(ctx, cmd, id, Downgrade, func(_ flow.Tx, k *Critical) error {
		k.Downgrade = reason
		return nil
	})
}

// criticalOf answers the newest critical finding of a read, or one without ID.
func (s *Service) criticalOf(rd flow.Reader, id yilian.ReadingID) (Critical, error) {
	page, _, err := s.criticals.FindIn(rd, flow.Query{Name: keyOfRead, Values: []string{string(id)}, Desc: true, Limit: 1})
	if err != nil || len(page) == 0 {
		return Critical{}, err
	}
	return page[0], nil
}

// CriticalScope says which critical findings a list holds.
type CriticalScope string

// The scopes of a list of critical findings.
const (
	CriticalsMine CriticalScope = "mine" // told to the actor, or flagged by them, and open
	CriticalsOpen CriticalScope = "open" // open at the actor's institution, or read there
)

// Criticals answers a page of open critical findings, the oldest first.
func (s *Service) Criticals(ctx context.Context, actor yilian.Actor, scope CriticalScope, after string, limit int) (page []Critical, next string, err error) {
	if !actor.Is(append(slices.Clone(byRecipients), byReaders...)...) {
		return nil, "", yilian.Errorf(yilian.Forbidden, "forbidden.role", "Your role here has no critical findings.")
	}
	q := flow.Query{Name: keyOpenCritical, Values: []string{string(actor.Institution)}, After: after, Limit: limit}
	if scope == CriticalsMine {
		q.Name, q.Values = keyTold, []string{string(actor.Person)}
	}
	return s.criticals.Find(ctx, q)
}

// Concerns tells whether the actor may see the finding: it is told at their institution, or their institution reads for that.
func (k Critical) Concerns(actor yilian.Actor) bool {
	return actor.Institution == k.Institution && actor.Is(byRecipients...) ||
		slices.Contains(k.Readers, actor.Institution) && actor.Is(append(slices.Clone(byRecipients), byReaders...)...)
}

// CriticalActions answers what the actor may do about a critical finding now.
func (s *Service) CriticalActions(k Critical, actor yilian.Actor) []string {
	out := []string{}
	for _, a := range s.alarm.Allowed(k.State, actor, checkCritical(k, actor)) {
		if a != Notify && a != Finish {
			out = append(out, string(a))
		}
	}
	return out
}
