package sfu

import (
	"encoding/binary"
	"io"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/transport/v4/packetio"
)

// control takes the RTCP that a client sends about one SSRC, straight from the transport's read loop: no goroutine, no queue. Reading from it only waits for the end.
type control struct {
	peer *Peer
	ssrc uint32
	once sync.Once
	done chan struct{}
}

// streamBuffer is a webrtc.SettingEngine.BufferFactory: RTP is queued for the stream's read loop, RTCP is dealt with at once.
func (p *Peer) streamBuffer(kind packetio.BufferPacketType, ssrc uint32) io.ReadWriteCloser {
	if kind == packetio.RTCPBufferPacket {
		return &control{peer: p, ssrc: ssrc, done: make(chan struct{})}
	}
	b := packetio.NewBuffer()
	b.SetLimitSize(maxUnread)
	return b
}

const maxUnread = 1 << 20 // bytes of one stream that wait for its read loop

func (c *control) Read([]byte) (int, error) {
	<-c.done
	return 0, io.EOF
}

func (c *control) Close() error {
	c.once.Do(func() { close(c.done) })
	return nil
}

// Write takes one RTCP packet, or a compound one.
func (c *control) Write(raw []byte) (int, error) {
	if len(raw) < 4 {
		return len(raw), nil
	}
	if raw[1] == uint8(rtcp.TypeTransportSpecificFeedback) && raw[0]&0x1f == rtcp.FormatTCC && len(raw) == 4*(int(binary.BigEndian.Uint16(raw[2:]))+1) {
		c.peer.out.feedback(raw, c.peer.rtt(), time.Now())
		return len(raw), nil
	}
	packets, err := rtcp.Unmarshal(raw)
	if err != nil {
		return len(raw), nil //nolint:nilerr // a malformed packet is the client's affair, not the transport's end
	}
	source, slot := c.peer.streams.find(c.ssrc)
	for _, p := range packets {
		if source != nil {
			source.feedback(p)
		}
		if slot != nil {
			slot.feedback(p)
		}
	}
	return len(raw), nil
}

// directory finds the streams of a transport by SSRC.
type directory struct {
	mu      sync.RWMutex
	sources map[uint32]*source
	slots   map[uint32]*slot
}

func (s *directory) find(ssrc uint32) (*source, *slot) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.sources[ssrc], s.slots[ssrc]
}

func (s *directory) addSource(ssrc uint32, src *source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sources == nil {
		s.sources = map[uint32]*source{}
	}
	s.sources[ssrc] = src
}

func (s *directory) addSlot(ssrc uint32, to *slot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.slots == nil {
		s.slots = map[uint32]*slot{}
	}
	s.slots[ssrc] = to
}

const from1900to1970 = 2208988800 // seconds

// ntp is the 64-bit NTP time (RFC 3550 4).
func ntp(t time.Time) uint64 {
	return uint64(t.Unix()+from1900to1970)<<32 | uint64(t.Nanosecond())<<32/1e9
}

// fromNTP is the moment of a 64-bit NTP time in the era that began in 1900.
func fromNTP(v uint64) time.Time {
	return time.Unix(int64(v>>32)-from1900to1970, int64(v&0xffffffff*1e9>>32)).UTC()
}

// roundTrip is what a reception report says of the way there and back (RFC 3550 6.4.1); it is not ok if the report answers no sender report.
func roundTrip(r rtcp.ReceptionReport, now time.Time) (time.Duration, bool) {
	if r.LastSenderReport == 0 {
		return 0, false
	}
	took := uint32(ntp(now)>>16) - r.LastSenderReport - r.Delay
	d := time.Duration(took) * time.Second >> 16
	return d, d < 10*time.Second
}
