package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"yilian/imaging/forward"
	"yilian/imaging/queue"
)

// forwardMetrics are the counts of forwarding, by peer. They are read when they are asked for.
type forwardMetrics struct {
	*forwarding
	waiting, dead, oldest, down, sent, bytes, refused, failures *prometheus.Desc
}

func newForwardMetrics(f *forwarding) *forwardMetrics {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("yilian_forward_"+name, help, []string{"peer"}, nil)
	}
	return &forwardMetrics{
		forwarding: f,
		waiting:    desc("waiting", "Jobs that wait or are being done."),
		dead:       desc("dead", "Jobs that were given up and that nobody has looked after."),
		oldest:     desc("oldest_seconds", "For how long the oldest job waits."),
		down:       desc("down", "1 while the peer is left alone because it took nothing."),
		sent:       desc("sent_total", "Instances that the peer has confirmed to this node."),
		bytes:      desc("bytes_total", "Bytes sent to the peer by this node."),
		refused:    desc("refused_total", "Instances that the peer did not take."),
		failures:   desc("failures_total", "Times that the peer broke off or could not be reached."),
	}
}

// Describe implements prometheus.Collector.
func (m *forwardMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.waiting, m.dead, m.oldest, m.down, m.sent, m.bytes, m.refused, m.failures} {
		ch <- d
	}
}

// Collect implements prometheus.Collector. What cannot be read now is left out.
func (m *forwardMetrics) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	label := m.labels(ctx)
	values := map[*prometheus.Desc]map[string]float64{}
	add := func(d *prometheus.Desc, lane string, v float64) {
		if values[d] == nil {
			values[d] = map[string]float64{}
		}
		values[d][label(lane)] += v
	}
	if counts, err := m.store.Counts(ctx, time.Now()); err == nil {
		for _, c := range counts {
			switch c.State {
			case queue.Waiting:
				add(m.waiting, c.Lane, float64(c.Jobs))
				add(m.oldest, c.Lane, max(0, time.Since(c.Oldest).Seconds()-values[m.oldest][label(c.Lane)]))
			case queue.Dead:
				add(m.dead, c.Lane, float64(c.Jobs))
			}
		}
	}
	if holds, err := m.store.Holds(ctx); err == nil {
		for _, h := range holds {
			add(m.down, h.Lane, 1)
		}
	}
	for id, s := range m.send.Stats() {
		lane := forward.LaneOf(id)
		add(m.sent, lane, float64(s.Instances))
		add(m.bytes, lane, float64(s.Bytes))
		add(m.refused, lane, float64(s.Refused))
		add(m.failures, lane, float64(s.Failures))
	}
	for d, of := range values {
		kind := prometheus.GaugeValue
		if d == m.sent || d == m.bytes || d == m.refused || d == m.failures {
			kind = prometheus.CounterValue
		}
		for name, v := range of {
			ch <- prometheus.MustNewConstMetric(d, kind, v, name)
		}
	}
}

// labels answers a label for each lane: the peer's name, with the beginning of its identifier since names may be the same. Devices
// that are told something are one label together: none names a device.
func (m *forwardMetrics) labels(ctx context.Context) func(lane string) string {
	of := map[string]string{}
	if peers, err := m.peers.Peers(ctx); err == nil {
		for _, p := range peers {
			of[p.ID] = p.Name + " " + p.ID[:min(len(p.ID), 6)]
		}
	}
	return func(lane string) string {
		id, ok := forward.PeerOf(lane)
		if !ok {
			return "devices"
		}
		if name, ok := of[id]; ok {
			return name
		}
		return id
	}
}
