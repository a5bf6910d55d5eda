package api

import (
	"context"
	"time"

	"yilian"
	"yilian/consult/patient"
	"yilian/consult/reading"
)

// StudyView is a study as a page sees it.
type StudyView struct {
	UID           string           `json:"uid"`
	ID            string           `json:"id" doc:"The UID again, as every entity has one"`
	Version       int64            `json:"version"`
	State         string           `json:"state" enum:"receiving,complete,matched,unmatched,conflict,filed"`
	PatientName   string           `json:"patientName" doc:"Ideographic if the images have it; as they say, whoever the order is for"`
	PatientID     string           `json:"patientId"`
	Sex           string           `json:"sex,omitempty"`
	BirthDate     string           `json:"birthDate,omitempty"`
	Age           string           `json:"age,omitempty"`
	Accession     string           `json:"accession,omitempty"`
	Date          *time.Time       `json:"date,omitempty"`
	Modalities    []string         `json:"modalities"`
	BodyPart      string           `json:"bodyPart,omitempty"`
	Description   string           `json:"description,omitempty"`
	Series        int              `json:"series"`
	Instances     int              `json:"instances"`
	Institution   string           `json:"institution" doc:"Short name"`
	InstitutionID string           `json:"institutionId"`
	Order         string           `json:"order,omitempty"`
	Reading       string           `json:"reading,omitempty"`
	Patient       string           `json:"patient,omitempty" doc:"Identifier of the patient, once matched"`
	LastArrival   *time.Time       `json:"lastArrival,omitempty"`
	Partial       bool             `json:"partial,omitempty" doc:"Counts as complete although the evidence for it is missing"`
	Late          bool             `json:"late,omitempty" doc:"Images came after it was complete"`
	Overdue       bool             `json:"overdue,omitempty" doc:"Nobody has linked it in time"`
	Claimed       string           `json:"claimed,omitempty" doc:"In conflict: the order that the images name"`
	Differs       []string         `json:"differs,omitempty" doc:"In conflict: in what the images and that order differ"`
	LinkedBy      string           `json:"linkedBy,omitempty"`
	Overridden    []string         `json:"overridden,omitempty" doc:"In what the images contradict the order that they were linked to by hand"`
	Suggestions   []SuggestionView `json:"suggestions" doc:"Of a study without an order"`
	Actions       []string         `json:"actions"`
}

// SuggestionView is an order that a study might belong to.
type SuggestionView struct {
	Order  OrderView `json:"order"`
	Score  int       `json:"score" minimum:"0" maximum:"100"`
	Agrees []string  `json:"agrees"`
}

func (l *look) study(item reading.StudyItem) (StudyView, error) {
	st, info := item.Study, item.Study.Info
	v := StudyView{
		UID: st.ID, ID: st.ID, Version: st.Version, State: string(st.State), PatientName: reading.DisplayName(info.PatientName), PatientID: info.PatientID,
		Sex: info.Sex, Accession: info.Accession, Date: at(info.Date), Modalities: info.Modalities, BodyPart: info.BodyPart, Description: info.Description,
		Series: len(info.Series), Instances: info.Instances, Institution: l.site(info.Institution).Short, InstitutionID: string(info.Institution),
		Order: string(st.Order), Reading: string(st.Read), Patient: string(st.Patient), LastArrival: at(info.LastArrival), Partial: st.Partial, Late: st.Late,
		Overdue: st.Overdue, Claimed: string(st.Claimed), LinkedBy: st.LinkedBy, Actions: item.Actions,
	}
	if v.Modalities == nil {
		v.Modalities = []string{}
	}
	if v.Actions == nil {
		v.Actions = []string{}
	}
	v.Suggestions = []SuggestionView{}
	if birth, err := patient.ParseDate(info.BirthDate); err == nil {
		v.BirthDate, v.Age = string(birth), birth.Age(l.now)
	}
	v.Differs, v.Overridden = fields(st.Differs), fields(st.Overridden)
	for _, s := range item.Suggestions {
		sv, err := l.suggestion(s)
		if err != nil {
			return v, err
		}
		v.Suggestions = append(v.Suggestions, sv)
	}
	return v, nil
}

func (l *look) suggestion(s reading.Suggestion) (SuggestionView, error) {
	o, _, err := l.cfg.Clinical.Readings.OfOrder(l.ctx, s.Order)
	if err != nil {
		return SuggestionView{}, err
	}
	v, err := l.order(o)
	return SuggestionView{v, s.Score, fields(s.Agrees)}, err
}

func fields(in []reading.Field) (out []string) {
	for _, f := range in {
		out = append(out, string(f))
	}
	return out
}

// ByUID is the input of an operation on one study.
type ByUID struct {
	UID string `path:"uid" maxLength:"64" pattern:"^[0-9.]+$"`
}

