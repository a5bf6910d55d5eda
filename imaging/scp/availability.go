package scp

import (
	"cmp"
	"context"

	"yilian/imaging/dicom"
	"yilian/imaging/dimse"
)

// NotifyAvailability tells whether instances can be retrieved (PS3.4 Annex R), one notice after the other over an association of its
// own. It is called again until it answers nil. A notice with a UID that the peer has had before counts as taken.
func NotifyAvailability(ctx context.Context, to Destination, notices ...AvailabilityNotice) error {
	return to.call(ctx, AvailabilityClass, dimse.Role{}, func(a *dimse.Association) error {
		for _, n := range notices {
			outcome, err := a.Create(ctx, AvailabilityClass, n.UID, n.dataset())
			if err != nil {
				return err
			}
			if !outcome.Status.OK() && outcome.Status != dimse.DuplicateInstance {
				return &NoticeError{outcome.Status}
			}
		}
		return nil
	})
}

// NoticeError is the answer of a peer that did not take an availability notice.
type NoticeError struct{ Status dimse.Status }

func (e *NoticeError) Error() string { return "availability notice answered with " + e.Status.String() }

// dataset writes the notice (PS3.4 Table R.3.2-1).
func (n AvailabilityNotice) dataset() *dicom.Dataset {
	d := dicom.New("")
	d.SetString(dicom.StudyInstanceUID, string(n.Study))
	if n.Step == "" {
		d.SetSequence(tagReferencedStepSequence)
	} else {
		step := Reference{SOPClass: PerformedStepClass}.item(d)
		step.SetString(dicom.ReferencedSOPInstanceUID, n.Step)
		d.SetSequence(tagReferencedStepSequence, step)
	}
	series := make([]*dicom.Dataset, 0, len(n.Series))
	for _, s := range n.Series {
		item := d.NewItem()
		item.SetString(dicom.SeriesInstanceUID, string(s.UID))
		refs := make([]*dicom.Dataset, 0, len(s.Instances))
		for _, i := range s.Instances {
			ref := i.item(d)
			ref.SetString(dicom.InstanceAvailability, cmp.Or(n.Availability, "ONLINE"))
			ref.SetString(dicom.RetrieveAETitle, n.RetrieveAE)
			refs = append(refs, ref)
		}
		item.SetSequence(dicom.ReferencedSOPSequence, refs...)
		series = append(series, item)
	}
	d.SetSequence(dicom.ReferencedSeriesSequence, series...)
	return d
}
