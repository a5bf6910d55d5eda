package dicom

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"strings"
)

func (d *Dataset) order() binary.ByteOrder {
	if d.bigEndian {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// String gives the first value as text, decoded by the character set and without padding; numbers are formatted.
// It is "" when the element is absent, empty, a sequence or bulk.
func (d *Dataset) String(t Tag) string {
	e := d.Get(t)
	if e == nil {
		return ""
	}
	return d.firstText(e)
}

func (d *Dataset) firstText(e *Element) string {
	switch e.VR.kind() {
	case kindText:
		return d.decode(e.VR, trimText(e.Value))
	case kindNumber:
		if all := d.numbers(e); len(all) > 0 {
			return all[0]
		}
		return ""
	case kindSequence:
		return ""
	}
	if e.VR.IsText() && !isASCII(e.Value) {
		if all := d.ValuesOf(e); len(all) > 0 {
			return all[0]
		}
		return ""
	}
	v, _, _ := bytes.Cut(e.Value, backslash)
	return string(trimValue(e.VR, v))
}

var backslash = []byte{'\\'}

// Strings gives all values as text. Empty values between backslashes are kept; an empty element gives nil.
func (d *Dataset) Strings(t Tag) []string {
	e := d.Get(t)
	if e == nil {
		return nil
	}
	return d.ValuesOf(e)
}

// ValuesOf gives all values of an element of this level as text.
func (d *Dataset) ValuesOf(e *Element) []string {
	if len(e.Value) == 0 {
		return nil
	}
	switch e.VR.kind() {
	case kindText:
		if v := d.decode(e.VR, trimText(e.Value)); v != "" {
			return []string{v}
		}
		return nil
	case kindNumber:
		return d.numbers(e)
	case kindSequence:
		return nil
	}
	value := trimValue(e.VR, e.Value)
	if len(value) == 0 {
		return nil
	}
	var parts [][]byte
	if e.VR.IsText() {
		parts = d.charset.split(e.VR, value)
	} else {
		parts = bytes.Split(value, backslash)
	}
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = d.decode(e.VR, trimValue(e.VR, p))
	}
	return out
}

// decode turns bytes of one value into text.
func (d *Dataset) decode(vr VR, b []byte) string {
	if !vr.IsText() {
		return string(b)
	}
	return d.charset.decode(vr, b)
}

// trimValue removes padding (PS3.5 6.2): trailing spaces and NULs, and leading spaces, which UC alone keeps.
func trimValue(vr VR, b []byte) []byte {
	b = bytes.TrimRight(b, " \x00")
	if vr == UC {
		return b
	}
	return bytes.TrimLeft(b, " ")
}

// trimText removes padding of a text, whose leading spaces count.
func trimText(b []byte) []byte { return bytes.TrimRight(b, " \x00") }

// numbers formats the values of a binary VR.
func (d *Dataset) numbers(e *Element) []string {
	w := e.VR.width()
	if e.VR == AT {
		w = 4
	}
	out := make([]string, 0, len(e.Value)/w)
	for b := e.Value; len(b) >= w; b = b[w:] {
		out = append(out, d.number(e.VR, b))
	}
	return out
}

func (d *Dataset) number(vr VR, b []byte) string {
	o := d.order()
	switch vr {
	case AT:
		return NewTag(o.Uint16(b), o.Uint16(b[2:])).String()
	case FL:
		return strconv.FormatFloat(float64(math.Float32frombits(o.Uint32(b))), 'g', -1, 32)
	case FD:
		return strconv.FormatFloat(math.Float64frombits(o.Uint64(b)), 'g', -1, 64)
	case UV:
		return strconv.FormatUint(o.Uint64(b), 10)
	}
	v, _ := d.integer(vr, b)
	return strconv.FormatInt(v, 10)
}

// integer reads one binary integer.
func (d *Dataset) integer(vr VR, b []byte) (int64, bool) {
	o := d.order()
	switch vr {
	case US, OW:
		return int64(o.Uint16(b)), true
	case SS:
		return int64(int16(o.Uint16(b))), true
	case UL, OL:
		return int64(o.Uint32(b)), true
	case SL:
		return int64(int32(o.Uint32(b))), true
	case SV, UV, OV:
		return int64(o.Uint64(b)), true
	}
	return 0, false
}

// Int gives the first value as a whole number: of the binary VRs, of IS, and of DS without a fraction.
func (d *Dataset) Int(t Tag) (int, bool) {
	e := d.Get(t)
	if e == nil {
		return 0, false
	}
	if e.VR.kind() == kindNumber {
		w := e.VR.width()
		if len(e.Value) < w || e.VR == AT {
			return 0, false
		}
		v, ok := d.integer(e.VR, e.Value)
		return int(v), ok
	}
	v, _, _ := bytes.Cut(e.Value, backslash)
	return parseInt(string(trimValue(IS, v)))
}

// Ints gives all values as whole numbers, nil if any of them is none.
func (d *Dataset) Ints(t Tag) []int {
	e := d.Get(t)
	if e == nil {
		return nil
	}
	if w := e.VR.width(); w > 1 && e.VR != AT && (e.VR.kind() == kindNumber || e.VR == OW || e.VR == OL || e.VR == OV) {
		out := make([]int, 0, len(e.Value)/w)
		for b := e.Value; len(b) >= w; b = b[w:] {
			v, ok := d.integer(e.VR, b)
			if !ok {
				return nil
			}
			out = append(out, int(v))
		}
		return out
	}
	var out []int
	for _, s := range d.ValuesOf(e) {
		v, ok := parseInt(s)
		if !ok {
			return nil
		}
		out = append(out, v)
	}
	return out
}

func parseInt(s string) (int, bool) {
	s = strings.TrimPrefix(s, "+")
	if v, err := strconv.Atoi(s); err == nil {
		return v, true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int(f), true
}

// Float gives the first value as a number; false when there is none or it is not finite.
func (d *Dataset) Float(t Tag) (float64, bool) {
	if all := d.Floats(t); len(all) > 0 {
		return all[0], true
	}
	return 0, false
}

// Floats gives all values as numbers, nil if any of them is none or not finite.
func (d *Dataset) Floats(t Tag) []float64 {
	e := d.Get(t)
	if e == nil {
		return nil
	}
	var out []float64
	for _, s := range d.ValuesOf(e) {
		v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		out = append(out, v)
	}
	return out
}

// UID gives a UI value without padding; it is not checked, see ValidUID.
func (d *Dataset) UID(t Tag) string { return d.String(t) }

// ValidUID tells whether s is a UID by PS3.5 9.1: at most 64 characters of digits and dots, no empty component, no leading
// zeros. What passes is safe as a path segment.
func ValidUID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	start := 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] != '.' {
			if s[i] < '0' || s[i] > '9' {
				return false
			}
			continue
		}
		if n := i - start; n == 0 || n > 1 && s[start] == '0' {
			return false
		}
		start = i + 1
	}
	return true
}

// Words gives the 16-bit words of an element of d, whatever its VR: look-up tables are OW, US or SS.
func Words(d *Dataset, e *Element) []uint16 {
	o := d.order()
	out := make([]uint16, 0, len(e.Value)/2)
	for b := e.Value; len(b) >= 2; b = b[2:] {
		out = append(out, o.Uint16(b))
	}
	return out
}
