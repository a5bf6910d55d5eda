package imaging

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"

	"yilian"
	"yilian/imaging/dicom"
	"yilian/imaging/pixel"
)

// readHeader reads the header of an instance from its file, up to the pixel data. Values of up to max bytes are kept.
func readHeader(ctx context.Context, blobs Blobs, i Instance, max int) (*dicom.Object, error) {
	r, err := blobs.Open(ctx, i.Blob, i.DataOffset, -1)
	if err != nil {
		return nil, lost(i, err)
	}
	defer func() { _ = r.Close() }()
	object, err := dicom.Scan(r, dicom.Syntax(i.TransferSyntax), headerOptions(i, max))
	if err != nil {
		return nil, fmt.Errorf("imaging: read the header of %s: %w", i.UID, err)
	}
	return object, nil
}

func headerOptions(i Instance, max int) dicom.Options {
	return dicom.Options{Header: true, Base: i.DataOffset, MaxValue: max, MaxHeader: 64 << 20}
}

// maxHeaderValue is how long a value may be that a picture is described by: a large palette.
const maxHeaderValue = 1 << 20

// describe describes one frame (from 1) for decoding.
func (f *Frames) describe(ctx context.Context, number int) (*pixel.Image, error) {
	if f.header == nil {
		object, err := readHeader(ctx, f.blobs, f.Instance, maxHeaderValue)
		if err != nil {
			return nil, err
		}
		f.header = object.Dataset
	}
	im, err := pixel.Describe(f.header, f.Syntax, number-1)
	if err != nil {
		return nil, fmt.Errorf("imaging: describe %s: %w", f.Instance.UID, err)
	}
	im.Float = im.Float || f.layout.Pixels.Tag != dicom.PixelData
	return im, nil
}

// Decode decodes one frame. It errs with a *pixel.UnsupportedError in its chain when the server cannot decode the transfer syntax.
func (f *Frames) Decode(ctx context.Context, number int) (*pixel.Image, *pixel.Frame, error) {
	return f.decode(ctx, number, new([]byte))
}

