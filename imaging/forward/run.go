package forward

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/queue"
)

// Codes of failures, for translation.
const (
	CodeUnreachable  = "forward.unreachable"  // no connection
	CodeRejected     = "forward.rejected"     // no association
	CodeSilent       = "forward.silent"       // no answer in time
	CodeUnauthorised = "forward.unauthorised" // the credentials are not accepted
	CodeMisplaced    = "forward.misplaced"    // there is no such service at the peer's address
	CodeFull         = "forward.full"         // the peer is out of resources, or busy
	CodeBroken       = "forward.broken"       // the peer breaks off in the middle
	CodeRefused      = "forward.refused"      // the peer will not have some of the instances
	CodeFailed       = "forward.failed"       // the peer failed to store some of the instances
	CodeSyntax       = "forward.syntax"       // the peer takes no transfer syntax that we can give
	CodeDamaged      = "forward.damaged"      // an object cannot be read here
	CodeUncommitted  = "forward.uncommitted"  // the peer does not commit itself to what it has taken
	CodeKeptOld      = "forward.kept-old"     // the peer keeps what it had before a correction
)

// sender brings instances to one peer. It belongs to one goroutine.
type sender interface {
	// send sends items one after the other and calls tell with each one's result. When tell answers false it stops, with nil. Its error
	// is a *queue.DownError when the peer takes nothing now, or a *breakError for an item at which the peer broke off; what was
	// not told was not sent.
	send(ctx context.Context, items []imaging.Instance, tell func(imaging.Instance, result) bool) error
	// close ends the connection in order.
	close(ctx context.Context)
}

// result is what became of an item.
type result struct {
	err error // nil: the peer has it
	// final: sending it again will not help.
	final bool
	code  string
	// already: it says that it has something under this UID, and took nothing.
	already bool
}

// breakError: the peer broke off at an item.
type breakError struct {
	item yilian.InstanceUID
	err  error
}

func (e *breakError) Error() string { return e.err.Error() }
func (e *breakError) Unwrap() error { return e.err }

// maxBreaks is how many breaks in a row, without a delivery between, end a run.
const maxBreaks = 3

// Handle sends a study, as a queue.Handler.
func (s *Service) Handle(ctx context.Context, t *queue.Task) error {
	var d doc
	if err := json.Unmarshal(t.Doc, &d); err != nil {
		return queue.Permanent("forward.job", "The job cannot be read.")
	}
	peer, err := s.peer(ctx, d.Peer)
	if err != nil {
		return err
	}
	r := &run{
		s: s, t: t, doc: d, peer: peer, line: s.lines.of(peer), bad: map[string]int{}, breaks: map[yilian.InstanceUID]int{},
		held: newHoldings(t.Marked, sentScope, peer.ID),
	}
	if d.Update && peer.Corrections != CorrectionsSend {
		return nil // it was set otherwise meanwhile
	}
	if err := r.gather(ctx); err != nil {
		return err
	}
	err = r.all(ctx)
	if _, down := errors.AsType[*queue.DownError](err); down {
		r.line.meter.failed()
	}
	if r.sent == 0 {
		return errors.Join(err, s.promise(context.WithoutCancel(ctx), r)) // what a kill has left
	}
	if flush := t.Flush(ctx); flush != nil {
		return flush
	}
	return errors.Join(err, s.record(context.WithoutCancel(ctx), r), s.promise(context.WithoutCancel(ctx), r))
}

// record writes the delivery into the trail.
func (s *Service) record(ctx context.Context, r *run) error {
	data, err := json.Marshal(map[string]any{"peer": r.peer.ID, "instances": r.sent, "rule": r.doc.Rule, "by": r.doc.By})
	if err != nil {
		return fmt.Errorf("forward: encode an event: %w", err)
	}
	return s.c.Trail.Audit(ctx, yilian.Event{
		Chain: string(r.study.Institution), Entity: "study", EntityID: string(r.doc.Study), Version: r.study.Version, Action: "study.forwarded",
		Actor: yilian.System, At: s.c.Clock().UTC(), Data: data,
	})
}

