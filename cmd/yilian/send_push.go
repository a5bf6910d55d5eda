package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"yilian/imaging/dimse"
)

// pusher sends files over associations, each of which belongs to one goroutine.
type pusher struct {
	addr    string
	options dimse.Options // Contexts are filled in
	jobs    int
	retries int
	pause   time.Duration // before the first repetition, doubled each time; 1 s
	log     *slog.Logger
}

// sendResult is what became of a file.
type sendResult struct {
	file   instanceFile
	answer dimse.Outcome
	err    error
}

// verdict says it in a few words.
func (r *sendResult) verdict() string {
	switch {
	case r.err != nil:
		return "not sent: " + r.err.Error()
	case r.answer.Comment != "":
		return fmt.Sprintf("%v (%q)", r.answer.Status, r.answer.Comment)
	}
	return r.answer.Status.String()
}

// maxContexts is how many presentation contexts one association has room for (PS3.8 9.3.2.2).
const maxContexts = 128

// push sends every file and tells each one's result, one at a time. Its error says that the receiver cannot be reached or
// will not have us at all; the files without a result have then not been sent.
func (p *pusher) push(ctx context.Context, files []instanceFile, result func(sendResult)) error {
	if p.pause <= 0 {
		p.pause = time.Second
	}
	for batch := range batches(files) {
		if err := p.pushBatch(ctx, batch, result); err != nil {
			return err
		}
	}
	return nil
}

// batches cuts files where one association would need more contexts than there can be.
func batches(files []instanceFile) func(yield func([]instanceFile) bool) {
	return func(yield func([]instanceFile) bool) {
		start, pairs := 0, map[[2]string]bool{}
		for i, f := range files {
			pair := [2]string{f.class, f.syntax}
			if !pairs[pair] && len(pairs) == maxContexts {
				if !yield(files[start:i]) {
					return
				}
				start = i
				clear(pairs)
			}
			pairs[pair] = true
		}
		if start < len(files) {
			yield(files[start:])
		}
	}
}

// proposals are a context for each pair of SOP class and transfer syntax: so the receiver cannot choose an encoding that a
// file does not have.
func proposals(files []instanceFile) []dimse.Proposal {
	pairs := map[[2]string]bool{}
	for _, f := range files {
		pairs[[2]string{f.class, f.syntax}] = true
	}
	var all []dimse.Proposal
	for pair := range pairs {
		all = append(all, dimse.Proposal{AbstractSyntax: pair[0], TransferSyntaxes: []string{pair[1]}})
	}
	slices.SortFunc(all, func(a, b dimse.Proposal) int {
		return cmp.Or(cmp.Compare(a.AbstractSyntax, b.AbstractSyntax), cmp.Compare(a.TransferSyntaxes[0], b.TransferSyntaxes[0]))
	})
	return all
}

func (p *pusher) pushBatch(ctx context.Context, files []instanceFile, result func(sendResult)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	options := p.options
	options.Contexts = proposals(files)

	var (
		next    = make(chan instanceFile)
		results sync.Mutex
		workers sync.WaitGroup
	)
	for range min(max(p.jobs, 1), len(files)) {
		workers.Go(func() {
			l := line{pusher: p, options: options}
			defer l.hangUp(ctx)
			for f := range next {
				res, err := l.send(ctx, f)
				if err != nil {
					cancel(err)
					return
				}
				results.Lock()
				result(res)
				results.Unlock()
			}
		})
	}
feed:
	for _, f := range files {
		select {
		case next <- f:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	workers.Wait()
	return context.Cause(ctx)
}

// line is one worker's association, made when it is needed and again after it broke.
type line struct {
	*pusher
	options dimse.Options
	open    *dimse.Association
}

// send sends one file, again and again while it may succeed later. The error says that no further file has a chance.
func (l *line) send(ctx context.Context, f instanceFile) (sendResult, error) {
	for attempt := 0; ; attempt++ {
		answer, err := l.try(ctx, f)
		switch {
		case ctx.Err() != nil:
			return sendResult{}, context.Cause(ctx)
		case hopeless(err):
			return sendResult{}, err
		case attempt >= l.patience(answer, err):
			if _, unreachable := errors.AsType[*connectError](err); unreachable {
				return sendResult{}, err
			}
			return sendResult{file: f, answer: answer, err: err}, nil
		}
		pause := min(l.pause<<attempt, 30*time.Second)
		failed := sendResult{file: f, answer: answer, err: err}
		l.log.Warn("sending again", "path", f.path, "why", failed.verdict(), "pause", pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return sendResult{}, context.Cause(ctx)
		}
	}
}

// connectError: there is no association, so this is not about one file.
type connectError struct{ err error }

func (e *connectError) Error() string { return e.err.Error() }
func (e *connectError) Unwrap() error { return e.err }

// hopeless tells that the receiver will have none of our associations.
func hopeless(err error) bool {
	r, rejected := errors.AsType[*dimse.Reject](err)
	return rejected && !r.Transient()
}

// patience is how often it makes sense to try again after what happened.
func (l *line) patience(answer dimse.Outcome, err error) int {
	abort, aborted := errors.AsType[*dimse.Abort](err)
	switch {
	case err == nil && !answer.Status.Transient(), errors.Is(err, dimse.ErrNoContext), errors.Is(err, errLocal):
		return 0
	case aborted && abort.Remote: // this very file is what the receiver cannot bear, as a rule
		return min(l.retries, 1)
	}
	return l.retries
}

// errLocal: the file could not be read.
var errLocal = errors.New("reading the file")

func (l *line) try(ctx context.Context, f instanceFile) (dimse.Outcome, error) {
	data, err := f.open()
	if err != nil {
		return dimse.Outcome{}, fmt.Errorf("%w: %w", errLocal, err)
	}
	defer func() { _ = data.Close() }() // it was only read
	if l.open == nil {
		if l.open, err = dimse.Dial(ctx, l.addr, l.options); err != nil {
			return dimse.Outcome{}, &connectError{err}
		}
	}
	answer, err := l.open.Store(ctx, dimse.Instance{SOPClass: f.class, SOPInstance: f.instance, TransferSyntax: f.syntax, Data: data, Size: f.size})
	if err != nil && !errors.Is(err, dimse.ErrNoContext) {
		_ = l.open.Close() // it is over; the error says why
		l.open = nil
	}
	return answer, err
}

// hangUp releases the association.
func (l *line) hangUp(ctx context.Context) {
	if l.open == nil {
		return
	}
	if err := l.open.Release(ctx); err != nil {
		l.log.Debug("association not released", "error", err)
	}
	if err := l.open.Close(); err != nil {
		l.log.Debug("association not closed", "error", err)
	}
}
