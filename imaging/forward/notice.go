package forward

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/queue"
	"yilian/imaging/scp"
)

// KindAvailability is the kind of the jobs that tell a peer what of a study can be retrieved here, and what no longer can (Instance
// Availability Notification, PS3.4 Annex R).
const KindAvailability = "availability"

// maxNotice is how many instances one notice names.
const maxNotice = 1000

// Values of Instance Availability (0008,0056).
const (
	online      = "ONLINE"
	offline     = "OFFLINE"     // somebody must fetch it from the backup
	unavailable = "UNAVAILABLE" // rejected, or of another study now
)

// Announce tells a peer how a study stands, as a queue.Handler. What it says is found out when it is said.
func (s *Service) Announce(ctx context.Context, t *queue.Task) error {
	var d doc
	if err := json.Unmarshal(t.Doc, &d); err != nil {
		return queue.Permanent("forward.job", "The job cannot be read.")
	}
	peer, err := s.peer(ctx, d.Peer)
	if err != nil {
		return err
	}
	if peer.URL != "" {
		return queue.Permanent(CodeRefused, "Notices go over DICOM, not to a DICOMweb peer.")
	}
	n := &announcement{
		s: s, doc: d, said: map[string]map[yilian.SeriesUID][]scp.Reference{}, homes: map[imaging.Home]bool{},
		sent: newHoldings(t.Marked, sentScope, peer.ID), told: newHoldings(t.Marked, toldScope, peer.ID),
	}
	if err := n.gather(ctx); err != nil {
		return err
	}
	notices := n.notices(s.c.AETitle)
	if len(notices) == 0 {
		return nil
	}
	if err := toldOutcome(ctx, scp.NotifyAvailability(ctx, destination(peer), notices...)); err != nil {
		return err
	}
	for home := range n.homes {
		if err := n.told.add(ctx, t, home); err != nil {
			return err
		}
	}
	if err := t.Flush(ctx); err != nil {
		return err
	}
	return n.record(context.WithoutCancel(ctx))
}

// peer answers a peer of a job.
func (s *Service) peer(ctx context.Context, id string) (Peer, error) {
	p, err := s.c.Settings.Peer(ctx, id)
	if yilian.KindOf(err) == yilian.NotFound {
		return p, queue.Permanent("forward.peer", "There is no such peer any more.")
	}
	return p, err
}

// announcement gathers what is to be said about one study.
type announcement struct {
	s          *Service
	doc        doc
	study      imaging.Study
	sent, told *holdings
	said       map[string]map[yilian.SeriesUID][]scp.Reference // by availability
	homes      map[imaging.Home]bool                           // series that the peer knows of from now on
}

func (n *announcement) gather(ctx context.Context) error {
	study, series, err := n.s.c.Archive.Summary(ctx, n.doc.Study)
	if err != nil && yilian.KindOf(err) != yilian.NotFound { // nothing may be left of it
		return err
	}
	n.study = study
	of := map[yilian.SeriesUID]imaging.Series{}
	for _, one := range series {
		of[one.UID] = one
	}
	here := map[yilian.InstanceUID]bool{}
	err = n.s.instances(ctx, n.doc.Study, func(i imaging.Instance) error {
		here[i.UID] = true
		one := of[i.Series]
		if !n.doc.Select.takes(one.Modality, one.BodyPart, i.SOPClass, i.Source) {
			return nil
		}
		if n.doc.Update {
			if knows, err := n.knows(ctx, i.Whence()); err != nil || !knows {
				return err
			}
		}
		n.homes[i.Whence()] = true
		n.say(online, i.Series, i.SOPClass, i.UID)
		return nil
	})
	if err != nil {
		return err
	}
	all, err := n.s.truthOf(ctx, n.doc.Study)
	if err != nil {
		return err
	}
	for _, step := range []func(context.Context, truth, map[yilian.InstanceUID]bool) error{n.rejected, n.moved, n.damaged} {
		if err := step(ctx, all, here); err != nil {
			return err
		}
	}
	return nil
}

