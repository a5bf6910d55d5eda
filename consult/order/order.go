package order

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"yilian"
	"yilian/consult/flow"
)

// Priority is how urgent an exam is; it decides order and clock of the read.
type Priority string

// The priorities.
const (
	Stat    Priority = "stat"    // 急诊
	Urgent  Priority = "urgent"  // 加急
	Routine Priority = "routine" // 普通
)

// Rank sorts priorities, the most urgent first.
func (p Priority) Rank() int { return max(0, slices.Index([]Priority{Stat, Urgent, Routine}, p)) }

// Valid tells whether p is one of the priorities.
func (p Priority) Valid() bool { return p == Stat || p == Urgent || p == Routine }

// Order is an exam order (申请单).
type Order struct {
	flow.Meta
	State     State  `json:"state"`
	Number    string `json:"number"`    // what is printed on the sheet; the accession number
	Accession string `json:"accession"` // at most 16 characters (PS3.3 C.7.2.1, SH)
	Issuer    string `json:"issuer"`    // who issued the accession number: the performing institution
	// Institution is where it was ordered, Site where it is performed.
	Institution yilian.InstitutionID `json:"institution"`
	Site        yilian.InstitutionID `json:"site"`
	Orderer     yilian.PersonID      `json:"orderer"`
	OrdererName string               `json:"ordererName"`
	Department  string               `json:"department,omitempty"`
	Patient     yilian.PatientID     `json:"patient"`
	Modality    string               `json:"modality"`
	BodyPart    string               `json:"bodyPart"`
	Exam        string               `json:"exam"`
	Priority    Priority             `json:"priority"`
	Device      string               `json:"device,omitempty"` // AE title of the one whose worklist it is in; "": in none
	Start       time.Time            `json:"start,omitzero"`   // booked for then; zero: whenever the patient comes
	Clinical    string               `json:"clinical,omitempty"`
	Safety
	// What the images will carry if the device takes it from its worklist; fixed when the order is placed.
	Step      string          `json:"step"`      // Scheduled Procedure Step ID (0040,0009)
	Procedure string          `json:"procedure"` // Requested Procedure ID (0040,1001)
	Planned   yilian.StudyUID `json:"planned"`   // Study Instance UID (0020,000D)
	// Done are the performed procedure steps that devices have reported for it, in the order of their beginning.
	Done []Done `json:"done,omitempty"`

	Study yilian.StudyUID  `json:"study,omitempty"`
	Read  yilian.ReadingID `json:"reading,omitempty"`
	// Preliminary: an emergency report with one signature has been given out.
	Preliminary    bool      `json:"preliminary,omitempty"`
	ReleasedAt     time.Time `json:"releasedAt,omitzero"`
	AcknowledgedAt time.Time `json:"acknowledgedAt,omitzero"`
	AcknowledgedBy string    `json:"acknowledgedBy,omitempty"`
	CancelReason   string    `json:"cancelReason,omitempty"`
	// NoImages counts the notices that no images have come: 1 after the first wait, 2 when the exam counts as not done.
	NoImages int `json:"noImages,omitempty"`
	// Waits are the moments of those notices; they are fixed when the order is placed.
	Waits []time.Time `json:"waits,omitempty"`
}

// Safety is what the technologist must know of the patient before the exam, and what is to be done to which side.
type Safety struct {
	Laterality string    `json:"laterality,omitempty"` // L, R, B or ""
	Contrast   string    `json:"contrast,omitempty"`   // agent, as text
	Allergies  string    `json:"allergies,omitempty"`
	Pregnancy  Pregnancy `json:"pregnancy,omitempty"`
	WeightKg   float64   `json:"weightKg,omitempty"`
}

// Pregnancy is what is known of it; "" is nothing.
type Pregnancy string

// The answers to the question.
const (
	NotPregnant      Pregnancy = "no"
	PossiblyPregnant Pregnancy = "possible"
	Pregnant         Pregnancy = "yes"
)

func (f Safety) clean() (Safety, error) {
	f.Laterality, f.Contrast, f.Allergies = strings.ToUpper(strings.TrimSpace(f.Laterality)), strings.TrimSpace(f.Contrast), strings.TrimSpace(f.Allergies)
	switch {
	case !slices.Contains([]string{"", "L", "R", "B"}, f.Laterality):
		return f, yilian.Errorf(yilian.Invalid, "order.laterality", "The side is L, R or B.")
	case !slices.Contains([]Pregnancy{"", NotPregnant, PossiblyPregnant, Pregnant}, f.Pregnancy):
		return f, yilian.Errorf(yilian.Invalid, "order.pregnancy", "The pregnancy is no, possible or yes.")
	case f.WeightKg < 0 || f.WeightKg > 500:
		return f, yilian.Errorf(yilian.Invalid, "order.weight", "The weight is at most 500 kg.")
	case utf8.RuneCountInString(f.Contrast) > 64 || utf8.RuneCountInString(f.Allergies) > 64: // LO
		return f, yilian.Errorf(yilian.Invalid, "order.long", "A text of the order is too long.")
	}
	return f, nil
}

