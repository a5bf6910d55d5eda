package forward

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
)

// open reads the data set of an instance in a transfer syntax: as it is kept, or decompressed. size is -1 when it is not known. An
// Invalid error says that it cannot be given so.
func (s *Service) open(ctx context.Context, i imaging.Instance, ts string) (r io.ReadCloser, size int64, err error) {
	switch ts {
	case i.TransferSyntax:
		object := s.c.Archive.ObjectOf(i)
		r, err = object.Open(ctx, i.DataOffset, -1)
		return r, object.Size - i.DataOffset, err
	case dicom.ExplicitVRLittleEndian:
		r, _, err = s.decoded(ctx, i)
		return r, -1, err
	case dicom.ImplicitVRLittleEndian:
		r, err = s.implicit(ctx, i)
		return r, -1, err
	}
	return nil, 0, yilian.Errorf(yilian.Invalid, CodeSyntax, "It cannot be given in this transfer syntax.")
}

// whole reads an instance as a Part 10 stream, as it is kept or decompressed to explicit VR little endian.
func (s *Service) whole(ctx context.Context, i imaging.Instance, native bool) (r io.ReadCloser, size int64, err error) {
	if !native {
		object := s.c.Archive.ObjectOf(i)
		r, err = object.Open(ctx, 0, -1)
		return r, object.Size, err
	}
	r, err = s.part10(ctx, i)
	return r, -1, err
}

// part10 decompresses an instance while it is read.
func (s *Service) part10(ctx context.Context, i imaging.Instance) (io.ReadCloser, error) {
	decoded, err := s.c.Archive.Decode(ctx, i)
	if err != nil {
		if yilian.KindOf(err) == yilian.Unavailable {
			return nil, err
		}
		return nil, yilian.Errorf(yilian.Invalid, CodeSyntax, "It cannot be decompressed here.")
	}
	r, w := io.Pipe()
	go func() { _ = w.CloseWithError(decoded.Write(ctx, w)) }() // ends with the reader
	return r, nil
}

// decoded is part10 behind its file meta information, and the header that stands before the pixels.
func (s *Service) decoded(ctx context.Context, i imaging.Instance) (io.ReadCloser, *dicom.Object, error) {
	header, err := s.part10(ctx, i)
	if err != nil {
		return nil, nil, err
	}
	object, err := dicom.ScanFile(header, dicom.Options{Header: true, MaxValue: 32 << 20})
	closing(header)
	if err != nil {
		return nil, nil, fmt.Errorf("forward: read a header: %w", err)
	}
	r, err := s.part10(ctx, i)
	if err != nil {
		return nil, nil, err
	}
	if _, err := io.CopyN(io.Discard, r, object.Start); err != nil {
		closing(r)
		return nil, nil, fmt.Errorf("forward: skip the file meta information: %w", err)
	}
	return r, object, nil
}

// implicit gives a data set in implicit VR little endian, which every peer must take (PS3.5 10.1): the header is encoded anew, and
// the pixels, whose bytes are the same, pass through.
func (s *Service) implicit(ctx context.Context, i imaging.Instance) (io.ReadCloser, error) {
	r, object, err := s.decoded(ctx, i)
	if err != nil {
		return nil, err
	}
	header, pixels := object.Dataset, object.Layout
	for _, t := range []dicom.Tag{dicom.PixelData, dicom.FloatPixelData, dicom.DoubleFloatPixelData} {
		header.Delete(t)
	}
	head, err := dicom.AppendDataset(nil, header, dicom.Syntax(dicom.ImplicitVRLittleEndian))
	if err != nil {
		closing(r)
		return nil, yilian.Errorf(yilian.Invalid, CodeSyntax, "Its header cannot be given in implicit VR.")
	}
	if pixels.Tag == 0 {
		closing(r)
		return memory(head), nil
	}
	if _, err := io.CopyN(io.Discard, r, pixels.Offset-object.Start); err != nil {
		closing(r)
		return nil, fmt.Errorf("forward: skip a header: %w", err)
	}
	head = binary.LittleEndian.AppendUint16(head, pixels.Tag.Group())
	head = binary.LittleEndian.AppendUint16(head, pixels.Tag.Element())
	head = binary.LittleEndian.AppendUint32(head, uint32(pixels.Length))
	return &joined{Reader: io.MultiReader(memory(head), r), Closer: r}, nil
}

type joined struct {
	io.Reader
	io.Closer
}

func memory(b []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(b)) }
