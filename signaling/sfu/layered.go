package sfu

import "yilian/signaling/sfu/packet"

// layered reads what a dependency descriptor tells of a packet of AV1: its layers, and which choices of layers need it.
func (s *source) layered(u *unit, raw []byte) {
	d, err := packet.ParseDependency(raw, s.layers)
	if err != nil {
		return // such as one that came before what it relies on: it goes to everybody
	}
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
	own := s.layers.Target(int(d.Spatial), int(d.Temporal), 0)
	u.up = d.Temporal == 0 || d.Of(own) == packet.Switch
	for spatial := range maxSpatial {
		for temporal := range maxTemporal {
			if d.Of(s.layers.Target(spatial, temporal, s.active)) != packet.NotPresent {
				u.targets |= targetBit(spatial, temporal)
			}
		}
	}
}
