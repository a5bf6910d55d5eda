package reading

import (
	"context"
	"fmt"
	"slices"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/patient"
)

// FeedbackState is how far a writer has taken note of what a review found.
type FeedbackState string

// The states of feedback.
const (
	FeedbackNone         FeedbackState = ""
	FeedbackTold         FeedbackState = "told"
	FeedbackAcknowledged FeedbackState = "acknowledged"
)

// FeedbackAction is what is done about feedback.
type FeedbackAction string

// The actions.
const (
	FeedbackTell        FeedbackAction = "tell"
	FeedbackAcknowledge FeedbackAction = "acknowledge"
)

// FeedbackMachine is the table of feedback.
func FeedbackMachine() *flow.Machine[FeedbackState, FeedbackAction] {
	return flow.New("feedback",
		[]FeedbackState{FeedbackNone, FeedbackTold, FeedbackAcknowledged},
		[]flow.Row[FeedbackState, FeedbackAction]{
			{From: []FeedbackState{FeedbackNone}, Action: FeedbackTell, To: FeedbackTold, Roles: byReviewers, Why: "with a return or a release whose difference is graded significant or urgent"},
			{From: []FeedbackState{FeedbackTold}, Action: FeedbackAcknowledge, To: FeedbackAcknowledged, Roles: byReaders, Guard: guardWriter, Why: "by whom it is for, and nobody else"},
			{From: []FeedbackState{FeedbackAcknowledged}, Action: FeedbackAcknowledge, Roles: byReaders, Guard: guardWriter, Why: "in another window, too"},
		})
}

// toldFrom is the grade from which the writer must be told of a difference and take note: 3 significant, 4 urgent.
const toldFrom = 3

// Feedback tells the writer of a report that its reviewer found a significant or urgent difference. What was changed and why stands
// in the report; its identifier is the report's with the number of the version that has the grade, so that one review tells once.
type Feedback struct {
	flow.Meta
	State       FeedbackState        `json:"state"`
	Read        yilian.ReadingID     `json:"reading"` // whose text was reviewed: the first read, an addendum or a correction
	Site        yilian.InstitutionID `json:"site"`
	Number      int                  `json:"number"` // of the report's version
	Grade       int                  `json:"grade"`
	Writer      Person               `json:"writer"`
	Institution yilian.InstitutionID `json:"institution"` // at which the writer signed
	Reviewer    Person               `json:"reviewer"`
	At          time.Time            `json:"at"`
	AckAt       time.Time            `json:"acknowledgedAt,omitzero"`
}

// FeedbackKind is the entity kind of feedback in trail and messages.
const FeedbackKind = "feedback"

const keyWriter = "writer" // what waits for a person at an institution, the most urgent and oldest first

func writerValue(p yilian.PersonID, at yilian.InstitutionID) string {
	return string(p) + "@" + string(at)
}

func feedbackSpec() flow.Spec[Feedback] {
	return flow.Spec[Feedback]{
		Kind: FeedbackKind, Meta: func(f *Feedback) *flow.Meta { return &f.Meta }, Keys: feedbackKeys,
		Audience: func(f Feedback) []string { return []string{"person:" + string(f.Writer.ID)} },
		State:    func(f Feedback) string { return string(f.State) },
		Chain:    func(f Feedback) string { return string(f.Site) },
	}
}

func feedbackKeys(f Feedback) []flow.Key {
	if f.State != FeedbackTold {
		return nil
	}
	return []flow.Key{{Name: keyWriter, Value: writerValue(f.Writer.ID, f.Institution), Sort: fmt.Sprintf("%d%s", 4-f.Grade, flow.SortTime(f.At))}}
}

// Concerns tells whether feedback is the actor's: they wrote the report, and act where they did.
func (f Feedback) Concerns(actor yilian.Actor) bool {
	return actor.Person != "" && actor.Person == f.Writer.ID && actor.Institution == f.Institution && actor.Is(byReaders...)
}

// isFor evaluates the guard of the table: to anybody but its writer there is no such feedback.
func (f Feedback) isFor(actor yilian.Actor) flow.Check {
	return func(string) error {
		if f.Concerns(actor) {
			return nil
		}
		return unknownFeedback()
	}
}

func unknownFeedback() error {
	return yilian.Errorf(yilian.NotFound, "feedback.unknown", "There is no such notice.")
}

