package sfu

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/webrtc/v4"

	"yilian/signaling/sfu/batch"
)

// Times of a transport. A path that is silent for silentAfter is "disconnected", after failAfter more it is "failed": 15 s together.
const (
	silentAfter = 5 * time.Second
	failAfter   = 10 * time.Second
	keepAlive   = 2 * time.Second
)

// replayWindow is how many packets late one may come: where a sender has no RTX, what is sent again comes on the stream itself, a round trip late or two.
const replayWindow = 1024

// Engine owns the media ports and makes rooms. It is safe for concurrent use.
type Engine struct {
	log    *slog.Logger
	udp    ice.UDPMux
	tcp    ice.TCPMux
	ports  Ports
	taps   atomic.Uint64 // numbers of streams for taps
	config Config
}

// Ports are the ports that are open, 0 for none.
type Ports struct{ UDP, TCP int }

// NewEngine opens the media ports.
func NewEngine(c Config) (*Engine, error) {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.UDP == "" && c.TCP == "" {
		return nil, errors.New("sfu: neither a UDP nor a TCP media port is set")
	}
	e := &Engine{log: c.Logger, config: c}
	if err := e.open(c); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	if _, err := e.newAPI(&Peer{}); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// Ports gives the ports that are open.
func (e *Engine) Ports() Ports { return e.ports }

// Close closes the ports. Rooms are closed before.
func (e *Engine) Close() error {
	var errs []error
	if e.udp != nil {
		errs = append(errs, e.udp.Close())
	}
	if e.tcp != nil {
		errs = append(errs, e.tcp.Close())
	}
	return errors.Join(errs...)
}

// newAPI makes pion's objects for one peer: its RTCP comes to the peer directly. A layered one tells of its pictures' layers.
func (e *Engine) newAPI(p *Peer) (*webrtc.API, error) {
	media, err := newMediaEngine(p.layered)
	if err != nil {
		return nil, err
	}
	// Only transport-wide feedback to the sender: all else the sources and slots do themselves.
	feedback, err := twcc.NewSenderInterceptor(twcc.WithLoggerFactory(pionLog{e.log}), twcc.SendInterval(feedbackEvery))
	if err != nil {
		return nil, err
	}
	registry := &interceptor.Registry{}
	registry.Add(feedback)
	setting, err := e.settings(e.config, p.lenient)
	if err != nil {
		return nil, err
	}
	setting.BufferFactory = p.streamBuffer
	return webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(registry), webrtc.WithSettingEngine(setting)), nil
}

// feedbackEvery is how often a sender is told what came when: its estimate follows within some of these.
const feedbackEvery = 50 * time.Millisecond

func (e *Engine) settings(c Config, lenient bool) (webrtc.SettingEngine, error) {
	var s webrtc.SettingEngine
	// GCM is a sixth of the cost; the older suites are for a peer that cannot.
	s.LoggerFactory = pionLog{c.Logger}
	if lenient {
		s.SetSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AEAD_AES_256_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80)
	} else {
		s.SetSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AEAD_AES_256_GCM)
	}
	if err := s.SetAnsweringDTLSRole(webrtc.DTLSRoleClient); err != nil {
		return s, err
	}
	s.SetDTLSRetransmissionInterval(200 * time.Millisecond)
	s.SetICETimeouts(silentAfter, failAfter, keepAlive)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetIncludeLoopbackCandidate(c.Loopback)
	s.SetReceiveMTU(1600)
	s.SetSRTPReplayProtectionWindow(replayWindow)
	s.DisableActiveTCP(true)
	s.DetachDataChannels()
	s.SetSCTPMaxMessageSize(maxMessage)
	s.SetSCTPMaxReceiveBufferSize(maxUnreadData)
	s.SetSCTPRTOMax(longestTimeout)
	var networks []webrtc.NetworkType
	if e.udp != nil {
		s.SetICEUDPMux(e.udp)
		networks = append(networks, webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6)
	}
	if e.tcp != nil {
		s.SetICETCPMux(e.tcp)
		networks = append(networks, webrtc.NetworkTypeTCP4, webrtc.NetworkTypeTCP6)
	}
	s.SetNetworkTypes(networks)
	if c.Net != nil {
		s.SetNet(c.Net)
	}
	if len(c.PublicIPs) > 0 {
		if err := s.SetICEAddressRewriteRules(rewriteRules(c.PublicIPs)...); err != nil {
			return s, fmt.Errorf("sfu: public addresses: %w", err)
		}
	}
	return s, nil
}

