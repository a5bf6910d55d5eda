package forward

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/queue"
)

// truth is what corrections have made of a study: those that have taken effect at some time, whether they still hold or not.
type truth []imaging.Correction

func (s *Service) truthOf(ctx context.Context, study yilian.StudyUID) (all truth, err error) {
	filter := imaging.CorrectionFilter{
		Study: study, States: []imaging.CorrectionState{imaging.CorrectionActive, imaging.CorrectionUndoing, imaging.CorrectionUndone},
	}
	for after := ""; ; {
		page, next, err := s.c.Archive.Corrections(ctx, yilian.System, filter, after, imaging.MaxPage)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if next == "" {
			break
		}
		after = next
	}
	slices.SortFunc(all, func(a, b imaging.Correction) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

// state names what corrections say of an instance now; "" when none ever did. It is never the same again after a change: what was
// undone does not come back under its identifier.
func (t truth) state(i imaging.Instance) string {
	var said strings.Builder
	for _, c := range t {
		if !affects(c, i) {
			continue
		}
		said.WriteString(c.ID)
		said.WriteString(strconv.FormatBool(c.InForce()))
	}
	if said.Len() == 0 {
		return ""
	}
	sum := sha256.Sum256([]byte(said.String()))
	return hex.EncodeToString(sum[:4])
}

// affects tells whether a correction changes, or changed, what is given out as an instance.
func affects(c imaging.Correction, i imaging.Instance) bool {
	home := i.Whence()
	of := func(s yilian.SeriesUID) bool { return s == i.Series || s == home.Series }
	switch c.Kind {
	case imaging.AmendKind:
		return c.Amend.Series == "" || of(c.Amend.Series)
	case imaging.MergeKind:
		return true
	case imaging.MoveKind:
		return slices.ContainsFunc(c.Move.From, func(p imaging.Path) bool { return of(p.Series) && (p.Instance == "" || p.Instance == i.UID) })
	case imaging.RejectKind: // one that holds takes it out of the listings
		return !c.InForce() && slices.ContainsFunc(c.Reject.Instances, func(r imaging.Reference) bool { return r.Instance == i.UID })
	case imaging.ConflictKind:
		return c.Conflict.Instance == i.UID
	}
	return false
}

// mark names an instance by what was sent of it: one that was replaced or corrected goes again.
func (t truth) mark(i imaging.Instance) string {
	m := string(i.UID) + "/" + i.SHA256[:min(len(i.SHA256), 16)]
	if state := t.state(i); state != "" {
		m += "/" + state
	}
	return m
}

// moves are the moves among the corrections.
func (t truth) moves() (all []imaging.Correction) {
	for _, c := range t {
		if c.Kind == imaging.MoveKind {
			all = append(all, c)
		}
	}
	return all
}

// rejections are those in force of which other archives are told: not that our own retention has ended, which is nobody else's rule.
func (t truth) rejections() (all []imaging.Correction) {
	for _, c := range t {
		if c.Kind == imaging.RejectKind && c.InForce() && c.Reject.Code != imaging.RejectedRetention {
			all = append(all, c)
		}
	}
	return all
}

// The scopes in which it is remembered for good which peers were sent, or told of, what series. Studies and series are those of the
// headers, which no correction changes.
func sentScope(study yilian.StudyUID) string { return queue.Lasting + "forward/" + string(study) }
func toldScope(study yilian.StudyUID) string { return queue.Lasting + "notice/" + string(study) }

func holding(peer string, series yilian.SeriesUID) string { return peer + "/" + string(series) }

// holdings answers what one peer was sent or told of, reading each study's memory once.
type holdings struct {
	marked func(ctx context.Context, scope string) (map[string]bool, error)
	scope  func(yilian.StudyUID) string
	peer   string
	known  map[yilian.StudyUID]map[string]bool
}

func newHoldings(marked func(context.Context, string) (map[string]bool, error), scope func(yilian.StudyUID) string, peer string) *holdings {
	return &holdings{marked, scope, peer, map[yilian.StudyUID]map[string]bool{}}
}

func (h *holdings) has(ctx context.Context, of imaging.Home) (bool, error) {
	known, ok := h.known[of.Study]
	if !ok {
		var err error
		if known, err = h.marked(ctx, h.scope(of.Study)); err != nil {
			return false, err
		}
		known = maps.Clone(known)
		if known == nil {
			known = map[string]bool{}
		}
		h.known[of.Study] = known
	}
	return known[holding(h.peer, of.Series)], nil
}

// add notes that the peer has it from now on, and tells whether that is new.
func (h *holdings) add(ctx context.Context, t *queue.Task, of imaging.Home) error {
	has, err := h.has(ctx, of)
	if err != nil || has {
		return err
	}
	h.known[of.Study][holding(h.peer, of.Series)] = true
	t.Mark(h.scope(of.Study), holding(h.peer, of.Series))
	return nil
}

// Corrected answers the orders that a correction leads to: for each peer that has what it changes the corrected objects and the
// rejection note, or a notice, as the peer's settings say. It is called for each message about a correction.
func (s *Service) Corrected(ctx context.Context, id string) ([]queue.Order, error) {
	c, err := s.c.Archive.Correction(ctx, yilian.System, id)
	if yilian.KindOf(err) == yilian.NotFound {
		return nil, nil
	}
	if err != nil || c.Since().IsZero() {
		return nil, err // nothing has changed yet
	}
	approved := 0
	for _, step := range c.Steps {
		if step.Action == imaging.Approve {
			approved++
		}
	}
	rev := id + "/" + strconv.Itoa(approved)
	sent, told, err := s.holders(ctx, c)
	if err != nil {
		return nil, err
	}
	everybody := maps.Clone(sent)
	maps.Copy(everybody, told)
	var orders []queue.Order
	for _, peer := range slices.Sorted(maps.Keys(everybody)) {
		p, err := s.c.Settings.Peer(ctx, peer)
		if yilian.KindOf(err) == yilian.NotFound {
			continue
		}
		if err != nil {
			p = Peer{} // the job will say what is wrong
		}
		for _, study := range c.Studies {
			d := doc{Peer: peer, Study: study, Update: true}
			if p.Notices != "" || p.Corrections == CorrectionsNotice {
				orders, err = appendOrder(orders, KindAvailability, d, queue.Urgent, rev)
			}
			if err == nil && sent[peer] && p.Corrections == CorrectionsSend {
				orders, err = appendOrder(orders, Kind, d, queue.Urgent, rev)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return orders, nil
}

// holders are the peers that were sent, and those that were told of, something of the studies of a correction, or of what was moved
// into them.
func (s *Service) holders(ctx context.Context, c imaging.Correction) (sent, told map[string]bool, err error) {
	studies := map[yilian.StudyUID]bool{}
	for _, uid := range c.Studies {
		studies[uid] = true
		all, err := s.truthOf(ctx, uid)
		if err != nil {
			return nil, nil, err
		}
		for _, m := range all.moves() {
			for _, p := range m.Move.From {
				studies[p.Study] = true
			}
		}
	}
	sent, told = map[string]bool{}, map[string]bool{}
	for uid := range studies {
		for scope, peers := range map[string]map[string]bool{sentScope(uid): sent, toldScope(uid): told} {
			marks, err := s.c.Marked(ctx, scope)
			if err != nil {
				return nil, nil, err
			}
			for item := range marks {
				peer, _, _ := strings.Cut(item, "/")
				peers[peer] = true
			}
		}
	}
	return sent, told, nil
}
