// Package signaling connects people: it owns the WebSocket protocol (PROTOCOL.md), tickets, rooms and seats, and drives the forwarder
// in signaling/sfu. It knows nothing of medicine: a room is a name, who may enter is decided by whoever hands out the ticket,
// and what happened is told to an Observer.
//
// One goroutine owns each room; its rules are the pure function (*roomState).step. Each socket has one reader and one writer.
package signaling