// rewriteRules add the public addresses to the local ones: a client on the same network takes the short way.
func rewriteRules(public []netip.Addr) []webrtc.ICEAddressRewriteRule {
	rule := webrtc.ICEAddressRewriteRule{AsCandidateType: webrtc.ICECandidateTypeHost, Mode: webrtc.ICEAddressRewriteAppend}
	for _, ip := range public {
		rule.External = append(rule.External, ip.String())
	}
	return []webrtc.ICEAddressRewriteRule{rule}
}

// open opens the ports and the muxes on them.
func (e *Engine) open(c Config) error {
	if c.UDP != "" {
		if err := e.openUDP(c); err != nil {
			return fmt.Errorf("sfu: open media port udp %s: %w", c.UDP, err)
		}
	}
	if c.TCP != "" {
		if err := e.openTCP(c); err != nil {
			return fmt.Errorf("sfu: open media port tcp %s: %w", c.TCP, err)
		}
	}
	return nil
}

const (
	socketBuffer = 4 << 20          // bytes; the kernel may give less
	sendWindow   = time.Millisecond // how long a packet waits for others to be sent with
)

// openUDP opens the one port on every address of the machine, or on the one that is named.
func (e *Engine) openUDP(c Config) error {
	addr, err := net.ResolveUDPAddr("udp", c.UDP)
	if err != nil {
		return err
	}
	if c.Net != nil {
		conn, err := c.Net.ListenUDP("udp4", addr)
		if err != nil {
			return err
		}
		e.udp, e.ports.UDP = newMux(c, conn), addr.Port
		return nil
	}
	addrs := []net.IP{addr.IP}
	if addr.IP == nil || addr.IP.IsUnspecified() {
		if addrs, err = localAddrs(c.Loopback); err != nil {
			return err
		}
		if addr.Port == 0 {
			if addr.Port, err = freeUDPPort(); err != nil {
				return err
			}
		}
	}
	var muxes []ice.UDPMux
	for _, ip := range addrs {
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: ip, Port: addr.Port, Zone: addr.Zone})
		if err != nil {
			for _, m := range muxes {
				err = errors.Join(err, m.Close())
			}
			return err
		}
		// A smaller buffer than asked for is not an error.
		_ = conn.SetReadBuffer(socketBuffer)
		_ = conn.SetWriteBuffer(socketBuffer)
		muxes = append(muxes, newMux(c, batch.New(conn, sendWindow)))
		e.ports.UDP = conn.LocalAddr().(*net.UDPAddr).Port
	}
	if len(muxes) == 1 {
		e.udp = muxes[0]
	} else {
		e.udp = ice.NewMultiUDPMuxDefault(muxes...)
	}
	return nil
}

func newMux(c Config, conn net.PacketConn) ice.UDPMux {
	return ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: conn, Logger: pionLog{c.Logger}.NewLogger("mux"), Net: c.Net})
}

// localAddrs lists the machine's addresses that a client may reach; link-local ones need a zone that a candidate cannot carry.
func localAddrs(loopback bool) ([]net.IP, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var out []net.IP
	for _, a := range all {
		prefix, ok := a.(*net.IPNet)
		if !ok || prefix.IP.IsLinkLocalUnicast() || prefix.IP.IsMulticast() || prefix.IP.IsLoopback() && !loopback {
			continue
		}
		out = append(out, prefix.IP)
	}
	if len(out) == 0 {
		return nil, errors.New("no network address")
	}
	return out, nil
}

func freeUDPPort() (int, error) {
	conn, err := net.ListenUDP("udp", nil)
	if err != nil {
		return 0, err
	}
	port := conn.LocalAddr().(*net.UDPAddr).Port
	return port, conn.Close()
}

func (e *Engine) openTCP(c Config) error {
	var lc net.ListenConfig
	l, err := lc.Listen(context.Background(), "tcp", c.TCP)
	if err != nil {
		return err
	}
	e.tcp = ice.NewTCPMuxDefault(ice.TCPMuxParams{
		Listener:       l,
		Logger:         pionLog{c.Logger}.NewLogger("mux"),
		ReadBufferSize: 64,
		// Without a write buffer one receiver that does not read would stop the sender of what it gets.
		WriteBufferSize: 1 << 20,
	})
	e.ports.TCP = l.Addr().(*net.TCPAddr).Port
	return nil
}
