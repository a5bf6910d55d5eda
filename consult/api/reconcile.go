package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"yilian"
)

// Truth is the archive's side of what is wrong with images and who sets it right. It refuses whoever may not.
type Truth interface {
	// Propose writes down a correction; Step approves, refuses, withdraws it or asks for its undoing.
	Propose(ctx context.Context, actor yilian.Actor, c NewCorrection) (Correction, error)
	Step(ctx context.Context, actor yilian.Actor, id string, s NewStep) (Correction, error)
	Correction(ctx context.Context, actor yilian.Actor, id string) (Correction, error)
	Corrections(ctx context.Context, actor yilian.Actor, f CorrectionFilter) (page []Correction, next string, err error)
	// Sides answers what the images of a study say, what is shown of them, and what the order says that they name or belong to.
	Sides(ctx context.Context, actor yilian.Actor, study yilian.StudyUID) ([]Side, error)
	// KeptSides answers what was kept aside from the caller's institution, with the values of both sides.
	KeptSides(ctx context.Context, actor yilian.Actor, after string, limit int) (page []KeptSides, next string, err error)
	Rejected(ctx context.Context, actor yilian.Actor, study yilian.StudyUID, after string, limit int) (page []RejectedInstance, next string, err error)

	Notices(ctx context.Context, actor yilian.Actor, open bool, after string, limit int) (page []Notice, next string, err error)
	Acknowledge(ctx context.Context, actor yilian.Actor, id string) error

	Hold(ctx context.Context, actor yilian.Actor, study yilian.StudyUID, reason string) (Hold, error)
	Release(ctx context.Context, actor yilian.Actor, id, reason string) (Hold, error)
	Holds(ctx context.Context, actor yilian.Actor, study yilian.StudyUID, lasting bool, after string, limit int) (page []Hold, next string, err error)
	Space(ctx context.Context) SpaceAnswer
}

// Values are attribute values by DICOM keyword; an empty list empties the attribute.
type Values map[string][]string

// CorrectAmend gives attributes of a study, or of one series of it, other values.
type CorrectAmend struct {
	Study  yilian.StudyUID  `json:"study" maxLength:"64"`
	Series yilian.SeriesUID `json:"series,omitempty" maxLength:"64"`
	Set    Values           `json:"set" doc:"By DICOM keyword: PatientName, PatientID, IssuerOfPatientID, PatientBirthDate, PatientSex, AccessionNumber, StudyDescription …; of a series SeriesDescription, BodyPartExamined, Laterality …"`
}

// CorrectPatient names a patient by who gave the identifier.
type CorrectPatient struct {
	Issuer string `json:"issuer,omitempty" maxLength:"64" doc:"Absent: the institution itself"`
	ID     string `json:"id" minLength:"1" maxLength:"64"`
}

// CorrectMerge says that one patient's studies, also those to come, are another's.
type CorrectMerge struct {
	From CorrectPatient `json:"from"`
	Into CorrectPatient `json:"into"`
	Set  Values         `json:"set,omitempty" doc:"PatientName, PatientSex, PatientBirthDate of the patient that stays"`
}

// CorrectPath names a series or an instance.
type CorrectPath struct {
	Study    yilian.StudyUID    `json:"study" maxLength:"64"`
	Series   yilian.SeriesUID   `json:"series,omitempty" maxLength:"64"`
	Instance yilian.InstanceUID `json:"instance,omitempty" maxLength:"64"`
}

// CorrectMove takes series or instances into another study.
type CorrectMove struct {
	From []CorrectPath   `json:"from" minItems:"1" maxItems:"1000" nullable:"false"`
	To   yilian.StudyUID `json:"to,omitempty" maxLength:"64" doc:"Absent: a new study"`
	Set  Values          `json:"set,omitempty" doc:"Of a new study: how it differs from the one that the first series comes from"`
}

// CorrectReject lets instances leave every listing.
type CorrectReject struct {
	Instances []CorrectPath      `json:"instances" minItems:"1" maxItems:"1000" nullable:"false" doc:"Without an instance: the series; without a series: the whole study"`
	Code      string             `json:"code" enum:"113001,113037,113038,113039" doc:"DICOM CID 7011: quality, patient safety, wrong worklist entry; 113039 (retention ended) is only given by rule"`
	Note      yilian.InstanceUID `json:"note,omitempty" readOnly:"true" doc:"The rejection note"`
	Received  bool               `json:"received,omitempty" readOnly:"true" doc:"The note came from another system"`
}

