package main

import (
	"cmp"
	"context"
	"crypto/rand"
	_ "embed"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"yilian"
	"yilian/consult/api"
	"yilian/consult/share"
	"yilian/imaging"
	"yilian/imaging/deident"
	"yilian/imaging/dicom"
	"yilian/imaging/fileset"
)

//go:embed deident_readme.txt
var deidentReadme []byte

// profileOf makes a profile with a key that nobody keeps: what a UID was cannot be told from two copies.
func profileOf(o share.Options) *deident.Profile {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return deident.New(deident.Options(o), key)
}

// judged is an instance with its risk.
type judged struct {
	imaging.Instance
	header *dicom.Dataset
	risk   deident.Risk
}

// judge goes through the instances of a study that may be given away.
func (g givenAway) judge(ctx context.Context, actor yilian.Actor, study yilian.StudyUID) (iter.Seq2[judged, error], error) {
	if _, _, err := (givers{g.service}).MayGive(ctx, actor, study); err != nil {
		return nil, err
	}
	return func(yield func(judged, error) bool) {
		for i, err := range g.archive.Instances(ctx, actor, imaging.Path{Study: study}) {
			if err != nil {
				yield(judged{}, err)
				return
			}
			d, err := dicom.ParseJSON(i.Metadata, func(dicom.Tag, dicom.VR, string) ([]byte, error) { return nil, nil })
			if err != nil {
				yield(judged{}, err)
				return
			}
			if !yield(judged{i, d, deident.RiskOf(d, i.TransferSyntax)}, nil) {
				return
			}
		}
	}, nil
}

// Bounds of a review, which is read by a person.
const (
	reviewedSeries = 24
	reviewedRows   = 150
)

// Review implements api.GivenAway.
func (g givenAway) Review(ctx context.Context, actor yilian.Actor, study yilian.StudyUID, o share.Options) (out api.Review, err error) {
	all, err := g.judge(ctx, actor, study)
	if err != nil {
		return out, err
	}
	out = api.Review{Samples: []api.ReviewSample{}, Risks: []api.ReviewRisk{}}
	p := profileOf(o)
	for i, err := range all {
		if err != nil {
			return out, err
		}
		out.Instances++
		if i.risk != deident.NoRisk {
			out.Risks = append(out.Risks, api.ReviewRisk{
				Instance: i.UID, Series: i.Series, Number: i.Number, Modality: i.header.String(dicom.Modality), Frames: i.Frames, Risk: string(i.risk), LeftOut: i.risk.LeftOut(),
			})
		}
		at := slices.IndexFunc(out.Samples, func(s api.ReviewSample) bool { return s.Series == string(i.Series) })
		switch {
		case at >= 0:
			out.Samples[at].Instances++
		case len(out.Samples) < reviewedSeries:
			s, err := g.sample(ctx, p, i)
			if err != nil {
				out.Unread++
				continue
			}
			out.Samples = append(out.Samples, s)
		}
	}
	return out, nil
}

// sample reads the header of one instance as it is and as it would be.
func (g givenAway) sample(ctx context.Context, p *deident.Profile, i judged) (s api.ReviewSample, err error) {
	o, err := g.scan(ctx, i.Instance, true)
	if err != nil {
		return s, err
	}
	plan, err := p.Plan(o, false)
	if err != nil {
		return s, err
	}
	s = api.ReviewSample{
		Series: string(i.Series), Modality: i.header.String(dicom.Modality), Description: i.header.String(dicom.SeriesDescription), Instances: 1, Rows: []api.ReviewRow{},
	}
	changed := 0
	slices.SortStableFunc(plan.Rows, func(a, b deident.Row) int { return cmp.Compare(aboutPatient(b), aboutPatient(a)) })
	for _, r := range plan.Rows {
		if len(r.Path) == len("00100010") {
			changed++
		}
		if len(s.Rows) < reviewedRows {
			s.Rows = append(s.Rows, api.ReviewRow{Path: r.Path, Keyword: r.Keyword, Action: string(r.Action), Before: r.Before, After: r.After})
		}
	}
	s.Kept = max(len(o.Dataset.Elements)-changed, 0)
	return s, nil
}

// aboutPatient is 1 for what names the patient: it is shown first.
func aboutPatient(r deident.Row) int {
	if r.Tag.Group() == 0x0010 {
		return 1
	}
	return 0
}

