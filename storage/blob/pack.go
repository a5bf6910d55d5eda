package blob

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	packsFolder = "packs"
	openSuffix  = ".open" // of a pack that may hold notes which nobody else has made durable
	doneSuffix  = ".pack" // of one whose records never grow any more

	maxPacked = 8 << 20   // bytes of an object in a pack; larger ones are files of their own
	fullPack  = 256 << 20 // bytes of a pack that gets no more records
	allocStep = 16 << 20  // bytes that a pack is ahead of what is written into it
	maxLanes  = 64        // packs written at the same time; who comes then writes a file
)

// packs is the journal of a folder: small objects of one kind (the first segment of their keys) one after the other in few large
// files, each with a note of its owner, so that one write to the disk makes both durable. Every upload under way has a pack for
// itself, so that slow senders hold up nobody and each pack's notes are in the order in which they were released.
//
//	packs/+KIND/NUMBER.open   being written, or left by a program that has died
//	packs/+KIND/NUMBER.pack   sealed: its notes are durable elsewhere
//
// The key of an object says where it is: KIND/~NUMBER/OFFSET/NAME. So finding it costs no look-up, nor memory, nor an inode.
type packs struct {
	folder *folder
	root   string

	mu    sync.Mutex
	idle  map[string][]*pack // guarded by mu: by kind, the last used last
	used  map[packID]*pack   // guarded by mu: all that this process writes, idle or not, until they are full
	full  []*pack            // guarded by mu: wait to be sealed
	gone  []string           // guarded by mu: pages that were sealed; their positions may be forgotten
	empty map[packID]bool    // guarded by mu: sealed packs that were seen without a living record
	last  uint64             // guarded by mu: the newest number

	sealing sync.Mutex // held while packs are sealed
}

type packID struct {
	kind   string
	number uint64
}

func (id packID) page() string { return fmt.Sprintf("%s/%016x", id.kind, id.number) }

// above is what all keys in a pack begin with.
func (id packID) above() string { return fmt.Sprintf("%s/~%016x/", id.kind, id.number) }

func (id packID) key(offset int64, name string) string {
	return fmt.Sprintf("%s%08x/%s", id.above(), offset, name)
}

// placed takes the key of a packed object apart.
func placed(key string) (id packID, offset int64, ok bool) {
	parts := strings.Split(key, "/")
	if len(parts) != 4 || len(parts[1]) != 17 || parts[1][0] != '~' || len(parts[2]) < 8 {
		return id, 0, false
	}
	number, err := strconv.ParseUint(parts[1][1:], 16, 64)
	if err != nil {
		return id, 0, false
	}
	offset, err = strconv.ParseInt(parts[2], 16, 64)
	id = packID{parts[0], number}
	return id, offset, err == nil && offset >= block && id.key(offset, parts[3]) == key
}

// pack is one that this process writes. It belongs to the upload that has it, or waits in packs.idle or packs.full.
type pack struct {
	packID
	file     packFile
	salt     salt
	end      atomic.Int64 // where the next record begins; what is before is durable
	reserved int64
	lastUse  time.Time
	broken   bool
}

func newPacks(f *folder) *packs {
	return &packs{folder: f, root: filepath.Join(f.root, packsFolder), idle: map[string][]*pack{}, used: map[packID]*pack{}, empty: map[packID]bool{}}
}

func (p *packs) dir(kind string) string { return filepath.Join(p.root, "+"+kind) }

func (p *packs) name(id packID, suffix string) string {
	return filepath.Join(p.dir(id.kind), fmt.Sprintf("%016x%s", id.number, suffix))
}

// take gives a pack that nobody writes to, a new one if need be, or nil when there are too many.
func (p *packs) take(kind string) (*pack, error) {
	p.mu.Lock()
	if n := len(p.idle[kind]); n > 0 {
		k := p.idle[kind][n-1]
		p.idle[kind] = p.idle[kind][:n-1]
		p.mu.Unlock()
		return k, nil
	}
	if len(p.used) >= maxLanes {
		p.mu.Unlock()
		return nil, nil //nolint:nilnil // no pack is an ordinary answer
	}
	p.last = max(p.last+1, uint64(time.Now().UnixMicro()))
	id := packID{kind, p.last}
	p.mu.Unlock()
	k, err := p.create(id)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.used[id] = k
	return k, nil
}

