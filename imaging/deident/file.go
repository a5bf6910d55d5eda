package deident

import (
	"bytes"
	"io"
	"slices"

	"yilian/imaging/dicom"
)

// preamble is what stands before the prefix of a Part 10 file: it may hold anything, so it becomes zeros (PS3.10 7.1).
const preamble = 128

// File gives the Part 10 stream r without identity. r is the same stream that the plan was made of; the memory it needs is that of the header.
func (p *Plan) File(r io.Reader) io.Reader {
	return dicom.EditFile(&codestreams{r: &blank{r: r}, starts: p.starts}, slices.Concat(p.Meta, p.Changes))
}

// blank clears the preamble of a stream, if it has one.
type blank struct {
	r    io.Reader
	head []byte
	read bool
}

func (b *blank) Read(p []byte) (int, error) {
	if !b.read {
		b.read = true
		head := make([]byte, preamble+4)
		n, err := io.ReadFull(b.r, head)
		if err != nil && n == 0 {
			return 0, err
		}
		if b.head = head[:n]; n == len(head) && bytes.Equal(head[preamble:], []byte("DICM")) {
			clear(head[:preamble])
		}
	}
	if len(b.head) > 0 {
		n := copy(p, b.head)
		b.head = b.head[n:]
		return n, nil
	}
	return b.r.Read(p)
}
