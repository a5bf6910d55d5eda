package sqlstore

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/imaging"
)

// growthNews is how often those who follow a study are told that it grows while somebody sends it.
const growthNews = time.Second

// adder applies additions in one transaction. What several of them change (their study, series, association, page, the head of the
// chain, the news) is written once, by flush: until then it stands here. What an addition does is decided by imaging.Apply.
type adder struct {
	t       *txn
	stays   map[seriesRef]bool // series that were not moved elsewhere
	studies map[yilian.StudyUID]*grown[imaging.Study]
	series  map[seriesRef]*grown[imaging.Series]
	chains  map[string]*chainEnd
	joined  map[association]time.Time
	pages   map[string]int64
	news    map[yilian.StudyUID]flow.Message
}

type seriesRef struct {
	study  yilian.StudyUID
	series yilian.SeriesUID
}

type association struct {
	id    string
	study yilian.StudyUID
}

// grown is a row as it is to be; nil is none.
type grown[T any] struct {
	now   *T
	dirty bool // not written yet
}

// chainEnd is the last entry of a chain, which may not be its head in the table yet.
type chainEnd struct {
	last   entry
	dirty  bool
	latest map[string]int64 // by entity: the identifier of its last entry
}

func newAdder(t *txn) *adder {
	b := &adder{t: t}
	b.forget()
	return b
}

// forget drops what is known of the tables: somebody else writes to them.
func (b *adder) forget() {
	b.stays, b.studies, b.series = map[seriesRef]bool{}, map[yilian.StudyUID]*grown[imaging.Study]{}, map[seriesRef]*grown[imaging.Series]{}
	b.chains, b.joined, b.pages, b.news = map[string]*chainEnd{}, map[association]time.Time{}, map[string]int64{}, map[yilian.StudyUID]flow.Message{}
}

// addInstance applies one addition. forced overrules the objections of imaging.Apply: an administrator has decided.
func (t *txn) addInstance(a imaging.Addition, forced bool) (imaging.Outcome, error) {
	b := newAdder(t)
	outcome, err := b.add(a, forced)
	if err != nil {
		return outcome, err
	}
	return outcome, b.flush()
}

func (b *adder) add(a imaging.Addition, forced bool) (outcome imaging.Outcome, err error) {
	if a, err = b.redirect(a); err != nil {
		return outcome, err
	}
	state, err := b.state(a)
	if err != nil {
		return outcome, err
	}
	if forced {
		a = imaging.Adopted(state, a)
	}
	outcome, change := imaging.Apply(state, a, b.t.newConflictID())
	switch outcome.Status {
	case imaging.Duplicate, imaging.Ignored:
		b.join(a)
	case imaging.KeptAside:
		err = b.keepAside(state, outcome, a)
	default:
		err = b.record(state, outcome, change, a)
	}
	if a.Page != "" {
		b.pages[a.Page] = max(b.pages[a.Page], a.End)
	}
	return outcome, err
}

// redirect follows a series that was moved into another study.
func (b *adder) redirect(a imaging.Addition) (imaging.Addition, error) {
	ref := seriesRef{a.Study.UID, a.Series.UID}
	if b.stays[ref] {
		return a, nil
	}
	to, err := b.t.redirect(a)
	b.stays[ref] = err == nil && to.Study.UID == ref.study && to.Series.UID == ref.series
	return to, err
}

// state reads what is there under the UIDs of an addition.
func (b *adder) state(a imaging.Addition) (s imaging.State, err error) {
	if s.Instance, err = present(b.t.imagingInstance(a.Instance.UID)); err != nil {
		return s, err
	}
	study, err := b.study(a.Study.UID)
	if err != nil {
		return s, err
	}
	if s.Study = study.now; s.Study != nil {
		series, err := b.seriesOf(seriesRef{a.Study.UID, a.Series.UID})
		if err != nil {
			return s, err
		}
		s.Series = series.now
	}
	if s.Instance == nil {
		if s.Rejected, err = present(b.t.rejected(a.Instance.UID, a.Study.Institution)); err != nil {
			return s, err
		}
	}
	if s.Instance == nil && s.Rejected == nil && (s.Study == nil || s.Study.Institution == a.Study.Institution) {
		return s, nil // nothing stands against it
	}
	err = b.t.queryRow("SELECT id FROM imaging_conflict WHERE instance = $1 AND sha256 = $2 ORDER BY id LIMIT 1", a.Instance.UID, a.Instance.SHA256).Scan(&s.Kept)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return s, err
}

func (b *adder) study(uid yilian.StudyUID) (*grown[imaging.Study], error) {
	if g := b.studies[uid]; g != nil {
		return g, nil
	}
	now, err := present(b.t.imagingStudy(uid))
	g := &grown[imaging.Study]{now: now}
	if err == nil {
		b.studies[uid] = g
	}
	return g, err
}

func (b *adder) seriesOf(ref seriesRef) (*grown[imaging.Series], error) {
	if g := b.series[ref]; g != nil {
		return g, nil
	}
	now, err := present(b.t.imagingSeries(ref.study, ref.series))
	g := &grown[imaging.Series]{now: now}
	if err == nil {
		b.series[ref] = g
	}
	return g, err
}

func (b *adder) keepAside(s imaging.State, o imaging.Outcome, a imaging.Addition) error {
	if o.Unused {
		return nil
	}
	var version int64
	if s.Study != nil {
		version = s.Study.Version
	}
	if err := b.t.keepAside(o, a); err != nil {
		return err
	}
	if err := b.append(a.Event(o, version)); err != nil {
		return err
	}
	return b.t.send(flow.Message{Topic: conflictTopic, Key: o.Conflict, Version: version, Audience: administrators()})
}