// instances goes through what is listed of a study; nothing when it is not there.
func (s *Service) instances(ctx context.Context, study yilian.StudyUID, each func(imaging.Instance) error) error {
	for i, err := range s.c.Archive.Outline(ctx, yilian.System, imaging.Path{Study: study}) {
		if yilian.KindOf(err) == yilian.NotFound {
			return nil
		}
		if err == nil {
			err = each(i)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// knows tells whether the peer has ever had, or heard of, a series.
func (n *announcement) knows(ctx context.Context, home imaging.Home) (bool, error) {
	has, err := n.told.has(ctx, home)
	if err != nil || has {
		return has, err
	}
	return n.sent.has(ctx, home)
}

func (n *announcement) say(availability string, series yilian.SeriesUID, class string, uid yilian.InstanceUID) {
	if n.said[availability] == nil {
		n.said[availability] = map[yilian.SeriesUID][]scp.Reference{}
	}
	n.said[availability][series] = append(n.said[availability][series], scp.Reference{SOPClass: class, Instance: uid})
}

// rejected says what of the study was rejected, whatever the reason: also what has outlived its retention cannot be had any more.
func (n *announcement) rejected(ctx context.Context, all truth, here map[yilian.InstanceUID]bool) error {
	for _, c := range all {
		if c.Kind != imaging.RejectKind || !c.InForce() {
			continue
		}
		if n.study.Institution == "" {
			n.study.Institution = c.Institution
		}
		for _, ref := range c.Reject.Instances {
			if ref.Study != n.doc.Study || here[ref.Instance] {
				continue
			}
			knows, err := n.knows(ctx, imaging.Home{Study: ref.Study, Series: ref.Series})
			if err != nil {
				return err
			}
			if knows {
				n.say(unavailable, ref.Series, ref.SOPClass, ref.Instance)
			}
		}
	}
	return nil
}

// moved says what the headers put into this study and a correction into another.
func (n *announcement) moved(ctx context.Context, all truth, here map[yilian.InstanceUID]bool) error {
	gone := map[yilian.StudyUID]bool{}
	for _, c := range all.moves() {
		if c.InForce() && c.Move.To != n.doc.Study {
			gone[c.Move.To] = true
		}
	}
	for to := range gone {
		err := n.s.instances(ctx, to, func(i imaging.Instance) error {
			home := i.Whence()
			if home.Study != n.doc.Study || here[i.UID] {
				return nil
			}
			knows, err := n.knows(ctx, home)
			if err == nil && knows {
				n.say(unavailable, home.Series, i.SOPClass, i.UID)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// damaged says what has left the listings because its bytes are not what they were.
func (n *announcement) damaged(ctx context.Context, _ truth, here map[yilian.InstanceUID]bool) error {
	return n.s.rejected(ctx, n.doc.Study, func(r imaging.Rejected) error {
		if r.Code != imaging.Damaged || here[r.Instance] || r.Addition == nil {
			return nil
		}
		knows, err := n.knows(ctx, r.Home)
		if err == nil && knows {
			n.say(offline, r.Home.Series, r.Addition.Instance.SOPClass, r.Instance)
		}
		return err
	})
}

// rejected goes through what is kept of a study but not listed.
func (s *Service) rejected(ctx context.Context, study yilian.StudyUID, each func(imaging.Rejected) error) error {
	for after := yilian.InstanceUID(""); ; {
		page, err := s.c.Archive.Rejected(ctx, yilian.System, study, after, imaging.MaxPage)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, r := range page {
			if err := each(r); err != nil {
				return err
			}
		}
		after = page[len(page)-1].Instance
	}
}

// notices are what was gathered in data sets of a bounded size; what cannot be had goes first.
func (n *announcement) notices(ae string) (all []scp.AvailabilityNotice) {
	for _, availability := range []string{unavailable, offline, online} {
		var now *scp.AvailabilityNotice
		left := 0
		for _, series := range slices.Sorted(maps.Keys(n.said[availability])) {
			for refs := n.said[availability][series]; len(refs) > 0; {
				if left == 0 {
					all = append(all, scp.AvailabilityNotice{Study: n.doc.Study, RetrieveAE: ae, Availability: availability})
					now, left = &all[len(all)-1], maxNotice
				}
				take := min(left, len(refs))
				now.Series = append(now.Series, scp.AvailabilitySeries{UID: series, Instances: refs[:take]})
				refs, left = refs[take:], left-take
			}
		}
	}
	return all
}

// record writes into the trail who was told.
func (n *announcement) record(ctx context.Context) error {
	counts := map[string]int{}
	for availability, series := range n.said {
		for _, refs := range series {
			counts[availability] += len(refs)
		}
	}
	data, err := json.Marshal(map[string]any{"peer": n.doc.Peer, "instances": counts, "rule": n.doc.Rule})
	if err != nil {
		return fmt.Errorf("forward: encode an event: %w", err)
	}
	return n.s.c.Trail.Audit(ctx, yilian.Event{
		Chain: string(n.study.Institution), Entity: "study", EntityID: string(n.doc.Study), Version: n.study.Version, Action: "study.announced",
		Actor: yilian.System, At: n.s.c.Clock().UTC(), Data: data,
	})
}
