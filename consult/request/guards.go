package request

import (
	"slices"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
)

// view is one actor looking at one request: it answers guards, for commands and for the actions that a page offers alike.
type view struct {
	s     *Service
	rd    flow.Reader
	r     *Request
	actor yilian.Actor
	now   time.Time
	duty  map[string]dutyAnswer // memo over the requests of one list, by site, specialty and level; may be nil
}

type dutyAnswer struct {
	duty directory.OnDuty
	err  error
}

// check evaluates a guard of the table.
func (v *view) check(guard string) error {
	if v.actor.Is(yilian.RoleSystem) {
		return nil
	}
	rule, known := guards[guard]
	if !known {
		return yilian.Errorf(yilian.Internal, "guard", "No rule for guard %s.", guard)
	}
	return rule(v)
}

// guards holds the rule behind each name. The service itself passes them all: it acts on due-times, which have their own conditions.
var guards = map[string]func(*view) error{
	guardRelation:   (*view).fromSite,
	guardSite:       (*view).fromSite,
	guardComplete:   (*view).complete,
	guardSiteOrDesk: (*view).fromSiteOrDesk,
	guardReturnable: (*view).returnable,
	guardEntitled:   (*view).entitled,
	guardOffered:    (*view).offered,
	guardDesk:       (*view).fromDesk,
	guardParty:      (*view).party,
	guardConsultant: (*view).consultant,
	guardLost:       (*view).specialistLost,
	guardSigner:     (*view).signer,
	guardAuthor:     (*view).author,
	guardCare:       (*view).party,
	guardSeat:       (*view).seated,
	guardInvited:    (*view).invited,
}

func notYours() error {
	return yilian.Errorf(yilian.Forbidden, "request.notYours", "This request is not yours to decide.")
}

func (v *view) fromSite() error {
	if v.actor.Institution != v.r.Site || !v.actor.Is(yilian.RoleRequester) {
		return notYours()
	}
	return nil
}

// fromDesk: a coordinator or head at any institution that is a party.
func (v *view) fromDesk() error {
	if !v.actor.Is(desk...) || !slices.Contains(v.r.parties(), v.actor.Institution) {
		return notYours()
	}
	return nil
}

func (v *view) fromSiteOrDesk() error {
	if v.fromSite() == nil || v.fromDesk() == nil {
		return nil
	}
	return notYours()
}

func (v *view) consultant() error {
	if !v.r.has(v.actor.Person) {
		return notYours()
	}
	return nil
}

func (v *view) party() error {
	if v.fromSite() == nil || v.consultant() == nil {
		return nil
	}
	return notYours()
}

func (v *view) offered() error {
	if v.r.rings(v.actor.Person) == nil {
		return yilian.Errorf(yilian.Conflict, "request.notRinging", "This request is not ringing at you any more.")
	}
	return nil
}

// returnable: only what is not urgent can be sent back for more material, by the desk or by who could accept it.
func (v *view) returnable() error {
	if v.r.Kind != Assist {
		return yilian.Errorf(yilian.Forbidden, "request.urgentNotReturned", "An emergency is not sent back for material.")
	}
	if v.fromDesk() == nil {
		return nil
	}
	return v.entitled()
}

// entitled: on duty, filed, licensed, agreed, and in no other call. Whom a coordinator chose may be on duty for another specialty.
func (v *view) entitled() error {
	if v.actor.Person == v.r.Requester.ID {
		return yilian.Errorf(yilian.Forbidden, "request.own", "This is your own request.")
	}
	d, err := v.dutyOf(v.actor.Person)
	if err != nil {
		return err
	}
	offer := v.r.rings(v.actor.Person)
	if d.Partner && v.r.Ladder.Level < L4 && (offer == nil || !offer.Assigned) {
		return yilian.Errorf(yilian.Forbidden, "entitled.partner", "Partner hospitals are asked when the own one does not answer.")
	}
	if d.Presence.Call != "" && d.Presence.Call != v.r.ID {
		return yilian.Errorf(yilian.Forbidden, "entitled.busy", "You are in another consult.")
	}
	return nil
}

