package imaging

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"yilian"
	"yilian/imaging/preview"
)

// The object of a series' previews: the records in the order of Previews.order, a table of the number and length of each (uint32 both), its
// CRC-32C, the number of entries (uint32 both) and previewMark, all in big endian. It is written slice by slice and read from its end.
const (
	previewMark    = "YLPV"
	previewTail    = 4 + 4 + len(previewMark)
	previewEntry   = 8
	maxPreviewTail = maxPictures*previewEntry + previewTail
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errDamaged: what is kept is not what was written.
var errDamaged = errors.New("imaging: kept previews are damaged")

// place is where a record stands.
type place struct{ offset, length int64 }

// Prepare makes and keeps them, unless they are kept already. Of many who want that, one does it; it is done by slices, in little memory,
// and nothing is seen of it before it is whole.
func (p Previews) Prepare(ctx context.Context) error {
	if _, err := p.contents(ctx); err == nil {
		return nil
	} else if errors.Is(err, errDamaged) {
		p.forget(ctx)
	}
	return p.archive.builds.do(ctx, p.key(), func() error { return p.build(ctx) })
}

func (p Previews) build(ctx context.Context) error {
	all, err := p.pictures(ctx)
	if yilian.KindOf(err) == yilian.TooLarge {
		all, err = &pictureList{}, nil
	}
	if err != nil {
		return err
	}
	order, err := p.order(ctx, all)
	if err != nil {
		return err
	}
	w, err := p.archive.blobs.Create(ctx)
	if err != nil {
		return unavailable("create previews", err)
	}
	defer w.Abort()
	m := maker{all: all, archive: p.archive}
	var table []byte
	for _, n := range order {
		record, err := m.record(ctx, n)
		if err != nil {
			return err
		}
		if record == nil {
			continue
		}
		if _, err := w.Write(record); err != nil {
			return unavailable("write previews", err)
		}
		table = binary.BigEndian.AppendUint32(table, uint32(n))           //nolint:gosec // bounded
		table = binary.BigEndian.AppendUint32(table, uint32(len(record))) //nolint:gosec // bounded
	}
	entries := len(table) / previewEntry
	table = binary.BigEndian.AppendUint32(table, crc32.Checksum(table, castagnoli))
	table = append(binary.BigEndian.AppendUint32(table, uint32(entries)), previewMark...) //nolint:gosec // bounded
	if _, err := w.Write(table); err != nil {
		return unavailable("write previews", err)
	}
	if err := w.Commit(ctx, p.key()); err != nil {
		return unavailable("commit previews", err)
	}
	p.tidy(ctx)
	return nil
}

// contents reads where the records of the kept object stand. It errs with errDamaged, and with NotFound if nothing is kept.
func (p Previews) contents(ctx context.Context) (*contents, error) {
	if c := p.archive.contents.get(p.key()); c != nil {
		return c, nil
	}
	c, err := readContents(ctx, p.archive.blobs, p.key())
	if err == nil {
		p.archive.contents.put(p.key(), c)
	}
	return c, err
}

// contents says where the records of one object stand.
type contents struct {
	places map[int]place
	order  []int
}

func readContents(ctx context.Context, blobs Blobs, key string) (*contents, error) {
	size, err := blobs.Stat(ctx, key)
	if err != nil {
		return nil, err
	}
	off := max(0, size-int64(maxPreviewTail))
	r, err := blobs.Open(ctx, key, off, -1)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	end, err := io.ReadAll(io.LimitReader(r, int64(maxPreviewTail)))
	if err != nil {
		return nil, unavailable("read previews", err)
	}
	return parseContents(end, size)
}

// parseContents reads the end of an object of a size.
func parseContents(end []byte, size int64) (*contents, error) {
	if len(end) < previewTail || string(end[len(end)-len(previewMark):]) != previewMark {
		return nil, errDamaged
	}
	tail := end[len(end)-previewTail:]
	sum, n := binary.BigEndian.Uint32(tail), int(binary.BigEndian.Uint32(tail[4:]))
	if n > maxPictures || len(end) < previewTail+n*previewEntry {
		return nil, errDamaged
	}
	table := end[len(end)-previewTail-n*previewEntry:][:n*previewEntry]
	if crc32.Checksum(table, castagnoli) != sum {
		return nil, errDamaged
	}
	c := &contents{places: make(map[int]place, n)}
	at := int64(0)
	for ; len(table) > 0; table = table[previewEntry:] {
		number, length := int(binary.BigEndian.Uint32(table)), int64(binary.BigEndian.Uint32(table[4:]))
		c.places[number] = place{at, length}
		c.order = append(c.order, number)
		at += length
	}
	if at+int64(n*previewEntry+previewTail) != size {
		return nil, errDamaged
	}
	return c, nil
}

// writeKept gives records as they are kept; what stands together is read together. Beside an error it answers which were not given.
func (p Previews) writeKept(ctx context.Context, c *contents, numbers []int, give func([]byte) error) (rest []int, err error) {
	if len(numbers) == 0 {
		numbers = c.order
	}
	var record []byte
	for len(numbers) > 0 {
		first, ok := c.places[numbers[0]]
		if !ok {
			numbers = numbers[1:]
			continue
		}
		run, end := 1, first.offset+first.length
		for run < len(numbers) {
			next, ok := c.places[numbers[run]]
			if !ok || next.offset != end {
				break
			}
			end += next.length
			run++
		}
		r, err := p.archive.blobs.Open(ctx, p.key(), first.offset, end-first.offset)
		if yilian.KindOf(err) == yilian.NotFound {
			return numbers, errDamaged
		}
		if err != nil {
			return numbers, unavailable("open previews", err)
		}
		for range run {
			if record, err = readRecord(r, record, c.places[numbers[0]].length); err == nil {
				err = give(record)
			}
			if err != nil {
				_ = r.Close() // the first error counts
				return numbers, err
			}
			numbers = numbers[1:]
		}
		if err := r.Close(); err != nil {
			return numbers, unavailable("close previews", err)
		}
	}
	return nil, nil
}

// readRecord reads a record of a length into memory.
func readRecord(r io.Reader, memory []byte, length int64) ([]byte, error) {
	if length > preview.MaxRecord {
		return nil, errDamaged
	}
	if int64(cap(memory)) < length {
		memory = make([]byte, length)
	}
	memory = memory[:length]
	if _, err := io.ReadFull(r, memory); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, errDamaged
		}
		return nil, unavailable("read previews", err)
	}
	if err := preview.Check(memory); err != nil {
		return nil, fmt.Errorf("%w: %v", errDamaged, err) //nolint:errorlint // its kind must not be seen
	}
	return memory, nil
}

// maxContents bounds the tables that are kept at hand: a reader asks for pieces of few series, one after the other.
const maxContents = 64

// contentsCache are tables that were read lately.
type contentsCache struct {
	mu   sync.Mutex
	kept map[string]*contents // guarded by mu
}

func (c *contentsCache) get(key string) *contents {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kept[key]
}

func (c *contentsCache) put(key string, one *contents) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil {
		c.kept = map[string]*contents{}
	}
	for old := range c.kept { // any is as good as another
		if len(c.kept) < maxContents {
			break
		}
		delete(c.kept, old)
	}
	c.kept[key] = one
}

func (c *contentsCache) forget(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.kept, key)
}