// decode decodes one frame. What it reads stands in memory, which becomes larger where it must, and the frame may stand there too.
func (f *Frames) decode(ctx context.Context, number int, memory *[]byte) (im *pixel.Image, frame *pixel.Frame, err error) {
	ranges, skip, err := f.layout.Pixels.Frame(number - 1)
	if err != nil {
		return nil, nil, err
	}
	err = f.pixels.pass(ctx, func() (err error) {
		var raw []byte
		if f.header == nil && f.besideHeader(ranges) {
			raw, err = f.readBoth(ctx, ranges[0], memory)
		}
		if err == nil {
			im, err = f.describe(ctx, number)
		}
		if err == nil && raw == nil {
			raw, err = f.raw(ctx, im, ranges, memory)
		}
		if err == nil {
			frame, err = im.Decode(raw, skip)
		}
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("imaging: decode a frame of %s: %w", f.Instance.UID, err)
	}
	return im, frame, nil
}

// maxBeside is how long a header may be that is read together with a frame.
const maxBeside = 256 << 10

// besideHeader tells whether a frame stands right behind the header, as it does in nearly every CT or MR image: then one read brings
// both.
func (f *Frames) besideHeader(ranges []dicom.Range) bool {
	l := f.layout.Pixels
	return !l.Deflated && !f.Syntax.BigEndian && len(ranges) == 1 && ranges[0].Offset == l.Offset &&
		l.Offset-f.Instance.DataOffset < maxBeside && ranges[0].Length <= pixel.MaxFrameBytes
}

// readBoth reads the header and the frame behind it.
func (f *Frames) readBoth(ctx context.Context, frame dicom.Range, memory *[]byte) (raw []byte, err error) {
	start := f.Instance.DataOffset
	both, err := f.readInto(ctx, []dicom.Range{{Offset: start, Length: frame.Offset - start + frame.Length}}, memory)
	if err != nil {
		return nil, err
	}
	head, raw := both[:frame.Offset-start], both[frame.Offset-start:]
	o := headerOptions(f.Instance, maxHeaderValue)
	o.Buffer = make([]byte, 4<<10)
	object, err := dicom.Scan(bytes.NewReader(head), f.Syntax, o)
	if err != nil {
		return nil, fmt.Errorf("imaging: read the header of %s: %w", f.Instance.UID, err)
	}
	f.header = object.Dataset
	return raw, nil
}

// gate lets only so many at a time work on pixels as it has places: each may take several hundred megabytes.
type gate chan struct{}

func (g gate) pass(ctx context.Context, work func() error) error {
	select {
	case g <- struct{}{}:
		defer func() { <-g }()
		return work()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// raw reads the bytes that pixel.Image decodes. Samples of one byte in words of big endian stand in pairs that are exchanged
// (PS3.5 A.3, D).
func (f *Frames) raw(ctx context.Context, im *pixel.Image, ranges []dicom.Range, memory *[]byte) ([]byte, error) {
	l := f.layout.Pixels
	if !f.Syntax.BigEndian || l.VR != dicom.OW || im.BitsAllocated != 8 || len(ranges) != 1 {
		return f.readInto(ctx, ranges, memory)
	}
	r := ranges[0]
	odd := (r.Offset - l.Offset) % 2
	words := dicom.Range{Offset: r.Offset - odd, Length: (odd + r.Length + 1) &^ 1}
	raw, err := f.readInto(ctx, []dicom.Range{words}, memory)
	if err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(raw); i += 2 {
		raw[i], raw[i+1] = raw[i+1], raw[i]
	}
	return raw[odd:][:r.Length], nil
}

// readInto reads the bytes of some ranges into memory. A codestream is not larger than the largest frame, native or not.
func (f *Frames) readInto(ctx context.Context, ranges []dicom.Range, memory *[]byte) ([]byte, error) {
	var size int64
	for _, r := range ranges {
		size += r.Length
	}
	if size > pixel.MaxFrameBytes {
		return nil, yilian.Errorf(yilian.TooLarge, CodeTooLarge, "The frame is too large to be decoded here.")
	}
	source, err := openRange(ctx, f.blobs, f.Instance, f.layout.Pixels.Deflated, span(ranges))
	if err != nil {
		return nil, err
	}
	defer func() { _ = source.Close() }()
	if int64(cap(*memory)) < size {
		*memory = make([]byte, size)
	}
	raw := (*memory)[:size:size]
	cut := &cutter{ReadCloser: source, ranges: slices.Clone(ranges), at: span(ranges).Offset}
	if _, err := io.ReadFull(cut, raw); err != nil {
		return nil, fmt.Errorf("imaging: read a frame of %s: %w", f.Instance.UID, noEOF(err))
	}
	return raw, nil
}

// Native tells whether frames are kept as they are in explicit VR little endian, so that Open gives them ready to use.
func (f *Frames) Native() bool { return !f.Syntax.BigEndian && !f.layout.Pixels.Encapsulated }

// DecodeNative gives one frame as it would stand in explicit VR little endian, to the Planar Configuration and Bits Allocated of
// the header.
func (f *Frames) DecodeNative(ctx context.Context, number int) ([]byte, error) {
	im, frame, err := f.Decode(ctx, number)
	if err != nil {
		return nil, err
	}
	return nativeFrame(im, frame, im.Planar), nil
}

// nativeFrame packs a decoded frame the way PS3.5 8.1.1 and PS3.3 C.7.6.3.1.3 want it.
func nativeFrame(im *pixel.Image, f *pixel.Frame, planar bool) []byte {
	switch {
	case im.BitsAllocated == 1:
		out := make([]byte, (len(f.Data)+7)/8)
		for i, v := range f.Data {
			out[i/8] |= v << (i % 8)
		}
		return out
	case planar && f.Samples > 1:
		n := f.Rows * f.Columns
		out := make([]byte, len(f.Data))
		for i := range n {
			for s := range f.Samples {
				copy(out[(s*n+i)*f.Width:], f.Data[(i*f.Samples+s)*f.Width:][:f.Width])
			}
		}
		return out
	}
	return f.Data
}
