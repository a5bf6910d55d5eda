// Package sfu forwards media between the peers of a room: it ends each peer's ICE, DTLS and SRTP (pion), and passes RTP packets on
// without decoding them. It knows no WebSocket and no seats: package signaling tells it who offers what, and is told how each
// transport is doing.
package sfu