func (v *view) dutyOf(person yilian.PersonID) (directory.OnDuty, error) {
	offer := v.r.rings(person)
	any := offer != nil && offer.Assigned
	memo := string(v.r.Site) + "/" + v.r.Specialty + "/" + string(v.r.Ladder.Level)
	if a, ok := v.duty[memo]; ok && !any && person == v.actor.Person {
		return a.duty, a.err
	}
	ask, err := v.ask()
	if err != nil {
		return directory.OnDuty{}, err
	}
	if any {
		ask.Specialty = ""
	}
	d, err := v.s.Directory.EntitledIn(v.rd, ask, person)
	if v.duty != nil && !any && person == v.actor.Person {
		v.duty[memo] = dutyAnswer{d, err}
	}
	return d, err
}

// specialistLost: the specialist's seat has been lost for longer than the grace.
func (v *view) specialistLost() error {
	for _, s := range v.r.Seats {
		if s.Specialist && v.r.has(s.Person.ID) && s.GivenUp && v.fromSiteOrDesk() == nil {
			return nil
		}
	}
	return yilian.Errorf(yilian.Conflict, "request.specialistThere", "The specialist is still in the call, or may come back.")
}

// signer: who consulted, at a practice point that is filed for the institution they sign at, with a licence old enough.
func (v *view) signer() error {
	if err := v.consultant(); err != nil {
		return err
	}
	return v.practises()
}

func (v *view) practises() error {
	p, err := v.s.Directory.PersonIn(v.rd, v.actor.Person)
	if err != nil {
		return err
	}
	rules, err := v.s.Directory.SettingsIn(v.rd, v.r.Site, v.now)
	if err != nil {
		return err
	}
	years := rules.Consult.LicenceYears
	filed := slices.ContainsFunc(p.Points, func(q directory.Point) bool {
		return q.Institution == v.actor.Institution && q.Practises(yilian.RoleSpecialist, v.now)
	})
	if p.Disabled || !filed {
		return yilian.Errorf(yilian.Forbidden, "sign.point", "You have no filed practice point at this institution, so you cannot sign here.")
	}
	if p.YearsLicensed(v.now) < years {
		e := yilian.Errorf(yilian.Forbidden, "entitled.licence", "This needs %d years of independent practice.", years)
		e.Params = map[string]any{"years": years}
		return e
	}
	return nil
}

// author: the one who signed the current version, or the head of the same department there.
func (v *view) author() error {
	o := v.r.Opinion.current()
	if o == nil {
		return flow.Refused("opinion", string(v.r.Opinion.State), "amend")
	}
	head := v.actor.Is(yilian.RoleHead) && v.actor.Institution == o.Author.Institution && v.actor.Department == o.Author.Department
	if o.Author.ID != v.actor.Person && !head {
		return notYours()
	}
	return v.practises()
}

// sees tells whether the actor may look at the request at all.
func (v *view) sees() bool {
	r, a := v.r, v.actor
	clinical := a.Is(yilian.RoleRequester, yilian.RoleSpecialist, yilian.RoleCoordinator, yilian.RoleHead)
	switch {
	case a.Is(yilian.RoleSystem):
		return true
	case !clinical:
		return false
	case slices.Contains(r.people(), a.Person) || r.rings(a.Person) != nil:
		return true
	case a.Institution == r.Site:
		return true
	case r.State == Draft:
		return false
	case slices.Contains(r.Providers, a.Institution):
		return true
	}
	return slices.Contains(r.Partners, a.Institution) && (r.Ladder.Level >= L4 || a.Is(desk...))
}

// actions answers what the actor may do now.
func (v *view) actions() []Action {
	all := v.s.machines.Task.Allowed(v.r.State, v.actor, v.check)
	return slices.DeleteFunc(all, func(a Action) bool {
		// Both tables must allow it: an opinion that was never signed cannot be amended.
		if a != ActWrite && a != ActSign && a != ActAmend && a != ActWithdraw {
			return false
		}
		_, err := v.s.machines.Opinion.Next(v.r.Opinion.State, a, v.actor, nil)
		return err != nil
	})
}
