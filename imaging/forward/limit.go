package forward

import (
	"context"
	"io"
	"math"

	"golang.org/x/time/rate"
)

// limits hold a peer to its rate, over all its associations of this node.
type limits struct {
	bytes     *rate.Limiter
	instances *rate.Limiter
}

// burst is how many bytes may go at once: less than a second's worth even on a poor line.
const burst = 64 << 10

func newLimits(p Peer) *limits {
	l := &limits{bytes: rate.NewLimiter(rate.Inf, burst), instances: rate.NewLimiter(rate.Inf, 1)}
	l.set(p)
	return l
}

// set follows a change of the peer's settings.
func (l *limits) set(p Peer) {
	set := func(r *rate.Limiter, perSecond float64) {
		want := rate.Inf
		if perSecond > 0 && !math.IsInf(perSecond, 0) {
			want = rate.Limit(perSecond)
		}
		if r.Limit() != want {
			r.SetLimit(want)
		}
	}
	set(l.bytes, float64(p.Bytes))
	set(l.instances, p.Instances)
}

// reader lets bytes through at the rate, and counts them.
type reader struct {
	ctx    context.Context
	r      io.Reader
	limits *limits
	count  func(n int)
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p[:min(len(p), burst)])
	if n > 0 {
		r.count(n)
		if wait := r.limits.bytes.WaitN(r.ctx, n); wait != nil && err == nil {
			err = wait
		}
	}
	return n, err
}
