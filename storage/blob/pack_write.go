package blob

import (
	"context"
	"crypto/rand"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"sync"
)

func newSalt() (s salt) {
	_, _ = rand.Read(s[:]) // never fails
	return s
}

// tailSize is what is gathered of small writes before it goes to the file.
const tailSize = 64 << 10

// begin begins an object that goes into a pack if it turns out to be small.
func (p *packs) begin(kind string) (*packUpload, error) {
	if err := p.folder.enough(); err != nil {
		return nil, err
	}
	k, err := p.take(kind)
	if err != nil {
		return nil, err
	}
	u := &packUpload{packs: p, pack: k, kind: kind}
	if k == nil {
		if u.large, err = p.folder.newUpload(); err != nil {
			return nil, err
		}
		return u, nil
	}
	u.at = k.end.Load()
	u.tail = p.folder.tails.Get().(*[]byte)
	return u, nil
}

func newTails() *sync.Pool {
	return &sync.Pool{New: func() any { b := make([]byte, 0, tailSize); return &b }}
}

// packUpload is a record under way at the end of a pack, or a file from when it is known to be large.
type packUpload struct {
	packs *packs
	kind  string
	pack  *pack // nil after it was given back, or when there was none
	at    int64 // of the record
	size  int64 // of the object so far
	sum   uint32
	tail  *[]byte       // what is not in the file yet; it begins on a block
	large *folderUpload // the file
}

func (u *packUpload) Write(p []byte) (int, error) {
	if u.large == nil && u.size+int64(len(p)) > maxPacked {
		if err := u.outgrow(); err != nil {
			return 0, err
		}
	}
	if u.large != nil {
		return u.large.Write(p)
	}
	u.sum = crc32.Update(u.sum, castagnoli(), p)
	if err := u.put(p); err != nil {
		return 0, full(err)
	}
	u.size += int64(len(p))
	return len(p), nil
}

// put brings bytes to the file in whole blocks: what is written of a block later would have to be read before.
func (u *packUpload) put(p []byte) error {
	done := u.size - int64(len(*u.tail))
	if len(*u.tail) == 0 && len(p) >= tailSize {
		whole := len(p) &^ (block - 1)
		if err := u.write(p[:whole], done); err != nil {
			return err
		}
		done += int64(whole)
		p = p[whole:]
	}
	for len(p) > 0 {
		n := copy((*u.tail)[len(*u.tail):tailSize], p)
		*u.tail = (*u.tail)[:len(*u.tail)+n]
		p = p[n:]
		if len(*u.tail) == tailSize {
			if err := u.write(*u.tail, done); err != nil {
				return err
			}
			done += tailSize
			*u.tail = (*u.tail)[:0]
		}
	}
	return nil
}

// write writes whole blocks at an offset of the object, and lets the disk begin with them.
func (u *packUpload) write(p []byte, off int64) error {
	from := u.at + block + off
	if err := u.room(from + int64(len(p))); err != nil {
		return err
	}
	if _, err := u.pack.file.WriteAt(p, from); err != nil {
		return err
	}
	u.pack.file.hurry(from, int64(len(p)))
	return nil
}

// room makes sure of space in the pack.
func (u *packUpload) room(end int64) error {
	k := u.pack
	if end <= k.reserved {
		return nil
	}
	if err := u.packs.folder.enough(); err != nil {
		return err
	}
	from := max(k.reserved, u.at)
	to := (end + allocStep - 1) / allocStep * allocStep
	if err := k.file.reserve(from, to-from); err != nil {
		return err
	}
	k.reserved = to
	return nil
}

// outgrow goes on in a file, with what there is so far.
func (u *packUpload) outgrow() error {
	large, err := u.packs.folder.newUpload()
	if err != nil {
		return err
	}
	u.large = large
	written := u.size - int64(len(*u.tail))
	if _, err := io.Copy(large, io.NewSectionReader(u.pack.file, u.at+block, written)); err != nil {
		return full(err)
	}
	_, err = large.Write(*u.tail)
	u.leave()
	return full(err)
}

// record makes the object and its note durable and answers where they are.
func (u *packUpload) record(ctx context.Context, key string, note []byte) (at string, page string, end int64, err error) {
	kind, rest, _ := strings.Cut(key, "/")
	if kind != u.kind || rest == "" || len(note) > maxNote {
		u.abort()
		return "", "", 0, fmt.Errorf("object %q cannot be recorded under %q", key, u.kind)
	}
	if u.large != nil {
		large := u.large
		u.large = nil
		return key, "", 0, large.commit(ctx, key)
	}
	h := head{offset: u.at, data: u.size, note: int64(len(note)), dataSum: u.sum, noteSum: checksum(note)}
	h.key = u.pack.key(u.at, rest[strings.LastIndexByte(rest, '/')+1:])
	if err := u.finish(h, note); err != nil {
		u.pack.broken = true // nobody knows what is on the disk: nothing more goes in behind it
		return "", "", 0, full(err)
	}
	u.pack.end.Store(h.end())
	return h.key, u.pack.page(), h.end(), nil
}

// finish writes what is left of a record, and its head, and brings all of it to the disk.
func (u *packUpload) finish(h head, note []byte) error {
	k, from := u.pack, h.noteAt()-int64(len(*u.tail))
	last := make([]byte, h.end()-from)
	copy(last[copy(last, *u.tail):], note)
	if err := u.room(h.end()); err != nil {
		return err
	}
	if _, err := k.file.WriteAt(last, from); err != nil {
		return err
	}
	if _, err := k.file.WriteAt(h.encode(k.salt), h.offset); err != nil {
		return err
	}
	return k.file.datasync()
}

// abort gives up what was not recorded. What was recorded stays, and others may write behind it from now on.
func (u *packUpload) abort() {
	if u.large != nil {
		u.large.abort()
		u.large = nil
	}
	u.leave()
}

// leave gives the pack back.
func (u *packUpload) leave() {
	if u.pack == nil {
		return
	}
	u.packs.release(u.pack)
	u.pack = nil
	*u.tail = (*u.tail)[:0]
	u.packs.folder.tails.Put(u.tail)
	u.tail = nil
}
