package signaling

import (
	"testing"

	"yilian/signaling/protocol"
	"yilian/signaling/sfu"
)

func TestLinkOf(t *testing.T) {
	const up, down, was, never = true, false, true, false
	for _, c := range []struct {
		socket, everLive bool
		transport        sfu.State
		degraded         string
		want, reason     string
	}{
		{up, never, "", "", protocol.LinkConnecting, ""},
		{up, never, sfu.Connecting, "", protocol.LinkConnecting, ""},
		{up, was, sfu.Connecting, "", protocol.LinkInterrupted, "media"},
		{up, was, sfu.Connected, "", protocol.LinkLive, ""},
		{up, was, sfu.Connected, "poor", protocol.LinkDegraded, "poor"},
		{up, was, sfu.Silent, "", protocol.LinkDegraded, "silent"},
		{up, was, sfu.Failed, "", protocol.LinkInterrupted, "media"},
		{up, never, sfu.Failed, "", protocol.LinkInterrupted, "media"},
		{down, was, sfu.Connected, "", protocol.LinkLive, ""},
		{down, was, sfu.Connected, "audio-only", protocol.LinkDegraded, "audio-only"},
		{down, was, sfu.Silent, "", protocol.LinkInterrupted, "signal"},
		{down, was, sfu.Failed, "", protocol.LinkInterrupted, "signal"},
		{down, never, "", "", protocol.LinkInterrupted, "signal"},
		{down, never, sfu.Connecting, "", protocol.LinkInterrupted, "signal"},
	} {
		link, reason := linkOf(c.socket, c.everLive, c.transport, c.degraded)
		if link != c.want || reason != c.reason {
			t.Errorf("%+v: %s %s", c, link, reason)
		}
	}
}

func TestGradeOf(t *testing.T) {
	for _, c := range []struct {
		line   protocol.Line
		paused bool
		want   string
	}{
		{protocol.Line{}, false, "good"},
		{protocol.Line{UpLoss: 0.019, RTTMS: 299, JitterMS: 39}, false, "good"},
		{protocol.Line{DownLoss: 0.02}, false, "fair"},
		{protocol.Line{RTTMS: 300}, false, "fair"},
		{protocol.Line{UpLoss: 0.08}, false, "poor"},
		{protocol.Line{JitterMS: 100}, false, "poor"},
		{protocol.Line{}, true, "poor"},
		{protocol.Line{UpLoss: 0.2}, true, "bad"},
		{protocol.Line{RTTMS: 1200}, false, "bad"},
	} {
		if got := gradeOf(c.line, c.paused); got != c.want {
			t.Errorf("%+v paused %v: %s, want %s", c.line, c.paused, got, c.want)
		}
	}
}

func TestQualityIsSteady(t *testing.T) {
	var q quality
	var got []string
	for _, grade := range []string{"poor", "good", "bad", "bad", "good", "good", "poor", "good", "good", "good"} {
		q = q.next(grade, false)
		got = append(got, q.degraded)
	}
	want := []string{"", "", "", "poor", "poor", "poor", "poor", "poor", "poor", ""}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%q, want %q", got, want)
		}
	}
}
