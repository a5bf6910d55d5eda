package dicom

import (
	"fmt"

	"yilian"
)

// Reason classifies a SyntaxError; it is the last part of the yilian.Error's Code: "dicom.truncated".
type Reason string

// The reasons for refusing a stream.
const (
	ReasonTruncated Reason = "truncated" // the stream ends inside an element, or before an item or sequence is closed
	ReasonLength    Reason = "length"    // a length runs past the end of its item, or is undefined where it may not be
	ReasonStructure Reason = "structure" // an item or delimiter where none may stand, or an element where an item must stand
	ReasonDuplicate Reason = "duplicate" // the same tag twice on one level
	ReasonMismatch  Reason = "mismatch"  // the bytes are not in the declared transfer syntax
	ReasonDeflate   Reason = "deflate"   // the deflated stream is corrupt
	ReasonNotDICOM  Reason = "notDicom"  // no Part 10 file, and nothing that looks like a data set
	ReasonDepth     Reason = "depth"     // Options.MaxDepth
	ReasonElements  Reason = "elements"  // Options.MaxElements
	ReasonHeader    Reason = "header"    // Options.MaxHeader
	ReasonFragments Reason = "fragments" // Options.MaxFragments
	ReasonSize      Reason = "size"      // Options.MaxSize
	ReasonValue     Reason = "value"     // a value cannot be read or written as asked
)

// SyntaxError tells where and why bytes were refused. Its chain holds a *yilian.Error of kind Invalid, or TooLarge for limits.
type SyntaxError struct {
	Reason Reason
	Offset int64 // from the first byte of the stream that was scanned (of the inflated one when deflated)
	Tag    Tag   // the element in question, 0 when there is none
	Text   string
}

func (e *SyntaxError) Error() string {
	if e.Tag == 0 {
		return fmt.Sprintf("dicom: %s at byte %d", e.Text, e.Offset)
	}
	return fmt.Sprintf("dicom: %s at byte %d, tag %v", e.Text, e.Offset, e.Tag)
}

// Unwrap gives the error as the doors of the service know it.
func (e *SyntaxError) Unwrap() error {
	kind := yilian.Invalid
	switch e.Reason {
	case ReasonDepth, ReasonElements, ReasonHeader, ReasonFragments, ReasonSize:
		kind = yilian.TooLarge
	}
	return &yilian.Error{
		Kind: kind, Code: "dicom." + string(e.Reason),
		Text:   fmt.Sprintf("The DICOM object cannot be read: %s (byte %d, tag %v).", e.Text, e.Offset, e.Tag),
		Params: map[string]any{"offset": e.Offset, "tag": e.Tag.String()},
	}
}
