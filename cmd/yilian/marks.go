package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"yilian"
	"yilian/consult/reading"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/imaging/structured"
)

// keeper makes objects of the archive out of what readers have drawn: they become part of the study that they were drawn on.
type keeper struct{ *service }

var _ reading.Keeper = keeper{}

// keptSource is where the objects come from, in the archive's words.
const keptSource = "YILIAN"

// Keep implements reading.Keeper. The objects follow from the order alone, and the archive takes the same object twice without a word.
func (k keeper) Keep(ctx context.Context, order reading.Keeping) (out reading.Made, err error) {
	study, _, err := k.archive.Summary(ctx, order.Study)
	if yilian.KindOf(err) == yilian.NotFound {
		return out, unfit("the study is not in the archive")
	}
	if err != nil {
		return out, err
	}
	set, leftOut, err := k.set(ctx, order, study)
	if err != nil {
		return out, err
	}
	out.LeftOut = leftOut
	if len(leftOut) > 0 && len(set.Marks)+len(set.Keys) == 0 {
		return out, unfit(leftOut[0].Why)
	}
	objects, err := made(set)
	if err != nil {
		return out, unfit(err.Error())
	}
	before := map[string]reading.KeptObject{}
	for _, o := range order.Before {
		before[o.Digest] = o
	}
	out.Objects = make([]reading.KeptObject, len(objects))
	for i, o := range objects {
		if same, ok := before[o.Digest]; ok { // says nothing new: the one that is there holds
			out.Objects[i] = same
			continue
		}
		if out.Objects[i], err = k.store(ctx, order, study, o); err != nil {
			return out, err
		}
	}
	return out, nil
}

// made are all objects of a set.
func made(set structured.Set) (all []structured.Object, err error) {
	if o, ok, err := set.Report(); err != nil {
		return nil, err
	} else if ok {
		all = append(all, o)
	}
	states, err := set.Presentations()
	if err != nil {
		return nil, err
	}
	all = append(all, states...)
	if o, ok, err := set.KeyObjects(); err != nil {
		return nil, err
	} else if ok {
		all = append(all, o)
	}
	return all, nil
}

// store puts one object into the archive, in the name of the reader, as the property of the institution whose study it is.
func (k keeper) store(ctx context.Context, order reading.Keeping, study imaging.Study, o structured.Object) (reading.KeptObject, error) {
	file, err := o.File()
	if err != nil {
		return reading.KeptObject{}, unfit(err.Error())
	}
	ref := o.Reference()
	by := yilian.Actor{Person: order.By.ID, Name: order.By.Name, Institution: study.Institution, Roles: []yilian.Role{yilian.RoleSystem}}
	in := imaging.Incoming{Part10: true, Source: keptSource, Study: order.Study, SOPClass: ref.SOPClass, SOPInstance: ref.Instance}
	if _, err := k.archive.Store(ctx, by, in, bytes.NewReader(file)); err != nil {
		return reading.KeptObject{}, fmt.Errorf("keep what was drawn: %w", err)
	}
	return reading.KeptObject{
		Modality: o.Dataset.String(dicom.Modality), SOPClass: ref.SOPClass, Study: ref.Study, Series: ref.Series, Instance: ref.Instance, Digest: o.Digest,
	}, nil
}

