package sfu

// filter lets the chosen layers of a stream through. Layers change only where the decoder can follow: a spatial layer comes in with a key frame and goes with
// any new frame, a temporal one comes in where it says so.
type filter struct {
	maxSpatial, maxTemporal int // what should go out
	spatial, temporal       int // what does
	spatialLayers           bool
	skipped                 bool   // frames of a smaller layer were left out: only a key frame leads down to it
	dropped                 uint16 // number of the last picture that was left out
	anyDropped              bool
}

// everything lets all layers through.
var everything = filter{maxSpatial: maxSpatial, maxTemporal: maxTemporal, spatial: maxSpatial, temporal: maxTemporal}

// aim takes what should go out of another filter.
func (f *filter) aim(to filter) {
	f.maxSpatial, f.maxTemporal = to.maxSpatial, to.maxTemporal
}

// waits tells that a key frame would bring what should go out and does not.
func (f *filter) waits() bool {
	return f.spatialLayers && (f.spatial < f.maxSpatial || f.skipped && f.spatial > f.maxSpatial)
}

// start begins a stream with a key frame.
func (f *filter) start() {
	f.spatial, f.temporal, f.spatialLayers, f.anyDropped, f.skipped = f.maxSpatial, f.maxTemporal, false, false, false
}

// pass tells whether a packet goes out, and whether it is the last of its picture then. Packets come in order, but for a few.
func (f *filter) pass(u *unit) (ok, last bool) {
	if u.spatial > 0 {
		f.spatialLayers = true
	}
	switch {
	case u.key:
		f.spatial, f.temporal, f.skipped = f.maxSpatial, f.maxTemporal, false
	case u.begin:
		f.temporal = min(f.temporal, f.maxTemporal)
		if u.spatial == 0 && !f.skipped {
			f.spatial = min(f.spatial, f.maxSpatial)
		}
		if t := int(u.temporal); t > f.temporal && t <= f.maxTemporal && (u.up || u.step && t == f.temporal+1) {
			f.temporal = t
		}
		for t := f.maxTemporal; t > f.temporal; t-- {
			if u.switches&targetBit(f.spatial, t) != 0 {
				f.temporal = t
			}
		}
	}
	ok = int(u.spatial) <= f.spatial && int(u.temporal) <= f.temporal
	if ok && u.targets != 0 && u.targets&targetBit(f.spatial, f.temporal) == 0 {
		ok, f.skipped = false, f.skipped || int(u.spatial) < f.spatial
	}
	return ok, u.Marker || u.end && int(u.spatial) == f.spatial
}

// leave takes note of a packet that was left out, and tells whether it is the first of its picture.
func (f *filter) leave(picture uint16) bool {
	first := !f.anyDropped || f.dropped != picture
	f.dropped, f.anyDropped = picture, true
	return first
}

// targetBit is the place of a choice of layers in unit.targets.
func targetBit(spatial, temporal int) uint16 {
	return 1 << (min(spatial, maxSpatial-1)*maxTemporal + min(temporal, maxTemporal-1))
}
