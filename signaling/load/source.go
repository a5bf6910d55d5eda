package load

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"
)

// Clock is the time that stamps tell, the same for all parties of a process.
type Clock struct{ began time.Time }

// NewClock begins at 0.
func NewClock() Clock { return Clock{time.Now()} }

// Now is the time since the beginning.
func (c Clock) Now() time.Duration { return time.Since(c.began) }

// Source is a camera with a microphone.
type Source struct {
	Camera, Mic *webrtc.TrackLocalStaticRTP

	clock Clock
	sent  atomic.Int64
}

// NewSource makes one; its packets flow while Run runs.
func NewSource(clock Clock, name string) (*Source, error) {
	camera, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: videoClock}, "camera", name)
	if err != nil {
		return nil, err
	}
	mic, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: audioClock, Channels: 2}, "mic", name)
	if err != nil {
		return nil, err
	}
	return &Source{Camera: camera, Mic: mic, clock: clock}, nil
}

// Sent counts packets.
func (s *Source) Sent() int64 { return s.sent.Load() }

// Run sends until the context ends. What a busy machine made late is sent late, not left out.
func (s *Source) Run(ctx context.Context) error {
	began, packets := time.Now(), &stream{}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		for _, p := range packets.next() {
			if wait := p.due - time.Since(began); wait > 0 {
				timer.Reset(wait)
				select {
				case <-ctx.Done():
					return nil
				case <-timer.C:
				}
			}
			if ctx.Err() != nil {
				return nil
			}
			p.stamp(s.clock.Now())
			track := s.Mic
			if p.video {
				track = s.Camera
			}
			if err := track.WriteRTP(&p.Packet); err != nil {
				return fmt.Errorf("send: %w", err)
			}
			s.sent.Add(1)
		}
	}
}
