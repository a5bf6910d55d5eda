package blob

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"
)

// find opens the pack of an object and reads its head. The caller closes the file.
func (p *packs) find(key string, id packID, offset int64) (packFile, head, error) {
	file, h, err := p.findAny(key, id, offset)
	if err == nil && h.dead {
		_ = file.Close()
		return nil, head{}, errMissing
	}
	return file, h, err
}

// findAny finds deleted records too.
func (p *packs) findAny(key string, id packID, offset int64) (packFile, head, error) {
	file, err := p.reader(id)
	if err != nil {
		return nil, head{}, missing(err)
	}
	h, err := findHead(file, offset)
	if err == nil && h.key != key {
		err = errNoRecord
	}
	if err != nil {
		_ = file.Close()
		if errors.Is(err, errNoRecord) {
			err = errMissing
		}
		return nil, head{}, err
	}
	return file, h, nil
}

// readHead reads the head of a record.
func readHead(file packFile, s salt, offset int64) (head, error) {
	b, err := readBlock(file, offset)
	if err != nil {
		return head{}, err
	}
	return decodeHead(b, s, offset)
}

func readSalt(file packFile) (salt, error) {
	b, err := readBlock(file, 0)
	if err != nil {
		return salt{}, err
	}
	return decodePackHead(b)
}

// readBlock answers errNoRecord behind the end of the file.
func readBlock(file packFile, offset int64) ([]byte, error) {
	b := make([]byte, block)
	if n, err := file.ReadAt(b, offset); n < block {
		if err == nil || errors.Is(err, io.EOF) {
			err = errNoRecord
		}
		return nil, err
	}
	return b, nil
}

// findHead reads the head at a place that a key names: nobody but this package makes keys, so the salt needs no look.
func findHead(file packFile, offset int64) (head, error) {
	b, err := readBlock(file, offset)
	if err != nil {
		return head{}, err
	}
	return decodeHead(b, salt(b[atSalt:atOffset]), offset)
}

func (p *packs) open(key string, id packID, offset, off, n int64) (io.ReadCloser, error) {
	file, h, err := p.find(key, id, offset)
	if err != nil {
		return nil, err
	}
	rest := max(0, h.data-off)
	if n < 0 || n > rest {
		n = rest
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(file, h.dataAt()+off, n), file}, nil
}

func (p *packs) stat(key string, id packID, offset int64) (int64, error) {
	file, h, err := p.find(key, id, offset)
	if err != nil {
		return 0, err
	}
	return h.data, file.Close()
}

// remove marks a record as deleted, durably, and gives its space back but for the head.
func (p *packs) remove(key string, id packID, offset int64) (err error) {
	file, h, err := p.findAny(key, id, offset)
	if err != nil {
		return err
	}
	defer func() {
		if e := file.Close(); err == nil {
			err = e
		}
	}()
	if h.dead { // whoever has marked it may not have come to the sync
		return cmp.Or(file.datasync(), errMissing)
	}
	if _, err := file.WriteAt([]byte(deadMagic), h.offset+atDead); err != nil {
		return err
	}
	if err := file.datasync(); err != nil {
		return err
	}
	return file.punch(h.dataAt(), h.end()-h.dataAt())
}

// list answers keys as folder.list does.
func (p *packs) list(ctx context.Context, prefix, after string, limit int) (keys []string, err error) {
	ids, err := p.all()
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		above := id.above()
		inside := strings.HasPrefix(above, prefix) || strings.HasPrefix(prefix, above)
		if ahead := above > after || strings.HasPrefix(after, above); !inside || !ahead {
			continue
		}
		err := p.scan(id, startAfter(above, after), func(h head) bool {
			if !h.dead && strings.HasPrefix(h.key, prefix) && h.key > after {
				keys = append(keys, h.key)
			}
			return len(keys) < limit
		})
		if err != nil || len(keys) == limit {
			return keys, err
		}
	}
	return keys, nil
}

// startAfter is where to look for keys of a pack that come after one.
func startAfter(above, after string) int64 {
	if text, ok := strings.CutPrefix(after, above); ok && len(text) >= 8 {
		text, _, _ = strings.Cut(text, "/")
		if offset, err := strconv.ParseInt(text, 16, 64); err == nil && offset >= block && offset%block == 0 {
			return offset
		}
	}
	return block
}

// all answers the packs there are, in the order of the keys in them.
func (p *packs) all() ([]packID, error) {
	kinds, err := p.folder.files.list(p.root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var ids []packID
	for _, kind := range kinds {
		name, ok := strings.CutPrefix(kind.Name(), "+")
		if !ok {
			continue
		}
		entries, err := p.folder.files.list(p.dir(name))
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			text, _, _ := strings.Cut(e.Name(), ".")
			if number, err := strconv.ParseUint(text, 16, 64); err == nil && len(text) == 16 {
				ids = append(ids, packID{name, number})
			}
		}
	}
	slices.SortFunc(ids, func(a, b packID) int { return strings.Compare(a.above(), b.above()) })
	return slices.Compact(ids), nil
}

// scan goes along the heads of a pack from an offset on, as far as records have been committed.
func (p *packs) scan(id packID, from int64, each func(head) bool) error {
	p.mu.Lock()
	own := p.used[id]
	p.mu.Unlock()
	limit := int64(1) << 62
	if own != nil {
		limit = own.end.Load()
	}
	file, err := p.reader(id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // removed meanwhile
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	s, err := readSalt(file)
	if errors.Is(err, errNoRecord) {
		return nil // just being made
	}
	if err != nil {
		return err
	}
	living := 0
	for at := from; at < limit; {
		h, err := readHead(file, s, at)
		if errors.Is(err, errNoRecord) {
			break
		}
		if err != nil {
			return err
		}
		if !h.dead {
			living++
		}
		if !each(h) {
			return nil
		}
		at = h.end()
	}
	if own == nil && living == 0 && from == block {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.empty[id] = true
	}
	return nil
}

// sweep takes packs out of use that were idle for long, and removes those in which a listing has seen nothing living.
func (p *packs) sweep(before time.Time) error {
	p.retire(before)
	p.mu.Lock()
	empty := p.empty
	p.empty = map[packID]bool{}
	p.mu.Unlock()
	for id := range empty {
		// Only sealed ones: nothing is ever added to them.
		err := p.folder.files.remove(p.name(id, doneSuffix))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