// record writes an instance, and what is new with it; what grew is written later.
func (b *adder) record(s imaging.State, o imaging.Outcome, c imaging.Change, a imaging.Addition) error {
	if err := b.grow(s, c); err != nil {
		return err
	}
	if err := b.t.insertInstance(a.Instance); err != nil {
		return err
	}
	b.join(a)
	if err := b.settle(s, c, a); err != nil {
		return err
	}
	b.tell(growth(s, c, a))
	return b.append(a.Event(o, c.Study.Version))
}

func (b *adder) grow(s imaging.State, c imaging.Change) error {
	study := &grown[imaging.Study]{now: &c.Study, dirty: s.Study != nil}
	series := &grown[imaging.Series]{now: &c.Series, dirty: s.Series != nil}
	if s.Study == nil {
		if err := b.t.insertStudy(c.Study); err != nil {
			return fmt.Errorf("write a study: %w", err)
		}
	}
	if s.Series == nil {
		if err := b.t.insertSeries(c.Study, c.Series); err != nil {
			return fmt.Errorf("write a series: %w", err)
		}
	}
	b.studies[c.Study.UID], b.series[seriesRef{c.Study.UID, c.Series.UID}] = study, series
	return nil
}

// settle does what an arrival brings with it, as a rule nothing. That reads and writes the tables by itself.
func (b *adder) settle(s imaging.State, c imaging.Change, a imaging.Addition) error {
	if s.Rejected == nil && s.Series != nil && a.Rejects == nil {
		return nil
	}
	if err := b.flush(); err != nil {
		return err
	}
	return b.t.settled(s, c, a)
}

func (b *adder) join(a imaging.Addition) {
	if a.Association != "" {
		b.joined[association{a.Association, a.Study.UID}] = a.At
	}
}

// growth is the news of an addition: of a new study at once; while more is to be expected, now and then is often enough, since the
// end of the association is told at once.
func growth(before imaging.State, c imaging.Change, a imaging.Addition) flow.Message {
	m := flow.Message{Topic: studyTopic, Key: string(c.Study.UID), Version: c.Study.Version, Audience: ownersOf(c.Study)}
	if before.Study != nil && a.Association != "" {
		m.After = a.At.Add(growthNews)
	}
	return m
}

// tell puts news in the place of older news of the study; the earlier moment counts.
func (b *adder) tell(m flow.Message) {
	study := yilian.StudyUID(m.Key)
	if waiting, ok := b.news[study]; ok && waiting.After.Before(m.After) {
		m.After = waiting.After
	}
	b.news[study] = m
}

// append adds an event to its chain. The first one of a chain moves its head in the table: who loses a race for it is told to try
// again, not that a row exists.
func (b *adder) append(e yilian.Event) error {
	n, err := newEntry(e)
	if err != nil {
		return err
	}
	end := b.chains[n.Chain]
	if end == nil {
		if err := b.t.link(&n); err != nil {
			return err
		}
		end = &chainEnd{latest: map[string]int64{}}
		b.chains[n.Chain] = end
		err = b.t.moveHead(n)
	} else {
		err = b.link(end, &n)
		end.dirty = true
	}
	if err == nil {
		err = b.t.insertEntry(n)
	}
	if err != nil {
		return fmt.Errorf("append an event: %w", err)
	}
	end.last, end.latest[n.Entity+"\n"+n.EntityID] = n, n.ID
	return nil
}

// link makes an entry the next of a chain whose end is known.
func (b *adder) link(end *chainEnd, n *entry) error {
	entity, ok := end.latest[n.Entity+"\n"+n.EntityID]
	if !ok {
		var err error
		if entity, err = b.t.latestEntry(n.Entity, n.EntityID); err != nil {
			return err
		}
	}
	n.follow(end.last.Seq, end.last.ID, entity, end.last.Hash, b.t.clock)
	return nil
}

// flush writes what has grown.
func (b *adder) flush() error {
	for _, g := range b.studies {
		if g.dirty {
			if err := b.t.updateStudy(*g.now); err != nil {
				return fmt.Errorf("write a study: %w", err)
			}
		}
	}
	for _, g := range b.series {
		if g.dirty {
			if err := b.t.updateSeries(*g.now); err != nil {
				return fmt.Errorf("write a series: %w", err)
			}
		}
	}
	for a, at := range b.joined {
		if err := b.t.join(a, at); err != nil {
			return err
		}
	}
	for page, end := range b.pages {
		if err := b.t.reach(page, end); err != nil {
			return err
		}
	}
	for _, end := range b.chains {
		if end.dirty {
			if err := b.t.moveHead(end.last); err != nil {
				return fmt.Errorf("append an event: %w", err)
			}
		}
	}
	for _, m := range b.news {
		if err := b.t.send(m); err != nil {
			return err
		}
	}
	b.forget()
	return nil
}

// join notes that an association has stored into a study.
func (t *txn) join(a association, at time.Time) error {
	_, err := t.exec("INSERT INTO imaging_association (id, study, at) VALUES ($1, $2, $3) ON CONFLICT (id, study) DO UPDATE SET at = excluded.at",
		a.id, a.study, nanos(at))
	if err != nil {
		return fmt.Errorf("note an association: %w", err)
	}
	return nil
}

func (t *txn) updateSeries(s imaging.Series) error {
	_, err := t.exec("UPDATE imaging_series SET instances = $3, bytes = $4, last_arrival = $5, revision = $6 WHERE study = $1 AND uid = $2",
		s.Study, s.UID, s.InstanceCount, s.Bytes, nanos(s.LastArrival), s.Revision)
	return err
}
