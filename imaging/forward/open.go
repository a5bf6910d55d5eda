package forward

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
)

// data reads the data set of an instance in a transfer syntax: as it is kept, or converted while it is read. size is -1 when it is not
// known. An Invalid error says that it cannot be given so.
func (s *Service) data(ctx context.Context, i imaging.Instance, ts string) (r io.ReadCloser, size int64, err error) {
	if ts == i.TransferSyntax {
		object := s.c.Archive.ObjectOf(i)
		r, err = object.Open(ctx, i.DataOffset, -1)
		if object.Size < 0 { // corrected
			return r, -1, err
		}
		return r, object.Size - i.DataOffset, err
	}
	if r, err = s.converted(ctx, i, ts); err != nil {
		return nil, 0, err
	}
	// Preamble, prefix and group length stand before the rest of the file meta information, which the group length counts (PS3.10 7.1).
	var head [132 + 12]byte
	_, err = io.ReadFull(r, head[:])
	if err == nil {
		_, err = io.CopyN(io.Discard, r, int64(binary.LittleEndian.Uint32(head[140:])))
	}
	if err != nil {
		closing(r)
		return nil, 0, fmt.Errorf("forward: skip the file meta information: %w", err)
	}
	return r, -1, nil
}

// file reads an instance as a Part 10 stream.
func (s *Service) file(ctx context.Context, i imaging.Instance, ts string) (r io.ReadCloser, err error) {
	if ts == i.TransferSyntax {
		return s.c.Archive.ObjectOf(i).Open(ctx, 0, -1)
	}
	return s.converted(ctx, i, ts)
}

// converted gives an instance as a Part 10 stream in another transfer syntax, one frame at a time.
func (s *Service) converted(ctx context.Context, i imaging.Instance, ts string) (io.ReadCloser, error) {
	out, err := s.c.Archive.Transcode(ctx, i, ts)
	if err != nil {
		if yilian.KindOf(err) == yilian.Unavailable {
			return nil, err
		}
		e := yilian.Errorf(yilian.Invalid, CodeSyntax, "It cannot be converted.")
		e.Err = err
		return nil, e
	}
	r, w := io.Pipe()
	go func() { _ = w.CloseWithError(out.Write(ctx, w)) }() // ends with the reader
	return r, nil
}

// transfers are what a peer may want to be sent instead of what is kept, and the transfer syntax that stands for it.
var transfers = map[string]string{
	"native": dicom.ExplicitVRLittleEndian, "jpeg-ls": dicom.JPEGLSLossless, "jpeg-lossless": dicom.JPEGLosslessSV1, "rle": dicom.RLELossless,
}

// syntaxes are the transfer syntaxes in which a peer is offered an instance, the best first. What is compressed already is not
// compressed anew; explicit and implicit VR are what is left when the peer takes nothing else.
func (p Peer) syntaxes(kept string) []string {
	wanted := transfers[p.Transfer]
	order := []string{kept, dicom.ExplicitVRLittleEndian, dicom.ImplicitVRLittleEndian}
	switch packed := dicom.Syntax(kept).Encapsulated; {
	case p.Transfer == "native" && packed:
		order = append(order[1:], kept)
	case wanted != "" && !packed && p.Transfer != "native":
		order = append([]string{wanted}, order...)
	}
	var once []string
	seen := map[string]bool{}
	for _, ts := range order {
		if !seen[ts] {
			once = append(once, ts)
		}
		seen[ts] = true
	}
	return once
}
