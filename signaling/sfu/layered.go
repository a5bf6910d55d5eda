package sfu

import (
	"cmp"
	"encoding/binary"

	"yilian/signaling/sfu/packet"
)

// layered reads what a dependency descriptor tells of a packet of AV1: its layers, and which choices of layers need it.
func (s *source) layered(u *unit, raw []byte) {
	d, err := packet.ParseDependency(raw, s.layers)
	if err != nil {
		return // such as one that came before what it relies on: it goes to everybody
	}
	s.told = d
	u.told, u.descriptor = &s.told, raw
	if d.Structure != nil {
		s.layers, s.active = d.Structure, 0
		if n := len(d.Structure.Heights); n > 0 {
			s.height.Store(int32(d.Structure.Heights[n-1]))
		}
	}
	if d.Active != 0 {
		s.active = d.Active
	}
	u.key, u.begin, u.end = d.Structure != nil && d.Start, d.Start, d.End
	u.spatial, u.temporal = d.Spatial, d.Temporal
	for spatial := range maxSpatial {
		for temporal := range maxTemporal {
			switch d.Of(s.layers.Target(spatial, temporal, s.active)) {
			case packet.NotPresent:
				continue
			case packet.Switch:
				u.switches |= targetBit(spatial, temporal)
			}
			u.targets |= targetBit(spatial, temporal)
		}
	}
}

// descriptor gives the dependency descriptor of a packet as it goes out: with numbers that go on over a change of stream, and with the layers that can be decoded
// from what the receiver gets, as long as that is not everything. It is called in the read loop of src, s.mu is held.
func (s *slot) descriptor(src *source, u *unit) []byte {
	if u.told == nil || !s.describes {
		return nil
	}
	number := s.numbering.Number(u.told.Number)
	target, top := src.layers.Target(s.layers.spatial, s.layers.temporal, src.active), src.layers.Target(maxSpatial, maxTemporal, src.active)
	if s.narrowed = target != top || s.narrowed && u.told.Structure == nil; !s.narrowed || !u.told.Start {
		return packet.Renumber(u.descriptor, number, s.described[:])
	}
	active := src.layers.Reach(target)
	if target == top {
		active = cmp.Or(src.active, 1<<len(src.layers.Targets)-1)
	}
	return u.told.Narrow(u.descriptor, number, active, s.described[:])
}

// repeated gives the descriptor of a packet of the cache that is sent again; s.mu is held.
func (s *slot) repeated(raw []byte) []byte {
	d := packet.Extension(raw, s.now.depends)
	if len(d) < 3 || !s.describes {
		return nil
	}
	return packet.Renumber(d, s.numbering.Number(binary.BigEndian.Uint16(d[1:])), s.described[:])
}