// tellWriter writes feedback with the review that gives cause for it. It is called when the report has the reviewer's version.
func (s *Service) tellWriter(tx flow.Tx, cmd flow.Command, t Task) error {
	r, err := s.reportIn(tx, t)
	if err != nil {
		return err
	}
	written, ok := r.latest(t.TaskID())
	if !ok {
		return fmt.Errorf("reading %s was reviewed without a signed report", t.ID)
	}
	graded := r.Versions[len(r.Versions)-1]
	if graded.Discrepancy < toldFrom {
		return nil
	}
	_, err = s.feedback.CreateIn(tx, as(cmd), func(flow.Tx) (f Feedback, change flow.Change, err error) {
		f = Feedback{
			Meta: flow.Meta{ID: fmt.Sprintf("%s.%d", r.ID, graded.N)}, Read: t.TaskID(), Site: t.Site, Number: graded.N, Grade: graded.Discrepancy,
			Writer: written.Writer.Person, Institution: written.Writer.Institution, Reviewer: person(cmd.Actor), At: s.Now().UTC(),
		}
		change = flow.Change{Action: string(FeedbackTell), Data: map[string]any{"reading": t.ID, "n": graded.N, "grade": graded.Discrepancy}}
		f.State, err = s.told.Next(f.State, FeedbackTell, cmd.Actor, nil)
		return f, change, err
	})
	return err
}

// FeedbackItem is feedback as its writer sees it.
type FeedbackItem struct {
	Feedback
	// Seen is what it is about. It is nil when the writer may not see that read any more.
	Seen *FeedbackRead
}

// FeedbackRead is the read that feedback is about.
type FeedbackRead struct {
	Task
	Person patient.Patient
	Graded Version
}

// Feedback answers a page of what the actor has not taken note of yet, the most urgent first.
func (s *Service) Feedback(ctx context.Context, actor yilian.Actor, after string, limit int) (items []FeedbackItem, next string, err error) {
	err = s.Store.View(ctx, func(rd flow.Reader) error {
		items = []FeedbackItem{}
		page, cursor, err := s.feedback.FindIn(rd, flow.Query{Name: keyWriter, Values: []string{writerValue(actor.Person, actor.Institution)}, After: after, Limit: limit})
		next = cursor
		if err != nil {
			return err
		}
		for _, f := range page {
			if !f.Concerns(actor) {
				continue
			}
			item, err := s.feedbackItem(rd, actor, f)
			if err != nil {
				return err
			}
			items = append(items, item)
		}
		return nil
	})
	return items, next, err
}

func (s *Service) feedbackItem(rd flow.Reader, actor yilian.Actor, f Feedback) (FeedbackItem, error) {
	item := FeedbackItem{Feedback: f}
	t, err := s.seen(rd, actor, f.Read)
	if yilian.KindOf(err) == yilian.NotFound || err == nil && !inside(t, actor) {
		return item, nil
	}
	if err != nil {
		return item, err
	}
	p, err := s.patientOf(rd, t)
	if err != nil {
		return item, err
	}
	r, err := s.reportIn(rd, t)
	if err != nil {
		return item, err
	}
	i := slices.IndexFunc(r.Versions, func(v Version) bool { return v.N == f.Number })
	if i < 0 {
		return item, fmt.Errorf("feedback %s: the report has no version %d", f.ID, f.Number)
	}
	item.Seen = &FeedbackRead{t, p, r.Versions[i]}
	return item, nil
}

// AcknowledgeFeedback notes that the writer has taken note; to anybody else there is nothing.
func (s *Service) AcknowledgeFeedback(ctx context.Context, cmd flow.Command, id string) error {
	_, err := s.feedback.Update(ctx, unversioned(cmd), id, func(_ flow.Tx, f Feedback) (Feedback, flow.Change, error) {
		next, err := s.told.Next(f.State, FeedbackAcknowledge, cmd.Actor, f.isFor(cmd.Actor))
		if err != nil || next == f.State {
			return f, flow.Change{}, err
		}
		f.State, f.AckAt = next, s.Now().UTC()
		return f, flow.Change{Action: string(FeedbackAcknowledge), Data: map[string]any{"grade": f.Grade}}, nil
	})
	if yilian.KindOf(err) == yilian.NotFound {
		return unknownFeedback()
	}
	return err
}
