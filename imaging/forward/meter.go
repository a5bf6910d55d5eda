package forward

import (
	"maps"
	"sync"
	"time"
)

// Stats are what this node has sent to a peer since it started.
type Stats struct {
	Instances, Bytes int64
	Refused          int64 // instances the peer will not have
	Failures         int64 // breaks and unreachable moments
	InstancesRate    float64
	BytesRate        float64 // a second, over the last ten
	Last             time.Time
}

// meterSpan is over how many seconds rates are taken.
const meterSpan = 10

// meter counts what goes to one peer.
type meter struct {
	mu    sync.Mutex
	total Stats // guarded by mu, as is all here
	slots [meterSpan + 1]struct {
		second           int64
		instances, bytes int64
	}
}

func (m *meter) add(now time.Time, instances, bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &m.slots[now.Unix()%int64(len(m.slots))]
	if s.second != now.Unix() {
		s.second, s.instances, s.bytes = now.Unix(), 0, 0
	}
	s.instances += instances
	s.bytes += bytes
	m.total.Instances += instances
	m.total.Bytes += bytes
	m.total.Last = now.UTC()
}

func (m *meter) refused() { m.mu.Lock(); m.total.Refused++; m.mu.Unlock() }
func (m *meter) failed()  { m.mu.Lock(); m.total.Failures++; m.mu.Unlock() }

// stats takes rates over the seconds that are over.
func (m *meter) stats(now time.Time) Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.total
	for _, s := range m.slots {
		if age := now.Unix() - s.second; age >= 1 && age <= meterSpan {
			all.InstancesRate += float64(s.instances) / meterSpan
			all.BytesRate += float64(s.bytes) / meterSpan
		}
	}
	return all
}

// lines are what this node keeps for each peer.
type lines struct {
	mu  sync.Mutex
	all map[string]*line // guarded by mu
}

type line struct {
	limits *limits
	meter  meter
}

func (l *lines) of(p Peer) *line {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[string]*line{}
	}
	one := l.all[p.ID]
	if one == nil {
		one = &line{limits: newLimits(p)}
		l.all[p.ID] = one
	}
	one.limits.set(p)
	return one
}

func (l *lines) stats(now time.Time) map[string]Stats {
	l.mu.Lock()
	all := maps.Clone(l.all)
	l.mu.Unlock()
	out := map[string]Stats{}
	for id, one := range all {
		out[id] = one.meter.stats(now)
	}
	return out
}
