package blob

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"path"
	"strings"
	"sync"
	"syscall"
	"time"
)

// machine is a file system in memory that remembers apart what is durable: the bytes of a file at its last sync, and the entries
// of a folder at its last sync. After a power cut every change since then is there or not, each by itself.
type machine struct {
	mu     sync.Mutex
	root   *node      // guarded by mu
	chance *rand.Rand // guarded by mu
	left   int        // guarded by mu: operations until the program is stopped
	faults float64    // of an operation
	lies   struct{ file, folder, pack bool }
	lied   bool // some time
	// Others come in between any two operations.
	dawdles bool
}

type node struct {
	name    string
	content []byte
	synced  []byte
	blocks  bool // written in place
	locked  bool
	// Folders only.
	entries, syncedEntries map[string]*node
}

func newFolderNode(name string) *node {
	return &node{name: name, entries: map[string]*node{}, syncedEntries: map[string]*node{}}
}

func newMachine(seed uint64, faults float64) *machine {
	m := &machine{root: newFolderNode("/"), chance: rand.New(rand.NewPCG(seed, 3)), faults: faults}
	data := newFolderNode("data") // the disk itself
	m.root.entries["data"], m.root.syncedEntries["data"] = data, data
	return m
}

// live lets the machine do a number of operations.
func (m *machine) live(operations int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left = operations
}

func (m *machine) isDead() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.left <= 0
}

// cutPower leaves what may be left, and lets the machine live again.
func (m *machine) cutPower() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.survive(m.root)
	m.left, m.faults = 1<<30, 0
	m.lies.file, m.lies.folder, m.lies.pack = false, false, false
}

func (m *machine) survive(n *node) {
	if n.entries == nil {
		n.locked = false
		n.content = m.survivingBytes(n)
		n.synced = n.content
		return
	}
	survivors := map[string]*node{}
	for name := range union(n.entries, n.syncedEntries) {
		kept := n.syncedEntries[name]
		if m.chance.IntN(2) == 0 {
			kept = n.entries[name]
		}
		if kept != nil {
			survivors[name] = kept
		}
	}
	m.renamed(n, survivors)
	n.entries, n.syncedEntries = survivors, map[string]*node{}
	for name, child := range survivors {
		n.syncedEntries[name] = child
		child.name = name
		m.survive(child)
	}
}

// renamed keeps what no file system does out of the simulation: that a pack which got another name in the same folder has neither
// of them, or both.
func (m *machine) renamed(n *node, survivors map[string]*node) {
	for old, child := range n.syncedEntries {
		if !child.blocks || n.entries[old] == child || n.entries[child.name] != child {
			continue
		}
		delete(survivors, old)
		delete(survivors, child.name)
		if m.chance.IntN(2) == 0 {
			survivors[old] = child
		} else {
			survivors[child.name] = child
		}
	}
}

// survivingBytes: what was synced; beyond it a part, or nothing, or zeros where bytes never came to the disk.
func (m *machine) survivingBytes(n *node) []byte {
	if bytes.Equal(n.content, n.synced) {
		return n.synced
	}
	if n.blocks {
		return m.survivingBlocks(n)
	}
	switch m.chance.IntN(3) {
	case 0:
		return n.synced
	case 1:
		return n.content[:m.chance.IntN(len(n.content)+1)]
	}
	return make([]byte, len(n.content))
}

func union(a, b map[string]*node) map[string]bool {
	names := map[string]bool{}
	for name := range a {
		names[name] = true
	}
	for name := range b {
		names[name] = true
	}
	return names
}