// run is one attempt at a job.
type run struct {
	s     *Service
	t     *queue.Task
	doc   doc
	peer  Peer
	line  *line
	study imaging.Study
	truth truth
	held  *holdings                   // what series the peer was sent before
	had   map[yilian.InstanceUID]bool // what it has confirmed in some state

	taken   []confirmed // for which the peer is to be asked for its commitment, if it is
	pending []imaging.Instance
	total   int // that the job is about
	sent    int // by this run
	row     int // breaks since the last delivery
	breaks  map[yilian.InstanceUID]int
	bad     map[string]int // reasons of what was not taken
	final   bool           // all that is in bad is final
	code    string         // of the first in bad
}

// scope is where the marks of a study at a peer are.
func (r *run) scope() string { return scopeOf(r.peer.ID, r.doc.Study) }

func scopeOf(peer string, study yilian.StudyUID) string {
	return "forward/" + peer + "/" + string(study)
}

// hadOf are the instances that marks name in whatever state.
func hadOf(marks map[string]bool) map[yilian.InstanceUID]bool {
	had := map[yilian.InstanceUID]bool{}
	for m := range marks {
		uid, _, _ := strings.Cut(m, "/")
		had[yilian.InstanceUID(uid)] = true
	}
	return had
}

// gather finds what the peer does not have yet in its present state; of an update, within what it had before.
func (r *run) gather(ctx context.Context) (err error) {
	var series []imaging.Series
	r.study, series, err = r.s.c.Archive.Summary(ctx, r.doc.Study)
	if gone := yilian.KindOf(err) == yilian.NotFound; gone && !r.doc.Update {
		return queue.Permanent("forward.gone", "The study is not in the archive any more.")
	} else if err != nil && !gone {
		return err
	}
	done, err := r.t.Marked(ctx, r.scope())
	if err != nil {
		return err
	}
	if r.truth, err = r.s.truthOf(ctx, r.doc.Study); err != nil {
		return err
	}
	r.had = hadOf(done)
	of := map[yilian.SeriesUID]imaging.Series{}
	for _, s := range series {
		of[s.UID] = s
	}
	notes, err := r.notes(ctx)
	if err != nil {
		return err
	}
	for _, i := range notes {
		r.consider(i, done)
	}
	return r.s.instances(ctx, r.doc.Study, func(i imaging.Instance) error {
		one := of[i.Series]
		if !r.doc.Select.takes(one.Modality, one.BodyPart, i.SOPClass, i.Source) {
			return nil
		}
		if slices.ContainsFunc(notes, func(n imaging.Instance) bool { return n.UID == i.UID }) {
			return nil
		}
		if r.doc.Update {
			if has, err := r.held.has(ctx, i.Whence()); err != nil || !has {
				return err
			}
		}
		if len(r.doc.Again) > 0 {
			if slices.Contains(r.doc.Again, i.UID) {
				r.consider(i, nil)
			}
			return nil
		}
		r.consider(i, done)
		return nil
	})
}

// consider takes an instance on, unless the peer has confirmed it as it is now, or is to keep what it has.
func (r *run) consider(i imaging.Instance, done map[string]bool) {
	r.total++
	again := len(r.doc.Again) > 0
	if !again && (done[r.truth.mark(i)] || r.had[i.UID] && r.peer.Corrections != CorrectionsSend) {
		r.took(i, false)
		return
	}
	r.pending = append(r.pending, i)
}

