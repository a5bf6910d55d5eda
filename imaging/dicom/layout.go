package dicom

import (
	"bytes"
	"cmp"
	"slices"

	"yilian"
)

// Layout says where the pixel data of an object stand in the scanned stream, so that one frame can be read alone. It is
// plain data: keep it beside the object (it marshals to JSON) and a frame is served without reading the header again.
type Layout struct {
	Tag          Tag   `json:"tag,omitempty"` // PixelData, FloatPixelData or DoubleFloatPixelData; 0: no pixel data
	VR           VR    `json:"vr,omitempty"`
	Offset       int64 `json:"offset,omitempty"` // of the value field: the native pixels, or the Basic Offset Table's item
	Length       int64 `json:"length,omitempty"` // of the value field; encapsulated: up to and without the sequence delimiter
	Encapsulated bool  `json:"encapsulated,omitempty"`
	Deflated     bool  `json:"deflated,omitempty"` // offsets count inflated bytes: no range can be read from the stored ones

	Fragments []Fragment `json:"fragments,omitempty"` // without the Basic Offset Table

	BasicOffsets    []uint32 `json:"basicOffsets,omitempty"`    // PS3.5 A.4, relative to the first fragment's item
	ExtendedOffsets []uint64 `json:"extendedOffsets,omitempty"` // (7FE0,0001), likewise

	Frames    int   `json:"frames,omitempty"`    // Number of Frames, at least 1 when there are pixel data
	FrameBits int64 `json:"frameBits,omitempty"` // of a native frame; frames of 1-bit pixels need not start on a byte
}

// Fragment is one item of encapsulated pixel data.
type Fragment struct {
	Offset int64 `json:"o"` // of its value, behind tag and length
	Length int64 `json:"n"`
	Start  bool  `json:"s,omitempty"` // begins like a codestream: JPEG SOI, JPEG 2000 SOC, JPEG XL
}

// Range is a run of bytes of the scanned stream.
type Range struct {
	Offset int64
	Length int64
}

func startsCodestream(b []byte) bool {
	for _, p := range []string{"\xFF\xD8\xFF", "\xFF\x4F\xFF\x51", "\xFF\x0A", "\x00\x00\x00\x0CJXL ", "\x00\x00\x00\x0CjP  "} {
		if bytes.HasPrefix(b, []byte(p)) {
			return true
		}
	}
	return false
}

// finishLayout adds what the header says about frames.
func (s *scanner) finishLayout() {
	l, d := &s.obj.Layout, s.obj.Dataset
	if l.Tag == 0 {
		return
	}
	l.Frames = 1
	if n, ok := d.Int(NumberOfFrames); ok && n > 0 {
		l.Frames = n
	}
	l.FrameBits = frameBits(d)
	l.ExtendedOffsets = d.uint64s(ExtendedOffsetTable)
}

// frameBits gives the size of a native frame (PS3.3 C.7.6.3, PS3.5 8.1.1); the fields are 16 bits wide, so that it cannot overflow.
func frameBits(d *Dataset) int64 {
	field := func(t Tag) int64 {
		v, _ := d.Int(t)
		return int64(min(max(v, 0), 0xFFFF))
	}
	samples := max(field(SamplesPerPixel), 1)
	pixels := field(Rows) * field(Columns)
	switch d.String(PhotometricInterpretation) {
	case "YBR_FULL_422", "YBR_PARTIAL_422": // two luminance samples share their colour
		if samples == 3 {
			samples = 2
		}
	case "YBR_PARTIAL_420":
		if samples == 3 {
			return pixels * field(BitsAllocated) * 3 / 2
		}
	}
	return pixels * samples * field(BitsAllocated)
}

func (d *Dataset) uint64s(t Tag) []uint64 {
	e := d.Get(t)
	if e == nil || len(e.Value) < 8 {
		return nil
	}
	out := make([]uint64, 0, len(e.Value)/8)
	for b := e.Value; len(b) >= 8; b = b[8:] {
		out = append(out, d.order().Uint64(b))
	}
	return out
}

// Frame gives the byte ranges of frame i (from 0), to be read one after the other. skip is the number of bits to leave out at
// the start, other than 0 only for native frames of 1-bit pixels. It errs with yilian.NotFound when there is no such frame, and with
// yilian.Invalid when the pixel data end before it, or cannot be cut into frames (damaged offset tables, video).
func (l *Layout) Frame(i int) (ranges []Range, skip int, err error) {
	switch {
	case l.Tag == 0 || i < 0 || i >= l.Frames:
		return nil, 0, yilian.Errorf(yilian.NotFound, "dicom.noFrame", "The object has no frame %d.", i+1)
	case l.Encapsulated:
		ranges, err = l.encapsulated(i)
		return ranges, 0, err
	}
	start := int64(i) * l.FrameBits
	if l.FrameBits > 0 && int64(i) != start/l.FrameBits || start+l.FrameBits > l.Length*8 || l.FrameBits == 0 {
		return nil, 0, yilian.Errorf(yilian.Invalid, "dicom.shortPixels", "The pixel data end before frame %d.", i+1)
	}
	first, last := start/8, (start+l.FrameBits+7)/8
	return []Range{{l.Offset + first, last - first}}, int(start % 8), nil
}

// encapsulated finds the fragments of a frame: by the offset tables, by there being as many fragments as frames, or by how
// the fragments begin (PS3.5 A.4: a frame begins a new fragment).
func (l *Layout) encapsulated(i int) ([]Range, error) {
	first, next := 0, len(l.Fragments)
	switch {
	case len(l.Fragments) == 0:
		return nil, errFrames()
	case l.Frames == 1:
	case l.byTable(i, &first, &next):
	case len(l.Fragments) == l.Frames:
		first, next = i, i+1
	case l.byStart(i, &first, &next):
	default:
		return nil, errFrames()
	}
	out := make([]Range, 0, next-first)
	for _, f := range l.Fragments[first:next] {
		out = append(out, Range{f.Offset, f.Length})
	}
	return out, nil
}

func errFrames() error {
	return yilian.Errorf(yilian.Invalid, "dicom.frames", "The pixel data cannot be cut into frames.")
}

// byTable uses the Extended or the Basic Offset Table if its entries for the frame, and for the next, are the starts of fragments.
func (l *Layout) byTable(i int, first, next *int) bool {
	start := func(i int) (int, bool) {
		var offset uint64
		switch {
		case i == l.Frames:
			return len(l.Fragments), true
		case len(l.ExtendedOffsets) == l.Frames:
			offset = l.ExtendedOffsets[i]
		case len(l.BasicOffsets) == l.Frames:
			offset = uint64(l.BasicOffsets[i])
		default:
			return 0, false
		}
		at := uint64(l.Fragments[0].Offset) + offset
		return slices.BinarySearchFunc(l.Fragments, at, func(f Fragment, at uint64) int { return cmp.Compare(uint64(f.Offset), at) })
	}
	a, ok := start(i)
	b, ok2 := start(i + 1)
	if !ok || !ok2 || a >= b {
		return false
	}
	if before, ok := start(max(i-1, 0)); !ok || i > 0 && before >= a || i == 0 && a != 0 {
		return false
	}
	*first, *next = a, b
	return true
}

// byStart uses the fragments that begin a codestream, if there are as many as frames.
func (l *Layout) byStart(i int, first, next *int) bool {
	n := 0
	for k, f := range l.Fragments {
		if !f.Start {
			continue
		}
		switch n {
		case i:
			*first = k
		case i + 1:
			*next = k
		}
		n++
	}
	return n == l.Frames && l.Fragments[0].Start
}
