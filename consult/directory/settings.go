package directory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"yilian"
	"yilian/consult/flow"
)

// Duration is a time.Duration that is written "1m30s" in JSON.
type Duration time.Duration

// D answers the plain duration.
func (d Duration) D() time.Duration { return time.Duration(d) }

// MarshalText writes the duration in Go's notation.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads Go's notation; a negative duration is refused.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("not a duration such as 1m30s: %w", err)
	}
	if v < 0 {
		return fmt.Errorf("%s: a duration must not be negative", text)
	}
	*d = Duration(v)
	return nil
}

// Kind holds the times of one kind of consult request. A zero escalation time switches that level off.
type Kind struct {
	Lease       Duration `json:"lease"`       // how long one ring lasts
	Second      Duration `json:"second"`      // L1, from submission: second line, all on duty of the specialty
	Head        Duration `json:"head"`        // L2: department head
	Desk        Duration `json:"desk"`        // L3: coordinator
	Partner     Duration `json:"partner"`     // L4: partner hospital
	Unanswered  Duration `json:"unanswered"`  // the ladder is exhausted: a coordinator must dispose
	Grace       Duration `json:"grace"`       // how long a lost seat in a call is kept
	Opinion     Duration `json:"opinion"`     // from the end of the call to a signed opinion
	Acknowledge Duration `json:"acknowledge"` // from the signature to the requester's acknowledgement
}

// Consult holds the rules of consult requests.
type Consult struct {
	Rescue       Kind     `json:"rescue"`
	Urgent       Kind     `json:"urgent"`
	Assist       Kind     `json:"assist"`
	Join         Duration `json:"join"`         // from accept to being in the call
	Lost         Duration `json:"lost"`         // silence after which a participant counts as lost
	EmptyRoom    Duration `json:"emptyRoom"`    // a call without anybody is ended
	Returned     Duration `json:"returned"`     // a request sent back is reminded of
	LicenceYears int      `json:"licenceYears"` // of independent practice a specialist must have
	Attachment   int64    `json:"attachment"`   // largest attachment, bytes
	Attachments  int      `json:"attachments"`  // how many a request may have
}

// Duty holds the rules of presence.
type Duty struct {
	WrapUp       Duration `json:"wrapUp"`       // after a call nothing rings for so long
	Pauses       []int    `json:"pauses"`       // minutes that can be chosen
	MissedOffers int      `json:"missedOffers"` // in a row: then the person is paused
	MissedPause  Duration `json:"missedPause"`
	SeenWithin   Duration `json:"seenWithin"` // older signs of life count as offline
	GapsAhead    Duration `json:"gapsAhead"`  // how far the board looks for uncovered times
}

// SignIn holds the rules of signing in; only the default ones count, as nobody is known yet.
type SignIn struct {
	Failures    int      `json:"failures"` // in a row, then the login is locked
	Lock        Duration `json:"lock"`
	Idle        Duration `json:"idle"`     // a session that nobody uses ends
	Absolute    Duration `json:"absolute"` // a session ends, used or not
	Sessions    int      `json:"sessions"` // at most so many at once for one person; the oldest ends
	PasswordMin int      `json:"passwordMin"`
}

// Reading holds the times of remote reads. Maps are by modality or priority with "" as the rest.
type Reading struct {
	Quiet         map[string]Duration `json:"quiet"`         // by modality: all series quiet for so long
	MaxWait       Duration            `json:"maxWait"`       // then complete anyway, flagged partial
	ClaimLease    Duration            `json:"claimLease"`    // renewed by the viewer's heartbeat
	Aside         map[string]Duration `json:"aside"`         // by priority: others may take a lost claim after
	Due           map[string]Duration `json:"due"`           // by priority: clock start to release
	Widen         int                 `json:"widen"`         // percent of Due: the pool is widened
	Unmatched     map[string]Duration `json:"unmatched"`     // by priority
	Unopened      Duration            `json:"unopened"`      // a released urgent report must be opened within
	CriticalSteps []Duration          `json:"criticalSteps"` // second person, site head, coordinator
	CriticalAct   Duration            `json:"criticalAct"`   // action recorded within
	Correct       Duration            `json:"correct"`       // a release can be recalled within
}

// Settings are all numbers that an institution may choose.
type Settings struct {
	Consult Consult `json:"consult"`
	Duty    Duty    `json:"duty"`
	SignIn  SignIn  `json:"signIn"`
	Reading Reading `json:"reading"`
	Order   Order   `json:"order"`

	Retention Retention `json:"retention"`
	Recording Recording `json:"recording"`
}

