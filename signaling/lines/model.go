package lines

import (
	"math/rand/v2"
	"time"
)

// Packet is what a line looks at.
type Packet struct {
	Size     int // bytes of IP
	Protocol uint8
	Src, Dst uint16 // ports; 0 where the protocol has none, and in later fragments
}

// IP protocol numbers (RFC 5237 registry).
const (
	ProtocolICMP = 1
	ProtocolTCP  = 6
	ProtocolUDP  = 17
)

// Fate is what became of a packet.
type Fate int

// The fates. What is Delivered comes out at the time that Take tells.
const (
	Delivered Fate = iota
	Lost           // at random
	LostInBurst
	Overflowed // the queue in front of the rate was full
	InTheDark  // in a black-out
	Walled     // by a firewall
	fates
)

func (f Fate) String() string {
	return [...]string{"delivered", "lost", "lostInBurst", "overflowed", "dark", "walled"}[f]
}

// Model decides what becomes of each packet in one direction. It is pure: time is an argument, and with the same seed the same packets
// meet the same fates. It is not for several goroutines.
type Model struct {
	c    Conditions
	rand *rand.Rand

	free   time.Duration // when the rate can take the next packet
	last   time.Duration // when the last packet that kept the order comes out
	bad    bool          // state of the bursts
	dark   []window
	counts [fates]int
}

type window struct{ from, until time.Duration }

// NewModel begins at time 0 of the line's own clock.
func NewModel(c Conditions, seed uint64) *Model {
	return &Model{c: c, rand: rand.New(rand.NewPCG(seed, 0x6c696e6573))}
}

// Set changes the conditions; packets under way are not touched.
func (m *Model) Set(c Conditions) {
	m.c, m.bad = c, false
}

// Darken lets nothing through from one time until another. Windows may overlap.
func (m *Model) Darken(from, until time.Duration) { m.dark = append(m.dark, window{from, until}) }

// Counts tells how many packets met each fate.
func (m *Model) Counts() map[string]int {
	all := map[string]int{}
	for f, n := range m.counts {
		all[Fate(f).String()] = n
	}
	return all
}

// Take decides about a packet that is sent now; times must not go backwards. A delivered one comes out at a time that is not before now.
func (m *Model) Take(now time.Duration, p Packet) (at time.Duration, fate Fate) {
	at, fate = m.decide(now, p)
	m.counts[fate]++
	return at, fate
}

func (m *Model) decide(now time.Duration, p Packet) (time.Duration, Fate) {
	if m.walled(p) {
		return 0, Walled
	}
	if m.isDark(now) {
		return 0, InTheDark
	}
	sent, fits := m.shape(now, p.Size)
	if !fits {
		return 0, Overflowed
	}
	// What is lost is lost behind the queue, on the air: it took its share of the rate.
	if m.burst() {
		return 0, LostInBurst
	}
	if m.hits(m.c.Loss) {
		return 0, Lost
	}
	at := sent + m.c.Delay
	if m.c.Jitter > 0 {
		at += time.Duration(m.rand.Int64N(int64(m.c.Jitter)))
	}
	if m.hits(m.c.Reorder) {
		return at + or(m.c.ReorderBy, defaultReorder), Delivered
	}
	m.last = max(m.last, at)
	return m.last, Delivered
}

func (m *Model) walled(p Packet) bool {
	if m.c.OnlyTCP != 0 {
		return p.Protocol != ProtocolTCP || p.Src != m.c.OnlyTCP && p.Dst != m.c.OnlyTCP
	}
	return m.c.NoUDP && p.Protocol == ProtocolUDP
}

func (m *Model) isDark(now time.Duration) bool {
	kept := m.dark[:0]
	dark := false
	for _, w := range m.dark {
		if now < w.until {
			kept = append(kept, w)
			dark = dark || now >= w.from
		}
	}
	m.dark = kept
	return dark
}

// shape answers when the last bit of a packet has left, and whether the queue had room for it.
func (m *Model) shape(now time.Duration, size int) (sent time.Duration, fits bool) {
	if m.c.Rate == 0 {
		m.free = now
		return now, true
	}
	begin := max(now, m.free)
	if begin-now > or(m.c.Queue, defaultQueue) {
		return 0, false
	}
	m.free = begin + time.Duration(float64(size*8)/float64(m.c.Rate)*float64(time.Second))
	return m.free, true
}

func (m *Model) burst() bool {
	b := m.c.Burst
	if b.Enter == 0 {
		return false
	}
	if m.bad {
		m.bad = !m.hits(b.Leave)
	} else {
		m.bad = m.hits(b.Enter)
	}
	return m.bad && m.hits(or(b.Lost, 1))
}

// hits is true for a share of all calls.
func (m *Model) hits(share float64) bool { return share > 0 && m.rand.Float64() < share }

func or[T comparable](v, instead T) T {
	var zero T
	if v == zero {
		return instead
	}
	return v
}
