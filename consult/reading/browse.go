package reading

import (
	"context"
	"slices"
	"strings"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/order"
	"yilian/consult/patient"
)

// StudyFilter narrows a list of studies.
type StudyFilter struct {
	Text        string // part of a name from its beginning, patient ID or accession number
	Modality    string
	From, To    time.Time // study date, To exclusive; zero: open
	Institution yilian.InstitutionID
	After       string
	Limit       int
}

// StudyItem is a study as somebody sees it.
type StudyItem struct {
	Study
	Actions     []string
	Suggestions []Suggestion // of a loose study
}

// Studies answers a page of the studies that concern the actor's institution (made, ordered or read there), the newest first.
func (s *Service) Studies(ctx context.Context, actor yilian.Actor, f StudyFilter) (items []StudyItem, next string, err error) {
	if !actor.Is(lookers...) {
		return nil, "", yilian.Errorf(yilian.Forbidden, "forbidden.role", "Your role here has no studies.")
	}
	token := patient.NameKey(f.Text)
	q := flow.Query{Name: keyFind, Values: []string{findValue(actor.Institution, patient.First(token))}, Desc: true, After: f.After, Limit: f.Limit}
	if !f.From.IsZero() {
		q.From = flow.SortTime(f.From)
	}
	if !f.To.IsZero() {
		q.To = flow.SortTime(f.To)
	}
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		page, after, err := s.studies.FindIn(rd, q)
		next, items = after, []StudyItem{}
		for _, st := range page {
			if f.fits(st, token) {
				items = append(items, s.studyItem(rd, actor, st))
			}
		}
		return err
	})
	return items, next, err
}

// fits compares what the index does not.
func (f StudyFilter) fits(st Study, token string) bool {
	return (f.Modality == "" || slices.ContainsFunc(st.Info.Modalities, func(m string) bool { return order.SameModality(m, f.Modality) })) &&
		(f.Institution == "" || st.Info.Institution == f.Institution) &&
		(token == "" || slices.ContainsFunc(studyTexts(st), func(text string) bool { return strings.HasPrefix(text, token) }))
}

func (s *Service) studyItem(rd flow.Reader, actor yilian.Actor, st Study) StudyItem {
	item := StudyItem{Study: st, Actions: []string{}}
	for _, a := range s.study.Allowed(st.State, actor, s.checkStudy(rd, st, actor)) {
		item.Actions = append(item.Actions, string(a))
	}
	return item
}

// Study answers a study to somebody who may see its images, and records the look.
func (s *Service) Study(ctx context.Context, actor yilian.Actor, uid yilian.StudyUID) (item StudyItem, err error) {
	may, err := s.MaySee(ctx, actor, uid)
	if err != nil {
		return item, err
	}
	if !may {
		return item, unknownStudy()
	}
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		st, err := s.studies.GetIn(rd, string(uid))
		if err != nil {
			return err
		}
		item = s.studyItem(rd, actor, st)
		if st.State == StudyUnmatched || st.State == StudyConflict {
			item.Suggestions, err = s.suggest(rd, st)
		}
		return err
	})
	if err != nil {
		return item, err
	}
	return item, s.looked(ctx, actor, studyRef(uid), item.Version)
}

func unknownStudy() error {
	return yilian.Errorf(yilian.NotFound, "study.unknown", "There is no such study.")
}

// Unmatched answers a page of the studies without an order at the actor's institution or where it reads, with suggestions.
func (s *Service) Unmatched(ctx context.Context, actor yilian.Actor, after string, limit int) (items []StudyItem, next string, err error) {
	if !actor.Is(yilian.RoleTechnologist, yilian.RoleCoordinator, yilian.RoleRadiologist, yilian.RoleReviewer, yilian.RoleHead, yilian.RoleRequester) {
		return nil, "", yilian.Errorf(yilian.Forbidden, "forbidden.role", "Your role here has no unmatched studies.")
	}
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		page, cursor, err := s.studies.FindIn(rd, flow.Query{Name: keyLoose, Values: []string{string(actor.Institution)}, Desc: true, After: after, Limit: limit})
		if err != nil {
			return err
		}
		next, items = cursor, []StudyItem{}
		for _, st := range page {
			item := s.studyItem(rd, actor, st)
			if item.Suggestions, err = s.suggest(rd, st); err != nil {
				return err
			}
			items = append(items, item)
		}
		return nil
	})
	return items, next, err
}

