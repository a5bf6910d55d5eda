package pixel

import (
	"yilian/imaging/dicom"
)

// LUT is a look-up table of PS3.3 C.11.1 or C.11.2: value First maps to Data[0].
type LUT struct {
	First       int
	Bits        int // of the entries
	Data        []uint16
	Explanation string
}

// newLUT reads a Modality or VOI LUT item; nil when it is none.
func newLUT(d *dicom.Dataset, signed bool) *LUT {
	count, first, bits, ok := descriptor(d, dicom.LUTDescriptor, signed)
	if !ok {
		return nil
	}
	data := entries(d, dicom.LUTData, count, bits)
	if len(data) == 0 {
		return nil
	}
	return &LUT{First: first, Bits: bits, Data: data, Explanation: d.String(dicom.LUTExplanation)}
}

// descriptor reads number of entries (0 means 65536), first value mapped and bits of an entry (PS3.3 C.11.1.1.1).
func descriptor(d *dicom.Dataset, t dicom.Tag, signed bool) (count, first, bits int, ok bool) {
	v := d.Ints(t)
	if len(v) != 3 {
		return 0, 0, 0, false
	}
	count, first, bits = v[0]&0xFFFF, v[1], v[2]&0xFFFF
	if count == 0 {
		count = 1 << 16
	}
	if signed {
		first = int(int16(first))
	} else {
		first &= 0xFFFF
	}
	return count, first, bits, bits >= 1 && bits <= 16
}

// entries reads LUT data: 16 bits each, or two in a word where the bytes are too few for that.
func entries(d *dicom.Dataset, t dicom.Tag, count, bits int) []uint16 {
	e := d.Get(t)
	if e == nil {
		return nil
	}
	if bits <= 8 && len(e.Value) < 2*count && len(e.Value) >= count {
		out := make([]uint16, count)
		for i := range out {
			out[i] = uint16(e.Value[i])
		}
		return out
	}
	words := dicom.Words(d, e)
	return words[:min(count, len(words))]
}

// At gives the entry for a value; values outside take the nearest.
func (l *LUT) At(v int) uint16 { return l.Data[min(max(v-l.First, 0), len(l.Data)-1)] }

// Palette maps stored values to colours of 16 bits (PS3.3 C.7.9).
type Palette struct{ Red, Green, Blue *LUT }

// newPalette reads the three tables, plain or segmented; nil when they are not complete.
func newPalette(d *dicom.Dataset, signed bool) *Palette {
	red := channel(d, dicom.RedPaletteColorLookupTableDescriptor, dicom.RedPaletteColorLookupTableData, dicom.SegmentedRedPaletteColorLookupTableData, signed)
	green := channel(d, dicom.GreenPaletteColorLookupTableDescriptor, dicom.GreenPaletteColorLookupTableData, dicom.SegmentedGreenPaletteColorLookupTableData, signed)
	blue := channel(d, dicom.BluePaletteColorLookupTableDescriptor, dicom.BluePaletteColorLookupTableData, dicom.SegmentedBluePaletteColorLookupTableData, signed)
	if red == nil || green == nil || blue == nil {
		return nil
	}
	return &Palette{red, green, blue}
}

func channel(d *dicom.Dataset, desc, plain, segmented dicom.Tag, signed bool) *LUT {
	count, first, bits, ok := descriptor(d, desc, signed)
	if !ok {
		return nil
	}
	var data []uint16
	if d.Has(plain) {
		data = entries(d, plain, count, bits)
	} else if e := d.Get(segmented); e != nil {
		data = expand(dicom.Words(d, e), count)
	}
	if len(data) == 0 {
		return nil
	}
	l := &LUT{First: first, Bits: bits, Data: data}
	l.widen()
	return l
}

// widen makes the entries use all 16 bits. Tables that say 16 bits but hold 8 are common.
func (l *LUT) widen() {
	high := uint16(0)
	for _, v := range l.Data {
		high = max(high, v)
	}
	if l.Bits > 8 && high > 0xFF || high == 0 {
		return
	}
	for i, v := range l.Data {
		l.Data[i] = v<<8 | v&0xFF
	}
}

// expand runs the segments of PS3.3 C.7.9.2: 0 discrete, 1 linear, 2 indirect (a copy of earlier segments).
func expand(words []uint16, count int) []uint16 {
	out := make([]uint16, 0, count)
	out = run(words, words, out, count, 0)
	return out
}

func run(all, words, out []uint16, count, depth int) []uint16 {
	for len(words) >= 2 && len(out) < count {
		op, n := words[0], int(words[1])
		words = words[2:]
		switch {
		case op == 0 && len(words) >= n:
			out = append(out, words[:n]...)
			words = words[n:]
		case op == 1 && len(words) >= 1 && len(out) > 0:
			from, to := int(out[len(out)-1]), int(words[0])
			for i := 1; i <= n; i++ {
				out = append(out, uint16(from+(to-from)*i/n))
			}
			words = words[1:]
		case op == 2 && len(words) >= 2 && depth == 0:
			offset := (int(words[0]) | int(words[1])<<16) / 2
			if offset >= len(all) {
				return nil
			}
			out = segments(all, offset, n, out, count)
			words = words[2:]
		default:
			return nil
		}
	}
	if len(out) > count {
		out = out[:count]
	}
	return out
}

// segments repeats n segments that start at a word of the table.
func segments(all []uint16, offset, n int, out []uint16, count int) []uint16 {
	words := all[offset:]
	for ; n > 0 && len(words) >= 3 && len(out) < count; n-- {
		size := 3
		if words[0] == 0 {
			size = 2 + int(words[1])
		}
		if words[0] > 1 || size > len(words) {
			return nil
		}
		out = run(all, words[:size], out, count, 1)
		words = words[size:]
	}
	return out
}
