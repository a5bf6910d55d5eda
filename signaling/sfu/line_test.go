package sfu

import (
	"testing"
	"time"
)

// play lets seconds pass over a line that takes so many bits/s and whose senders use what they are allowed.
func play(d downlink, seconds int, capacity float64, rtt time.Duration, loss float64) downlink {
	queue := 0.0 // bits
	for range seconds {
		sent := min(d.target, 2_500_000)
		queue = min(max(0, queue+sent-capacity), capacity/2) // at most half a second
		s := second{sent: sent, rtt: rtt + time.Duration(queue/capacity*float64(time.Second)), loss: loss}
		if queue >= capacity/2 {
			s.loss = max(loss, 1-capacity/sent)
		}
		d = d.next(s)
	}
	return d
}

func TestDownlink(t *testing.T) {
	good := play(downlink{}, 30, 20e6, 50*time.Millisecond, 0)
	if good.target < 5e6 {
		t.Errorf("a good line ends at %.0f", good.target)
	}
	if lossy := play(downlink{}, 30, 20e6, 600*time.Millisecond, 0.05); lossy.target < 5e6 {
		t.Errorf("a satellite line with random loss ends at %.0f", lossy.target)
	}
	narrow := play(good, 20, 400_000, 50*time.Millisecond, 0)
	if narrow.target > 700_000 || narrow.target < 100_000 {
		t.Errorf("a line of 400 kbit/s is taken for %.0f", narrow.target)
	}
	if dead := play(good, 60, 30_000, 50*time.Millisecond, 0); dead.target > 200_000 {
		t.Errorf("a dead line is taken for %.0f", dead.target)
	}
	if again := play(narrow, 60, 20e6, 50*time.Millisecond, 0); again.target < 3e6 {
		t.Errorf("a line that is good again ends at %.0f", again.target)
	}
}

func TestReadOffer(t *testing.T) {
	const head = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
	audio := func(lines string) string { return head + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" + lines }
	for name, c := range map[string]struct {
		sdp string
		ok  bool
	}{
		"good":          {audio("a=mid:0\r\na=sendrecv\r\n"), true},
		"no media":      {head, false},
		"no mid":        {audio("a=sendrecv\r\n"), false},
		"inactive":      {audio("a=mid:0\r\na=inactive\r\n"), false},
		"bundle-only":   {audio("a=mid:0\r\n") + "m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=bundle-only\r\n", true},
		"rejected":      {head + "m=audio 0 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n", false},
		"same mid":      {audio("a=mid:0\r\n") + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n", false},
		"unknown media": {head + "m=text 9 UDP/TLS/RTP/SAVPF 1\r\na=mid:0\r\n", false},
		"garbage":       {"hello", false},
	} {
		lines, err := readOffer(c.sdp)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v %v", name, lines, err)
		}
	}
}