// CorrectConflict says what becomes of an instance that was kept aside.
type CorrectConflict struct {
	ID      string `json:"id" maxLength:"64"`
	Replace bool   `json:"replace" doc:"It takes the place of the current one; otherwise it stays aside for good"`
}

// Fix is what a correction does: the member of its kind.
type Fix struct {
	Kind     string           `json:"kind" enum:"amend,merge,move,reject,conflict"`
	Amend    *CorrectAmend    `json:"amend,omitempty"`
	Merge    *CorrectMerge    `json:"merge,omitempty"`
	Move     *CorrectMove     `json:"move,omitempty"`
	Reject   *CorrectReject   `json:"reject,omitempty"`
	Conflict *CorrectConflict `json:"conflict,omitempty"`
}

// NewCorrection is a proposal.
type NewCorrection struct {
	Fix
	Reason string `json:"reason" minLength:"1" maxLength:"500"`
}

// NewStep is what somebody does with a correction.
type NewStep struct {
	Action  string `json:"action" enum:"approve,refuse,withdraw,undo"`
	Reason  string `json:"reason,omitempty" maxLength:"500" doc:"Needed for undo"`
	Version int64  `json:"version" minimum:"1" doc:"The version that was seen"`
}

// Correction is a proposal and what became of it.
type Correction struct {
	Fix
	ID          string               `json:"id"`
	State       string               `json:"state" enum:"proposed,active,refused,withdrawn,undoing,undone"`
	Version     int64                `json:"version"`
	Institution yilian.InstitutionID `json:"institution"`
	Studies     []yilian.StudyUID    `json:"studies"`
	At          time.Time            `json:"at"`
	Steps       []CorrectionStep     `json:"steps"`
	Actions     []string             `json:"actions" doc:"What the caller may do with it now"`
}

// CorrectionStep is one thing that was done.
type CorrectionStep struct {
	Action      string               `json:"action"`
	Person      yilian.PersonID      `json:"person,omitempty"`
	Name        string               `json:"name,omitempty"`
	Institution yilian.InstitutionID `json:"institution,omitempty"`
	Device      string               `json:"device,omitempty"`
	At          time.Time            `json:"at"`
	Reason      string               `json:"reason,omitempty"`
}

// CorrectionFilter narrows a list of corrections.
type CorrectionFilter struct {
	Page
	Study string `query:"study" maxLength:"64"`
	State string `query:"state" enum:"proposed,active,refused,withdrawn,undoing,undone,open" doc:"open: what waits for a second person"`
}

// Side is what one source says of a study, to be held against the others.
type Side struct {
	Source          string `json:"source" enum:"images,shown,order,kept,current" doc:"images: as they came; shown: with corrections in force; order: the order that they name or belong to; kept, current: the two sides of a conflict"`
	PatientName     string `json:"patientName,omitempty"`
	PatientID       string `json:"patientId,omitempty"`
	PatientIssuer   string `json:"patientIssuer,omitempty"`
	Sex             string `json:"sex,omitempty"`
	BirthDate       string `json:"birthDate,omitempty" doc:"YYYYMMDD"`
	Accession       string `json:"accession,omitempty"`
	AccessionIssuer string `json:"accessionIssuer,omitempty"`
	StudyDate       string `json:"studyDate,omitempty" doc:"YYYYMMDD"`
	Description     string `json:"description,omitempty"`
	Order           string `json:"order,omitempty"`
	SHA256          string `json:"sha256,omitempty"`
	Bytes           int64  `json:"bytes,omitempty"`
	Device          string `json:"device,omitempty"`
}

// KeptSides is an instance that was kept aside beside the one that is given out.
type KeptSides struct {
	Kept
	Sides   []Side   `json:"sides"`
	Differs []string `json:"differs" doc:"The members in which both sides differ"`
}

// RejectedInstance is stored and in no listing.
type RejectedInstance struct {
	Instance   yilian.InstanceUID `json:"instance"`
	Series     yilian.SeriesUID   `json:"series"`
	Study      yilian.StudyUID    `json:"study"`
	Code       string             `json:"code"`
	Correction string             `json:"correction"`
	At         time.Time          `json:"at"`
	Bytes      int64              `json:"bytes"`
}