func (a *API) studyRoutes() {
	Add(a, Clinical(), "GET /api/studies", "Studies made, ordered or read at the caller's institution", func(ctx context.Context, in *struct {
		Page
		Q           string `query:"q" maxLength:"64" doc:"Beginning of a name, patient ID or accession number"`
		Modality    string `query:"modality" maxLength:"16"`
		From        string `query:"from" maxLength:"10" doc:"Study date, YYYY-MM-DD"`
		To          string `query:"to" maxLength:"10" doc:"Study date, inclusive"`
		Institution string `query:"institution" maxLength:"64"`
	},
	) (*Body[List[StudyView]], error) {
		f := reading.StudyFilter{Text: in.Q, Modality: in.Modality, Institution: yilian.InstitutionID(in.Institution), After: in.After, Limit: in.Limit}
		var err error
		if f.From, err = day(in.From, 0); err != nil {
			return nil, err
		}
		if f.To, err = day(in.To, 1); err != nil {
			return nil, err
		}
		page, next, err := a.cfg.Clinical.Readings.Studies(ctx, ActorOf(ctx), f)
		return a.showStudies(ctx, page, next, err)
	})
	Add(a, Clinical(), "GET /api/unmatched", "Studies without an order, with suggestions", func(ctx context.Context, in *Page) (*Body[List[StudyView]], error) {
		page, next, err := a.cfg.Clinical.Readings.Unmatched(ctx, ActorOf(ctx), in.After, in.Limit)
		return a.showStudies(ctx, page, next, err)
	})
	Add(a, Clinical(), "GET /api/studies/{uid}", "A study", func(ctx context.Context, in *ByUID) (*Body[StudyView], error) {
		return a.showStudy(ctx, yilian.StudyUID(in.UID), nil)
	})
	Add(a, Clinical(), "GET /api/studies/{uid}/export", "A study with a DICOMDIR, as a ZIP or the image of a disc; each export is in the audit trail", a.export)
	Add(a, Roles(yilian.RoleTechnologist, yilian.RoleCoordinator), "POST /api/studies/{uid}/link", "Link a study to an order by hand", func(ctx context.Context, in *struct {
		ByUID
		Body struct {
			Version int64  `json:"version" minimum:"0"`
			Order   string `json:"order" minLength:"1" maxLength:"64"`
		}
	},
	) (*Body[StudyView], error) {
		st, err := a.cfg.Clinical.Readings.Link(ctx, CommandOf(ctx, in.Body.Version), yilian.StudyUID(in.UID), yilian.OrderID(in.Body.Order))
		return a.showStudy(ctx, st.UID(), err)
	})
	Add(a, Roles(yilian.RoleTechnologist, yilian.RoleCoordinator), "POST /api/studies/{uid}/file", "Keep a study without an order as an earlier exam of a patient", func(ctx context.Context, in *struct {
		ByUID
		Body struct {
			Version int64  `json:"version" minimum:"0"`
			Patient string `json:"patient" minLength:"1" maxLength:"64" doc:"Known at the site of the images, or at the caller's institution"`
		}
	},
	) (*Body[StudyView], error) {
		st, err := a.cfg.Clinical.Readings.File(ctx, CommandOf(ctx, in.Body.Version), yilian.StudyUID(in.UID), yilian.PatientID(in.Body.Patient))
		return a.showStudy(ctx, st.UID(), err)
	})
	Add(a, Roles(yilian.RoleTechnologist, yilian.RoleCoordinator), "POST /api/studies/{uid}/unfile", "Take an earlier exam away from its patient", func(ctx context.Context, in *struct {
		ByUID
		Body Said
	},
	) (*Body[StudyView], error) {
		st, err := a.cfg.Clinical.Readings.Unfile(ctx, CommandOf(ctx, in.Body.Version), yilian.StudyUID(in.UID), in.Body.Reason)
		return a.showStudy(ctx, st.UID(), err)
	})
	Add(a, Roles(yilian.RoleTechnologist, yilian.RoleCoordinator), "POST /api/studies/{uid}/unlink", "Take a study away from its order", func(ctx context.Context, in *struct {
		ByUID
		Body Said
	},
	) (*Body[StudyView], error) {
		st, err := a.cfg.Clinical.Readings.Unlink(ctx, CommandOf(ctx, in.Body.Version), yilian.StudyUID(in.UID), in.Body.Reason)
		return a.showStudy(ctx, st.UID(), err)
	})
}

// day reads a date as the beginning of that day (or, with plus 1, of the next) in the server's time zone.
func day(s string, plus int) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, s, time.Local)
	if err != nil {
		return t, yilian.Errorf(yilian.Invalid, "date", "A date looks like 2006-01-31.")
	}
	return t.AddDate(0, 0, plus), nil
}

func (a *API) showStudies(ctx context.Context, page []reading.StudyItem, next string, err error) (*Body[List[StudyView]], error) {
	if err != nil {
		return nil, err
	}
	items, err := views(page, a.look(ctx).study)
	return answerList(items, next, err)
}

func (a *API) showStudy(ctx context.Context, uid yilian.StudyUID, err error) (*Body[StudyView], error) {
	if err != nil {
		return nil, err
	}
	item, err := a.cfg.Clinical.Readings.Study(ctx, ActorOf(ctx), uid)
	if err != nil {
		return nil, err
	}
	return answer(a.look(ctx).study(item))
}
