package api

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"yilian"
	"yilian/consult/order"
	"yilian/consult/paper"
	"yilian/consult/patient"
	"yilian/consult/reading"
)

// ReadingView is a read task with its report and all that belongs to it.
type ReadingView struct {
	ReadingSummary
	Report         ReportView     `json:"report"`
	Order          ReadOrderView  `json:"order"`
	Priors         []PriorView    `json:"priors"`
	Template       string         `json:"template,omitempty" doc:"Identifier of the text that fits best"`
	ReturnedReason string         `json:"returnedReason,omitempty"`
	Addenda        []AddendumView `json:"addenda"`
}

// ReportView is a report as the caller may see it: those who read see the draft, others what was given out.
type ReportView struct {
	State       string         `json:"state" doc:"none, draft, preliminary, submitted, reviewed, final, appended or corrected"`
	Version     int64          `json:"version" doc:"The task's version again: to send with PUT"`
	Technique   string         `json:"technique,omitempty"`
	Findings    string         `json:"findings"`
	Impression  string         `json:"impression"`
	Positive    bool           `json:"positive,omitempty"`
	Critical    bool           `json:"critical,omitempty"`
	Writer      *PersonView    `json:"writer,omitempty"`
	WrittenAt   *time.Time     `json:"writtenAt,omitempty"`
	Reviewer    *PersonView    `json:"reviewer,omitempty"`
	ReviewedAt  *time.Time     `json:"reviewedAt,omitempty"`
	SavedAt     *time.Time     `json:"savedAt,omitempty" doc:"Of the draft"`
	Recalled    string         `json:"recalled,omitempty" doc:"Why a correction is being written"`
	Before      *reading.Text  `json:"before,omitempty" doc:"The caller's own text that somebody else's signature has overtaken"`
	Warnings    []WarningView  `json:"warnings"`
	History     []VersionView  `json:"history" doc:"Everything that was signed, oldest first"`
	Diff        []reading.Edit `json:"diff,omitempty" doc:"How the last version differs from the one before"`
	Preliminary bool           `json:"preliminary,omitempty" doc:"急诊报告,以正式报告为准"`
	Hash        string         `json:"hash,omitempty"`
}

// WarningView is a doubt about a text. report.sideImages stops a signature until it is confirmed.
type WarningView struct {
	Code string `json:"code"`
	Word string `json:"word"`
}

// VersionView is one signed state of a report.
type VersionView struct {
	Version     int            `json:"version"`
	State       string         `json:"state"`
	Reading     string         `json:"reading"`
	Author      *PersonView    `json:"author,omitempty" doc:"Who made this version: the writer, or the reviewer"`
	At          *time.Time     `json:"at,omitempty"`
	Technique   string         `json:"technique,omitempty"`
	Findings    string         `json:"findings"`
	Impression  string         `json:"impression"`
	Positive    bool           `json:"positive,omitempty"`
	Reason      string         `json:"reason,omitempty"`
	Discrepancy int            `json:"discrepancy,omitempty"`
	Diff        []reading.Edit `json:"diff,omitempty"`
	Hash        string         `json:"hash"`
}

// ReadOrderView is the order of a read.
type ReadOrderView struct {
	ID         string     `json:"id"`
	Number     string     `json:"number"`
	Exam       string     `json:"exam"`
	Clinical   string     `json:"clinical,omitempty"`
	OrderedBy  PersonView `json:"orderedBy"`
	OrderedAt  time.Time  `json:"orderedAt"`
	Department string     `json:"department,omitempty"`
	From       SiteView   `json:"from"`
}

// PriorView is an earlier exam of the same patient.
type PriorView struct {
	Reading     string     `json:"reading" doc:"Empty for an exam from elsewhere that nobody reads here"`
	Study       string     `json:"study"`
	Date        *time.Time `json:"date,omitempty" doc:"When the images were made, where something says so"`
	Differs     []string   `json:"differs,omitempty" doc:"In what an exam from elsewhere contradicts the patient"`
	Modality    string     `json:"modality"`
	Description string     `json:"description,omitempty"`
	Technique   string     `json:"technique,omitempty"`
	Findings    string     `json:"findings,omitempty"`
	Impression  string     `json:"impression,omitempty"`
	Writer      string     `json:"writer,omitempty"`
	State       string     `json:"state"`
	Institution SiteView   `json:"institution"`
}

// AddendumView is an addendum or correction.
type AddendumView struct {
	ID    string      `json:"id" doc:"Its read task"`
	Kind  string      `json:"kind" enum:"addendum,correction"`
	State string      `json:"state"`
	Text  string      `json:"text,omitempty" doc:"Once it is released"`
	By    *PersonView `json:"by,omitempty"`
	At    *time.Time  `json:"at,omitempty"`
}

