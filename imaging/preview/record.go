package preview

import (
	"encoding/binary"
	"hash/crc32"

	"yilian"
)

// A record is one picture as it is kept and sent: its length without these four bytes, its CRC-32C of what follows, then in big endian
//
//	frame uint32 · rows, columns, factor uint16 · flags uint8 (1: native) · length of the UID uint8 · number of steps uint16 ·
//	the UID · the steps (from int32, width and count uint16) · the JPEG-LS codestream
const (
	recordHead = 8
	fixed      = 4 + 3*2 + 1 + 1 + 2
	stepSize   = 8
	// MaxRecord bounds a record.
	MaxRecord = 4 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Append appends the record of a picture.
func Append(dst []byte, p Picture) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, recordHead)...)
	dst = binary.BigEndian.AppendUint32(dst, uint32(p.Frame))
	for _, v := range []int{p.Rows, p.Columns, p.Factor} {
		dst = binary.BigEndian.AppendUint16(dst, uint16(v))
	}
	flags := byte(0)
	if p.Native {
		flags = 1
	}
	dst = append(dst, flags, byte(len(p.Instance)))
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(p.Steps)))
	dst = append(dst, p.Instance...)
	for _, s := range p.Steps {
		dst = binary.BigEndian.AppendUint32(dst, uint32(s.From))
		dst = binary.BigEndian.AppendUint16(dst, s.Width)
		dst = binary.BigEndian.AppendUint16(dst, s.Count)
	}
	dst = append(dst, p.Data...)
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	binary.BigEndian.PutUint32(dst[start+4:], crc32.Checksum(dst[start+recordHead:], castagnoli))
	return dst
}

// Check errs with yilian.Invalid if b is not one whole record.
func Check(b []byte) error {
	if len(b) < recordHead+fixed || len(b) > MaxRecord || binary.BigEndian.Uint32(b) != uint32(len(b)-4) ||
		binary.BigEndian.Uint32(b[4:]) != crc32.Checksum(b[recordHead:], castagnoli) {
		return damaged()
	}
	return nil
}

func damaged() error { return yilian.Errorf(yilian.Invalid, "preview.record", "A preview is damaged.") }

// Parse reads one record. Its Data share memory with b.
func Parse(b []byte) (Picture, error) {
	if err := Check(b); err != nil {
		return Picture{}, err
	}
	b = b[recordHead:]
	u16 := func(at int) int { return int(binary.BigEndian.Uint16(b[at:])) }
	p := Picture{
		Frame: int(binary.BigEndian.Uint32(b)), Rows: u16(4), Columns: u16(6), Factor: u16(8), Native: b[10]&1 != 0,
	}
	uid, steps := int(b[11]), u16(12)
	if b = b[fixed:]; len(b) < uid+steps*stepSize {
		return Picture{}, damaged()
	}
	p.Instance, b = string(b[:uid]), b[uid:]
	for range steps {
		p.Steps = append(p.Steps, Step{
			From: int32(binary.BigEndian.Uint32(b)), Width: binary.BigEndian.Uint16(b[4:]), Count: binary.BigEndian.Uint16(b[6:]), //nolint:gosec // as written
		})
		b = b[stepSize:]
	}
	p.Data = b
	return p, nil
}
