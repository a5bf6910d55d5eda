package load

import (
	"slices"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"
)

// Sink takes what arrives for one receiver.
type Sink struct {
	clock Clock

	mu       sync.Mutex
	first    time.Duration // when the first packet came, 0: none yet
	streams  int
	packets  int64
	unknown  int64    // without a time in it
	took     []uint32 // µs, while measuring
	measures bool
}

// NewSink makes an empty one.
func NewSink(clock Clock) *Sink { return &Sink{clock: clock} }

// Read takes packets of a stream until it ends.
func (s *Sink) Read(track *webrtc.TrackRemote) {
	s.mu.Lock()
	s.streams++
	s.mu.Unlock()
	buf := make([]byte, 1600)
	for {
		n, _, err := track.Read(buf)
		if err != nil {
			return
		}
		s.take(buf[:n], s.clock.Now())
	}
}

func (s *Sink) take(packet []byte, now time.Duration) {
	sent, ok := readStamp(packet)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first == 0 {
		s.first = now
	}
	if !ok {
		s.unknown++ // padding and probes
		return
	}
	s.packets++
	if s.measures {
		s.took = append(s.took, uint32((now-sent)/time.Microsecond))
	}
}

// Measure begins or ends keeping how long packets took; those kept before are forgotten at the beginning.
func (s *Sink) Measure(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if on {
		s.took = s.took[:0]
	}
	s.measures = on
}

// Packets counts what arrived, and Streams from how many streams.
func (s *Sink) Packets() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.packets
}

// Streams counts the streams that began.
func (s *Sink) Streams() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.streams
}

// First is when the first packet came, by the clock; 0: none yet.
func (s *Sink) First() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.first
}

// Percentiles are of what all sinks kept, such as 0.5 and 0.99; zeros if nothing was.
func Percentiles(sinks []*Sink, at ...float64) []time.Duration {
	var all []uint32
	for _, s := range sinks {
		s.mu.Lock()
		all = append(all, s.took...)
		s.mu.Unlock()
	}
	slices.Sort(all)
	out := make([]time.Duration, len(at))
	for i, p := range at {
		if len(all) > 0 {
			out[i] = time.Duration(all[int(p*float64(len(all)-1))]) * time.Microsecond
		}
	}
	return out
}
