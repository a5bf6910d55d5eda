package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"yilian/signaling"
)

// lineMetrics are figures of the lines of calls, for operators. No label carries a person or a room.
type lineMetrics struct {
	score, rtt, loss *prometheus.HistogramVec
	samples          *prometheus.CounterVec
	freezes          prometheus.Counter
}

func newLineMetrics() *lineMetrics {
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "yilian", Name: name, Help: help, Buckets: buckets}, labels)
	}
	return &lineMetrics{
		score:   histogram("call_line_mos", "Mean opinion score (ITU-T G.107) of the lines of calls, one value a person and sample.", []float64{1.5, 2, 2.5, 3, 3.5, 4, 4.2, 4.4}, "path"),
		rtt:     histogram("call_line_rtt_seconds", "Round trips between participants and this server.", []float64{.01, .03, .06, .1, .2, .3, .6, 1.2}, "path"),
		loss:    histogram("call_line_loss_ratio", "Share of packets lost.", []float64{0, .005, .01, .02, .05, .1, .2, .4}, "direction"),
		samples: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "yilian", Name: "call_line_samples_total", Help: "Samples of lines by grade."}, []string{"grade"}),
		freezes: prometheus.NewCounter(prometheus.CounterOpts{Namespace: "yilian", Name: "call_freezes_total", Help: "Freezes of the picture that participants reported."}),
	}
}

// paths are the values of the label path; what a client calls its path is its own.
var paths = map[string]string{"udp": "udp", "tcp": "tcp", "relay": "relay", "relay-udp": "relay", "relay-tcp": "relay", "relay-tls": "relay-tls"}

func (m *lineMetrics) add(e signaling.Event) {
	q := e.Quality
	path, known := paths[q.Path]
	if !known {
		path = "other"
	}
	if q.MOS > 0 {
		m.score.WithLabelValues(path).Observe(q.MOS)
	}
	if q.RTTMS > 0 {
		m.rtt.WithLabelValues(path).Observe(q.RTTMS / 1000)
	}
	m.loss.WithLabelValues("up").Observe(q.UpLoss)
	m.loss.WithLabelValues("down").Observe(q.DownLoss)
	m.samples.WithLabelValues(q.Grade).Inc()
	m.freezes.Add(float64(max(q.Freezes, 0)))
}

// Describe and Collect are prometheus.Collector.
func (m *lineMetrics) Describe(to chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, to) }

func (m *lineMetrics) Collect(to chan<- prometheus.Metric) {
	for _, c := range []prometheus.Collector{m.score, m.rtt, m.loss, m.samples, m.freezes} {
		c.Collect(to)
	}
}