// Notice tells the caller that what they saw of a study was wrong.
type Notice struct {
	ID           string          `json:"id"`
	Kind         string          `json:"kind" enum:"amend,merge,move,reject,conflict"`
	Undone       bool            `json:"undone" doc:"What they were told was taken back"`
	Study        yilian.StudyUID `json:"study"`
	Correction   string          `json:"correction"`
	At           time.Time       `json:"at"`
	Reason       string          `json:"reason"`
	Acknowledged *time.Time      `json:"acknowledged,omitempty"`
}

// reconcilers are who asks for corrections and who decides: the archive knows which of them may do what.
var reconcilers = Roles(yilian.RoleTechnologist, yilian.RoleRadiologist, yilian.RoleReviewer, yilian.RoleCoordinator, yilian.RoleHead)

func (a *API) reconcileRoutes() {
	Add(a, reconcilers, "GET /api/reconcile/corrections", "Corrections of studies that the caller may list, newest first", func(ctx context.Context, in *CorrectionFilter) (*Body[List[Correction]], error) {
		return answerList(a.cfg.Truth.Corrections(ctx, ActorOf(ctx), *in))
	})
	Add(a, reconcilers, "POST /api/reconcile/corrections", "Propose a correction; another person approves it", func(ctx context.Context, in *struct{ Body NewCorrection }) (*Body[Correction], error) {
		return answer(a.cfg.Truth.Propose(ctx, ActorOf(ctx), in.Body))
	}, created)
	Add(a, reconcilers, "GET /api/reconcile/corrections/{id}", "One correction", func(ctx context.Context, in *ByID) (*Body[Correction], error) {
		return answer(a.cfg.Truth.Correction(ctx, ActorOf(ctx), in.ID))
	})
	Add(a, reconcilers, "POST /api/reconcile/corrections/{id}/steps", "Approve, refuse or withdraw a correction, or ask for its undoing", func(ctx context.Context, in *struct {
		ByID
		Body NewStep
	},
	) (*Body[Correction], error) {
		return answer(a.cfg.Truth.Step(ctx, ActorOf(ctx), in.ID, in.Body))
	})
	Add(a, reconcilers, "GET /api/reconcile/studies/{uid}", "What the images, the listing and the order say, side by side", func(ctx context.Context, in *ByUID) (*Body[List[Side]], error) {
		sides, err := a.cfg.Truth.Sides(ctx, ActorOf(ctx), yilian.StudyUID(in.UID))
		return answerList(sides, "", err)
	})
	Add(a, reconcilers, "GET /api/reconcile/rejected/{uid}", "What was rejected of a study", func(ctx context.Context, in *struct {
		ByUID
		Page
	},
	) (*Body[List[RejectedInstance]], error) {
		return answerList(a.cfg.Truth.Rejected(ctx, ActorOf(ctx), yilian.StudyUID(in.UID), in.After, in.Limit))
	})
	Add(a, reconcilers, "GET /api/reconcile/conflicts", "What was kept aside from the caller's institution, with both sides' values", func(ctx context.Context, in *Page) (*Body[List[KeptSides]], error) {
		return answerList(a.cfg.Truth.KeptSides(ctx, ActorOf(ctx), in.After, in.Limit))
	})
	a.noticeRoutes()
}

func (a *API) noticeRoutes() {
	Add(a, SignedIn(), "GET /api/notices", "What the caller has to know of studies that they have seen, newest first", func(ctx context.Context, in *struct {
		Page
		All bool `query:"all" doc:"Also what was acknowledged"`
	},
	) (*Body[List[Notice]], error) {
		return answerList(a.cfg.Truth.Notices(ctx, ActorOf(ctx), !in.All, in.After, in.Limit))
	})
	Add(a, SignedIn(), "POST /api/notices/{id}/acknowledge", "Acknowledge a notice", func(ctx context.Context, in *ByID) (*Nothing, error) {
		return nil, a.cfg.Truth.Acknowledge(ctx, ActorOf(ctx), in.ID)
	}, func(o *huma.Operation) { o.DefaultStatus = 204 })
}
