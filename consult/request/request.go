package request

import (
	"slices"
	"time"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
	"yilian/consult/patient"
)

// Request is one request for help, with everything that belongs to its dossier.
type Request struct {
	flow.Meta
	Number       string                 `json:"number"`
	State        State                  `json:"state"`
	StateVersion int64                  `json:"stateVersion"` // the version at which State was entered
	Media        Media                  `json:"media"`
	Kind         Kind                   `json:"kind"`
	Specialty    string                 `json:"specialty"`
	Patient      Patient                `json:"patient"`
	Requester    Person                 `json:"requester"`
	Site         yilian.InstitutionID   `json:"site"`
	Providers    []yilian.InstitutionID `json:"providers"` // with an agreement in force at submission
	Partners     []yilian.InstitutionID `json:"partners"`  // asked at level 4

	Summary     string       `json:"summary"`
	Purpose     string       `json:"purpose"`
	Consent     Consent      `json:"consent"`
	Vitals      *Vitals      `json:"vitals,omitempty"`
	Studies     []Study      `json:"studies"`
	AllStudies  bool         `json:"allStudies,omitempty"` // nobody chose: what comes later attaches itself, too
	Attachments []Attachment `json:"attachments"`
	Evidence    Evidence     `json:"evidence"` // what was attached when it was submitted last

	SubmittedAt     time.Time `json:"submittedAt,omitzero"`     // first; it never changes
	QueuedAt        time.Time `json:"queuedAt,omitzero"`        // in the queue since
	FirstAcceptedAt time.Time `json:"firstAcceptedAt,omitzero"` // by whoever, joined or not
	Rules           Rules     `json:"rules"`                    // the settings in force at submission
	Ladder          Ladder    `json:"ladder"`
	Ring            int       `json:"ring"` // counts the rounds of ringing
	Offers          []Offer   `json:"offers"`

	Accepted *Acceptance `json:"accepted,omitempty"`
	Leg      int         `json:"leg"` // which specialist in a row this is
	Legs     []Leg       `json:"legs"`
	Seats    []Seat      `json:"seats"`
	Guests   []Guest     `json:"guests,omitempty"`  // by link, whoever came or not
	Panel    []Panelist  `json:"panel,omitempty"`   // colleagues whom the specialist asked in
	Lecture  *Lecture    `json:"lecture,omitempty"` // colleagues of the consortium may listen
	EmptyAt  time.Time   `json:"emptyAt,omitzero"`  // nobody in the room since

	Opinion     Opinion   `json:"opinion"`
	OpinionDue  Deadline  `json:"opinionDue,omitzero"`
	AckDue      Deadline  `json:"ackDue,omitzero"`
	Adoption    *Adoption `json:"adoption,omitempty"`
	Returned    *Decision `json:"returned,omitempty"`
	RemindAt    time.Time `json:"remindAt,omitzero"` // of a returned request
	Cancelled   *Decision `json:"cancelled,omitempty"`
	Disposition *Decision `json:"disposition,omitempty"`
}

// Person is somebody named in a request, as they were then.
type Person struct {
	ID          yilian.PersonID      `json:"id"`
	Name        string               `json:"name"`
	Title       string               `json:"title,omitempty"`
	Phone       string               `json:"phone,omitempty"`
	Institution yilian.InstitutionID `json:"institution,omitempty"`
	Department  string               `json:"department,omitempty"`
}

// Patient is the patient as known at the request.
type Patient struct {
	ID     yilian.PatientID `json:"id"`
	Name   string           `json:"name"`
	Sex    patient.Sex      `json:"sex"`
	Birth  patient.Date     `json:"birthDate"`
	IDTail string           `json:"idTail"`
}

// Consent is the patient's, or the reason why nobody could be asked.
type Consent struct {
	Given           bool            `json:"given"`
	EmergencyReason string          `json:"emergencyReason,omitempty"`
	By              yilian.PersonID `json:"by,omitempty"` // who recorded it
	At              time.Time       `json:"at,omitzero"`
}

