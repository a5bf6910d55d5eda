package packet

import "errors"

// Limits of a dependency descriptor (RTP Payload Format for AV1, A.8).
const (
	maxTemplates = 64
	maxTargets   = 32
)

// Indication is what a frame is to a decode target (A.4, table A.1).
type Indication uint8

// The indications.
const (
	NotPresent  Indication = iota // the target does not have the frame
	Discardable                   // nothing of the target depends on it
	Switch                        // the target can be decoded from it on
	Required
)

// Structure is what a sender tells with a key frame of the layers that follow: templates for its frames, and the decode targets that a receiver may choose from.
type Structure struct {
	Targets   []Target
	Heights   []int // of the spatial layers in pixels; none if not told
	offset    uint8
	templates []template
}

// Target is a subset of the layers that can be decoded: all frames up to a spatial and a temporal layer that it needs.
type Target struct{ Spatial, Temporal uint8 }

type template struct {
	spatial, temporal uint8
	targets           [maxTargets]Indication
}

// Dependency is what the descriptor of one packet tells of its frame (A.8.2).
type Dependency struct {
	Start, End        bool // first and last packet of the frame
	Number            uint16
	Spatial, Temporal uint8
	Structure         *Structure // not nil: a new one, with a key frame
	Active            uint32     // decode targets that are sent, if told; 0: as before
	indications       [maxTargets]Indication
	targets           int
	maskAt, maskEnd   int // in bits, where Active stands, or would
}

// Of is what the frame is to a decode target.
func (d *Dependency) Of(target int) Indication {
	if target < 0 || target >= d.targets {
		return NotPresent
	}
	return d.indications[target]
}

// ErrDependency tells that a dependency descriptor cannot be read.
var ErrDependency = errors.New("malformed dependency descriptor")

// ParseDependency reads a dependency descriptor. known is the structure that was told last, nil if none was: a descriptor that relies on it is malformed then.
func ParseDependency(b []byte, known *Structure) (d Dependency, err error) {
	r := bits{b: b}
	d.Start, d.End = r.flag(), r.flag()
	id := uint8(r.take(6))
	d.Number = uint16(r.take(16))
	var customTargets bool
	if len(b) > 3 {
		structured, active := r.flag(), r.flag()
		customTargets = r.flag()
		r.take(2) // other distances to the frames it depends on, and other chains, come last and are not needed
		if structured {
			d.Structure = r.structure()
			known = d.Structure
		}
		d.maskAt = r.at
		if active && known != nil {
			d.Active = r.take(len(known.Targets))
		}
		d.maskEnd = r.at
	}
	if known == nil || r.short {
		return Dependency{}, ErrDependency
	}
	index := int(id+maxTemplates-known.offset) % maxTemplates
	if index >= len(known.templates) {
		return Dependency{}, ErrDependency
	}
	t := &known.templates[index]
	d.Spatial, d.Temporal, d.indications, d.targets = t.spatial, t.temporal, t.targets, len(known.Targets)
	if customTargets {
		for i := range d.targets {
			d.indications[i] = Indication(r.take(2))
		}
	}
	if r.short {
		return Dependency{}, ErrDependency
	}
	return d, nil
}

// structure reads template_dependency_structure (A.8.2).
func (r *bits) structure() *Structure {
	s := &Structure{offset: uint8(r.take(6))}
	s.Targets = make([]Target, r.take(5)+1)
	s.layers(r)
	for i := range s.templates {
		for t := range s.Targets {
			s.templates[i].targets[t] = Indication(r.take(2))
		}
	}
	for range s.templates { // frame distances
		for r.flag() {
			r.take(4)
		}
	}
	if chains := r.nonSymmetric(uint32(len(s.Targets)) + 1); chains > 0 {
		for range s.Targets {
			r.nonSymmetric(chains)
		}
		for range s.templates {
			for range chains {
				r.take(4)
			}
		}
	}
	for t := range s.Targets {
		for i := range s.templates {
			if x := &s.templates[i]; x.targets[t] != NotPresent {
				s.Targets[t].Spatial, s.Targets[t].Temporal = max(s.Targets[t].Spatial, x.spatial), max(s.Targets[t].Temporal, x.temporal)
			}
		}
	}
	if r.flag() && len(s.templates) > 0 { // resolutions
		for range s.templates[len(s.templates)-1].spatial + 1 {
			r.take(16)
			s.Heights = append(s.Heights, int(r.take(16))+1)
		}
	}
	return s
}

// layers reads template_layers (A.8.2).
func (s *Structure) layers(r *bits) {
	const same, temporal, spatial, end = 0, 1, 2, 3
	var t template
	for len(s.templates) < maxTemplates && !r.short {
		s.templates = append(s.templates, t)
		switch r.take(2) {
		case temporal:
			t.temporal++
		case spatial:
			t.spatial, t.temporal = t.spatial+1, 0
		case end:
			return
		case same:
		}
	}
	r.short = true
}

// Target finds the best decode target up to a spatial and a temporal layer: the sharpest, then the most fluent; -1 if there is none. Only those count whose bit
// is set in active, or all if none is.
func (s *Structure) Target(spatial, temporal int, active uint32) int {
	best := -1
	for i, t := range s.Targets {
		if active != 0 && active>>i&1 == 0 || int(t.Spatial) > spatial || int(t.Temporal) > temporal {
			continue
		}
		if best < 0 || t.Spatial > s.Targets[best].Spatial || t.Spatial == s.Targets[best].Spatial && t.Temporal > s.Targets[best].Temporal {
			best = i
		}
	}
	return best
}

// bits reads bit by bit, the highest first. Behind the end it gives zeros and is short.
type bits struct {
	b     []byte
	at    int
	short bool
}

func (r *bits) take(n int) (v uint32) {
	if r.at+n > 8*len(r.b) {
		r.short = true
		return 0
	}
	for range n {
		v = v<<1 | uint32(r.b[r.at>>3]>>(7-r.at&7)&1)
		r.at++
	}
	return v
}

func (r *bits) flag() bool { return r.take(1) == 1 }

// nonSymmetric reads a number below n (AV1 4.10.7).
func (r *bits) nonSymmetric(n uint32) uint32 {
	w := 0
	for x := n; x != 0; x >>= 1 {
		w++
	}
	m := uint32(1)<<w - n
	v := r.take(w - 1)
	if v < m {
		return v
	}
	return v<<1 - m + r.take(1)
}