// maxCandidates bounds how many open orders of a site are scored for a loose study.
const maxCandidates = 200

func (s *Service) suggest(rd flow.Reader, st Study) ([]Suggestion, error) {
	open, err := s.Orders.OpenAt(rd, st.Info.Institution, maxCandidates)
	if err != nil {
		return nil, err
	}
	candidates, err := s.describe(rd, open)
	if err != nil {
		return nil, err
	}
	return Suggest(st.Info, candidates), nil
}

// OfOrder answers the order a suggestion names, to somebody who may link.
func (s *Service) OfOrder(ctx context.Context, id yilian.OrderID) (o order.Order, p patient.Patient, err error) {
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		if o, err = s.Orders.GetIn(rd, id); err != nil {
			return err
		}
		p, err = s.Patients.GetIn(rd, o.Patient)
		return err
	})
	return o, p, err
}

// StudiesOf answers the studies of a patient, the newest first. The caller has checked the relation.
func (s *Service) StudiesOf(ctx context.Context, id yilian.PatientID, limit int) ([]Study, error) {
	page, _, err := s.studies.Find(ctx, flow.Query{Name: keyPatient, Values: []string{string(id)}, Desc: true, Limit: limit})
	return page, err
}

// StudyOf answers a study for the program's own use, without a right and without a trace.
func (s *Service) StudyOf(ctx context.Context, uid yilian.StudyUID) (Study, error) {
	return s.studies.Get(ctx, string(uid))
}

// ReportsOf answers the reads of a patient that have been released, the newest first. The caller has checked the relation.
func (s *Service) ReportsOf(ctx context.Context, id yilian.PatientID, limit int) (out []Task, err error) {
	page, _, err := s.tasks.Find(ctx, flow.Query{Name: keyPatient, Values: []string{string(id)}, Desc: true, Limit: limit})
	return slices.DeleteFunc(page, func(t Task) bool { return t.State != Released && t.State != Closed }), err
}

// MaySee tells whether an actor may see the images of a study: it was made or ordered at their institution, their institution
// reads it, or they read something else of the same patient (for comparison). A consult's own bond is the request's business.
func (s *Service) MaySee(ctx context.Context, actor yilian.Actor, uid yilian.StudyUID) (bool, error) {
	if !actor.Is(lookers...) && !actor.Is(yilian.RoleSpecialist) {
		return false, nil
	}
	st, err := s.studies.Get(ctx, string(uid))
	if yilian.KindOf(err) == yilian.NotFound {
		return s.mayArrive(ctx, actor, uid)
	}
	if err != nil {
		return false, err
	}
	near := slices.Clone(byReaders)
	near = append(near, yilian.RoleCoordinator, yilian.RoleHead)
	if st.State == StudyUnmatched || st.State == StudyConflict || st.State == StudyFiled {
		near = append(near, byLinkers...) // who finds its place
	}
	reads := slices.Contains(st.Readers, actor.Institution) && actor.Is(near...)
	if actor.Institution == st.Info.Institution || actor.Institution == st.Orderer || reads {
		return true, nil
	}
	if st.Patient == "" {
		return false, nil
	}
	return s.Tied(ctx, actor, st.Patient)
}

// mayArrive decides on a study that the archive has and this package has not taken notice of yet.
func (s *Service) mayArrive(ctx context.Context, actor yilian.Actor, uid yilian.StudyUID) (bool, error) {
	info, err := s.Images.Study(ctx, uid)
	if yilian.KindOf(err) == yilian.NotFound {
		return false, nil
	}
	return err == nil && info.Institution == actor.Institution, err
}

// Sites answers the institutions whose studies an actor may list: their own, and for readers those they read for.
func (s *Service) Sites(ctx context.Context, actor yilian.Actor) (sites []yilian.InstitutionID, err error) {
	if !actor.Is(byReaders...) {
		return []yilian.InstitutionID{actor.Institution}, nil
	}
	err = s.Store.View(ctx, func(rd flow.Reader) (err error) {
		sites, err = s.Directory.Sites(rd, actor.Institution, s.Now())
		return err
	})
	return sites, err
}