const (
	sec  = Duration(time.Second)
	min1 = Duration(time.Minute)
	hour = Duration(time.Hour)
)

// Defaults answers the settings that hold where nobody chose others.
func Defaults() Settings {
	return Settings{
		Order:     defaultOrder(),
		Retention: defaultRetention(),
		Recording: defaultRecording(),
		Consult: Consult{
			Rescue: Kind{30 * sec, 60 * sec, 120 * sec, 180 * sec, 300 * sec, 420 * sec, 30 * sec, 30 * min1, 30 * min1},
			Urgent: Kind{60 * sec, 2 * min1, 4 * min1, 6 * min1, 10 * min1, 15 * min1, 90 * sec, 30 * min1, 30 * min1},
			Assist: Kind{120 * sec, 5 * min1, 10 * min1, 15 * min1, 0, 20 * min1, 90 * sec, 2 * hour, 24 * hour},
			Join:   2 * min1, Lost: 15 * sec, EmptyRoom: 10 * min1, Returned: 2 * hour,
			LicenceYears: 3, Attachment: 20 << 20, Attachments: 20,
		},
		Duty: Duty{
			WrapUp: 5 * min1, Pauses: []int{10, 20, 30}, MissedOffers: 3, MissedPause: 30 * min1, SeenWithin: 90 * sec, GapsAhead: 24 * 7 * hour,
		},
		SignIn: SignIn{Failures: 5, Lock: 15 * min1, Idle: hour, Absolute: 24 * hour, Sessions: 5, PasswordMin: 8},
		Reading: Reading{
			Quiet:   map[string]Duration{"CT": 60 * sec, "MR": 60 * sec, "": 20 * sec},
			MaxWait: 15 * min1, ClaimLease: 5 * min1,
			Aside:     map[string]Duration{"stat": 3 * min1, "": 10 * min1},
			Due:       map[string]Duration{"stat": 30 * min1, "urgent": 2 * hour, "": 24 * hour},
			Widen:     75,
			Unmatched: map[string]Duration{"stat": 10 * min1, "": 2 * hour},
			Unopened:  15 * min1, CriticalSteps: []Duration{3 * min1, 6 * min1, 10 * min1}, CriticalAct: 30 * min1, Correct: 24 * hour,
		},
	}
}

// DefaultSettings is the identifier of the settings that hold for every institution that has none of its own.
const DefaultSettings = "default"

// Chosen holds what one institution (or DefaultSettings, for all) chose: periods, the last one begun holds.
type Chosen struct {
	flow.Meta
	Periods []Period `json:"periods"` // ascending by From
}

// Period is a choice that holds from a date on. Values is a part of Settings as JSON: what it does not name is inherited.
type Period struct {
	From   time.Time       `json:"from"`
	Values json.RawMessage `json:"values"`
}

// at answers the values in force at a moment, or nil.
func (c Chosen) at(t time.Time) json.RawMessage {
	var values json.RawMessage
	for _, p := range c.Periods {
		if !p.From.After(t) {
			values = p.Values
		}
	}
	return values
}

// SettingsIn answers the settings of an institution at a moment: the defaults, overlaid by what was chosen for all, by its
// parents from the top, and by itself.
func (s *Service) SettingsIn(rd flow.Reader, id yilian.InstitutionID, at time.Time) (Settings, error) {
	chain := []string{DefaultSettings}
	for hops := 0; id != "" && hops < 4; hops++ { // village → township → county → city; the bound ends a loop in the data
		chain = append(chain[:1], append([]string{string(id)}, chain[1:]...)...)
		inst, err := s.institutions.GetIn(rd, string(id))
		if err != nil {
			return Settings{}, err
		}
		id = inst.Parent
	}
	all := Defaults()
	for _, who := range chain {
		chosen, err := s.settings.GetIn(rd, who)
		if yilian.KindOf(err) == yilian.NotFound {
			continue
		}
		if err != nil {
			return Settings{}, err
		}
		if values := chosen.at(at); values != nil {
			if err := json.Unmarshal(values, &all); err != nil {
				return Settings{}, fmt.Errorf("settings of %s: %w", who, err)
			}
		}
	}
	return all, nil
}

// strictJSON refuses unknown fields and trailing text.
func strictJSON(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errors.New("text after the end")
	}
	return nil
}
