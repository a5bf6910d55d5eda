package directory

import (
	"slices"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// Tier is the level of an institution in a county.
type Tier string

// The tiers.
const (
	County   Tier = "county"
	Township Tier = "township"
	Village  Tier = "village"
)

// Institution is a hospital or clinic: a legal person of its own, whatever alliance it is in.
type Institution struct {
	flow.Meta
	Name       string               `json:"name"`
	Short      string               `json:"short" required:"false"`
	Tier       Tier                 `json:"tier"`
	DistanceKm int                  `json:"distanceKm" required:"false"` // by road to the county town
	Phone      string               `json:"phone" required:"false"`      // of its duty desk: the way out when the line is down
	Parent     yilian.InstitutionID `json:"parent" required:"false"`     // the institution that leads or supervises it; "": none
	Closed     bool                 `json:"closed" required:"false"`
}

// Alliance is a consortium: a lead and its members.
type Alliance struct {
	flow.Meta
	Name    string                 `json:"name"`
	Lead    yilian.InstitutionID   `json:"lead"`
	Members []yilian.InstitutionID `json:"members" required:"false"`
}

// Person is somebody who works here. One person has any number of practice points; the password is kept apart (see credential).
type Person struct {
	flow.Meta
	Login        string  `json:"login"`
	Name         string  `json:"name"`
	Title        string  `json:"title" required:"false"`        // 职称
	LicenceSince string  `json:"licenceSince" required:"false"` // date of the licence to practise independently, 2006-01-02; "": none
	Phone        string  `json:"phone" required:"false"`
	Points       []Point `json:"points" required:"false"`
	Disabled     bool    `json:"disabled" required:"false"`
}

// Point is a practice point (执业地点): what a person may do at one institution, from when to when, and whether it is filed (备案).
type Point struct {
	ID          string               `json:"id" required:"false"` // given if empty
	Institution yilian.InstitutionID `json:"institution"`
	Department  string               `json:"department" required:"false"`
	Specialty   string               `json:"specialty" required:"false"`
	Roles       []yilian.Role        `json:"roles"`
	Line        int                  `json:"line" required:"false"` // 1 or 2; 0 for those who are on no line
	From        time.Time            `json:"from" required:"false"`
	Until       time.Time            `json:"until,omitzero"` // zero: open
	Filed       bool                 `json:"filed" required:"false"`
}

// Valid tells whether the point may be used at a moment. A point where practice is not filed is not usable for clinical roles,
// see Practises.
func (p Point) Valid(at time.Time) bool {
	return !at.Before(p.From) && (p.Until.IsZero() || at.Before(p.Until))
}

// Practises tells whether the point is valid, filed and has the role: what signing and consulting ask for.
func (p Point) Practises(role yilian.Role, at time.Time) bool {
	return p.Valid(at) && p.Filed && slices.Contains(p.Roles, role)
}

// Point answers the person's practice point with this identifier.
func (p Person) Point(id string) (Point, bool) {
	i := slices.IndexFunc(p.Points, func(q Point) bool { return q.ID == id })
	if i < 0 {
		return Point{}, false
	}
	return p.Points[i], true
}

// YearsLicensed answers the whole years of independent practice at a moment; 0 without a licence.
func (p Person) YearsLicensed(at time.Time) int {
	since, err := time.Parse(time.DateOnly, p.LicenceSince)
	if err != nil || at.Before(since) {
		return 0
	}
	years := at.Year() - since.Year()
	if at.Before(since.AddDate(years, 0, 0)) {
		years--
	}
	return years
}

// Shift is one duty on the roster: what should be. Presence is what is.
type Shift struct {
	flow.Meta
	Person      yilian.PersonID      `json:"person"`
	Institution yilian.InstitutionID `json:"institution"`
	Specialty   string               `json:"specialty"`
	Line        int                  `json:"line"` // 1 or 2
	From        time.Time            `json:"from"`
	Until       time.Time            `json:"until"`
	Cancelled   bool                 `json:"cancelled" required:"false"`
}

// Covers tells whether the shift is on at a moment.
func (s Shift) Covers(at time.Time) bool {
	return !s.Cancelled && !at.Before(s.From) && at.Before(s.Until)
}

// The services that an agreement can cover.
const (
	ServiceConsult = "consult"
	ServiceRead    = "read"
)

// Agreement is a written cooperation agreement (远程医疗合作协议): without one in force there is no consult and no read from Site
// at Provider.
type Agreement struct {
	flow.Meta
	Site        yilian.InstitutionID `json:"site"`
	Provider    yilian.InstitutionID `json:"provider"`
	Services    []string             `json:"services"`
	Specialties []string             `json:"specialties" required:"false"` // empty: all
	From        time.Time            `json:"from" required:"false"`
	Until       time.Time            `json:"until,omitzero"`            // zero: open
	Partner     bool                 `json:"partner" required:"false"`  // asked last only, when the own lead did not answer (escalation level 4)
	Document    string               `json:"document" required:"false"` // number of the paper
}

// Covers tells whether the agreement allows a service and specialty at a moment.
func (a Agreement) Covers(service, specialty string, at time.Time) bool {
	if at.Before(a.From) || !a.Until.IsZero() && !at.Before(a.Until) || !slices.Contains(a.Services, service) {
		return false
	}
	return len(a.Specialties) == 0 || specialty == "" || slices.Contains(a.Specialties, specialty)
}
