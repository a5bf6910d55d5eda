package dicom

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
	ExtendedOffsets []uint64 `json:"extendedOffsets,omitempty"` // (7FE0,0001)
	ExtendedLengths []uint64 `json:"extendedLengths,omitempty"` // (7FE0,0002)

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

// Frame gives the byte ranges of frame i (from 0), to be read one after the other. skip is the number of bits to leave out at
// the start, other than 0 only for 1-bit native frames. It errs with yilian.NotFound when there is no such frame, and with
// yilian.Invalid when the fragments cannot be assigned to frames (damaged offset tables) or the stream holds video.
func (l *Layout) Frame(i int) (ranges []Range, skip int, err error) { return l.frame(i) }