// set reads the pictures of what was drawn. What is drawn on a picture that is not there any more is gone with it; what no object can say is
// left out and named.
func (k keeper) set(ctx context.Context, order reading.Keeping, study imaging.Study) (structured.Set, []reading.LeftOut, error) {
	items, leftOut := markItems(order)
	// As the images say it: what is corrected about them is corrected about these objects, too, on their way out.
	header, err := dicom.ParseJSON(study.Uncorrected().Attributes, nil)
	if err != nil {
		return structured.Set{}, nil, fmt.Errorf("attributes of a study: %w", err)
	}
	set := structured.Set{
		Header: header, Owner: string(order.Report), Number: order.Number, Complete: order.Complete, At: order.At.In(time.Local),
		Observer: structured.Observer{Name: order.By.Name},
	}
	if at, err := k.directory.Institution(ctx, order.Institution); err == nil {
		set.Observer.Organisation = at.Name
	}
	for _, o := range order.Before {
		if o.Modality == "SR" {
			set.Before = &structured.Reference{SOPClass: o.SOPClass, Study: o.Study, Series: o.Series, Instance: o.Instance}
		}
	}
	texts := []string{order.By.Name}
	seen := measuredOn{archive: k.archive, study: order.Study, known: map[yilian.InstanceUID]picture{}}
	looks := newLooked()
	for _, m := range items {
		pic, ok, err := seen.of(ctx, m)
		if err != nil {
			return set, nil, err
		}
		if !ok {
			continue
		}
		if err := m.join(&set, pic); err != nil {
			leftOut = append(leftOut, m.leftOut(err))
			continue
		}
		texts = append(texts, m.Label)
		if !m.inSpace() && !m.onWave() { // else no picture was shown
			looks.add(m.look(pic.Picture, pic.header))
		}
	}
	set.Looks = looks.all()
	set.Language = languageOf(texts...)
	return set, leftOut, nil
}

// looked are looks at pictures, in the order in which these came.
type looked struct {
	order []structured.Picture
	of    map[structured.Picture]structured.Look
}

func newLooked() *looked { return &looked{of: map[structured.Picture]structured.Look{}} }

// add lets the last look at a picture hold.
func (s *looked) add(l structured.Look) {
	if _, again := s.of[l.Picture]; !again {
		s.order = append(s.order, l.Picture)
	}
	s.of[l.Picture] = l
}

func (s *looked) all() (out []structured.Look) {
	for _, p := range s.order {
		out = append(out, s.of[p])
	}
	return out
}

// picture is one with its header.
type picture struct {
	structured.Picture
	header *dicom.Dataset // nil: it is not there
	frames int
}

// measuredOn looks each instance up once.
type measuredOn struct {
	archive *imaging.Archive
	study   yilian.StudyUID
	known   map[yilian.InstanceUID]picture
}

func (p measuredOn) of(ctx context.Context, m markItem) (picture, bool, error) {
	pic, ok := p.known[m.At]
	if !ok {
		i, err := p.archive.Instance(ctx, yilian.System, imaging.Path{Study: p.study, Series: m.Series, Instance: m.At})
		switch {
		case yilian.KindOf(err) == yilian.NotFound:
			p.known[m.At] = picture{}
			return picture{}, false, nil
		case err != nil:
			return picture{}, false, err
		}
		header, err := dicom.ParseJSON(i.Metadata, func(dicom.Tag, dicom.VR, string) ([]byte, error) { return nil, nil })
		if err != nil {
			return picture{}, false, fmt.Errorf("header of a picture: %w", err)
		}
		pic = picture{header: header, frames: i.Frames}
		pic.Reference = structured.Reference{SOPClass: i.SOPClass, Study: i.Study, Series: i.Series, Instance: i.UID}
		pic.Modality, pic.FrameOfReference = header.String(dicom.Modality), header.UID(dicom.FrameOfReferenceUID)
		p.known[m.At] = pic
	}
	if pic.header == nil {
		return picture{}, false, nil
	}
	if pic.frames > 1 {
		pic.Frame = max(1, m.Frame)
	}
	return pic, true, nil
}

// ofDrawn are the modalities of what is made of marks.
var ofDrawn = []string{"SR", "PR", "KO"}

// drawnHere tells whether a series is made of what readers drew, and so brings no new pictures, here or at a site that forwarded it.
func drawnHere(s imaging.Series) bool {
	return s.Manufacturer == structured.Manufacturer && slices.Contains(ofDrawn, s.Modality)
}
