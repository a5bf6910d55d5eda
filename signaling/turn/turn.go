// Package turn is the embedded TURN server (RFC 8656): the way in for clients that can reach the media port neither by UDP nor by TCP. Its credentials are
// short-lived and made for one person, and it relays to the media port of this service and nowhere else: it is no open proxy.
package turn

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the algorithm of the TURN REST API; browsers compute nothing with it
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pion/turn/v5"

	"yilian"
	"yilian/signaling/protocol"
)

// Config is what a Server needs.
type Config struct {
	// UDP and TCP are the addresses to listen on ("host:port"); an empty one is not opened. An empty host is every address.
	UDP string
	TCP string
	// Listeners are further ones for TURN over TCP or, wrapped, over TLS; the server closes them.
	Listeners []net.Listener

	// Secret signs credentials; the same on every node.
	Secret []byte
	// Hosts are the names or addresses that clients are told; the addresses of the interfaces if empty.
	Hosts []string
	// URLs are further ones that clients are told as they are, such as "turns:call.example:443?transport=tcp".
	URLs []string

	// MediaPort is the only UDP port that is relayed to, on this host's addresses and MediaIPs.
	MediaPort int
	MediaIPs  []netip.Addr
	Loopback  bool

	TTL    time.Duration    // life of credentials; 12 h if zero
	Now    func() time.Time // time.Now if nil
	Logger *slog.Logger     // discards if nil
}

// Limits of allocations.
const (
	maxPerPerson = 12
	maxAll       = 4000
	realm        = "yilian"
)

// Server is a running TURN server.
type Server struct {
	c      Config
	inner  *turn.Server
	locals []netip.Addr
	urls   []string
	ports  Ports

	mu    sync.Mutex
	count map[string]int // allocations by person
}

// Ports are the ports that are open, 0 for none.
type Ports struct{ UDP, TCP int }

// New opens the ports and serves until Close.
func New(c Config) (*Server, error) {
	if len(c.Secret) < 16 {
		return nil, errors.New("turn: the secret needs at least 16 bytes")
	}
	if c.MediaPort == 0 {
		return nil, errors.New("turn: no media port to relay to")
	}
	if c.TTL == 0 {
		c.TTL = 12 * time.Hour
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{c: c, count: map[string]int{}}
	var err error
	if s.locals, err = localAddresses(c.Loopback); err != nil {
		return nil, fmt.Errorf("turn: list addresses: %w", err)
	}
	setting := turn.ServerConfig{
		Realm: realm, AuthHandler: s.authenticate, QuotaHandler: s.quota, LoggerFactory: quiet{}, EventHandler: s.events(),
	}
	if err := s.open(&setting); err != nil {
		return nil, err
	}
	if s.inner, err = turn.NewServer(setting); err != nil {
		return nil, errors.Join(fmt.Errorf("turn: %w", err), closeAll(setting))
	}
	s.urls = s.makeURLs()
	return s, nil
}

// Close ends every allocation and closes the ports.
func (s *Server) Close() error { return s.inner.Close() }

// Ports gives the ports that are open.
func (s *Server) Ports() Ports { return s.ports }

// Allocations is how many relays are in use.
func (s *Server) Allocations() int { return s.inner.AllocationCount() }

// ICE gives the servers with fresh credentials for one person.
func (s *Server) ICE(person yilian.PersonID) []protocol.ICEServer {
	if len(s.urls) == 0 {
		return nil
	}
	username, credential := s.Credentials(person)
	return []protocol.ICEServer{{URLs: s.urls, Username: username, Credential: credential}}
}

// Credentials are fresh ones for one person.
func (s *Server) Credentials(person yilian.PersonID) (username, credential string) {
	username = strconv.FormatInt(s.c.Now().Add(s.c.TTL).Unix(), 10) + ":" + string(person)
	return username, s.password(username)
}

// password is the credential of the TURN REST API: base64(HMAC-SHA1(secret, username)), so that coturn can take this server's place.
func (s *Server) password(username string) string {
	h := hmac.New(sha1.New, s.c.Secret)
	h.Write([]byte(username))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// authenticate checks the time in the user name; the password is checked by the key that it gives back.
func (s *Server) authenticate(a *turn.RequestAttributes) (person string, key []byte, ok bool) {
	expires, person, ok := strings.Cut(a.Username, ":")
	at, err := strconv.ParseInt(expires, 10, 64)
	if !ok || err != nil || at < s.c.Now().Unix() {
		return "", nil, false
	}
	return person, turn.GenerateAuthKey(a.Username, a.Realm, s.password(a.Username)), true
}

func (s *Server) quota(person, _ string, _ net.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := 0
	for _, n := range s.count {
		all += n
	}
	return s.count[person] < maxPerPerson && all < maxAll
}

func (s *Server) events() turn.EventHandler {
	add := func(person string, n int) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.count[person] += n; s.count[person] <= 0 {
			delete(s.count, person)
		}
	}
	return turn.EventHandler{
		OnAllocationCreated: func(_, _ net.Addr, _, person, _ string, _ net.Addr, _ int) { add(person, 1) },
		OnAllocationDeleted: func(_, _ net.Addr, _, person, _ string) { add(person, -1) },
	}
}

// open opens every port; what was opened is closed again on failure.
func (s *Server) open(setting *turn.ServerConfig) (err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, closeAll(*setting))
		}
	}()
	if s.c.UDP != "" {
		if err := s.openUDP(setting); err != nil {
			return fmt.Errorf("turn: open udp %s: %w", s.c.UDP, err)
		}
	}
	listeners := s.c.Listeners
	if s.c.TCP != "" {
		var lc net.ListenConfig
		l, err := lc.Listen(context.Background(), "tcp", s.c.TCP)
		if err != nil {
			return fmt.Errorf("turn: open tcp %s: %w", s.c.TCP, err)
		}
		s.ports.TCP = l.Addr().(*net.TCPAddr).Port
		listeners = append(listeners, l)
	}
	for _, l := range listeners {
		setting.ListenerConfigs = append(setting.ListenerConfigs, turn.ListenerConfig{
			Listener: l, RelayAddressGenerator: s.relay(l.Addr()), PermissionHandler: s.permit,
		})
	}
	return nil
}

