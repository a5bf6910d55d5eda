package sfu

import "time"

// Layers that are told apart.
const (
	maxSpatial  = 3
	maxTemporal = 3
)

// rates are bits/s of the layers of one stream, each without those below it.
type rates [maxSpatial][maxTemporal]float64

// upTo is what a stream takes up to a spatial and a temporal layer.
func (r *rates) upTo(spatial, temporal int) (bits float64) {
	for s := range min(spatial+1, maxSpatial) {
		for t := range min(temporal+1, maxTemporal) {
			bits += r[s][t]
		}
	}
	return bits
}

// highest are the layers that there are.
func (r *rates) highest() (spatial, temporal int) {
	for s := range r {
		for t := range r[s] {
			if r[s][t] > 0 {
				spatial, temporal = max(spatial, s), max(temporal, t)
			}
		}
	}
	return spatial, temporal
}

// meter measures the layers of a stream. The zero value is ready.
type meter struct {
	bytes [maxSpatial][maxTemporal]int
	since time.Time
	now   rates
}

func (m *meter) add(u *unit) {
	m.bytes[min(u.spatial, maxSpatial-1)][min(u.temporal, maxTemporal-1)] += u.Size + overhead - 12
}

// Smoothing: a key frame makes an interval look dear.
const (
	meterInterval = 500 * time.Millisecond
	meterSmooth   = 0.4
)

// take gives the rates; an interval is closed when it is long enough.
func (m *meter) take(now time.Time) rates {
	if m.since.IsZero() {
		m.since = now
	}
	over := now.Sub(m.since)
	if over < meterInterval {
		return m.now
	}
	for s := range m.bytes {
		for t := range m.bytes[s] {
			bits := float64(m.bytes[s][t]) * 8 / over.Seconds()
			if m.now[s][t] > 0 && bits > 0 {
				bits = m.now[s][t] + (bits-m.now[s][t])*meterSmooth
			}
			m.now[s][t] = bits
		}
	}
	m.bytes, m.since = [maxSpatial][maxTemporal]int{}, now
	return m.now
}
