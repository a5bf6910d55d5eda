package dimse

import (
	"bytes"
	"context"
	"io"

	"yilian/imaging/dicom"
)

// The services of PS3.7 10. Each gives the peer's answer, attributes of it included; ErrNoContext leaves the association open.

// Create is an N-CREATE; with instance "" the peer makes the UID, see Outcome.Instance.
func (a *Association) Create(ctx context.Context, class, instance string, attributes *dicom.Dataset) (Outcome, error) {
	return a.normalized(ctx, class, &Command{Field: NCreateRQ, AffectedSOPClass: class, AffectedSOPInstance: instance}, attributes)
}

// Set is an N-SET.
func (a *Association) Set(ctx context.Context, class, instance string, attributes *dicom.Dataset) (Outcome, error) {
	return a.normalized(ctx, class, &Command{Field: NSetRQ, RequestedSOPClass: class, RequestedSOPInstance: instance}, attributes)
}

// Inquire is an N-GET of some attributes, or of all.
func (a *Association) Inquire(ctx context.Context, class, instance string, attributes ...dicom.Tag) (Outcome, error) {
	c := &Command{Field: NGetRQ, RequestedSOPClass: class, RequestedSOPInstance: instance}
	for _, t := range attributes {
		c.AttributeIdentifiers = append(c.AttributeIdentifiers, uint32(t))
	}
	return a.normalized(ctx, class, c, nil)
}

// Action is an N-ACTION; information may be nil.
func (a *Association) Action(ctx context.Context, class, instance string, action uint16, information *dicom.Dataset) (Outcome, error) {
	return a.normalized(ctx, class, &Command{Field: NActionRQ, RequestedSOPClass: class, RequestedSOPInstance: instance, ActionType: action}, information)
}

// Delete is an N-DELETE.
func (a *Association) Delete(ctx context.Context, class, instance string) (Outcome, error) {
	return a.normalized(ctx, class, &Command{Field: NDeleteRQ, RequestedSOPClass: class, RequestedSOPInstance: instance}, nil)
}

// Event is an N-EVENT-REPORT, which the SCP of a class sends; information may be nil.
func (a *Association) Event(ctx context.Context, class, instance string, event uint16, information *dicom.Dataset) (Outcome, error) {
	return a.normalized(ctx, class, &Command{Field: NEventRQ, AffectedSOPClass: class, AffectedSOPInstance: instance, EventType: event}, information)
}

func (a *Association) normalized(ctx context.Context, class string, c *Command, attributes *dicom.Dataset) (Outcome, error) {
	pc, err := a.contextAs(class, c.Field == NEventRQ)
	if err != nil {
		return Outcome{}, err
	}
	var data io.Reader
	if attributes != nil {
		b, err := pc.Encode(attributes)
		if err != nil {
			return Outcome{}, err
		}
		data = bytes.NewReader(b)
	}
	m, err := a.request(ctx, pc.ID, c, data)
	if err != nil {
		return Outcome{}, err
	}
	return finalOutcome(m, nil)
}
