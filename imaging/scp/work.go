package scp

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"time"

	"yilian"
	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
)

// ScheduledStep is one item of the Modality Worklist (PS3.4 K.6), as a device will copy it into its images. Texts are UTF-8;
// the door encodes them as the device can read.
type ScheduledStep struct {
	StationAE, StationName, Modality       string
	StepID, StepDescription, StepStatus    string    // SCHEDULED, STARTED …
	Start                                  time.Time // local time of the site
	ProcedureID, ProcedureDescription      string
	BodyPart, Laterality, Contrast, Reason string
	Accession, AccessionIssuer             string
	StudyUID                               yilian.StudyUID
	PatientID, PatientIssuer               string
	PatientName                            dicom.PersonName
	BirthDate, Sex                         string // DA, CS
	Weight, Allergies, Pregnancy           string // "" unknown
	Referring, Requesting                  dicom.PersonName
	Institution, Ward                      string
	Priority                               string // STAT, HIGH, MEDIUM, LOW …
}

// StepFilter narrows what the port must look at; the door matches every key of the identifier on what comes back. Zero values
// restrict nothing.
type StepFilter struct {
	From, To                                  time.Time // of Start, both included
	StationAE, Modality, Accession, PatientID string
	Limit                                     int
}

// Worklist answers what is booked for a device: only items of this very device.
type Worklist interface {
	Scheduled(ctx context.Context, device yilian.Actor, f StepFilter) ([]ScheduledStep, error)
}

// PerformedRequest is an item of the Scheduled Step Attributes Sequence of a performed step: what was asked for.
type PerformedRequest = struct {
	StudyUID                       yilian.StudyUID
	Accession, StepID, ProcedureID string
}

// PerformedSeries is an item of the Performed Series Sequence: what was made.
type PerformedSeries = struct {
	UID       yilian.SeriesUID
	Instances []yilian.InstanceUID // images and other instances
}

// PerformedStep is a Modality Performed Procedure Step (PS3.4 F.7).
type PerformedStep struct {
	UID, Status              string // IN PROGRESS, COMPLETED, DISCONTINUED
	StationAE, Modality      string
	Started, Ended           time.Time // zero: not told
	Reason                   string    // of a discontinuation: code meaning
	Scheduled                []PerformedRequest
	PatientID, PatientIssuer string
	Series                   []PerformedSeries
	Attributes               json.RawMessage // everything, DICOM JSON
}

// The states of a PerformedStep (PS3.3 C.4.14). The last two are final.
const (
	StepInProgress   = "IN PROGRESS"
	StepCompleted    = "COMPLETED"
	StepDiscontinued = "DISCONTINUED"
)

// Final tells whether the step may not change any more (PS3.4 F.7.2.2).
func (s PerformedStep) Final() bool { return s.Status == StepCompleted || s.Status == StepDiscontinued }

// Performed keeps the performed steps of devices. What it answers nil to is durable.
type Performed interface {
	// Create records a new step; Conflict: the UID is there.
	Create(ctx context.Context, device yilian.Actor, s PerformedStep) error
	// Set replaces a step by s, the merged one; Conflict when it was final already, NotFound when there is none for this device.
	Set(ctx context.Context, device yilian.Actor, s PerformedStep) error
	Get(ctx context.Context, device yilian.Actor, uid string) (PerformedStep, error)
}

// Destinations answers where a C-MOVE, a commitment report or an availability notice goes: a known AE title, or NotFound or
// Forbidden for this actor.
type Destinations interface {
	Destination(ctx context.Context, actor yilian.Actor, ae string) (Destination, error)
}

// Destination is another application entity that this one calls.
type Destination struct {
	AE       string
	Calling  string      // AE title under which it is called; "": YILIAN
	Address  string      // host:port
	TLS      *tls.Config // nil: plain TCP
	Timeouts dimse.Timeouts
	Charset  string // what it can read: terms of (0008,0005) divided by "\"; "" unknown
}

// Later hands over what could not be told on the same association: it is durable when it returns, and told with back-off.
type Later interface {
	Commitment(ctx context.Context, to string, r CommitmentReport) error
}

// Reference names an instance together with its SOP class.
type Reference struct {
	SOPClass string             `json:"sopClass"`
	Instance yilian.InstanceUID `json:"instance"`
}

// FailedReference is an instance that is not committed, and why (PS3.4 J.3.3, PS3.3 C.14.1.1).
type FailedReference struct {
	Reference
	Reason CommitmentReason `json:"reason"`
}

// CommitmentReason is Failure Reason (0008,1197) of a storage commitment.
type CommitmentReason uint16

// Failure reasons (PS3.3 C.14.1.1).
const (
	CommitProcessing   CommitmentReason = 0x0110 // processing failure
	CommitUnknown      CommitmentReason = 0x0112 // no such object instance
	CommitClassUnknown CommitmentReason = 0x0122 // referenced SOP class not supported
	CommitConflict     CommitmentReason = 0x0119 // class and instance conflict
	CommitDuplicate    CommitmentReason = 0x0131 // duplicate transaction UID
	CommitResources    CommitmentReason = 0x0213 // resource limitation
)

// CommitmentReport is the outcome of a storage commitment request (PS3.4 J.3.3). It survives JSON, so that it can wait in a queue.
type CommitmentReport struct {
	Transaction string            `json:"transaction"` // Transaction UID (0008,1195)
	RetrieveAE  string            `json:"retrieveAE,omitempty"`
	Committed   []Reference       `json:"committed,omitempty"`
	Failed      []FailedReference `json:"failed,omitempty"`
}

// AvailabilityNotice tells whether instances of a study can be retrieved (PS3.4 Annex R).
type AvailabilityNotice struct {
	UID        string               `json:"uid,omitempty"` // SOP Instance UID of the notice; "": the peer makes one
	Study      yilian.StudyUID      `json:"study"`
	Step       string               `json:"step,omitempty"` // SOP Instance UID of the performed step behind it
	Series     []AvailabilitySeries `json:"series"`
	RetrieveAE string               `json:"retrieveAE"`
	// Availability is Instance Availability (0008,0056) of all of it: ONLINE, NEARLINE, OFFLINE, UNAVAILABLE; "" is ONLINE.
	Availability string `json:"availability,omitempty"`
}

// AvailabilitySeries is a series of an AvailabilityNotice.
type AvailabilitySeries struct {
	UID       yilian.SeriesUID `json:"uid"`
	Instances []Reference      `json:"instances"`
}
