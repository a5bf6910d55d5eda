// Package lines emulates bad lines, for tests and measurements: two network namespaces of their own, joined by a pair of TUN devices whose
// packets pass through a model of delay, jitter, random and burst loss, a rate with a bounded queue, reordering, black-outs, firewalls, address
// translation that forgets, and a change of address. Since the packets are IP's, TCP loses them too, and what runs on the line is the real thing:
// the program, and browsers. Nothing ever leaves the namespaces.
//
// Model is the line itself, pure and seeded; Link does the I/O and needs Linux, root, /dev/net/tun and iproute2.
//
// From the shell (cmd/yilian):
//
//	yilian bench line --up 'rate=2M delay=150ms loss=5%' --down 'rate=2M delay=150ms loss=5%'
//
// prints the names of the two namespaces and takes commands on its standard input (up …, down …, both …, dark 10s, rebind, move, stats)
// until that ends. Meanwhile, anything runs at its ends:
//
//	ip netns exec $NEAR yilian demo --http 10.77.0.1:8080 --media-udp 10.77.0.1:7882 …     the server, with a perfect line to whoever is beside it
//	ip netns exec $FAR ping 10.77.0.1                                                        behind the line
//
// Calls between real browsers over the five lines that this service is judged by, with the server of this very binary:
//
//	make build && bin/yilian bench lines                    all, three rounds (about 10 minutes)
//	bin/yilian bench lines --only viewer-5 --rounds 1       one line
//	bin/yilian bench lines --seconds 10 --rounds 1          shorter windows
//
// It is not a model of a radio: what is lost does not depend on how much is sent, but for the queue.
package lines
