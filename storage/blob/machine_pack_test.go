package blob

import (
	"bytes"
	"io"
	"io/fs"
	"path"
)

// A pack on the simulated machine: blocks that were written since the last sync are on the disk after a power cut or not, each by
// itself, and so is the last length.

func (m *machine) openPack(name string, made bool) (f packFile, err error) {
	err = m.do(func() error {
		n := m.find(name)
		if made == (n != nil) {
			if made {
				return fs.ErrExist
			}
			return fs.ErrNotExist
		}
		if n == nil {
			n = &node{name: path.Base(name), blocks: true}
			m.find(path.Dir(name)).entries[n.name] = n
		}
		f = &machinePack{m: m, n: n}
		return nil
	})
	return f, err
}

type machinePack struct {
	m      *machine
	n      *node
	locked bool
}

func (p *machinePack) ReadAt(b []byte, off int64) (n int, err error) {
	doErr := p.m.do(func() error {
		if off < int64(len(p.n.content)) {
			n = copy(b, p.n.content[off:])
		}
		if n < len(b) {
			err = io.EOF
		}
		return nil
	})
	if doErr != nil {
		return 0, doErr
	}
	return n, err
}

func (p *machinePack) WriteAt(b []byte, off int64) (int, error) {
	err := p.m.do(func() error {
		p.grow(off + int64(len(b)))
		copy(p.n.content[off:], b)
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(b), nil
}

// grow makes a new array, since the durable one may be the same.
func (p *machinePack) grow(size int64) {
	next := make([]byte, max(size, int64(len(p.n.content))))
	copy(next, p.n.content)
	p.n.content = next
}

func (p *machinePack) datasync() error {
	return p.m.do(func() error {
		if !p.m.lies.pack {
			p.n.synced = bytes.Clone(p.n.content)
		}
		return nil
	})
}

func (p *machinePack) size() (n int64, err error) {
	err = p.m.do(func() error { n = int64(len(p.n.content)); return nil })
	return n, err
}

func (p *machinePack) truncate(size int64) error {
	return p.m.do(func() error {
		p.grow(size)
		p.n.content = p.n.content[:size:size]
		return nil
	})
}

// reserve keeps little, so that the simulation is quick.
func (p *machinePack) reserve(int64, int64) error { return p.m.do(func() error { return nil }) }

func (p *machinePack) punch(off, n int64) error {
	return p.m.do(func() error {
		p.grow(0)
		clear(p.n.content[min(off, int64(len(p.n.content))):min(off+n, int64(len(p.n.content)))])
		return nil
	})
}

func (p *machinePack) hurry(off, n int64) {
	_ = p.m.do(func() error { return nil })
}

func (p *machinePack) lock() (free bool, err error) {
	err = p.m.do(func() error {
		free = !p.n.locked
		p.n.locked, p.locked = true, free
		return nil
	})
	return free, err
}

func (p *machinePack) Close() error {
	p.m.mu.Lock() // also of a dead machine: its locks are gone
	defer p.m.mu.Unlock()
	if p.locked {
		p.n.locked, p.locked = false, false
	}
	return nil
}

// survivingBlocks mixes what was synced with what was written since, block by block.
func (m *machine) survivingBlocks(n *node) []byte {
	size := len(n.content)
	if m.chance.IntN(2) == 0 {
		size = len(n.synced)
	}
	out := make([]byte, size)
	for at := 0; at < size; at += block {
		from := n.synced
		if m.chance.IntN(2) == 0 {
			from = n.content
		}
		if at < len(from) {
			copy(out[at:min(at+block, size)], from[at:])
		}
	}
	return out
}

// closeAll lets go of the locks of a program that has died.
func (m *machine) closeAll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	var walk func(*node)
	walk = func(n *node) {
		n.locked = false
		for _, child := range n.entries {
			walk(child)
		}
	}
	walk(m.root)
}
