package imaging

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
)

// chunkSize is what is gathered before it is written: large enough for few calls, small enough that the disk and the hash have begun
// with an instance long before its end has arrived.
const chunkSize = 128 << 10

// intake hands on what it reads and writes the same bytes, behind a head, in large pieces. They are hashed beside that: while one
// piece is hashed, the next arrives and goes to the disk. It belongs to one Store.
type intake struct {
	archive *Archive
	r       io.Reader
	w       io.Writer
	left    int64
	size    int64
	fault   error // of the writer, or the size limit

	hash   hash.Hash
	chunk  *[]byte       // being filled
	head   int           // bytes at its front that are not hashed
	before *[]byte       // being hashed, or idle
	hashed chan struct{} // closed when before is hashed
}

func (a *Archive) newIntake(r io.Reader, w io.Writer, head []byte) *intake {
	t := &intake{archive: a, r: r, w: w, left: a.limits.Instance, hash: sha256.New(), head: len(head), hashed: make(chan struct{})}
	t.chunk = a.chunks.Get().(*[]byte)
	*t.chunk = append((*t.chunk)[:0], head...)
	close(t.hashed)
	return t
}

func (t *intake) Read(p []byte) (int, error) {
	if t.fault != nil {
		return 0, t.fault
	}
	n, err := t.r.Read(p)
	if n == 0 {
		return 0, err
	}
	if t.left -= int64(n); t.left < 0 {
		t.fault = tooLarge()
		return 0, t.fault
	}
	t.size += int64(n)
	for rest := p[:n]; len(rest) > 0; {
		at := len(*t.chunk)
		m := copy((*t.chunk)[at:cap(*t.chunk)], rest)
		*t.chunk = (*t.chunk)[:at+m]
		rest = rest[m:]
		if len(*t.chunk) == cap(*t.chunk) {
			if t.fault = t.pass(); t.fault != nil {
				return 0, t.fault
			}
		}
	}
	return n, err
}

// pass writes a full chunk while it is hashed, and goes on with the other one.
func (t *intake) pass() error {
	<-t.hashed
	if t.before == nil {
		t.before = t.archive.chunks.Get().(*[]byte)
	}
	full, from := t.chunk, t.head
	t.chunk, t.before, t.head = t.before, full, 0
	*t.chunk = (*t.chunk)[:0]
	done := make(chan struct{})
	t.hashed = done
	go func() {
		defer close(done)
		t.hash.Write((*full)[from:])
	}()
	return t.write(*full)
}

// finish writes what is left and answers the hash in hexadecimal.
func (t *intake) finish() (string, error) {
	if err := t.write(*t.chunk); err != nil {
		return "", err
	}
	<-t.hashed
	t.hash.Write((*t.chunk)[t.head:])
	return hex.EncodeToString(t.hash.Sum(nil)), nil
}

func (t *intake) write(p []byte) error {
	if _, err := t.w.Write(p); err != nil {
		return unavailable("write an object", err)
	}
	return nil
}

// close gives the chunks back.
func (t *intake) close() {
	<-t.hashed
	for _, c := range []*[]byte{t.chunk, t.before} {
		if c != nil {
			t.archive.chunks.Put(c)
		}
	}
}

// explain puts the true cause in the place of the scanner's view of it.
func (t *intake) explain(err error) error {
	if t.fault != nil {
		return t.fault
	}
	return err
}
