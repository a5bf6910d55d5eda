package scp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// bare reads the data set of a Part 10 stream: it leaves out the preamble and the file meta information (PS3.10 7.1).
type bare struct {
	in      *bufio.Reader
	from    io.Closer
	left    int64 // of the stream; negative: its length is not known
	skipped bool
}

// newBare reads a Part 10 stream of a known length, or of one that is not known (negative). A stream that ends before its
// length is an error, never a shorter data set.
func newBare(r io.ReadCloser, size int64) *bare {
	return &bare{in: bufio.NewReaderSize(r, 64<<10), from: r, left: size}
}

func (b *bare) Close() error { return b.from.Close() }

func (b *bare) Read(p []byte) (int, error) {
	if !b.skipped {
		if err := b.skip(); err != nil {
			return 0, err
		}
		b.skipped = true
	}
	n, err := b.in.Read(p)
	if b.left >= 0 {
		b.left -= int64(n)
		if b.left < 0 || errors.Is(err, io.EOF) && b.left > 0 {
			return n, io.ErrUnexpectedEOF
		}
	}
	return n, err
}

// dataSize is the length of the data set, -1 when it is not known. It reads up to its beginning.
func (b *bare) dataSize() (int64, error) {
	if !b.skipped {
		if err := b.skip(); err != nil {
			return 0, err
		}
		b.skipped = true
	}
	return b.left, nil
}

const part10Head = 128 + 4

func (b *bare) skip() error {
	head, err := b.in.Peek(part10Head)
	if err != nil || string(head[128:]) != "DICM" {
		return errors.Join(errors.New("scp: a stored object has no file meta information"), err)
	}
	if err := b.discard(part10Head); err != nil {
		return err
	}
	for {
		head, err := b.in.Peek(12)
		if err != nil || head[0] != 2 || head[1] != 0 {
			return nil // the data set begins; what is wrong with it shows when it is read
		}
		length := 8 + int(binary.LittleEndian.Uint16(head[6:]))
		switch string(head[4:6]) {
		case "OB", "OW", "UN", "UT": // PS3.5 7.1.2: 32-bit length
			length = 12 + int(binary.LittleEndian.Uint32(head[8:]))
		}
		if err := b.discard(length); err != nil {
			return err
		}
	}
}

func (b *bare) discard(n int) error {
	done, err := b.in.Discard(n)
	if b.left >= 0 {
		b.left -= int64(done)
	}
	return err
}
