package forward

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/queue"
)

// Kind is the kind of the jobs that send a study to a peer.
const Kind = "forward"

// Archive is what is sent from; imaging.Archive is one.
type Archive interface {
	Summary(ctx context.Context, uid yilian.StudyUID) (imaging.Study, []imaging.Series, error)
	Outline(ctx context.Context, actor yilian.Actor, p imaging.Path) iter.Seq2[imaging.Instance, error]
	// Rejected, Correction and Corrections tell what has become of what a peer has.
	Rejected(ctx context.Context, actor yilian.Actor, study yilian.StudyUID, after yilian.InstanceUID, limit int) ([]imaging.Rejected, error)
	Correction(ctx context.Context, actor yilian.Actor, id string) (imaging.Correction, error)
	Corrections(ctx context.Context, actor yilian.Actor, f imaging.CorrectionFilter, after string, limit int) ([]imaging.Correction, string, error)
	ObjectOf(i imaging.Instance) imaging.Object
	Transcode(ctx context.Context, i imaging.Instance, syntax string) (*imaging.Decoded, error)
}

// Trail is where deliveries are written; imaging.Index is one.
type Trail interface {
	Audit(ctx context.Context, e yilian.Event) error
}

// Config is what a Service needs. Clock and Logger may be nil.
type Config struct {
	Archive  Archive
	Settings Settings
	Cases    Cases
	Trail    Trail
	// Marked answers the marks of a scope: queue.Store's.
	Marked func(ctx context.Context, scope string) (map[string]bool, error)
	// Put orders what follows from a job; nil: no peer is asked for storage commitment.
	Put     func(ctx context.Context, orders ...queue.Order) error
	AETitle string // ours, from which can be retrieved
	Clock   func() time.Time
	Logger  *slog.Logger
}

// Service decides what goes where, and sends it. Its Handlers and Lane belong to a queue.Worker.
type Service struct {
	c     Config
	lines lines
}