// create makes a pack. It is durable, with nothing in it, before anything is written into it.
func (p *packs) create(id packID) (_ *pack, err error) {
	dir := p.dir(id.kind)
	if err := p.folder.ensure(dir); err != nil {
		return nil, err
	}
	name := p.name(id, openSuffix)
	file, err := p.folder.files.openPack(name, true)
	if err != nil {
		return nil, full(err)
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			_ = p.folder.files.remove(name)
		}
	}()
	k := &pack{packID: id, file: file, salt: newSalt()}
	k.end.Store(block)
	if free, err := file.lock(); err != nil || !free {
		return nil, cmp.Or(err, errors.New("a new pack is locked already"))
	}
	if _, err := file.WriteAt(encodePackHead(k.salt), 0); err != nil {
		return nil, full(err)
	}
	if err := file.datasync(); err != nil {
		return nil, full(err)
	}
	return k, p.folder.files.syncFolder(dir)
}

// release takes a pack back from an upload.
func (p *packs) release(k *pack) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k.lastUse = time.Now()
	if !k.broken && k.end.Load() < fullPack {
		p.idle[k.kind] = append(p.idle[k.kind], k)
		return
	}
	delete(p.used, k.packID)
	p.full = append(p.full, k)
}

// retire takes packs out of use that were idle since a moment.
func (p *packs) retire(before time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for kind, idle := range p.idle {
		p.idle[kind] = slices.DeleteFunc(idle, func(k *pack) bool {
			old := k.lastUse.Before(before)
			if old {
				delete(p.used, k.packID)
				p.full = append(p.full, k)
			}
			return old
		})
	}
}

// seal closes full packs for good. settle makes everything durable that was made of the notes so far, and may forget the positions in
// the pages it is given.
func (p *packs) seal(ctx context.Context, settle func(ctx context.Context, forget []string) error) error {
	p.sealing.Lock()
	defer p.sealing.Unlock()
	p.mu.Lock()
	full, gone := p.full, p.gone
	p.full, p.gone = nil, nil
	p.mu.Unlock()
	if len(full) == 0 {
		p.giveBack(nil, gone)
		return nil
	}
	if err := settle(ctx, gone); err != nil {
		p.giveBack(full, gone)
		return err
	}
	for i, k := range full {
		if err := p.sealOne(k); err != nil {
			p.giveBack(full[i:], nil)
			return err
		}
		p.giveBack(nil, []string{k.page()})
	}
	return nil
}

func (p *packs) giveBack(full []*pack, gone []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.full, p.gone = append(p.full, full...), append(p.gone, gone...)
}

// sealOne may be called again after an error.
func (p *packs) sealOne(k *pack) error {
	files, from := p.folder.files, p.name(k.packID, openSuffix)
	var err error
	if end := k.end.Load(); end > block {
		if err := k.file.truncate(end); err != nil {
			return err
		}
		err = files.rename(from, p.name(k.packID, doneSuffix))
	} else {
		err = files.remove(from)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := files.syncFolder(p.dir(k.kind)); err != nil {
		return err
	}
	_ = k.file.Close() // all of it was synced
	return nil
}

// close lets go of the packs that nobody writes to: another program may replay and seal them from now on.
func (p *packs) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, idle := range p.idle {
		for _, k := range idle {
			delete(p.used, k.packID)
			errs = append(errs, k.file.Close())
		}
	}
	for _, k := range p.full {
		errs = append(errs, k.file.Close())
	}
	clear(p.idle)
	p.full = nil
	return errors.Join(errs...)
}

// reader opens the file of a pack, whatever it is called now.
func (p *packs) reader(id packID) (packFile, error) {
	var err error
	for _, suffix := range []string{doneSuffix, openSuffix, doneSuffix} { // it may be sealed at this moment
		var file packFile
		if file, err = p.folder.files.openPack(p.name(id, suffix), false); err == nil {
			return file, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return nil, err
}
