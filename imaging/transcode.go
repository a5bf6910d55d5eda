package imaging

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"

	"yilian"
	"yilian/imaging/dicom"
	"yilian/imaging/pixel"
)

// Decoded is an instance that is given out in another transfer syntax than it is kept in.
type Decoded struct {
	head   []byte // meta, header and the header of the pixel data
	frames *Frames
	syntax dicom.TransferSyntax
	pad    bool // of native pixels
}

// Decode prepares an instance for being given out in explicit VR little endian. It errs with a *pixel.UnsupportedError in the
// chain, or with CodeUnsupported, when that cannot be done here. Elements behind the pixel data (padding, signatures that would
// not hold) are left out.
func (a *Archive) Decode(ctx context.Context, i Instance) (*Decoded, error) {
	return a.Transcode(ctx, i, dicom.ExplicitVRLittleEndian)
}

// Transcode is Decode into any transfer syntax for which Writable holds; nothing gets lost.
func (a *Archive) Transcode(ctx context.Context, i Instance, syntax string) (*Decoded, error) {
	to := dicom.Syntax(syntax)
	if !Writable(to) {
		return nil, cannotDecode("nothing here writes " + to.Name)
	}
	whole, err := a.index.Instance(ctx, i.UID)
	if err != nil {
		return nil, unavailable("look up an instance", err)
	}
	object, err := readHeader(ctx, a.blobs, i, 32<<20)
	if err != nil {
		return nil, err
	}
	d := object.Dataset
	if err := whole.amend(d); err != nil {
		return nil, err
	}
	for _, t := range []dicom.Tag{dicom.PixelData, dicom.FloatPixelData, dicom.DoubleFloatPixelData, dicom.ExtendedOffsetTable, dicom.ExtendedOffsetTableLengths} {
		d.Delete(t)
	}
	if slices.ContainsFunc(d.Elements, func(e dicom.Element) bool { return e.IsBulk() }) {
		return nil, cannotDecode("it has a value that is too large")
	}
	out := &Decoded{syntax: to}
	var pixels []byte
	if whole.Frames > 0 {
		if out.frames, err = a.framesOf(whole); err != nil {
			return nil, err
		}
		if pixels, out.pad, err = out.frames.prepare(ctx, d, to); err != nil {
			return nil, err
		}
	}
	out.head = dicom.AppendMeta(nil, dicom.Meta{SOPClassUID: i.SOPClass, SOPInstanceUID: string(i.UID), TransferSyntax: to.UID})
	if out.head, err = dicom.AppendDataset(out.head, d, to); err != nil {
		return nil, fmt.Errorf("imaging: write the header of %s: %w", i.UID, err)
	}
	out.head = append(out.head, pixels...)
	return out, nil
}

func cannotDecode(why string) error {
	return yilian.Errorf(yilian.Invalid, CodeUnsupported, "The instance cannot be given in another transfer syntax: %s.", why)
}

// prepare makes the header agree with decoded pixels and answers the header of the Pixel Data element.
func (f *Frames) prepare(ctx context.Context, d *dicom.Dataset, to dicom.TransferSyntax) (header []byte, pad bool, err error) {
	if f.layout.Pixels.Tag != dicom.PixelData {
		return nil, false, cannotDecode("its pixels are floating point numbers")
	}
	im, frame, err := f.Decode(ctx, 1)
	if err != nil {
		return nil, false, err
	}
	if im.BitsAllocated == 1 && f.Count() > 1 && frame.Rows*frame.Columns%8 != 0 {
		return nil, false, cannotDecode("its frames do not end on bytes")
	}
	d.SetString(dicom.PhotometricInterpretation, decodedPhotometric(frame.Photometric))
	if frame.Samples > 1 {
		d.SetInt(dicom.PlanarConfiguration, 0)
	}
	if to.Encapsulated {
		if _, err := im.Encode(nil, frame, to.UID, pixel.EncodeOptions{}); err != nil {
			return nil, false, fmt.Errorf("imaging: encode a frame of %s: %w", f.Instance.UID, err)
		}
		return pixelHeader(to, "OB", undefinedLength), false, nil
	}
	size := int64(len(nativeFrame(im, frame, false))) * int64(f.Count())
	pad = size%2 == 1
	if size += size % 2; size > math.MaxUint32-1 {
		return nil, false, cannotDecode("its pixels are more than 4 GiB")
	}
	vr := "OW"
	if im.BitsAllocated <= 8 {
		vr = "OB"
	}
	return pixelHeader(to, vr, uint32(size)), pad, nil
}

// decodedPhotometric: samples that shared their colour in the encoded form stand for themselves in the decoded one.
func decodedPhotometric(p string) string {
	switch p {
	case "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420":
		return "YBR_FULL"
	}
	return p
}

// Write writes the Part 10 stream, one frame at a time.
func (d *Decoded) Write(ctx context.Context, w io.Writer) error {
	if _, err := w.Write(d.head); err != nil {
		return err
	}
	if d.frames == nil {
		return nil
	}
	if d.syntax.Encapsulated {
		return d.writeFragments(ctx, w)
	}
	for n := 1; n <= d.frames.Count(); n++ {
		im, frame, err := d.frames.Decode(ctx, n)
		if err != nil {
			return err
		}
		if _, err := w.Write(nativeFrame(im, frame, false)); err != nil {
			return err
		}
	}
	if d.pad {
		_, err := w.Write([]byte{0})
		return err
	}
	return nil
}