// New is what a doctor fills in.
type New struct {
	Patient  yilian.PatientID
	Modality string
	BodyPart string
	Exam     string
	Priority Priority
	Device   string // AE title; "": the one device for it at the doctor's own institution, or none yet
	Start    time.Time
	Clinical string
	Safety
}

// modalities that may be ordered: the defined terms of PS3.3 C.7.3.1.1.1 that this service reads.
var modalities = []string{"CT", "MR", "CR", "DX", "US", "ECG", "MG", "XA", "RF", "NM", "PT", "ES", "IO", "PX"}

func (n New) clean() (_ New, err error) {
	n.Modality = strings.ToUpper(strings.TrimSpace(n.Modality))
	n.BodyPart, n.Exam, n.Clinical = strings.TrimSpace(n.BodyPart), strings.TrimSpace(n.Exam), strings.TrimSpace(n.Clinical)
	switch {
	case !slices.Contains(modalities, n.Modality):
		return n, yilian.Errorf(yilian.Invalid, "order.modality", "This modality cannot be ordered.")
	case !n.Priority.Valid():
		return n, yilian.Errorf(yilian.Invalid, "order.priority", "The priority is stat, urgent or routine.")
	case n.Exam == "" && n.BodyPart == "":
		return n, yilian.Errorf(yilian.Invalid, "order.exam", "Say what is to be examined.")
	case utf8.RuneCountInString(n.Exam) > 200 || utf8.RuneCountInString(n.BodyPart) > 64 || utf8.RuneCountInString(n.Clinical) > 4000:
		return n, yilian.Errorf(yilian.Invalid, "order.long", "A text of the order is too long.")
	case len(n.Device) > 16:
		return n, yilian.Errorf(yilian.Invalid, "order.device", "An AE title has at most 16 characters.")
	}
	n.Safety, err = n.Safety.clean()
	return n, err
}

// The names of the keys under which an order is found.
const (
	keyAccession = "accession" // issuer + accession number
	keyPatient   = "patient"
	keyOrderer   = "orderer"
	keySite      = "site"  // ordering and performing institution
	keyInbox     = "inbox" // released and not acknowledged: person and institution
	keyOpen      = "open"  // without images, by performing institution
	keyStudy     = "study"
	keyStep      = "step"     // site + Scheduled Procedure Step ID
	keyPlanned   = "planned"  // assigned Study Instance UID
	keyBooked    = "worklist" // AE title, by the time that it is booked for
	keyWalkIn    = "walkin"   // AE title, by the time of the order: for the next days, whenever the patient comes
)

func keys(o Order) []flow.Key {
	at := flow.SortTime(o.CreatedAt)
	out := []flow.Key{
		{Name: keyAccession, Value: accessionKey(o.Issuer, o.Accession), Sort: at},
		{Name: keyPatient, Value: string(o.Patient), Sort: at},
		{Name: keyOrderer, Value: string(o.Orderer), Sort: at},
		{Name: keySite, Value: string(o.Institution), Sort: at},
		{Name: keyStep, Value: stepKey(o.Site, o.Step), Sort: at},
		{Name: keyPlanned, Value: string(o.Planned), Sort: at},
	}
	if o.Site != o.Institution {
		out = append(out, flow.Key{Name: keySite, Value: string(o.Site), Sort: at})
	}
	if o.listed() {
		out = append(out, o.worklistKey())
	}
	switch {
	case o.Open():
		out = append(out, flow.Key{Name: keyOpen, Value: string(o.Site), Sort: at})
	case o.State == Released || o.Preliminary:
		since := flow.SortTime(o.ReleasedAt)
		if o.Preliminary {
			since = flow.SortTime(o.ChangedAt)
		}
		out = append(out, flow.Key{Name: keyInbox, Value: "person:" + string(o.Orderer), Sort: since},
			flow.Key{Name: keyInbox, Value: "institution:" + string(o.Institution), Sort: since})
	}
	if o.Study != "" {
		out = append(out, flow.Key{Name: keyStudy, Value: string(o.Study), Sort: at})
	}
	return out
}

func accessionKey(issuer, number string) string { return issuer + "␟" + number }

func stepKey(site yilian.InstitutionID, step string) string { return string(site) + "␟" + step }

// Open tells whether the order still waits for its images.
func (o Order) Open() bool {
	return o.State == Ordered || o.State == InProgress || o.State == Performed
}

const dueNoImages = "noImages"

func dues(o Order) []flow.Due {
	if !o.Open() || o.NoImages >= len(o.Waits) {
		return nil
	}
	return []flow.Due{{Name: dueNoImages, At: o.Waits[o.NoImages]}}
}

func audience(o Order) []string {
	out := []string{"institution:" + string(o.Institution)}
	if o.Site != o.Institution {
		out = append(out, "institution:"+string(o.Site))
	}
	return out
}
