package dicom

import "encoding/binary"

// passing is a value on its way through the editor: native, or fragments up to their sequence delimiter.
type passing struct {
	left      int64 // bytes of the value, or of the item at hand with its header
	fragments bool  // more items come
	drop      bool  // it is read, not handed out
	order     binary.ByteOrder
}

func (v *passing) over() bool { return v.left == 0 && !v.fragments }

func (v *passing) read(src *source, p []byte) (int, error) {
	if v.left == 0 {
		if err := v.item(src); err != nil {
			return 0, err
		}
	}
	if v.drop {
		n := v.left
		v.left = 0
		return 0, src.skip(n)
	}
	n, err := src.Read(p[:min(int64(len(p)), v.left)])
	v.left -= int64(n)
	if n > 0 || err == nil {
		return n, nil
	}
	return 0, src.ended()
}

// item looks at the next fragment or at the delimiter (PS3.5 A.4).
func (v *passing) item(src *source) error {
	b, err := src.peek(8)
	if err != nil {
		return src.ended()
	}
	tag := NewTag(v.order.Uint16(b), v.order.Uint16(b[2:]))
	length := v.order.Uint32(b[4:])
	switch {
	case tag == sequenceDelimiter:
		v.fragments, v.left = false, 8
	case tag != itemTag || length == undefinedLength:
		return &SyntaxError{Reason: ReasonStructure, Offset: src.pos, Tag: PixelData, Text: "a fragment must stand here"}
	default:
		v.left = 8 + int64(length)
	}
	return nil
}
