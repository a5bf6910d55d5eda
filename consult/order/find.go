package order

import (
	"context"
	"slices"

	"yilian"
	"yilian/consult/flow"
)

// Scope says which orders a list holds.
type Scope string

// The scopes of a list.
const (
	ScopeMine    Scope = "mine"    // ordered by the actor
	ScopeSite    Scope = "site"    // ordered or performed at the actor's institution
	ScopeResults Scope = "results" // released and not yet acknowledged, for the actor's institution; their own ones first come by mine
)

var lookers = []yilian.Role{
	yilian.RoleRequester, yilian.RoleTechnologist, yilian.RoleCoordinator, yilian.RoleHead, yilian.RoleRadiologist, yilian.RoleReviewer,
}

// List answers a page of orders, the newest first.
func (s *Service) List(ctx context.Context, actor yilian.Actor, scope Scope, after string, limit int) ([]Order, string, error) {
	if !actor.Is(lookers...) {
		return nil, "", yilian.Errorf(yilian.Forbidden, "forbidden.role", "Your role here has no orders.")
	}
	q := flow.Query{Desc: true, After: after, Limit: limit}
	switch scope {
	case ScopeSite:
		q.Name, q.Values = keySite, []string{string(actor.Institution)}
	case ScopeResults:
		q.Name, q.Values = keyInbox, []string{"institution:" + string(actor.Institution)}
	default:
		q.Name, q.Values = keyOrderer, []string{string(actor.Person)}
	}
	return s.repo.Find(ctx, q)
}

// Get answers an order to somebody of the ordering or performing institution; to others it does not exist.
func (s *Service) Get(ctx context.Context, actor yilian.Actor, id yilian.OrderID) (Order, error) {
	o, err := s.repo.Get(ctx, string(id))
	if err != nil {
		return o, err
	}
	if !actor.Is(lookers...) || (actor.Institution != o.Institution && actor.Institution != o.Site) {
		return Order{}, yilian.Errorf(yilian.NotFound, "order.unknown", "There is no such order.")
	}
	return o, nil
}

// GetIn answers an order to a service that has decided already who may see it.
func (s *Service) GetIn(rd flow.Reader, id yilian.OrderID) (Order, error) {
	return s.repo.GetIn(rd, string(id))
}

// OfPatient answers a page of a patient's orders, the newest first. The caller has checked the relation.
func (s *Service) OfPatient(ctx context.Context, id yilian.PatientID, limit int) ([]Order, error) {
	page, _, err := s.repo.Find(ctx, flow.Query{Name: keyPatient, Values: []string{string(id)}, Desc: true, Limit: limit})
	return page, err
}

// ByAccession answers the orders with an accession number of an issuer: one, or none.
func (s *Service) ByAccession(rd flow.Reader, issuer, number string) ([]Order, error) {
	page, _, err := s.repo.FindIn(rd, flow.Query{Name: keyAccession, Values: []string{accessionKey(issuer, number)}})
	return page, err
}

// ByPlanned answers the order of a performing institution that a Study Instance UID was assigned to: one, or none.
func (s *Service) ByPlanned(rd flow.Reader, site yilian.InstitutionID, uid yilian.StudyUID) ([]Order, error) {
	page, _, err := s.repo.FindIn(rd, flow.Query{Name: keyPlanned, Values: []string{string(uid)}})
	return slices.DeleteFunc(page, func(o Order) bool { return o.Site != site }), err
}

// ByPatient answers the newest orders of a patient, at most limit.
func (s *Service) ByPatient(rd flow.Reader, id yilian.PatientID, limit int) ([]Order, error) {
	page, _, err := s.repo.FindIn(rd, flow.Query{Name: keyPatient, Values: []string{string(id)}, Desc: true, Limit: limit})
	return page, err
}

// OpenAt answers the newest orders without images at a performing institution, at most limit.
func (s *Service) OpenAt(rd flow.Reader, site yilian.InstitutionID, limit int) ([]Order, error) {
	page, _, err := s.repo.FindIn(rd, flow.Query{Name: keyOpen, Values: []string{string(site)}, Desc: true, Limit: limit})
	return page, err
}

// Trail answers what has happened to an order, oldest first, to a service that has decided already who may see it.
func (s *Service) Trail(ctx context.Context, id yilian.OrderID) ([]yilian.Event, error) {
	return s.repo.Events(ctx, string(id))
}
