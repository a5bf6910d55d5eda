//go:build !linux

package dimse

import "net"

// quickAck exists only on Linux; elsewhere senders with Nagle's algorithm on are slower.
func quickAck(*net.TCPConn) func() { return func() {} }
