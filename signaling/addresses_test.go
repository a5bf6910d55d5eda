package signaling_test

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"

	"yilian/signaling"
	"yilian/signaling/client"
	"yilian/signaling/protocol"
)

// candidates lists the addresses of the server's answer, by "udp 192.0.2.1".
func candidates(t *testing.T, change func(*signaling.Config)) (out []string) {
	t.Helper()
	h := open(t, change)
	p := join(t, h, "r", "a")
	var sdp string
	p.waitMessage(t, "the answer", func(m protocol.Message) bool {
		a, ok := m.(*protocol.Answer)
		if ok {
			sdp = a.SDP
		}
		return ok
	})
	for line := range strings.Lines(sdp) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), "a=candidate:"); ok {
			fields := strings.Fields(text)
			out = append(out, strings.ToLower(fields[2])+" "+fields[4])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestSeveralPublicAddresses: behind address translation every public address is offered, of both families, over UDP and TCP.
func TestSeveralPublicAddresses(t *testing.T) {
	public := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("2001:db8::9")}
	got := candidates(t, func(c *signaling.Config) {
		c.MediaUDP, c.MediaTCP, c.PublicIPs = ":0", ":0", public
	})
	want := []string{"udp 192.0.2.1", "udp 198.51.100.7", "tcp 192.0.2.1", "tcp 198.51.100.7"}
	if six() {
		want = append(want, "udp 2001:db8::9", "tcp 2001:db8::9")
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("%s is not offered: %v", w, got)
		}
	}
}

func six() bool {
	ln, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		return false
	}
	_ = ln.Close()
	return true
}

// globalSix finds an IPv6 address of this machine that is neither loopback, for which pion gathers nothing, nor of one link.
func globalSix(t *testing.T) string {
	t.Helper()
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is6() && !p.Addr().IsLoopback() && !p.Addr().IsLinkLocalUnicast() {
			return p.Addr().String()
		}
	}
	t.Skip("this machine has no IPv6 address")
	return ""
}

// TestCallOverIPv6: a participant that has only IPv6 is in the call.
func TestCallOverIPv6(t *testing.T) {
	own := globalSix(t)
	h := open(t, func(c *signaling.Config) { c.MediaUDP, c.MediaTCP = net.JoinHostPort(own, "0"), "" })
	o, p := options(t, h, h.ticket(t, "r", "six"))
	var s webrtc.SettingEngine
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP6})
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	m := &webrtc.MediaEngine{}
	if err := m.RegisterDefaultCodecs(); err != nil {
		t.Fatal(err)
	}
	o.API = webrtc.NewAPI(webrtc.WithMediaEngine(m), webrtc.WithSettingEngine(s))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c, err := client.Join(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	p.Client = c
	t.Cleanup(func() { _ = c.Close() })
	p.wait(t, "the transport", func() bool { return c.Transport().ConnectionState() == webrtc.PeerConnectionStateConnected })
	pair, err := c.Transport().SCTP().Transport().ICETransport().GetSelectedCandidatePair()
	if err != nil || pair == nil || !netip.MustParseAddr(pair.Remote.Address).Is6() {
		t.Errorf("by %v, %v", pair, err)
	}
}