// do runs one operation, unless the machine is off or the disk fails; it may fail after it has done its work.
func (m *machine) do(operation func() error) error {
	if m.dawdles {
		time.Sleep(time.Duration(rand.IntN(50)) * time.Microsecond)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.left <= 0 {
		return errDead
	}
	m.left--
	if m.chance.Float64() < m.faults {
		return syscall.EIO
	}
	err := operation()
	if err == nil && m.chance.Float64() < m.faults {
		return syscall.EIO
	}
	return err
}

// find walks to a node; nil if it is not there.
func (m *machine) find(name string) *node {
	n := m.root
	for part := range strings.SplitSeq(strings.Trim(name, "/"), "/") {
		if part == "" {
			continue
		}
		if n == nil || n.entries == nil {
			return nil
		}
		n = n.entries[part]
	}
	return n
}

func (m *machine) create(name string) (file, error) {
	n := &node{name: path.Base(name)}
	err := m.do(func() error {
		m.find(path.Dir(name)).entries[n.name] = n
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &openFile{m, n}, nil
}

type openFile struct {
	m *machine
	n *node
}

func (f *openFile) Write(p []byte) (int, error) {
	err := f.m.do(func() error {
		f.n.content = append(f.n.content, p...)
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

func (f *openFile) Sync() error {
	return f.m.do(func() error {
		if !f.m.lies.file {
			f.n.synced = bytes.Clone(f.n.content)
		}
		return nil
	})
}

func (f *openFile) Close() error { return f.m.do(func() error { return nil }) }

func (m *machine) open(name string) (r readFile, err error) {
	err = m.do(func() error {
		n := m.find(name)
		if n == nil {
			return fs.ErrNotExist
		}
		r = &openRead{bytes.NewReader(bytes.Clone(n.content)), n}
		return nil
	})
	return r, err
}

type openRead struct {
	*bytes.Reader
	n *node
}

func (r *openRead) Close() error               { return nil }
func (r *openRead) Stat() (fs.FileInfo, error) { return info{r.n}, nil }

type info struct{ n *node }

func (i info) Name() string               { return i.n.name }
func (i info) Size() int64                { return int64(len(i.n.content)) }
func (i info) Mode() fs.FileMode          { return 0 }
func (i info) ModTime() time.Time         { return time.Now() }
func (i info) IsDir() bool                { return i.n.entries != nil }
func (i info) Sys() any                   { return nil }
func (i info) Type() fs.FileMode          { return 0 }
func (i info) Info() (fs.FileInfo, error) { return i, nil }

func (m *machine) stat(name string) (i fs.FileInfo, err error) {
	err = m.do(func() error {
		n := m.find(name)
		if n == nil {
			return fs.ErrNotExist
		}
		i = info{n}
		return nil
	})
	return i, err
}

func (m *machine) list(name string) (entries []fs.DirEntry, err error) {
	err = m.do(func() error {
		n := m.find(name)
		if n == nil {
			return fs.ErrNotExist
		}
		for _, child := range n.entries {
			entries = append(entries, info{child})
		}
		return nil
	})
	return entries, err
}

func (m *machine) mkdir(name string) error {
	return m.do(func() error {
		if m.find(name) != nil {
			return fs.ErrExist
		}
		parent := m.find(path.Dir(name))
		if parent == nil {
			return fs.ErrNotExist
		}
		parent.entries[path.Base(name)] = newFolderNode(path.Base(name))
		return nil
	})
}

func (m *machine) rename(from, to string) error {
	return m.do(func() error {
		n, source, target := m.find(from), m.find(path.Dir(from)), m.find(path.Dir(to))
		if n == nil || target == nil {
			return fs.ErrNotExist
		}
		delete(source.entries, path.Base(from))
		n.name = path.Base(to)
		target.entries[n.name] = n
		return nil
	})
}

func (m *machine) remove(name string) error {
	return m.do(func() error {
		n := m.find(name)
		if n == nil {
			return fs.ErrNotExist
		}
		if len(n.entries) > 0 {
			return syscall.ENOTEMPTY
		}
		delete(m.find(path.Dir(name)).entries, path.Base(name))
		return nil
	})
}

func (m *machine) syncFolder(name string) error {
	return m.do(func() error {
		n := m.find(name)
		if n == nil {
			return fs.ErrNotExist
		}
		if m.lies.folder {
			return nil
		}
		n.syncedEntries = map[string]*node{}
		for k, v := range n.entries {
			n.syncedEntries[k] = v
		}
		return nil
	})
}

func (m *machine) free(string) (int64, error) { return 1 << 40, nil }
