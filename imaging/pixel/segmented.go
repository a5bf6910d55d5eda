package pixel

import "yilian/imaging/dicom"

// segmented is look-up table data in segments (PS3.3 C.7.9.2), as the units that they are made of.
type segmented struct {
	units []uint16
	bytes bool // units of 8 bits
	count int  // entries wanted
	out   []uint16
}

// Segment types.
const (
	discrete = 0
	linear   = 1
	indirect = 2 // a copy of earlier segments
)

func newSegmented(d *dicom.Dataset, e *dicom.Element, bits int) *segmented {
	s := &segmented{bytes: bits <= 8}
	if !s.bytes {
		s.units = dicom.Words(d, e)
		return s
	}
	for _, v := range e.Value {
		s.units = append(s.units, uint16(v))
	}
	return s
}

// expand gives the entries, nil when the segments are damaged.
func (s *segmented) expand(count int) []uint16 {
	s.count, s.out = count, make([]uint16, 0, count)
	if !s.run(s.units, false) {
		return nil
	}
	return s.out[:min(len(s.out), count)]
}

func (s *segmented) run(units []uint16, copied bool) bool {
	for len(units) >= 2 && len(s.out) < s.count {
		op, n := units[0], int(units[1])
		units = units[2:]
		used := 0
		switch {
		case op == discrete && len(units) >= n:
			s.out = append(s.out, units[:n]...)
			used = n
		case op == linear && len(units) >= 1 && len(s.out) > 0:
			s.ramp(n, int(units[0]))
			used = 1
		case op == indirect && len(units) >= s.offsetUnits() && !copied:
			if !s.repeat(units, n) {
				return false
			}
			used = s.offsetUnits()
		default:
			return false
		}
		units = units[used:]
	}
	return true
}

// ramp goes from the last entry to another in n steps.
func (s *segmented) ramp(n, to int) {
	from := int(s.out[len(s.out)-1])
	for i := 1; i <= n; i++ {
		s.out = append(s.out, uint16(from+(to-from)*i/n))
	}
}

// offsetUnits is the number of units in an offset of 32 bits.
func (s *segmented) offsetUnits() int {
	if s.bytes {
		return 4
	}
	return 2
}

// repeat runs n segments again that begin at an offset in bytes.
func (s *segmented) repeat(offset []uint16, n int) bool {
	at := 0
	if s.bytes {
		at = int(offset[0]) | int(offset[1])<<8 | int(offset[2])<<16 | int(offset[3])<<24
	} else {
		at = (int(offset[0]) | int(offset[1])<<16) / 2
	}
	if at >= len(s.units) {
		return false
	}
	units := s.units[at:]
	for ; n > 0 && len(units) >= 3 && len(s.out) < s.count; n-- {
		size := 3
		if units[0] == discrete {
			size = 2 + int(units[1])
		}
		if units[0] > linear || size > len(units) || !s.run(units[:size], true) {
			return false
		}
		units = units[size:]
	}
	return true
}