// Vitals are the signs measured at the site; nil: not measured.
type Vitals struct {
	Temperature *float64 `json:"temperature,omitempty" minimum:"20" maximum:"45" doc:"°C"`
	Pulse       *int     `json:"pulse,omitempty" minimum:"0" maximum:"400" doc:"per minute"`
	Respiration *int     `json:"respiration,omitempty" minimum:"0" maximum:"120" doc:"per minute"`
	Systolic    *int     `json:"systolic,omitempty" minimum:"0" maximum:"350" doc:"mmHg"`
	Diastolic   *int     `json:"diastolic,omitempty" minimum:"0" maximum:"250" doc:"mmHg"`
	SpO2        *int     `json:"spo2,omitempty" minimum:"0" maximum:"100" doc:"%"`
	Glucose     *float64 `json:"glucose,omitempty" minimum:"0" maximum:"100" doc:"mmol/L"`
	GCS         *int     `json:"gcs,omitempty" minimum:"3" maximum:"15"`
}

// Study is one attached study, as it was when attached.
type Study struct {
	UID         yilian.StudyUID `json:"uid"`
	Modality    string          `json:"modality"`
	Description string          `json:"description"`
	State       string          `json:"state"`
	Instances   int             `json:"instances"`
	// Earlier: it was brought along from elsewhere, to compare with.
	Earlier bool `json:"earlier,omitempty"`
}

// Attachment is a photograph or document.
type Attachment struct {
	ID   string          `json:"id"`
	Name string          `json:"name"`
	Type string          `json:"type"`
	Size int64           `json:"size"`
	Hash string          `json:"hash"` // SHA-256, hex
	By   yilian.PersonID `json:"by"`
	At   time.Time       `json:"at"`
}

// Evidence names what a decision saw: a version and a hash over the text, the studies and the attachments.
type Evidence struct {
	Version int    `json:"version"`
	Hash    string `json:"hash"`
}

// Rules are the settings that this request follows from its submission on, whatever changes later.
type Rules struct {
	directory.Kind
	Join      directory.Duration `json:"join"`
	EmptyRoom directory.Duration `json:"emptyRoom"`
	Returned  directory.Duration `json:"returned"`
}

// Ladder is the escalation. Start is moved when the clock was paused, so level times are Start + the rule.
type Ladder struct {
	Level  Level     `json:"level"`
	Start  time.Time `json:"start,omitzero"`
	Paused time.Time `json:"paused,omitzero"` // while it is with the requester
	Alarm  bool      `json:"alarm"`           // a coordinator must look
	Gap    bool      `json:"gap"`             // nobody was on duty at submission
}

// Outcome is what became of an offer.
type Outcome string

// The outcomes of an offer; "" is open.
const (
	Open      Outcome = ""
	Taken     Outcome = "accepted"
	Declined  Outcome = "declined"
	Lapsed    Outcome = "lapsed"
	Recalled  Outcome = "recalled" // somebody else accepted, or the request went away
	NotJoined Outcome = "unjoined" // accepted, but did not come
)

// Offer is one ring at one person.
type Offer struct {
	Ring     int       `json:"ring"`
	Person   Person    `json:"person"`
	Level    Level     `json:"level"`
	Assigned bool      `json:"assigned,omitempty"` // a coordinator chose this person
	At       time.Time `json:"at"`
	Until    time.Time `json:"until"`
	Outcome  Outcome   `json:"outcome"`
	Reason   string    `json:"reason,omitempty"`
	Answered time.Time `json:"answered,omitzero"`
}

// Acceptance is who has it.
type Acceptance struct {
	Person Person    `json:"person"`
	Point  string    `json:"point"`
	At     time.Time `json:"at"`
	JoinBy time.Time `json:"joinBy"`
}

// Leg is one specialist's part of the consult.
type Leg struct {
	Leg          int       `json:"leg"`
	Specialist   Person    `json:"specialist"`
	StartedAt    time.Time `json:"startedAt"`
	EndedAt      time.Time `json:"endedAt,omitzero"`
	EndedBy      string    `json:"endedBy,omitempty"`
	Reason       string    `json:"reason,omitempty"`
	Phone        bool      `json:"phone,omitempty"` // held by telephone
	Participants []Person  `json:"participants"`
	Gaps         []Gap     `json:"gaps,omitempty"`
	Notes        *Text     `json:"notes,omitempty"` // what a specialist had written before another took over
}

// Gap is a time in which somebody was not reachable in the call.
type Gap struct {
	Person yilian.PersonID `json:"person"`
	From   time.Time       `json:"from"`
	Until  time.Time       `json:"until,omitzero"`
}

