package blob

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"strings"
)

// replay gives the notes behind a position in each page that a program which is no longer running has left, page by page and in their
// order, and cuts off what a power cut has left of records that were never acknowledged. The pages wait to be sealed then.
func (p *packs) replay(ctx context.Context, position func(page string) (int64, error), each func(key, page string, end int64, note []byte) error) error {
	ids, err := p.all()
	if err != nil {
		return err
	}
	for _, id := range ids {
		p.mu.Lock()
		own := p.used[id] != nil
		p.last = max(p.last, id.number)
		p.mu.Unlock()
		if own {
			continue
		}
		if err := p.replayPack(ctx, id, position, each); err != nil {
			return fmt.Errorf("pack %s: %w", id.page(), err)
		}
	}
	return nil
}

// replayPack replays one pack. Where there is a sealed one of the same number (a backup may have both), the other is a part of it.
func (p *packs) replayPack(ctx context.Context, id packID, position func(string) (int64, error), each func(key, page string, end int64, note []byte) error) error {
	if _, err := p.folder.files.stat(p.name(id, doneSuffix)); err == nil {
		err = p.folder.files.remove(p.name(id, openSuffix))
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return err
	}
	file, err := p.folder.files.openPack(p.name(id, openSuffix), false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	k := &pack{packID: id, file: file}
	k.end.Store(block)
	keep := false
	defer func() {
		if !keep {
			_ = file.Close()
		}
	}()
	if free, err := file.lock(); err != nil || !free {
		return err // another process writes it
	}
	if k.salt, err = readSalt(file); errors.Is(err, errNoRecord) {
		err = p.neverUsed(file)
	} else if err == nil {
		err = p.replayRecords(ctx, k, position, each)
	}
	if err != nil {
		return err
	}
	if err := errors.Join(file.truncate(k.end.Load()), file.datasync()); err != nil {
		return err
	}
	keep = true
	p.giveBack([]*pack{k}, nil)
	return nil
}

// neverUsed makes sure that a pack without a head has no records: its head is durable before the first of them.
func (p *packs) neverUsed(file packFile) error {
	b, err := readBlock(file, block)
	if errors.Is(err, errNoRecord) {
		return nil
	}
	if err == nil && strings.HasPrefix(string(b), recordMagic) {
		err = errors.New("its head is damaged")
	}
	return err
}

// replayRecords goes along the records behind the position, and leaves the end of the last that is whole in k.
func (p *packs) replayRecords(ctx context.Context, k *pack, position func(string) (int64, error), each func(key, page string, end int64, note []byte) error) error {
	from, err := position(k.page())
	if err != nil {
		return err
	}
	for at := max(from, block); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		k.end.Store(at)
		h, err := readHead(k.file, k.salt, at)
		if err == nil && !h.dead {
			var note []byte
			if note, err = readNote(k.file, h); err == nil {
				err = each(h.key, k.page(), h.end(), note)
			}
		}
		if errors.Is(err, errNoRecord) {
			return nil
		}
		if err != nil {
			return err
		}
		at = h.end()
	}
}

// readNote reads the note of a record, if all of the record is there as it was written.
func readNote(file packFile, h head) ([]byte, error) {
	sum := crc32.New(castagnoli())
	n, err := io.Copy(sum, io.NewSectionReader(file, h.dataAt(), h.data))
	if err != nil {
		return nil, err
	}
	note := make([]byte, h.note)
	if m, err := file.ReadAt(note, h.noteAt()); m < len(note) && !errors.Is(err, io.EOF) {
		return nil, err
	} else if m < len(note) || n < h.data || sum.Sum32() != h.dataSum || checksum(note) != h.noteSum {
		return nil, errNoRecord
	}
	return note, nil
}
