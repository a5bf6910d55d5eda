package dimse

import (
	"net"
	"syscall"
)

// quickAck gives a function that makes the kernel acknowledge at once what was received. It must be called after each
// read: the kernel leaves that mode by itself (tcp(7)).
//
// DCMTK and much that is built like it write the 12 bytes of PDU and PDV header and the fragment in two calls with
// Nagle's algorithm on; each C-STORE then waits once or twice for the receiver's delayed acknowledgement, 40 ms each.
func quickAck(conn *net.TCPConn) func() {
	raw, err := conn.SyscallConn()
	if err != nil {
		return func() {}
	}
	set := func(fd uintptr) { // an error leaves a connection that works, only slower
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	}
	return func() { _ = raw.Control(set) }
}
