package record

// sequence is what a player has to know of a sequence header (AV1 5.5) before the first frame.
type sequence struct {
	profile, level, tier  uint32
	high, twelve, mono    uint32
	subX, subY, placement uint32
	width, height         int
}

// read reads a sequence header OBU with a size field; it is not ok if that is cut off or makes no sense.
func (s *sequence) read(o []byte) bool {
	head := 1
	if len(o) > 0 && o[0]&0x04 != 0 {
		head++
	}
	if len(o) < head {
		return false
	}
	_, used := leb128(o[head:])
	b := &bits{data: o[head+used:]}
	s.profile = b.read(3)
	b.read(1) // still_picture
	reduced := b.read(1) == 1
	if reduced {
		s.level = b.read(5)
	} else {
		s.points(b)
	}
	wide, high := int(b.read(4))+1, int(b.read(4))+1
	s.width, s.height = int(b.read(wide))+1, int(b.read(high))+1
	if !reduced && b.read(1) == 1 { // frame_id_numbers_present_flag
		b.read(4 + 3)
	}
	b.read(3) // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
	if !reduced {
		tools(b)
	}
	b.read(3) // enable_superres, enable_cdef, enable_restoration
	s.colour(b)
	return !b.over && s.profile <= 2 && s.width <= 16384 && s.height <= 16384
}

// points reads timing and operating points, of which the first is what a player begins with.
func (s *sequence) points(b *bits) {
	delay, model := 0, false
	if b.read(1) == 1 { // timing_info
		b.read(32)
		b.read(32)
		if b.read(1) == 1 {
			b.golomb() // num_ticks_per_picture_minus_1: uvlc is what Exp-Golomb is
		}
		if model = b.read(1) == 1; model {
			delay = int(b.read(5)) + 1
			b.read(32)
			b.read(5 + 5)
		}
	}
	display := b.read(1) == 1
	count := int(b.read(5)) + 1
	for i := range count {
		b.read(12) // operating_point_idc
		level, tier := b.read(5), uint32(0)
		if level > 7 {
			tier = b.read(1)
		}
		if i == 0 {
			s.level, s.tier = level, tier
		}
		if model && b.read(1) == 1 {
			b.read(delay)
			b.read(delay)
			b.read(1)
		}
		if display && b.read(1) == 1 {
			b.read(4)
		}
	}
}

// tools skips what only a decoder needs.
func tools(b *bits) {
	b.read(4) // interintra_compound, masked_compound, warped_motion, dual_filter
	order := b.read(1) == 1
	if order {
		b.read(2) // jnt_comp, ref_frame_mvs
	}
	const choose = 2
	screen := uint32(choose)
	if b.read(1) == 0 {
		screen = b.read(1)
	}
	if screen > 0 && b.read(1) == 0 {
		b.read(1) // seq_force_integer_mv
	}
	if order {
		b.read(3)
	}
}

// colour reads color_config (AV1 5.5.2).
func (s *sequence) colour(b *bits) {
	if s.high = b.read(1); s.high == 1 && s.profile == 2 {
		s.twelve = b.read(1)
	}
	if s.profile != 1 {
		s.mono = b.read(1)
	}
	var primaries, transfer, matrix uint32 = 2, 2, 2 // unspecified
	if b.read(1) == 1 {
		primaries, transfer, matrix = b.read(8), b.read(8), b.read(8)
	}
	if s.mono == 1 {
		b.read(1) // color_range
		s.subX, s.subY = 1, 1
		return
	}
	if primaries == 1 && transfer == 13 && matrix == 0 { // sRGB
		return
	}
	b.read(1) // color_range
	switch {
	case s.profile == 0:
		s.subX, s.subY = 1, 1
	case s.profile == 2 && s.twelve == 1:
		if s.subX = b.read(1); s.subX == 1 {
			s.subY = b.read(1)
		}
	case s.profile == 2:
		s.subX = 1
	}
	if s.subX == 1 && s.subY == 1 {
		s.placement = b.read(2)
	}
}

// configuration is the AV1CodecConfigurationRecord (AV1 in ISOBMFF 2.3.3) up to the OBUs.
func (s *sequence) configuration() []byte {
	return []byte{
		0x81,
		byte(s.profile<<5 | s.level),
		byte(s.tier<<7 | s.high<<6 | s.twelve<<5 | s.mono<<4 | s.subX<<3 | s.subY<<2 | s.placement),
		0,
	}
}
