package api

import (
	"slices"
	"strings"

	"yilian"
)

// Access says who may call an operation at all. What exactly they may do there is for the service to decide by relation and
// state. The zero Access lets nobody in.
type Access struct {
	public bool
	person bool // anybody who is signed in as a person
	kiosk  bool
	roles  []yilian.Role
	scopes []string
}

// Public needs no sign-in. SignedIn is any person. Roles is a person with one of the roles at the point they work at. Scope is a
// program whose token has the scope.
func Public() Access                      { return Access{public: true} }
func SignedIn() Access                    { return Access{person: true} }
func Roles(roles ...yilian.Role) Access   { return Access{roles: roles} }
func Scope(scopes ...string) Access       { return Access{scopes: scopes} }
func (a Access) AndKiosk() Access         { a.kiosk = true; return a }
func (a Access) AndScope(s string) Access { a.scopes = append(slices.Clone(a.scopes), s); return a }

// Clinical is everybody who deals with patients.
func Clinical() Access {
	return Roles(yilian.RoleRequester, yilian.RoleSpecialist, yilian.RoleRadiologist, yilian.RoleReviewer, yilian.RoleTechnologist,
		yilian.RoleCoordinator, yilian.RoleHead)
}

// Allows tells whether the actor may call.
func (a Access) Allows(actor yilian.Actor) bool {
	switch {
	case a.public:
		return true
	case actor.Is(yilian.RoleKiosk):
		return a.kiosk
	case actor.Is(yilian.RoleProgram):
		return slices.ContainsFunc(a.scopes, func(s string) bool { return slices.Contains(actor.Scopes, s) })
	case actor.Person == "":
		return false
	}
	return a.person || actor.Is(a.roles...)
}

// classified tells whether somebody chose: the zero Access is a route that was forgotten.
func (a Access) classified() bool {
	return a.public || a.person || a.kiosk || len(a.roles) > 0 || len(a.scopes) > 0
}

// String names the class for the OpenAPI document.
func (a Access) String() string {
	var parts []string
	if a.public {
		parts = append(parts, "public")
	}
	if a.person {
		parts = append(parts, "signed in")
	}
	for _, r := range a.roles {
		parts = append(parts, string(r))
	}
	if a.kiosk {
		parts = append(parts, "kiosk")
	}
	for _, s := range a.scopes {
		parts = append(parts, "scope "+s)
	}
	return strings.Join(parts, ", ")
}