func (a *API) showReading(ctx context.Context, id yilian.ReadingID, err error) (*Body[ReadingView], error) {
	if err != nil {
		return nil, err
	}
	return answer(a.readingNow(ctx, id))
}

func (a *API) readingNow(ctx context.Context, id yilian.ReadingID) (ReadingView, error) {
	d, err := a.cfg.Clinical.Readings.Detail(ctx, ActorOf(ctx), id)
	if err != nil {
		return ReadingView{}, err
	}
	return a.look(ctx).detail(d)
}

func (l *look) detail(d reading.Detail) (v ReadingView, err error) {
	if v.ReadingSummary, err = l.reading(d.Item); err != nil {
		return v, err
	}
	v.ReturnedReason = d.ReturnedReason
	if len(d.Template) > 0 {
		v.Template = d.Template[0].ID
	}
	o := d.Order
	v.Order = ReadOrderView{o.ID, o.Number, o.Exam, o.Clinical, PersonView{ID: string(o.Orderer), Name: o.OrdererName}, o.CreatedAt, o.Department, l.site(o.Institution)}
	v.Priors = []PriorView{}
	for _, p := range d.Priors {
		v.Priors = append(v.Priors, PriorView{p.ID, string(p.Study), at(p.Made), fields(p.Differs), p.Modality, p.Description, p.Technique, p.Findings, p.Impression, p.Writer, string(p.State), l.site(p.Site)})
	}
	v.Addenda = []AddendumView{}
	for _, c := range d.Children {
		v.Addenda = append(v.Addenda, addendum(c.Task, d.Report))
	}
	v.Report = l.report(d)
	return v, nil
}

func addendum(t reading.Task, r reading.Report) AddendumView {
	v := AddendumView{ID: t.ID, Kind: string(t.Kind), State: string(t.State), By: personView(t.Reader), At: at(t.ReleasedAt)}
	for _, x := range r.Versions {
		if x.Task == t.TaskID() && (x.Step == reading.StepAddendum || x.Step == reading.StepCorrection) {
			v.Text = strings.TrimSpace(x.Findings + "\n" + x.Impression)
		}
	}
	return v
}

// report is the text that the caller sees, with its history.
func (l *look) report(d reading.Detail) ReportView {
	v := ReportView{State: "none", Version: d.Seen, Critical: d.Task.Critical != "", Recalled: d.Report.Recalled, Warnings: []WarningView{}, History: []VersionView{}}
	if d.Report.State != reading.ReportNone {
		v.State = string(d.Report.State)
	}
	for _, x := range d.Report.Versions {
		v.History = append(v.History, versionView(x))
	}
	if last, ok := d.Latest(); ok {
		v.sealed(last)
	}
	if d.Mine || v.Hash == "" {
		v.drafted(d)
	}
	for _, w := range d.Warnings {
		v.Warnings = append(v.Warnings, WarningView{w.Code, w.Word})
	}
	return v
}

func (v *ReportView) sealed(x reading.Version) {
	v.text(x.Text)
	v.Writer, v.WrittenAt, v.Reviewer, v.ReviewedAt = personView(x.Writer.Person), at(x.Writer.At), personView(x.Reviewer.Person), at(x.Reviewer.At)
	v.Diff, v.Hash, v.Preliminary = x.Changed, x.Hash, x.Step == reading.StepPreliminary
}

func (v *ReportView) drafted(d reading.Detail) {
	if d.Draft.Empty() && v.Hash != "" {
		return
	}
	v.text(d.Draft.Text)
	v.SavedAt, v.Before = at(d.Draft.SavedAt), d.Draft.Before
	if v.Hash == "" && d.Draft.Version > 0 {
		v.State, v.Writer = "draft", personView(d.Draft.Author)
	}
}

func (v *ReportView) text(t reading.Text) {
	v.Technique, v.Findings, v.Impression, v.Positive = t.Technique, t.Findings, t.Impression, t.Positive
}

func versionView(x reading.Version) VersionView {
	v := VersionView{
		Version: x.N, State: string(x.Step), Reading: string(x.Task), Author: personView(x.Writer.Person), At: at(x.Writer.At), Technique: x.Technique,
		Findings: x.Findings, Impression: x.Impression, Positive: x.Positive, Reason: x.Reason, Discrepancy: x.Discrepancy, Diff: x.Changed, Hash: x.Hash,
	}
	if x.Reviewer.ID != "" {
		v.Author, v.At = personView(x.Reviewer.Person), at(x.Reviewer.At)
	}
	return v
}

// DraftInput is a draft as it is saved while it is typed.
type DraftInput struct {
	Version    int64  `json:"version" minimum:"0"`
	Technique  string `json:"technique,omitempty" maxLength:"4000"`
	Findings   string `json:"findings" maxLength:"20000"`
	Impression string `json:"impression" maxLength:"20000"`
	Positive   bool   `json:"positive,omitempty"`
}