// Seat is one person's place in the room.
type Seat struct {
	Person     Person    `json:"person"`
	Specialist bool      `json:"specialist"`
	JoinedAt   time.Time `json:"joinedAt"`
	Connected  bool      `json:"connected"`
	LostAt     time.Time `json:"lostAt,omitzero"`                    // since when, unless connected
	GivenUp    bool      `json:"givenUp,omitempty"`                  // the grace is over
	Other      string    `json:"other,omitempty" enum:"guest,panel"` // neither the specialist nor of the site
}

// Text is what an opinion says.
type Text struct {
	Findings  string `json:"findings"`
	Diagnosis string `json:"diagnosis"`
	Advice    string `json:"advice"`
	Referral  bool   `json:"referral"`
}

// Opinion is the specialist's document. What is signed is never changed: it is in History.
type Opinion struct {
	State   DocState `json:"state"`
	Changed int64    `json:"changed"` // version of the request at which the document changed last
	Author  Person   `json:"author,omitzero"`
	Text
	History []Version `json:"history"`
}

// Version is a signed version of the opinion. The last one is current unless the opinion is withdrawn.
type Version struct {
	Version int      `json:"version"`
	State   DocState `json:"state"` // signed, amended or withdrawn
	Author  Person   `json:"author"`
	Text
	SignedAt time.Time `json:"signedAt"`
	Reason   string    `json:"reason,omitempty"` // of an amendment or withdrawal
	Evidence Evidence  `json:"evidence"`         // what it saw
	// Participants are all who took part in the calls, guests and invited colleagues among them; absent in versions of before they were listed.
	Participants []Person `json:"participants,omitempty"`
	Hash         string   `json:"hash"` // SHA-256 over all of this
}

// Deadline is a time limit with reminders.
type Deadline struct {
	From     time.Time `json:"from"`
	At       time.Time `json:"at"`
	Reminded int       `json:"reminded"` // how many reminders were given
}

// Adoption is what the requester did with the opinion.
type Adoption struct {
	Adoption string    `json:"adoption"`
	Reason   string    `json:"reason,omitempty"`
	By       Person    `json:"by"`
	At       time.Time `json:"at"`
	Version  int       `json:"version"` // of the opinion
}

// Decision is a coded reason with who and when.
type Decision struct {
	Code string    `json:"code"`
	Text string    `json:"text,omitempty"`
	By   Person    `json:"by"`
	At   time.Time `json:"at"`
}

// Reason is a coded reason as a person gives it.
type Reason struct {
	Code string `json:"code" maxLength:"32"`
	Text string `json:"text,omitempty" maxLength:"500"`
}

// open answers the indices of the offers that still ring.
func (r *Request) open() []int {
	var is []int
	for i, o := range r.Offers {
		if o.Outcome == Open {
			is = append(is, i)
		}
	}
	return is
}

// rings answers the open offer to a person, or nil.
func (r *Request) rings(person yilian.PersonID) *Offer {
	for _, i := range r.open() {
		if r.Offers[i].Person.ID == person {
			return &r.Offers[i]
		}
	}
	return nil
}

// settle closes every open offer.
func (r *Request) settle(outcome Outcome, now time.Time) {
	for _, i := range r.open() {
		r.Offers[i].Outcome, r.Offers[i].Answered = outcome, now
	}
}

// seat answers a person's seat, or nil.
func (r *Request) seat(person yilian.PersonID) *Seat {
	for i := range r.Seats {
		if r.Seats[i].Person.ID == person {
			return &r.Seats[i]
		}
	}
	return nil
}

// leg answers the leg under way, or nil.
func (r *Request) leg() *Leg {
	if n := len(r.Legs); n > 0 && r.Legs[n-1].EndedAt.IsZero() {
		return &r.Legs[n-1]
	}
	return nil
}

// has tells whether the person is the specialist who has it.
func (r *Request) has(person yilian.PersonID) bool {
	return r.Accepted != nil && person != "" && r.Accepted.Person.ID == person
}

// parties answers every institution that has to do with it.
func (r *Request) parties() []yilian.InstitutionID {
	return compact(slices.Concat([]yilian.InstitutionID{r.Site}, r.Providers, r.Partners))
}

func compact[T comparable](all []T) []T {
	var once []T
	for _, v := range all {
		if !slices.Contains(once, v) {
			once = append(once, v)
		}
	}
	return once
}

// current answers the version of the opinion in force, or nil.
func (o *Opinion) current() *Version {
	if n := len(o.History); n > 0 && o.History[n-1].State != DocWithdrawn {
		return &o.History[n-1]
	}
	return nil
}
