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
	if signed && first >= 1<<15 { // an SS that was written, or looked up, as US
		first -= 1 << 16
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

// covers tells whether the table has an entry of its own for a value.
func (l *LUT) covers(v int) bool { return v >= l.First && v-l.First < len(l.Data) }

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
		data = newSegmented(d, e, bits).expand(count)
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
