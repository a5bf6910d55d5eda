package imaging

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"yilian/imaging/dicom"
	"yilian/imaging/pixel"
)

// Readable tells whether the server decodes the pixels of a transfer syntax. Of JPEG these are the processes of Huffman coding without
// hierarchy; what a single object does with one can still be too much.
func Readable(ts dicom.TransferSyntax) bool {
	switch ts.UID {
	case dicom.RLELossless, dicom.JPEGBaseline8Bit, dicom.JPEGExtended12Bit, "1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55",
		dicom.JPEGLossless, dicom.JPEGLosslessSV1, dicom.JPEGLSLossless, dicom.JPEGLSNearLossless,
		dicom.EncapsulatedUncompressed, dicom.DeflatedImageFrame:
		return true
	}
	return !ts.Encapsulated
}

// Writable tells whether the server writes a transfer syntax, which it does without loss only.
func Writable(ts dicom.TransferSyntax) bool {
	switch ts.UID {
	case dicom.ImplicitVRLittleEndian, dicom.ExplicitVRLittleEndian, dicom.RLELossless, dicom.JPEGLossless, dicom.JPEGLosslessSV1, dicom.JPEGLSLossless:
		return true
	}
	return false
}

const undefinedLength = 0xFFFFFFFF

// pixelHeader is the header of a Pixel Data element; an encapsulated one goes on with an empty Basic Offset Table (PS3.5 A.4).
func pixelHeader(ts dicom.TransferSyntax, vr string, length uint32) []byte {
	b := []byte{0xE0, 0x7F, 0x10, 0x00}
	if ts.UID != dicom.ImplicitVRLittleEndian {
		b = append(b, vr[0], vr[1], 0, 0)
	}
	b = binary.LittleEndian.AppendUint32(b, length)
	if ts.Encapsulated {
		b = appendItem(b, 0)
	}
	return b
}

// appendItem appends the header of an item of encapsulated pixel data.
func appendItem(b []byte, length uint32) []byte {
	return binary.LittleEndian.AppendUint32(append(b, 0xFE, 0xFF, 0x00, 0xE0), length)
}

// writeFragments writes each frame as one fragment, and the end of the sequence.
func (d *Decoded) writeFragments(ctx context.Context, w io.Writer) error {
	for n := 1; n <= d.frames.Count(); n++ {
		b, err := d.frames.Encode(ctx, n, d.syntax.UID)
		if err != nil {
			return err
		}
		if _, err := w.Write(appendItem(nil, uint32(len(b)))); err != nil { // a codestream is not longer than pixel.MaxFrameBytes allows
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	_, err := w.Write([]byte{0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0})
	return err
}

// Encode gives one frame as it would stand in another transfer syntax: native, or one codestream.
func (f *Frames) Encode(ctx context.Context, number int, syntax string) ([]byte, error) {
	im, frame, err := f.Decode(ctx, number)
	if err != nil {
		return nil, err
	}
	if !dicom.Syntax(syntax).Encapsulated {
		return nativeFrame(im, frame, im.Planar), nil
	}
	var b []byte
	err = f.pixels.pass(ctx, func() error {
		b, err = im.Encode(nil, frame, syntax, pixel.EncodeOptions{})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("imaging: encode a frame of %s: %w", f.Instance.UID, err)
	}
	return b, nil
}
