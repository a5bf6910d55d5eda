package forward

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dimse"
	"yilian/imaging/queue"
)

// dimseSender sends over one association at a time (PS3.4 Annex B).
type dimseSender struct {
	s       *Service
	peer    Peer
	line    *line
	open    *dimse.Association
	offered map[[2]string]bool // SOP class and kept transfer syntax of the open association
}

// maxPairs is how many pairs of SOP class and kept syntax one association is asked for: each takes up to four of the 128
// presentation contexts (PS3.8 9.3.2.2).
const maxPairs = 128 / 4

func (d *dimseSender) send(ctx context.Context, items []imaging.Instance, tell func(imaging.Instance, result) bool) error {
	for n, i := range items {
		if err := d.line.limits.instances.Wait(ctx); err != nil {
			return err
		}
		if err := d.ready(ctx, items[n:]); err != nil {
			return err
		}
		res, err := d.store(ctx, i)
		if err != nil {
			d.drop()
			return err
		}
		if !tell(i, res) {
			return nil
		}
	}
	return nil
}

// ready makes an association that was asked for the next item.
func (d *dimseSender) ready(ctx context.Context, items []imaging.Instance) error {
	if d.open != nil && d.offered[pairOf(items[0])] {
		return nil
	}
	d.close(ctx)
	d.offered = map[[2]string]bool{}
	for _, i := range items {
		if d.offered[pairOf(i)] = true; len(d.offered) == maxPairs {
			break
		}
	}
	var contexts []dimse.Proposal
	for pair := range d.offered {
		for _, ts := range d.peer.syntaxes(pair[1]) {
			contexts = append(contexts, dimse.Proposal{AbstractSyntax: pair[0], TransferSyntaxes: []string{ts}})
		}
	}
	contexts = unique(contexts)
	open, err := dial(ctx, d.peer, contexts)
	if err != nil {
		return err
	}
	d.open = open
	return nil
}

func pairOf(i imaging.Instance) [2]string { return [2]string{i.SOPClass, i.TransferSyntax} }

func unique(all []dimse.Proposal) (once []dimse.Proposal) {
	seen := map[[2]string]bool{}
	for _, p := range all {
		key := [2]string{p.AbstractSyntax, p.TransferSyntaxes[0]}
		if !seen[key] {
			once = append(once, p)
		}
		seen[key] = true
	}
	return once
}

// store sends one item in the best of the accepted transfer syntaxes in which it can be given. Its error is a break.
func (d *dimseSender) store(ctx context.Context, i imaging.Instance) (result, error) {
	refused := "the peer accepts none of its transfer syntaxes"
	for _, ts := range d.peer.syntaxes(i.TransferSyntax) {
		if _, ok := d.open.Context(i.SOPClass, ts); !ok {
			continue
		}
		data, size, err := d.s.data(ctx, i, ts)
		switch {
		case err == nil:
			return d.stream(ctx, i, ts, data, size)
		case yilian.KindOf(err) == yilian.Invalid:
			refused = "it cannot be converted to what the peer accepts"
		case yilian.KindOf(err) == yilian.Unavailable:
			return result{}, err
		default:
			return result{err: errDamaged, code: CodeDamaged}, nil
		}
	}
	return result{err: fmt.Errorf("%s (SOP class %s, kept in %s)", refused, i.SOPClass, i.TransferSyntax), final: true, code: CodeSyntax}, nil
}

func (d *dimseSender) stream(ctx context.Context, i imaging.Instance, ts string, data io.ReadCloser, size int64) (result, error) {
	defer closing(data)
	from := &source{r: data}
	outcome, err := d.open.Store(ctx, dimse.Instance{
		SOPClass: i.SOPClass, SOPInstance: string(i.UID), TransferSyntax: ts, Size: size,
		Data: &reader{ctx: ctx, r: from, limits: d.line.limits, count: func(n int) { d.line.meter.add(d.s.c.Clock(), 0, int64(n)) }},
	})
	switch {
	case err != nil && from.err != nil && ctx.Err() == nil:
		d.drop()
		return result{err: errDamaged, code: CodeDamaged}, nil
	case err != nil:
		return result{}, &breakError{i.UID, describe(err)}
	}
	return answered(outcome.Status)
}

// errDamaged: an object that the index names cannot be read whole.
var errDamaged = errors.New("an object cannot be read here")

// source remembers whether it was our side that failed.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// answered judges the status of a C-STORE response (PS3.4 B.2.3).
func answered(status dimse.Status) (result, error) {
	switch {
	case status.OK(), status == dimse.DuplicateInstance:
		return result{already: status == dimse.DuplicateInstance}, nil
	case status.Transient():
		return result{}, queue.Down(CodeFull, "The peer answers "+status.String()+".")
	case status == dimse.ProcessingFailure:
		return result{err: errors.New(status.String()), code: CodeFailed}, nil
	}
	return result{err: errors.New(status.String()), final: true, code: CodeRefused}, nil
}

func (d *dimseSender) drop() {
	if d.open != nil {
		_ = d.open.Close() // it is over; the error that led here says why
		d.open = nil
	}
}

func (d *dimseSender) close(ctx context.Context) {
	if d.open == nil {
		return
	}
	if err := d.open.Release(ctx); err != nil {
		d.s.c.Logger.Debug("association not released", "peer", d.peer.Called, "err", err)
	}
	d.drop()
}

// dial makes an association; its error is a *queue.DownError.
func dial(ctx context.Context, p Peer, contexts []dimse.Proposal) (*dimse.Association, error) {
	a, err := dimse.Dial(ctx, p.Address, dimse.Options{Calling: p.Calling, Called: p.Called, Contexts: contexts, Timeouts: patience(p.Timeouts), Dial: dialer(p.TLS)})
	if err == nil || ctx.Err() != nil {
		return a, err
	}
	rejected, isReject := errors.AsType[*dimse.Reject](err)
	_, isNet := errors.AsType[*net.OpError](err)
	switch {
	case isReject && rejected.Transient():
		return nil, queue.Down(CodeFull, sentence(rejected))
	case isReject:
		return nil, queue.Down(CodeRejected, sentence(rejected))
	case errors.Is(err, dimse.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return nil, queue.Down(CodeSilent, "The peer does not answer in time.")
	case isNet:
		return nil, queue.Down(CodeUnreachable, "The peer cannot be reached: "+network(err)+".")
	}
	return nil, queue.Down(CodeRejected, "No association: "+describe(err).Error()+".")
}

func sentence(err error) string { return "The peer answers: " + err.Error() + "." }

// patience: a peer that takes an association and then stands still must not keep a job for minutes.
func patience(t dimse.Timeouts) dimse.Timeouts {
	if t.Response <= 0 {
		t.Response = time.Minute
	}
	if t.ARTIM <= 0 {
		t.ARTIM = 10 * time.Second
	}
	return t
}

// dialer makes TLS connections where they are wanted; nil is plain TCP.
func dialer(conf *tls.Config) func(ctx context.Context, network, addr string) (net.Conn, error) {
	if conf == nil {
		return nil
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		return (&tls.Dialer{Config: conf}).DialContext(ctx, network, addr)
	}
}
