package sfu

import (
	"testing"
	"time"

	"github.com/pion/rtcp"

	"yilian/signaling/sfu/packet"
)

func TestAllowance(t *testing.T) {
	var a allowance
	now := time.Unix(1_800_000_000, 0)
	say := func(bytes int) time.Duration { return a.take(worth(bytes), savedUp, now) }
	for range messagesASecond {
		if wait := say(10); wait > 0 {
			t.Fatalf("a burst waits %v", wait)
		}
	}
	if wait := say(10); wait != time.Second/messagesASecond {
		t.Errorf("beyond the burst: %v", wait)
	}
	now = now.Add(time.Hour) // what is saved is bounded
	if wait := say(dataASecond * 3 / 2); wait != time.Second/2 {
		t.Errorf("a long message: %v", wait)
	}
	if now = now.Add(2 * time.Second); say(0) > 0 {
		t.Error("it waits later, too")
	}
}

// TestNACKsWithoutEnd asks again and again for everything that is kept, as a receiver does that wants to keep the forwarder busy.
func TestNACKsWithoutEnd(t *testing.T) {
	s, out, a, _ := stage(t)
	a.encodings[0].cache = packet.NewCache(videoCache)
	now := time.Now()
	s.put(a)
	for i := range uint16(1000) {
		forward(t, s, a, i, uint32(i)*3000, i == 0, now)
	}
	out.quiet = true
	first := s.rtxSeq
	var raw [packet.MaxSize + 2]byte
	for second := range 10 {
		for range 40 {
			for seq := range uint16(1000) {
				s.resendOne(out.headers[0].SequenceNumber+seq, now.Add(time.Duration(second)*time.Second), 20*ms, raw[:])
			}
		}
	}
	if n := int(s.rtxSeq - first); n < 10*againASecond-againASecond/2 || n > 12*againASecond {
		t.Errorf("%d packets were sent again in 10 s", n)
	}
}

// TestKeyFramesWithoutEnd asks for key frames all the time: everybody in the room pays for each of them.
func TestKeyFramesWithoutEnd(t *testing.T) {
	s, _, a, _ := stage(t)
	src := a.encodings[0]
	now := time.Now()
	s.put(a)
	forward(t, s, a, 1, 0, true, now)
	asked := 0
	for i := range 200 { // 20 s
		src.needed.Store(false)
		s.wanted(now.Add(time.Duration(i) * 100 * ms))
		if src.needed.Load() {
			asked++
		}
	}
	if asked < 10 || asked > 14 {
		t.Errorf("%d were asked for in 20 s", asked)
	}
	s.setPaused(true)
	s.setPaused(false) // now it waits for one, and that is always asked for
	src.needed.Store(false)
	if s.feedback(&rtcp.PictureLossIndication{MediaSSRC: s.ssrc}); !src.needed.Load() {
		t.Error("what is waited for is not asked for")
	}
}
