package patient

import (
	"context"
	"encoding/json"
	"fmt"

	"yilian"
	"yilian/consult/flow"
)

// Tie tells of what binds an actor to a patient of another institution: a consult they take part in, a study they read.
type Tie interface {
	// Tied answers whether there is such a bond now.
	Tied(ctx context.Context, actor yilian.Actor, id yilian.PatientID) (bool, error)
}

// Chart opens patients to those who have a relation to them, and writes down who looked and why.
type Chart struct {
	patients *Service
	looks    *Looks
	ties     map[string]Tie
}

// NewChart makes a chart; the names of the ties ("consult", "reading") are the relations that the trail names.
func NewChart(patients *Service, looks *Looks, ties map[string]Tie) *Chart {
	return &Chart{patients, looks, ties}
}

// Open answers the patient if the actor has a relation to them, and records the look with its purpose. Whoever has none gets
// NotFound, as for a patient who does not exist.
func (c *Chart) Open(ctx context.Context, actor yilian.Actor, id yilian.PatientID, purpose string) (Patient, error) {
	p, err := c.patients.Get(ctx, id)
	if err != nil {
		return Patient{}, err
	}
	relation, err := c.Relation(ctx, actor, p)
	if err != nil {
		return Patient{}, err
	}
	if relation == "" {
		return Patient{}, yilian.Errorf(yilian.NotFound, "patient.unknown", "There is no such patient, or you have no part in their care.")
	}
	if !c.looks.Due(actor, flow.Ref{Kind: Kind, ID: p.ID}) {
		return p, nil
	}
	data, err := json.Marshal(map[string]string{"relation": relation})
	if err != nil {
		return Patient{}, fmt.Errorf("encode relation: %w", err)
	}
	return p, flow.Look(ctx, c.patients.store, yilian.Event{
		Entity: Kind, EntityID: p.ID, Version: p.Version, Action: "open", Actor: actor, At: c.patients.now().UTC(), Reason: purpose, Data: data,
	})
}

// Relation names what binds the actor to the patient: "institution", the name of a tie, or "" for nothing.
func (c *Chart) Relation(ctx context.Context, actor yilian.Actor, p Patient) (string, error) {
	if !actor.Is(clinical...) {
		return "", nil
	}
	if p.known(actor.Institution) {
		return "institution", nil
	}
	for name, tie := range c.ties {
		tied, err := tie.Tied(ctx, actor, yilian.PatientID(p.ID))
		if err != nil {
			return "", fmt.Errorf("relation %s: %w", name, err)
		}
		if tied {
			return name, nil
		}
	}
	return "", nil
}
