package share

import (
	"strings"
	"time"
	"unicode/utf8"

	"yilian"
	"yilian/consult/flow"
)

// LinkKind is the entity kind of links.
const LinkKind = "share"

// RoleGuest is who looks at one study by a link. No operation is open to the role.
const RoleGuest yilian.Role = "guest"

// State is what a link is good for at a moment.
type State string

// The states.
const (
	Waiting State = "waiting" // nobody has opened it
	Open    State = "open"    // one browser has
	Locked  State = "locked"  // too many wrong codes
	Expired State = "expired"
	Revoked State = "revoked"
)

// Link shows one study to one person outside. The token, the code and what binds it to the browser that opened it are here as hashes only; that of the
// code is taken together with the token, so that it cannot be guessed from here.
type Link struct {
	flow.Meta
	Study       yilian.StudyUID      `json:"study"`
	Institution yilian.InstitutionID `json:"institution"` // whose images they are
	House       string               `json:"house"`       // its name then: it stands in the watermark
	By          yilian.PersonID      `json:"by"`
	ByName      string               `json:"byName"`
	For         string               `json:"for"`
	Until       time.Time            `json:"until"`
	Download    bool                 `json:"download,omitempty"`
	Report      bool                 `json:"report,omitempty"` // the released report is shown too

	Hash     string    `json:"hash"`
	Code     string    `json:"code"`
	Wrong    int       `json:"wrong,omitempty"` // codes in a row
	LockedAt time.Time `json:"lockedAt,omitzero"`

	Browser    string    `json:"browser,omitempty"` // that opened it
	OpenedAt   time.Time `json:"openedAt,omitzero"`
	OpenedFrom string    `json:"openedFrom,omitempty"` // address
	Agent      string    `json:"agent,omitempty"`
	Looks      int       `json:"looks,omitempty"` // how often its page was opened
	LookedAt   time.Time `json:"lookedAt,omitzero"`
	Refused    int       `json:"refused,omitempty"` // other browsers that tried
	Downloads  int       `json:"downloads,omitempty"`

	RevokedAt time.Time `json:"revokedAt,omitzero"`
	Revoker   string    `json:"revoker,omitempty"`
	ExpiredAt time.Time `json:"expiredAt,omitzero"` // when that was written down
}

// State answers what the link is good for.
func (l *Link) State(now time.Time) State {
	switch {
	case !l.RevokedAt.IsZero():
		return Revoked
	case !now.Before(l.Until):
		return Expired
	case !l.LockedAt.IsZero():
		return Locked
	case l.Browser != "":
		return Open
	}
	return Waiting
}

// Actor is who looks by the link, as the archive and the trail know them.
func (l *Link) Actor(address string) yilian.Actor {
	return yilian.Actor{Name: "guest", Roles: []yilian.Role{RoleGuest}, Session: session + l.ID, Address: address}
}

const session = "share:" // begins the session of who looks by a link

// Longest is how long a link works at most.
const Longest = 7 * 24 * time.Hour

const (
	keyHash    = "hash"
	keyStudy   = "study"
	keyBrowser = "browser" // open links, by study
	dueExpire  = "expire"
	shortest   = 5 * time.Minute
	usual      = 24 * time.Hour
	atOnce     = 20 // links of one study that may be open
	wrongCodes = 5
	forWhom    = 64 // characters
)

func linkSpec() flow.Spec[Link] {
	return flow.Spec[Link]{
		Kind: LinkKind, Meta: func(l *Link) *flow.Meta { return &l.Meta },
		Keys: func(l Link) []flow.Key {
			keys := []flow.Key{{Name: keyHash, Value: l.Hash}, {Name: keyStudy, Value: string(l.Study), Sort: flow.SortTime(l.CreatedAt)}}
			if l.Browser != "" && l.RevokedAt.IsZero() && l.ExpiredAt.IsZero() {
				keys = append(keys, flow.Key{Name: keyBrowser, Value: l.Browser, Sort: string(l.Study)})
			}
			return keys
		},
		Dues: func(l Link) []flow.Due {
			if !l.RevokedAt.IsZero() || !l.ExpiredAt.IsZero() {
				return nil
			}
			return []flow.Due{{Name: dueExpire, At: l.Until}}
		},
		Audience: func(l Link) []string { return []string{"institution:" + string(l.Institution)} },
		Chain:    func(l Link) string { return string(l.Institution) },
		State: func(l Link) string {
			switch {
			case !l.RevokedAt.IsZero():
				return string(Revoked)
			case !l.ExpiredAt.IsZero():
				return string(Expired)
			case !l.LockedAt.IsZero():
				return string(Locked)
			case l.Browser != "":
				return string(Open)
			}
			return string(Waiting)
		},
	}
}

// NewLink says for whom a link is to be. Life is how long it works; 0: a day.
type NewLink struct {
	For              string
	Life             time.Duration
	Download, Report bool
}

func (n *NewLink) check() error {
	n.For = strings.TrimSpace(n.For)
	if n.Life == 0 {
		n.Life = usual
	}
	switch {
	case n.For == "" || utf8.RuneCountInString(n.For) > forWhom:
		return yilian.Errorf(yilian.Invalid, "share.for", "Say for whom the link is, in at most %d characters.", forWhom)
	case n.Life < shortest || n.Life > Longest:
		return yilian.Errorf(yilian.Invalid, "share.life", "A link works for five minutes to seven days.")
	}
	return nil
}

// over tells why a link does not work, or nil.
func over(s State) error {
	switch s {
	case Revoked:
		return yilian.Errorf(yilian.Forbidden, "share.revoked", "This link was withdrawn by the hospital.")
	case Expired:
		return yilian.Errorf(yilian.Forbidden, "share.expired", "This link has expired. Ask the hospital for a new one.")
	case Locked:
		return yilian.Errorf(yilian.Forbidden, "share.locked", "The code was wrong too often, so this link is locked. Ask the hospital for a new one.")
	}
	return nil
}

func unknown() error {
	return yilian.Errorf(yilian.NotFound, "share.unknown", "This link does not work. Check that it is whole, or ask the hospital for a new one.")
}

func used() error {
	return yilian.Errorf(yilian.Forbidden, "share.used", "This link was opened in another browser already and works only there. Ask the hospital for a new one.")
}