// New makes a Service.
func New(c Config) (*Service, error) {
	if c.Archive == nil || c.Settings == nil || c.Cases == nil || c.Trail == nil || c.Marked == nil {
		return nil, errors.New("forward: a Service needs Archive, Settings, Cases, Trail and Marked")
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{c: c}, nil
}

// doc is what a forwarding job carries.
type doc struct {
	Peer   string          `json:"peer"`
	Study  yilian.StudyUID `json:"study"`
	Rule   string          `json:"rule,omitempty"` // "": ordered by hand
	Select Selection       `json:"select,omitzero"`
	By     string          `json:"by,omitempty"` // who ordered it by hand
	// Update: only what the peer had before is looked at, since a correction has changed it.
	Update bool `json:"update,omitempty"`
	// Again are instances that go although the peer has confirmed them, since it does not commit itself to them; for the Round-th time.
	Again []yilian.InstanceUID `json:"again,omitempty"`
	Round int                  `json:"round,omitempty"`
}

// Handlers are the queue's handlers of this service's kinds.
func (s *Service) Handlers() map[string]queue.Handler {
	return map[string]queue.Handler{Kind: s.Handle, KindAvailability: s.Announce, KindPromise: s.Promise, KindPromised: s.Promised}
}

// laneOf is the lane of a peer.
func laneOf(peer string) string { return lanePrefix + peer }

const lanePrefix = "peer/"

// PeerOf answers the peer of a lane.
func PeerOf(lane string) (id string, ok bool) { return strings.CutPrefix(lane, lanePrefix) }

// LaneOf answers the lane of a peer.
func LaneOf(peer string) string { return laneOf(peer) }

// Lane is the policy of a peer's lane.
func (s *Service) Lane(ctx context.Context, lane string) (queue.Policy, error) {
	id, ok := PeerOf(lane)
	if !ok {
		return queue.Policy{Jobs: 1}, nil
	}
	p, err := s.c.Settings.Peer(ctx, id)
	if err != nil {
		if yilian.KindOf(err) == yilian.NotFound {
			return queue.Policy{}, err
		}
		return queue.Policy{}, nil // for now nothing can be known: closed
	}
	policy := queue.Policy{Jobs: max(p.Associations, 1), Attempts: p.Attempts, Patience: p.Patience}
	if p.Disabled {
		policy.Jobs = 0
	}
	return policy, nil
}

// Changed answers the orders that a study leads to now. It is called for each message about the study, and putting the same orders
// again changes nothing.
func (s *Service) Changed(ctx context.Context, uid yilian.StudyUID) ([]queue.Order, error) {
	rules, err := s.c.Settings.Rules(ctx)
	if err != nil || !slices.ContainsFunc(rules, func(r Rule) bool { return !r.Disabled }) {
		return nil, err
	}
	facts, version, err := s.facts(ctx, uid, rules)
	if yilian.KindOf(err) == yilian.NotFound {
		return nil, nil // removed meanwhile
	}
	if err != nil {
		return nil, err
	}
	var orders []queue.Order
	for _, hit := range Plan(rules, facts) {
		if !hit.Now {
			continue
		}
		for _, peer := range hit.Rule.Peers {
			p, unknown := s.c.Settings.Peer(ctx, peer)
			if unknown != nil {
				p = Peer{} // the job will say what is wrong
			}
			d := doc{Peer: peer, Study: uid, Rule: hit.Rule.ID, Select: hit.Rule.selection()}
			if p.Notices != OnlyNotices {
				orders, err = appendOrder(orders, Kind, d, hit.Priority, version)
			}
			if err == nil && p.Notices != NoNotices && facts.Complete {
				orders, err = appendOrder(orders, KindAvailability, d, hit.Priority, version)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return orders, nil
}

// Order is a study sent to a peer by hand. Ordering it again sends what is new, or all of it again if anew is set.
func (s *Service) Order(ctx context.Context, peer string, uid yilian.StudyUID, p queue.Priority, by string) (queue.Order, error) {
	if _, err := s.c.Settings.Peer(ctx, peer); err != nil {
		return queue.Order{}, err
	}
	if _, _, err := s.c.Archive.Summary(ctx, uid); err != nil {
		return queue.Order{}, err
	}
	return order(Kind, doc{Peer: peer, Study: uid, By: by}, p, strconv.FormatInt(s.c.Clock().UnixNano(), 36))
}

func order(kind string, d doc, p queue.Priority, rev string) (queue.Order, error) {
	data, err := json.Marshal(d)
	if err != nil {
		return queue.Order{}, fmt.Errorf("forward: encode a job: %w", err)
	}
	rule := d.Rule
	switch {
	case d.Update:
		rule = updateRule
	case len(d.Again) > 0:
		rule = againRule + rev // one answer does not take the place of another
	}
	return queue.Order{
		Kind: kind, Key: d.Peer + "/" + string(d.Study) + "/" + rule, Rev: rev, Lane: laneOf(d.Peer), About: string(d.Study), Priority: p, Doc: data,
	}, nil
}

// What stands in the key of a job in the place of a rule's identifier: of an update, and of what goes again.
const (
	updateRule = "+"
	againRule  = "!"
)

func appendOrder(all []queue.Order, kind string, d doc, p queue.Priority, rev string) ([]queue.Order, error) {
	o, err := order(kind, d, p, rev)
	return append(all, o), err
}

// DryRun answers which rules hold for a study, and for each other one what does not.
func (s *Service) DryRun(ctx context.Context, uid yilian.StudyUID) (Facts, []Hit, map[string]string, error) {
	rules, err := s.c.Settings.Rules(ctx)
	if err != nil {
		return Facts{}, nil, nil, err
	}
	facts, _, err := s.facts(ctx, uid, rules)
	if err != nil {
		return Facts{}, nil, nil, err
	}
	hits := Plan(rules, facts)
	misses := map[string]string{}
	for _, r := range rules {
		if slices.ContainsFunc(hits, func(h Hit) bool { return h.Rule.ID == r.ID }) {
			continue
		}
		switch why := r.When.Fails(facts); {
		case r.Disabled:
			misses[r.ID] = "disabled"
		case why != "":
			misses[r.ID] = why
		default:
			misses[r.ID] = "stopped" // by a rule before it
		}
	}
	return facts, hits, misses, nil
}

// facts gathers what rules look at. Instances are gone through only where a rule asks for what the study does not know.
func (s *Service) facts(ctx context.Context, uid yilian.StudyUID, rules []Rule) (f Facts, version string, err error) {
	study, series, err := s.c.Archive.Summary(ctx, uid)
	if err != nil {
		return f, "", err
	}
	clinical, err := s.c.Cases.Case(ctx, uid)
	if err != nil {
		return f, "", err
	}
	f = Facts{
		Study: uid, Sources: []string{study.Device}, Institution: study.Institution, Modalities: study.Modalities,
		Referring: clinical.Referring, Urgency: clinical.Urgency, Complete: clinical.Complete, At: s.c.Clock().Local(),
	}
	for _, one := range series {
		if one.BodyPart != "" && !slices.Contains(f.BodyParts, one.BodyPart) {
			f.BodyParts = append(f.BodyParts, one.BodyPart)
		}
	}
	version = fmt.Sprintf("%d/%d", study.Version, study.InstanceCount)
	if !slices.ContainsFunc(rules, func(r Rule) bool { return !r.Disabled && len(r.When.SOPClasses) > 0 }) {
		return f, version, nil
	}
	for i, err := range s.c.Archive.Outline(ctx, yilian.System, imaging.Path{Study: uid}) {
		if err != nil {
			return f, "", err
		}
		if !slices.Contains(f.SOPClasses, i.SOPClass) {
			f.SOPClasses = append(f.SOPClasses, i.SOPClass)
		}
		if i.Source != "" && !slices.Contains(f.Sources, i.Source) {
			f.Sources = append(f.Sources, i.Source)
		}
	}
	return f, version, nil
}

// Stats answers what this node has sent, by peer.
func (s *Service) Stats() map[string]Stats { return s.lines.stats(s.c.Clock()) }

// closing closes what was only read.
func closing(c io.Closer) { _ = c.Close() }

// Told is the application entity of a lane that tells something.
func Told(lane string) (ae string, ok bool) { return strings.CutPrefix(lane, toldPrefix) }

// About is what a job of this service is about.
type About struct {
	Peer  string
	Study yilian.StudyUID
	Rule  string // "": ordered by hand, or by a correction
	By    string // who ordered it; only where the job has its document
}

// Describe answers what a job is about, from its key and, where it has one, its document.
func Describe(j queue.Job) About {
	if j.Kind == KindPromise || j.Kind == KindPromised {
		peer, _ := PeerOf(j.Lane)
		return About{Peer: peer, Study: yilian.StudyUID(j.About)}
	}
	if j.Kind != Kind && j.Kind != KindAvailability {
		return About{Study: yilian.StudyUID(j.About)}
	}
	var d doc
	if json.Unmarshal(j.Doc, &d) == nil && d.Peer != "" {
		return About{Peer: d.Peer, Study: d.Study, Rule: d.Rule, By: d.By}
	}
	parts := strings.SplitN(j.Key, "/", 3)
	parts = append(parts, "", "")
	return About{Peer: parts[0], Study: yilian.StudyUID(parts[1]), Rule: ruleOf(parts[2])}
}

// ruleOf is the rule in the last part of a key.
func ruleOf(key string) string {
	if strings.HasPrefix(key, updateRule) || strings.HasPrefix(key, againRule) {
		return ""
	}
	return key
}

// Progress answers how many instances of a job's study the peer has confirmed, of how many.
func (s *Service) Progress(ctx context.Context, marks func(context.Context, string) (map[string]bool, error), j queue.Job) (delivered, total int, err error) {
	about := Describe(j)
	if j.Kind != Kind || about.Peer == "" {
		return 0, 0, nil
	}
	done, err := marks(ctx, scopeOf(about.Peer, about.Study))
	if err != nil {
		return 0, 0, err
	}
	study, _, err := s.c.Archive.Summary(ctx, about.Study)
	if yilian.KindOf(err) == yilian.NotFound {
		return len(hadOf(done)), 0, nil
	}
	return min(len(hadOf(done)), study.InstanceCount), study.InstanceCount, err
}
