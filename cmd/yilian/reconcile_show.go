package main

import (
	"yilian"
	"yilian/consult/api"
	"yilian/imaging"
)

// proposed is a fix as the archive takes it.
func proposed(f api.Fix) imaging.Correction {
	c := imaging.Correction{Kind: imaging.CorrectionKind(f.Kind)}
	if a := f.Amend; a != nil {
		c.Amend = &imaging.Amend{Study: a.Study, Series: a.Series, Set: imaging.Values(a.Set)}
	}
	if m := f.Merge; m != nil {
		c.Merge = &imaging.Merge{From: imaging.PatientKey(m.From), Into: imaging.PatientKey(m.Into), Set: imaging.Values(m.Set)}
	}
	if m := f.Move; m != nil {
		c.Move = &imaging.Move{To: m.To, Set: imaging.Values(m.Set)}
		for _, p := range m.From {
			c.Move.From = append(c.Move.From, imaging.Path(p))
		}
	}
	if r := f.Reject; r != nil {
		c.Reject = &imaging.Reject{Code: r.Code}
		for _, p := range r.Instances {
			c.Reject.Instances = append(c.Reject.Instances, imaging.Reference{Study: p.Study, Series: p.Series, Instance: p.Instance})
		}
	}
	if k := f.Conflict; k != nil {
		c.Conflict = &imaging.ConflictFix{ID: k.ID, Replace: k.Replace}
	}
	return c
}

// shown is a correction as a page sees it. actor is who looks.
func shown(c imaging.Correction, actor yilian.Actor) api.Correction {
	v := api.Correction{
		Fix: api.Fix{Kind: string(c.Kind)}, ID: c.ID, State: string(c.State), Version: c.Version, Institution: c.Institution, Studies: c.Studies, At: c.At,
		Steps: []api.CorrectionStep{}, Actions: []string{},
	}
	if v.Studies == nil {
		v.Studies = []yilian.StudyUID{}
	}
	for _, s := range c.Steps {
		v.Steps = append(v.Steps, api.CorrectionStep{
			Action: string(s.Action), Person: s.By.Person, Name: s.By.Name, Institution: s.By.Institution, Device: s.By.Device, At: s.At, Reason: s.Reason,
		})
	}
	for _, action := range []imaging.CorrectionAction{imaging.Approve, imaging.Refuse, imaging.Withdraw, imaging.Undo} {
		if c.May(actor, action) {
			v.Actions = append(v.Actions, string(action))
		}
	}
	if a := c.Amend; a != nil {
		v.Amend = &api.CorrectAmend{Study: a.Study, Series: a.Series, Set: api.Values(a.Set)}
	}
	if m := c.Merge; m != nil {
		v.Merge = &api.CorrectMerge{From: api.CorrectPatient(m.From), Into: api.CorrectPatient(m.Into), Set: api.Values(m.Set)}
	}
	if m := c.Move; m != nil {
		v.Move = &api.CorrectMove{To: m.To, Set: api.Values(m.Set)}
		for _, p := range m.From {
			v.Move.From = append(v.Move.From, api.CorrectPath(p))
		}
	}
	if r := c.Reject; r != nil {
		v.Reject = &api.CorrectReject{Code: r.Code, Note: r.Note, Received: r.Received}
		for _, p := range r.Instances {
			v.Reject.Instances = append(v.Reject.Instances, api.CorrectPath{Study: p.Study, Series: p.Series, Instance: p.Instance})
		}
	}
	if k := c.Conflict; k != nil {
		v.Conflict = &api.CorrectConflict{ID: k.ID, Replace: k.Replace}
	}
	return v
}

// keptOf is what an administrator sees of an instance that was kept aside.
func keptOf(c imaging.Conflict) api.Kept {
	k := api.Kept{
		ID: c.ID, Reason: c.Reason, Institution: c.Institution, Device: c.Device, At: c.At, Study: c.Kept.Study, Instance: c.Kept.UID, Bytes: c.Kept.Size,
	}
	if c.Current.UID != "" {
		k.Current = &api.KeptCurrent{
			Study: c.Current.Study, Device: c.Current.Source, At: c.Current.Arrival, Bytes: c.Current.Size, Differs: c.Current.SHA256 != c.Kept.SHA256,
		}
	}
	return k
}
