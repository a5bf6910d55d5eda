package api

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"yilian"
	"yilian/consult/paper"
	"yilian/consult/request"
)

// The Chinese words that are printed for codes.
var (
	kindWords     = map[request.Kind]string{request.Rescue: "抢救", request.Urgent: "急会诊", request.Assist: "协诊"}
	guestWords    = map[string]string{"family": "家属", "interpreter": "翻译", "resident": "规培医师", "other": "其他"}
	adoptionWords = map[string]string{"adopted": "采纳", "partly": "部分采纳", "rejected": "不采纳"}
)

func (a *API) printOpinion(ctx context.Context, in *ByID) (*PDF, error) {
	cl := a.cfg.Clinical
	if cl.Press == nil {
		e := yilian.Errorf(yilian.Unavailable, "print.font", "Nothing can be printed here: no Chinese font is installed.")
		e.Err = cl.PrintError
		return nil, e
	}
	r, err := a.req.Print(ctx, ActorOf(ctx), yilian.RequestID(in.ID))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := cl.Press.Opinion(&out, a.look(ctx).opinion(r)); err != nil {
		return nil, fmt.Errorf("print an opinion: %w", err)
	}
	return &PDF{"application/pdf", fmt.Sprintf("inline; filename=%q", "opinion-"+r.Number+".pdf"), out.Bytes()}, nil
}

// attendance lists who took part in the call: doctors with their title, guests with what they are.
func attendance(people []request.Person) string {
	names := make([]string, len(people))
	for i, p := range people {
		names[i] = strings.TrimSpace(p.Name + " " + p.Title)
		if strings.HasPrefix(string(p.ID), request.GuestPrefix) {
			names[i] = p.Name + "（" + word(guestWords, p.Title) + "）"
		}
	}
	return strings.Join(names, "　")
}

// opinion puts the last signed version of an opinion on paper.
func (l *look) opinion(r request.Request) paper.Opinion {
	v := r.Opinion.History[len(r.Opinion.History)-1]
	o := paper.Opinion{
		ID: r.ID, Version: v.Version, Hash: v.Hash, Number: r.Number, Kind: word(kindWords, r.Kind), Specialty: specialtyName(r.Specialty),
		Inviting: l.site(r.Site).Name, Invited: l.site(v.Author.Institution).Name, Requester: strings.TrimSpace(r.Requester.Name + " " + r.Requester.Title),
		RequestedAt: r.SubmittedAt,
		Patient:     paper.Patient{Name: r.Patient.Name, Sex: word(sexWords, r.Patient.Sex), Age: r.Patient.Birth.Age(r.SubmittedAt), IDTail: r.Patient.IDTail},
		Summary:     r.Summary, Findings: v.Findings, Diagnosis: v.Diagnosis, Advice: v.Advice, Referral: v.Referral,
		Withdrawn:  v.State == request.DocWithdrawn,
		Signatures: []paper.Signed{{Role: "会诊专家", Name: strings.TrimSpace(v.Author.Name + " " + v.Author.Title), At: v.SignedAt}},
	}
	if r.Purpose != r.Summary {
		o.Purpose = r.Purpose
	}
	o.Participants = attendance(v.Participants)
	if v.State == request.DocAmended {
		o.Amended = v.Reason
	}
	if n := len(r.Legs); n > 0 {
		o.ConsultedAt = r.Legs[n-1].StartedAt
	}
	if d := r.Adoption; d != nil {
		o.Adoption = strings.Join([]string{word(adoptionWords, d.Adoption), d.Reason, d.By.Name, l.cfg.Clinical.Press.Clock(d.At)}, "　")
	}
	return o
}
