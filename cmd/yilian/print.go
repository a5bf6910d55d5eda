package main

import (
	"context"
	"encoding/json"

	"yilian"
	"yilian/consult/api"
	"yilian/consult/flow"
)

// prints says who may put pictures on paper or film.
type prints struct{ *service }

var _ api.Printer = prints{}

// Print implements api.Printer. Paper is a copy that leaves, as an export is: the house whose images they are makes it. Beyond it only those who
// read the study (writer, reviewer, holder of the task) print what they read; who consults, listens or compares may look.
func (p prints) Print(ctx context.Context, cmd flow.Command, study yilian.StudyUID, what api.Printing) error {
	actor := cmd.Actor
	of, _, err := p.archive.Study(ctx, actor, study)
	if err != nil {
		return err
	}
	if of.Institution != actor.Institution {
		reads, err := p.reads(ctx, actor, study, yilian.ReadingID(what.Reading))
		if err != nil {
			return err
		}
		if !reads {
			return yilian.Errorf(yilian.Forbidden, "print.house", "Pictures are printed by the institution that made them, or by their reader.")
		}
	}
	data, err := json.Marshal(what)
	if err != nil {
		return err
	}
	// Each time, since paper cannot be called back; it tells how much and on what, never whom.
	return flow.LookOnce(ctx, p.store(), cmd, yilian.Event{
		Chain: string(of.Institution), Entity: "study", EntityID: string(study), Version: of.Version, Action: "study.printed", Data: data,
	})
}

// reads tells whether the task is of this study and the actor's work.
func (p prints) reads(ctx context.Context, actor yilian.Actor, study yilian.StudyUID, id yilian.ReadingID) (bool, error) {
	if id == "" {
		return false, nil
	}
	d, err := p.readings.Detail(ctx, actor, id)
	switch yilian.KindOf(err) {
	case yilian.NotFound, yilian.Forbidden:
		return false, nil
	}
	if err != nil {
		return false, err
	}
	mine := d.Holder.ID == actor.Person || d.Reader.ID == actor.Person || d.Reviewer.ID == actor.Person
	return mine && d.Task.Study == study, nil
}
