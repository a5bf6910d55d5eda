package packet

import "sync"

// MaxSize is the largest packet the cache keeps; media packets are about 1200 bytes.
const MaxSize = 1500

// Cache keeps the last raw packets of one incoming stream, for every receiver that asks for one again. It is safe for concurrent use: one writer, many readers.
type Cache struct {
	mu   sync.Mutex
	ring []entry
}

type entry struct {
	seq  uint16
	size uint16 // 0: empty
	data []byte // capacity grows to what the slot has seen
}

// NewCache makes a cache of n packets, a power of two.
func NewCache(n int) *Cache { return &Cache{ring: make([]entry, n)} }

// Put keeps a copy of a raw packet.
func (c *Cache) Put(seq uint16, raw []byte) {
	if len(raw) > MaxSize {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e := &c.ring[int(seq)&(len(c.ring)-1)]
	e.seq, e.size = seq, uint16(len(raw))
	e.data = append(e.data[:0], raw...)
}

// Get copies a packet into buf and gives its length, or 0 if it is no longer (or not yet) there.
func (c *Cache) Get(seq uint16, buf []byte) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := &c.ring[int(seq)&(len(c.ring)-1)]
	if e.size == 0 || e.seq != seq || len(buf) < int(e.size) {
		return 0
	}
	return copy(buf, e.data)
}