// scan reads an object, its corrections made, to its end or up to the pixels.
func (g givenAway) scan(ctx context.Context, i imaging.Instance, header bool) (_ *dicom.Object, err error) {
	r, err := g.archive.ObjectOf(i).Open(ctx, 0, -1)
	if err != nil {
		return nil, err
	}
	defer func() { err = cmp.Or(err, r.Close()) }()
	options := deident.Scan
	options.Header = header
	return dicom.ScanFile(r, options)
}

// Check implements api.GivenAway.
func (g givenAway) Check(ctx context.Context, actor yilian.Actor, r share.Release) error {
	all, err := g.judge(ctx, actor, r.Study)
	if err != nil {
		return err
	}
	looked, excluded := set(r.Looked), set(r.Excluded)
	left, leaves := 0, 0
	for i, err := range all {
		switch {
		case err != nil:
			return err
		case stays(i.risk, i.UID, looked, excluded):
		case i.risk != deident.NoRisk && !looked[i.UID]:
			left++
		default:
			leaves++
		}
	}
	switch {
	case left > 0:
		e := yilian.Errorf(yilian.Invalid, "deident.review", "%d images may show who they are of, and nobody has looked at them.", left)
		e.Params = map[string]any{"left": left}
		return e
	case leaves == 0:
		return yilian.Errorf(yilian.Invalid, "deident.nothing", "Nothing would be left of this study.")
	}
	return nil
}

// stays tells whether an instance stays in the house: it was left out, or its kind is unless it was chosen.
func stays(risk deident.Risk, uid yilian.InstanceUID, looked, excluded map[yilian.InstanceUID]bool) bool {
	return excluded[uid] || risk.LeftOut() && !looked[uid]
}

func set(all []yilian.InstanceUID) map[yilian.InstanceUID]bool {
	m := make(map[yilian.InstanceUID]bool, len(all))
	for _, uid := range all {
		m[uid] = true
	}
	return m
}

// Copy implements api.GivenAway.
func (g givenAway) Copy(ctx context.Context, actor yilian.Actor, r share.Release) (out api.Export, err error) {
	if err := g.Check(ctx, actor, r); err != nil {
		return out, err // images have come since
	}
	entries, err := g.archive.Export(ctx, actor, r.Study)
	if err != nil {
		return out, err
	}
	bare := g.without(entries, profileOf(r.Options), r)
	readme := fileset.Extra{Name: "README.TXT", Content: deidentReadme}
	return api.Export{Size: -1, Write: func(w io.Writer) error { return fileset.WriteZIP(w, "ANON", time.Now(), bare, readme) }}, nil
}

// without takes the identity out of what goes onto a medium, one instance at a time: each is read once to plan and once to write.
func (g givenAway) without(entries iter.Seq2[fileset.Entry, error], p *deident.Profile, r share.Release) iter.Seq2[fileset.Entry, error] {
	looked, excluded := set(r.Looked), set(r.Excluded)
	return func(yield func(fileset.Entry, error) bool) {
		for e, err := range entries {
			if err == nil {
				uid, risk := yilian.InstanceUID(e.Header.UID(dicom.SOPInstanceUID)), deident.RiskOf(e.Header, e.Syntax)
				if stays(risk, uid, looked, excluded) {
					continue
				}
				if risk != deident.NoRisk && !looked[uid] {
					err = fmt.Errorf("an image came that nobody has looked at")
				} else {
					e, err = bared(e, p, looked[uid])
				}
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// bared is an entry without identity.
func bared(e fileset.Entry, p *deident.Profile, looked bool) (out fileset.Entry, err error) {
	r, err := e.Open()
	if err != nil {
		return out, err
	}
	o, err := dicom.ScanFile(r, deident.Scan)
	if err = cmp.Or(err, r.Close()); err != nil {
		return out, fmt.Errorf("read an instance: %w", err)
	}
	plan, err := p.Plan(o, looked)
	if err != nil {
		return out, err
	}
	if err := plan.Header(o.Dataset); err != nil {
		return out, fmt.Errorf("take the identity out of a header: %w", err)
	}
	return fileset.Entry{Header: o.Dataset, Syntax: e.Syntax, Open: func() (io.ReadCloser, error) {
		r, err := e.Open()
		if err != nil {
			return nil, err
		}
		return struct {
			io.Reader
			io.Closer
		}{plan.File(r), r}, nil
	}}, nil
}