func (a *API) reportRoutes() {
	Add(a, Roles(yilian.RoleRadiologist, yilian.RoleReviewer), "PUT /api/readings/{id}/report", "Save the draft of the read that one holds", func(ctx context.Context, in *struct {
		ByID
		Body DraftInput
	},
	) (*Body[ReadingView], error) {
		b, id := in.Body, yilian.ReadingID(in.ID)
		_, err := a.cfg.Clinical.Readings.SaveDraft(ctx, CommandOf(ctx, b.Version), id, reading.Text{Technique: b.Technique, Findings: b.Findings, Impression: b.Impression, Positive: b.Positive})
		return a.showReading(ctx, id, err)
	})
	Add(a, Clinical(), "GET /api/readings/{id}/report.pdf", "The report for printing, once it has been given out; the print is recorded", func(ctx context.Context, in *ByID) (*PDF, error) {
		return a.printReport(ctx, yilian.ReadingID(in.ID))
	})
}

// PDF is a document for printing.
type PDF struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (a *API) printReport(ctx context.Context, id yilian.ReadingID) (*PDF, error) {
	cl := a.cfg.Clinical
	if cl.Press == nil {
		e := yilian.Errorf(yilian.Unavailable, "print.font", "Nothing can be printed here: no Chinese font is installed.")
		e.Err = cl.PrintError
		return nil, e
	}
	p, err := cl.Readings.Print(ctx, ActorOf(ctx), id)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := cl.Press.Report(&out, a.look(ctx).sheet(p)); err != nil {
		return nil, fmt.Errorf("print a report: %w", err)
	}
	return &PDF{"application/pdf", fmt.Sprintf("inline; filename=%q", "report-"+p.Order.Accession+".pdf"), out.Bytes()}, nil
}

// words are the Chinese words that are printed for codes.
var (
	sexWords      = map[patient.Sex]string{patient.Male: "男", patient.Female: "女", patient.Other: "其他", patient.Unknown: "未知"}
	priorityWords = map[order.Priority]string{order.Stat: "急诊", order.Urgent: "加急", order.Routine: "普通"}
	modalityWords = map[string]string{"DX": "DR", "US": "超声", "ECG": "心电图", "MR": "MR", "MG": "乳腺X线"}
)

// word answers the word for a code, or the code itself.
func word[K ~string](words map[K]string, code K) string {
	if w, ok := words[code]; ok {
		return w
	}
	return string(code)
}

// sheet puts a report on paper.
func (l *look) sheet(p reading.Print) paper.Report {
	v, o := p.Version, p.Order
	examAt := p.Study.Info.Date
	if examAt.IsZero() {
		examAt = p.Study.Info.FirstArrival
	}
	r := paper.Report{
		ID: p.Report.ID, Version: v.N, Hash: v.Hash, Institution: l.site(v.Writer.Institution).Name, Site: l.site(p.Task.Site).Name,
		Orderer: o.OrdererName, OrderedAt: l.site(o.Institution).Name, Department: o.Department,
		Patient: paper.Patient{
			Name: p.Patient.Name, Sex: word(sexWords, p.Patient.Sex), Age: p.Patient.Birth.Age(examAt), Number: p.Patient.NumberOf(string(p.Task.Site)), IDTail: p.Patient.IDNumber.Tail(),
		},
		Accession: o.Accession, Modality: word(modalityWords, p.Task.Modality), BodyPart: reading.PartName(p.Task.BodyPart), Exam: o.Exam, Priority: word(priorityWords, o.Priority),
		Clinical: o.Clinical, ExamAt: examAt, Technique: v.Technique, Findings: v.Findings, Impression: v.Impression, Signatures: signatures(v),
		Preliminary: v.Step == reading.StepPreliminary, Recalled: p.Report.Recalled, Corrected: v.Step == reading.StepCorrection,
	}
	for _, x := range p.Report.Addenda() {
		r.Addenda = append(r.Addenda, paper.Addendum{Text: strings.TrimSpace(x.Findings + "\n" + x.Impression), Signatures: signatures(x)})
	}
	if k := p.Critical; k.ID != "" && k.Downgrade == "" {
		r.Critical = k.Text
		if !k.AckAt.IsZero() {
			r.CriticalAt = fmt.Sprintf("已于 %s 由 %s 复述确认", l.cfg.Clinical.Press.Clock(k.AckAt), k.Acknowledger.Name)
		}
	}
	return r
}

func signatures(v reading.Version) []paper.Signed {
	out := []paper.Signed{{Role: "报告医师", Name: v.Writer.Name, At: v.Writer.At}}
	if v.Reviewer.ID != "" {
		out = append(out, paper.Signed{Role: "审核医师", Name: v.Reviewer.Name, At: v.Reviewer.At})
	}
	return out
}