// openUDP opens one socket for every local address, so that an answer leaves from the address that was asked.
func (s *Server) openUDP(setting *turn.ServerConfig) error {
	addr, err := net.ResolveUDPAddr("udp", s.c.UDP)
	if err != nil {
		return err
	}
	ips := []netip.Addr{}
	if addr.IP == nil || addr.IP.IsUnspecified() {
		ips = s.locals
	} else if ip, ok := netip.AddrFromSlice(addr.IP); ok {
		ips = append(ips, ip.Unmap())
	}
	s.ports.UDP = addr.Port
	for _, ip := range ips {
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, uint16(s.ports.UDP))))
		if err != nil {
			return err
		}
		s.ports.UDP = conn.LocalAddr().(*net.UDPAddr).Port // the same for all after the first
		setting.PacketConnConfigs = append(setting.PacketConnConfigs, turn.PacketConnConfig{
			PacketConn: conn, RelayAddressGenerator: s.relay(conn.LocalAddr()), PermissionHandler: s.permit,
		})
	}
	return nil
}

func closeAll(setting turn.ServerConfig) error {
	var errs []error
	for _, c := range setting.PacketConnConfigs {
		errs = append(errs, c.PacketConn.Close())
	}
	for _, c := range setting.ListenerConfigs {
		errs = append(errs, c.Listener.Close())
	}
	return errors.Join(errs...)
}

// permit allows relaying to the addresses of the media port only.
func (s *Server) permit(_ net.Addr, peer net.IP) bool {
	ip, ok := netip.AddrFromSlice(peer)
	if !ok {
		return false
	}
	ip = ip.Unmap()
	for _, known := range [][]netip.Addr{s.locals, s.c.MediaIPs} {
		for _, k := range known {
			if k.WithZone("") == ip {
				return true
			}
		}
	}
	return false
}

// makeURLs lists what clients are told.
func (s *Server) makeURLs() []string {
	hosts := s.c.Hosts
	if len(hosts) == 0 {
		for _, ip := range s.locals {
			if !ip.IsLinkLocalUnicast() {
				hosts = append(hosts, ip.String())
			}
		}
	}
	var urls []string
	for _, host := range hosts {
		if s.ports.UDP != 0 {
			urls = append(urls, "turn:"+net.JoinHostPort(host, strconv.Itoa(s.ports.UDP))+"?transport=udp")
		}
		if s.ports.TCP != 0 {
			urls = append(urls, "turn:"+net.JoinHostPort(host, strconv.Itoa(s.ports.TCP))+"?transport=tcp")
		}
	}
	return append(urls, s.c.URLs...)
}

func localAddresses(loopback bool) ([]netip.Addr, error) {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var out []netip.Addr
	for _, a := range addrs {
		prefix, err := netip.ParsePrefix(a.String())
		if err != nil {
			continue
		}
		ip := prefix.Addr().Unmap()
		if ip.IsLoopback() && !loopback || ip.Is6() && ip.IsLinkLocalUnicast() {
			continue
		}
		out = append(out, ip)
	}
	return out, nil
}
