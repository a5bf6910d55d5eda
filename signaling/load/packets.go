package load

import (
	"bytes"
	"encoding/binary"
	"time"

	"github.com/pion/rtp"
)

// The stream of a camera and a microphone, as in the published measurements of other servers: 1.5 Mbit/s of video in 184 packets a second, 50 of
// audio.
const (
	frameEvery    = 50 * time.Millisecond
	keyEvery      = 20 // frames
	framePackets  = 92 // tenths, on average
	videoPayload  = 1019
	audioEvery    = 20 * time.Millisecond
	audioPayload  = 100
	videoClock    = 90_000
	audioClock    = 48_000
	paceEvery     = 5 * time.Millisecond // as libwebrtc's pacer sends a frame
	pacePackets   = 2
	PacketsSecond = 184 + 50 // of one publisher
)

// stampMark is before the time in every payload.
var stampMark = []byte{0xab, 'y', 'L', 0xba}

const (
	stampSize   = 4 + 8
	stampWithin = 64 // bytes from the beginning of a packet, whatever headers a server adds
)

func putStamp(b []byte, at time.Duration) {
	copy(b, stampMark)
	binary.BigEndian.PutUint64(b[4:], uint64(at))
}

// readStamp finds the time of sending in a packet.
func readStamp(packet []byte) (at time.Duration, ok bool) {
	i := bytes.Index(packet[:min(len(packet), stampWithin+stampSize)], stampMark)
	if i < 0 || len(packet) < i+stampSize {
		return 0, false
	}
	return time.Duration(binary.BigEndian.Uint64(packet[i+4:])), true
}

// timed is a packet and when it is to be sent, since the beginning of its stream.
type timed struct {
	rtp.Packet
	due   time.Duration
	video bool
}

// stream makes packets one after the other. It is pure: the times are those of the stream.
type stream struct {
	frame, voice     int // made so far
	videoSeq, audSeq uint16
	owed             int // tenths of a packet that the frames so far were short of the average
}

// next makes everything of the next 50 ms: a frame, and what is heard meanwhile.
func (s *stream) next() (all []timed) {
	begin := time.Duration(s.frame) * frameEvery
	for ; time.Duration(s.voice)*audioEvery < begin+frameEvery; s.voice++ {
		all = append(all, s.audio())
	}
	s.owed += framePackets
	n := s.owed / 10
	s.owed -= n * 10
	for i := range n {
		all = append(all, s.video(i, n, begin))
	}
	s.frame++
	return all
}

func (s *stream) audio() timed {
	p := timed{due: time.Duration(s.voice) * audioEvery}
	p.Header = rtp.Header{Version: 2, SequenceNumber: s.audSeq, Timestamp: uint32(s.voice) * (audioClock / 50)}
	p.Payload = make([]byte, audioPayload)
	p.Payload[0] = 15 << 3 // RFC 6716 3.1: hybrid, full band, 20 ms, mono, one frame
	s.audSeq++
	return p
}

const (
	vp8Descriptor = 4  // RFC 7741 4.2, with a picture id of 15 bits
	vp8Header     = 10 // RFC 6386 9.1, of a key frame
	videoStampAt  = vp8Descriptor + vp8Header
	audioStampAt  = 4
)

// video makes packet i of the n of a frame.
func (s *stream) video(i, n int, begin time.Duration) timed {
	p := timed{due: begin + time.Duration(i/pacePackets)*paceEvery, video: true}
	p.Header = rtp.Header{
		Version: 2, SequenceNumber: s.videoSeq, Timestamp: uint32(s.frame) * uint32(videoClock/(time.Second/frameEvery)), Marker: i == n-1,
	}
	b := make([]byte, videoPayload)
	b[0], b[1] = 0x80, 0x80 // X; I
	binary.BigEndian.PutUint16(b[2:], 0x8000|uint16(s.frame)&0x7fff)
	if i == 0 {
		b[0] |= 0x10 // S: the beginning of a partition
		if s.frame%keyEvery == 0 {
			copy(b[vp8Descriptor:], []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01}) // 640 × 480
		} else {
			b[vp8Descriptor] = 0x11
		}
	}
	p.Payload = b
	s.videoSeq++
	return p
}

func (p *timed) stamp(at time.Duration) {
	if p.video {
		putStamp(p.Payload[videoStampAt:], at)
	} else {
		putStamp(p.Payload[audioStampAt:], at)
	}
}