// notes are the rejection notes of the study that name something which the peer has had, for an update: they go before all else.
func (r *run) notes(ctx context.Context) (notes []imaging.Instance, err error) {
	if !r.doc.Update {
		return nil, nil
	}
	wanted := map[yilian.InstanceUID]bool{}
	for _, c := range r.truth.rejections() {
		if c.Reject.Note == "" || c.Reject.NoteHome != r.doc.Study {
			continue
		}
		if r.study.Institution == "" {
			r.study.Institution = c.Institution
		}
		has, err := r.hasNamed(ctx, c)
		if err != nil {
			return nil, err
		}
		wanted[c.Reject.Note] = has
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	err = r.s.instances(ctx, r.doc.Study, func(i imaging.Instance) error {
		if wanted[i.UID] {
			notes = append(notes, i)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = r.s.rejected(ctx, r.doc.Study, func(one imaging.Rejected) error {
		if wanted[one.Instance] && one.Addition != nil {
			notes = append(notes, one.Addition.Instance)
		}
		return nil
	})
	return notes, err
}

// hasNamed tells whether the peer was sent a series of which a rejection names something, be it before that was moved.
func (r *run) hasNamed(ctx context.Context, c imaging.Correction) (bool, error) {
	var homes []imaging.Home
	for _, ref := range c.Reject.Instances {
		homes = append(homes, imaging.Home{Study: ref.Study, Series: ref.Series})
	}
	for _, m := range r.truth.moves() {
		for _, p := range m.Move.From {
			homes = append(homes, imaging.Home{Study: p.Study, Series: p.Series})
		}
	}
	for _, home := range homes {
		if has, err := r.held.has(ctx, home); err != nil || has {
			return has, err
		}
	}
	return false, nil
}

// all sends what is pending, over as many connections as it takes.
func (r *run) all(ctx context.Context) error {
	if len(r.pending) == 0 {
		return nil
	}
	// Remembered before it goes: what a kill cuts off is corrected there as well.
	for _, i := range r.pending {
		if err := r.held.add(ctx, r.t, i.Whence()); err != nil {
			return err
		}
	}
	if err := r.t.Flush(ctx); err != nil {
		return err
	}
	out := r.s.sender(r.peer, r.line)
	defer out.close(context.WithoutCancel(ctx))
	r.final = true
	yield := false
	for len(r.pending) > 0 && !yield {
		err := out.send(ctx, slices.Clone(r.pending), func(i imaging.Instance, res result) bool {
			r.settle(i, res)
			yield = len(r.pending) > 0 && r.t.Overtaken(ctx)
			return !yield && ctx.Err() == nil
		})
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if broke, ok := errors.AsType[*breakError](err); ok {
			if err := r.broke(ctx, broke); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
	}
	if yield {
		return queue.ErrYield
	}
	return r.verdict()
}

// settle notes what became of an item, which is the first that is pending unless the peer put off some before it.
func (r *run) settle(i imaging.Instance, res result) {
	at := slices.IndexFunc(r.pending, func(p imaging.Instance) bool { return p.UID == i.UID })
	if at == 0 {
		r.pending = r.pending[1:]
	} else if at > 0 {
		r.pending = slices.Delete(r.pending, at, at+1)
	}
	if res.already && r.had[i.UID] && len(r.doc.Again) == 0 {
		res = result{err: errors.New("the peer keeps what it has"), final: true, code: CodeKeptOld}
	}
	if res.err == nil {
		r.row = 0
		r.sent++
		r.t.Mark(r.scope(), r.truth.mark(i))
		r.took(i, true)
		r.line.meter.add(r.s.c.Clock(), 1, 0)
		return
	}
	r.fail(res)
}

func (r *run) fail(res result) {
	r.line.meter.refused()
	if r.code == "" || !res.final {
		r.code = res.code
	}
	r.final = r.final && res.final
	r.bad[res.err.Error()]++
}

// broke decides how to go on after the peer broke off: an item at which it does so twice is set aside.
func (r *run) broke(ctx context.Context, b *breakError) error {
	r.line.meter.failed()
	r.row++
	r.breaks[b.item]++
	if r.breaks[b.item] >= 2 {
		if at := slices.IndexFunc(r.pending, func(p imaging.Instance) bool { return p.UID == b.item }); at >= 0 {
			r.pending = slices.Delete(r.pending, at, at+1)
			r.fail(result{err: b.err, code: CodeBroken})
		}
	}
	if r.row >= maxBreaks {
		return queue.Failed(CodeBroken, "The peer breaks off again and again: "+b.Error()+".", r.sent > 0)
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(200 * time.Millisecond << r.row):
		return nil
	}
}

// verdict is the outcome when everything was tried.
func (r *run) verdict() error {
	if len(r.bad) == 0 {
		return nil
	}
	n, reasons := 0, slices.Sorted(maps.Keys(r.bad))
	for _, count := range r.bad {
		n += count
	}
	if len(reasons) > 3 {
		reasons = append(reasons[:3], "…")
	}
	text := fmt.Sprintf("%d of %d instances were not taken: %s.", n, r.total, strings.Join(reasons, "; "))
	if r.final {
		return queue.Permanent(r.code, text)
	}
	return queue.Failed(r.code, text, r.sent > 0)
}

// sender makes the sender for a peer.
func (s *Service) sender(p Peer, l *line) sender {
	if p.URL != "" {
		return newSTOW(s, p, l)
	}
	return &dimseSender{s: s, peer: p, line: l}
}
