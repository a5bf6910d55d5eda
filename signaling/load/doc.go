// Package load puts headless people into rooms by the hundred: publishers that send made-up VP8 and Opus packets with the time of sending
// inside, and receivers that count them and see how long they took. It drives this service's call server (Yilian) and, to compare, Janus' video
// room. cmd/yilian measures with it ("bench media"), and tests look for leaks with it.
//
// What it sends is no picture: nothing here encodes or decodes. How people see and hear is measured with browsers (package lines).
package load
