package request

import (
	"slices"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// EntityKind is the entity kind of a request in trail, due-times and messages.
const EntityKind = "request"

func spec() flow.Spec[Request] {
	return flow.Spec[Request]{
		Kind:     EntityKind,
		Meta:     func(r *Request) *flow.Meta { return &r.Meta },
		Keys:     keys,
		Dues:     dues,
		Audience: audience,
		State:    func(r Request) string { return string(r.State) },
		Chain:    func(r Request) string { return string(r.Site) },
	}
}

// The names of the keys under which requests are found.
const (
	keyWaiting  = "waiting"  // all that ring or could ring
	keyOpen     = "open"     // by institution: not over
	keyQueue    = "queue"    // by institution: nobody has it yet
	keyDone     = "done"     // by institution: over
	keyDay      = "day"      // by institution, all, sorted by submission
	keyParty    = "party"    // by person: who asked or has or had it
	keyRinging  = "ringing"  // by person: rung now
	keyInvited  = "invited"  // by person: asked into a consult, and not there yet
	keyPatient  = "patient"  // by patient: not over
	keyHistory  = "history"  // by patient: all
	keyStudy    = "study"    // by study
	keyAwaiting = "awaiting" // by person: owes the opinion
	keyGuest    = "guest"    // by hash of a guest's token
	keyLecture  = "lecture"  // all to which somebody may listen
)

func keys(r Request) []flow.Key {
	born := flow.SortTime(r.CreatedAt)
	since := born
	if !r.SubmittedAt.IsZero() {
		since = flow.SortTime(r.SubmittedAt)
	}
	var ks []flow.Key
	add := func(name, value, sort string) { ks = append(ks, flow.Key{Name: name, Value: value, Sort: sort}) }
	for _, inst := range r.parties() {
		switch {
		case r.State == Draft && inst != r.Site:
		case r.State.over():
			add(keyDone, string(inst), flow.SortTime(r.ChangedAt))
		default:
			add(keyOpen, string(inst), since)
			if r.State.waiting() {
				add(keyQueue, string(inst), since)
			}
		}
		if !r.SubmittedAt.IsZero() {
			add(keyDay, string(inst), since)
		}
	}
	if r.State.waiting() {
		add(keyWaiting, "", since)
	}
	add(keyHistory, string(r.Patient.ID), born)
	if !r.State.over() {
		add(keyPatient, string(r.Patient.ID), born)
	}
	for _, p := range compact(r.people()) {
		add(keyParty, string(p), since)
	}
	for _, i := range r.open() {
		add(keyRinging, string(r.Offers[i].Person.ID), since)
	}
	for _, x := range r.awaited() {
		add(keyInvited, string(x.Person.ID), since)
	}
	if r.State == AwaitingOpinion {
		add(keyAwaiting, string(r.Accepted.Person.ID), since)
	}
	for _, s := range r.Studies {
		add(keyStudy, string(s.UID), born)
	}
	if r.lecturing() {
		add(keyLecture, "", born)
	}
	for _, g := range r.Guests {
		add(keyGuest, g.Hash, born)
	}
	return compact(ks)
}

// people answers who asked, has it or had it, or was asked in.
func (r *Request) people() []yilian.PersonID {
	ids := []yilian.PersonID{r.Requester.ID}
	if r.Accepted != nil {
		ids = append(ids, r.Accepted.Person.ID)
	}
	for _, l := range r.Legs {
		ids = append(ids, l.Specialist.ID)
	}
	for _, x := range r.Panel {
		if x.Ended.IsZero() {
			ids = append(ids, x.Person.ID)
		}
	}
	return ids
}

func audience(r Request) []string {
	var who []string
	for _, inst := range r.parties() {
		if r.State != Draft || inst == r.Site {
			who = append(who, "institution:"+string(inst))
		}
	}
	for _, i := range r.open() {
		who = append(who, "person:"+string(r.Offers[i].Person.ID))
	}
	for _, x := range r.Panel {
		who = append(who, "person:"+string(x.Person.ID))
	}
	return compact(who)
}

// The names of the due-times.
const (
	dueLease    = "lease"
	dueEscalate = "escalate"
	dueExhaust  = "exhaust"
	dueJoin     = "join"
	dueLost     = "lost"
	dueEmpty    = "empty"
	dueOpinion  = "opinion"
	dueAck      = "ack"
	dueReturned = "returned"
)

// dues answers every moment at which something must happen to r as it is. It is the only place that sets due-times.
func dues(r Request) []flow.Due {
	var ds []flow.Due
	add := func(name string, at time.Time) {
		if !at.IsZero() {
			ds = append(ds, flow.Due{Name: name, At: at})
		}
	}
	switch r.State {
	case Queued, Offered:
		add(dueLease, r.leaseEnds())
		_, at := r.nextLevel()
		add(dueEscalate, at)
		add(dueExhaust, r.Ladder.Start.Add(r.Rules.Unanswered.D()))
	case Accepted:
		add(dueJoin, r.joinEnds())
	case InService:
		add(dueLost, r.graceEnds())
		if !r.EmptyAt.IsZero() {
			add(dueEmpty, r.EmptyAt.Add(r.Rules.EmptyRoom.D()))
		}
	case AwaitingOpinion:
		add(dueOpinion, r.OpinionDue.next(opinionReminders))
	case Opined:
		add(dueAck, r.AckDue.next(ackReminders))
	case Returned:
		add(dueReturned, r.RemindAt)
	}
	return ds
}

// leaseEnds answers when the next open offer ends, or the zero time.
func (r *Request) leaseEnds() time.Time {
	var end time.Time
	for _, i := range r.open() {
		if at := r.Offers[i].Until; end.IsZero() || at.Before(end) {
			end = at
		}
	}
	return end
}

// joinEnds answers when an accepted request goes back into the queue: the specialist has not come, or has gone again before the
// other side came. Zero while they are there.
func (r *Request) joinEnds() time.Time {
	end := r.Accepted.JoinBy
	if x := r.seat(r.Accepted.Person.ID); x != nil {
		if x.Connected {
			return time.Time{}
		}
		if again := x.LostAt.Add(r.Rules.Grace.D()); again.After(end) {
			return again
		}
	}
	return end
}

// graceEnds answers when the first lost seat is given up, or the zero time.
func (r *Request) graceEnds() time.Time {
	var end time.Time
	for _, s := range r.Seats {
		if s.Other != "" || s.Connected || s.GivenUp || s.LostAt.IsZero() {
			continue
		}
		if at := s.LostAt.Add(r.Rules.Grace.D()); end.IsZero() || at.Before(end) {
			end = at
		}
	}
	return end
}

// levelTime answers when a level is reached, or the zero time if it is switched off.
func (r *Request) levelTime(l Level) time.Time {
	after := map[Level]time.Duration{L1: r.Rules.Second.D(), L2: r.Rules.Head.D(), L3: r.Rules.Desk.D(), L4: r.Rules.Partner.D()}[l]
	if after == 0 {
		return time.Time{}
	}
	return r.Ladder.Start.Add(after)
}

// nextLevel answers the next level that is not switched off and when it is reached; "" at the top.
func (r *Request) nextLevel() (Level, time.Time) {
	levels := []Level{L0, L1, L2, L3, L4}
	for _, l := range levels[slices.Index(levels, r.Ladder.Level)+1:] {
		if at := r.levelTime(l); !at.IsZero() {
			return l, at
		}
	}
	return "", time.Time{}
}

// Reminders, in percent of the time limit.
var (
	opinionReminders = []int{50, 80, 100}
	ackReminders     = []int{100, 200}
)

// next answers when the next reminder is due, or the zero time.
func (d Deadline) next(percents []int) time.Time {
	if d.At.IsZero() || d.Reminded >= len(percents) {
		return time.Time{}
	}
	return d.From.Add(d.At.Sub(d.From) * time.Duration(percents[d.Reminded]) / 100)
}

// Next answers the next level of a request that waits, and when it is reached; "" if it does not climb any more.
func (r Request) Next() (Level, time.Time) {
	if r.State != Queued && r.State != Offered {
		return "", time.Time{}
	}
	return r.nextLevel()
}
