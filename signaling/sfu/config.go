package sfu

import (
	"log/slog"
	"net/netip"

	"github.com/pion/transport/v4"
)

// Config is what an Engine needs.
type Config struct {
	UDP       string // "host:port" of the one UDP port; empty for none
	TCP       string // "host:port" for ICE-TCP; empty for none
	PublicIPs []netip.Addr
	Loopback  bool
	Logger    *slog.Logger

	// Net replaces the operating system's network in tests; UDP is then the address on it, and TCP must be empty.
	Net transport.Net
}
