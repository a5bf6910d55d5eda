package label

import (
	"encoding/binary"
	"errors"
	"math"
	"sync"
)

// Font is a parsed TrueType font. It is safe for concurrent use.
type Font struct {
	loca, glyf, hmtx []byte
	units            float64 // per em
	ascent, descent  float64 // in units; descent is below 0
	metrics          int     // entries of hmtx with an advance
	longLoca         bool
	glyphs           int
	chars            map[rune]uint16

	mu    sync.Mutex
	cache map[uint16]outline // guarded by mu
}

var errFont = errors.New("label: not a TrueType font with outlines of its own")

// Parse reads a font file. The bytes are kept.
func Parse(b []byte) (*Font, error) {
	if len(b) < 12 || binary.BigEndian.Uint32(b) != 0x00010000 {
		return nil, errFont
	}
	tables := map[string][]byte{}
	for i := range int(binary.BigEndian.Uint16(b[4:])) {
		entry := slice(b, 12+16*i, 16)
		if len(entry) < 16 {
			return nil, errFont
		}
		tables[string(entry[:4])] = slice(b, int(u32(entry, 8)), int(u32(entry, 12)))
	}
	head, hhea := tables["head"], tables["hhea"]
	f := &Font{
		loca: tables["loca"], glyf: tables["glyf"], hmtx: tables["hmtx"], units: float64(u16(head, 18)), longLoca: u16(head, 50) != 0,
		ascent: float64(i16(hhea, 4)), descent: float64(i16(hhea, 6)), metrics: int(u16(hhea, 34)), glyphs: int(u16(tables["maxp"], 4)),
		chars: map[rune]uint16{}, cache: map[uint16]outline{},
	}
	if f.units == 0 || len(f.glyf) == 0 || len(f.loca) == 0 || f.metrics == 0 {
		return nil, errFont
	}
	f.readChars(tables["cmap"])
	return f, nil
}

// Has tells whether the font draws a character.
func (f *Font) Has(r rune) bool { return f.chars[r] != 0 }

// readChars reads the character maps of Unicode (formats 4 and 12).
func (f *Font) readChars(cmap []byte) {
	for i := range int(u16(cmap, 2)) {
		platform, offset := u16(cmap, 4+8*i), int(u32(cmap, 8+8*i))
		if platform != 0 && platform != 3 || offset > len(cmap) {
			continue
		}
		switch t := cmap[offset:]; u16(t, 0) {
		case 4:
			f.readSegments(t)
		case 12:
			for g := range min(int(u32(t, 12)), len(t)/12) {
				first, last, glyph := u32(t, 16+12*g), u32(t, 20+12*g), u32(t, 24+12*g)
				for c := first; c <= last && c-first < 0x10000; c++ {
					f.chars[rune(c)] = uint16(glyph + c - first)
				}
			}
		}
	}
}

func (f *Font) readSegments(t []byte) {
	n := int(u16(t, 6)) / 2
	for s := range n {
		last, first := int(u16(t, 14+2*s)), int(u16(t, 16+2*n+2*s))
		delta, at := u16(t, 16+4*n+2*s), 16+6*n+2*s
		offset := int(u16(t, at))
		for c := first; c <= last && c < 0xFFFF; c++ {
			glyph := uint16(c) + delta
			if offset != 0 {
				if glyph = u16(t, at+offset+2*(c-first)); glyph != 0 {
					glyph += delta
				}
			}
			if glyph != 0 {
				f.chars[rune(c)] = glyph
			}
		}
	}
}

// advance is how far the next glyph stands, in units.
func (f *Font) advance(glyph uint16) float64 {
	return float64(u16(f.hmtx, 4*min(int(glyph), f.metrics-1)))
}

// point is one of an outline, in units; y grows upwards.
type point struct {
	x, y float64
	on   bool // the curve goes through it
}

// outline is a list of closed curves.
type outline [][]point

func (f *Font) outline(glyph uint16) outline {
	f.mu.Lock()
	defer f.mu.Unlock()
	o, ok := f.cache[glyph]
	if !ok {
		o = f.read(glyph, 0)
		f.cache[glyph] = o
	}
	return o
}

// maxDepth is how deep glyphs may be made of glyphs.
const maxDepth = 6

func (f *Font) read(glyph uint16, depth int) outline {
	from, to := f.place(int(glyph)), f.place(int(glyph)+1)
	g := slice(f.glyf, from, to-from)
	if len(g) < 10 || depth > maxDepth {
		return nil
	}
	if n := int(i16(g, 0)); n >= 0 {
		return readCurves(g, n)
	}
	return f.readParts(g, depth)
}

func (f *Font) place(glyph int) int {
	if f.longLoca {
		return int(u32(f.loca, 4*glyph))
	}
	return 2 * int(u16(f.loca, 2*glyph))
}

// readCurves reads a glyph of its own (glyf, simple glyph description).
func readCurves(g []byte, curves int) outline {
	ends := make([]int, curves)
	for i := range ends {
		ends[i] = int(u16(g, 10+2*i))
	}
	if curves == 0 {
		return nil
	}
	n := ends[curves-1] + 1
	at := 10 + 2*curves
	at += 2 + int(u16(g, at)) // instructions
	flags := make([]byte, 0, n)
	for len(flags) < n && at < len(g) {
		flag := g[at]
		at++
		repeat := 1
		if flag&8 != 0 && at < len(g) {
			repeat += int(g[at])
			at++
		}
		for range repeat {
			flags = append(flags, flag)
		}
	}
	if len(flags) < n {
		return nil
	}
	points := make([]point, n)
	at = coordinates(g, at, flags[:n], 2, 16, func(i int, v float64) { points[i].x = v })
	coordinates(g, at, flags[:n], 4, 32, func(i int, v float64) { points[i].y = v })
	var o outline
	from := 0
	for _, end := range ends {
		if end < from || end >= n {
			return o
		}
		o = append(o, points[from:end+1])
		from = end + 1
	}
	for i, flag := range flags[:n] {
		points[i].on = flag&1 != 0
	}
	return o
}

// coordinates reads one axis; short and same are its bits in the flags.
func coordinates(g []byte, at int, flags []byte, short, same byte, set func(int, float64)) int {
	v := 0
	for i, flag := range flags {
		switch {
		case flag&short != 0:
			d := int(u8(g, at))
			at++
			if flag&same == 0 {
				d = -d
			}
			v += d
		case flag&same == 0:
			v += int(i16(g, at))
			at += 2
		}
		set(i, float64(v))
	}
	return at
}

// readParts reads a glyph that is made of others.
func (f *Font) readParts(g []byte, depth int) (o outline) {
	for at := 10; at < len(g); {
		flags, glyph := u16(g, at), u16(g, at+2)
		at += 4
		var dx, dy float64
		if flags&1 != 0 {
			dx, dy = float64(i16(g, at)), float64(i16(g, at+2))
			at += 4
		} else {
			dx, dy = float64(int8(u8(g, at))), float64(int8(u8(g, at+1)))
			at += 2
		}
		xx, xy, yx, yy := 1.0, 0.0, 0.0, 1.0
		switch {
		case flags&0x08 != 0:
			xx = fixed(g, at)
			yy = xx
			at += 2
		case flags&0x40 != 0:
			xx, yy = fixed(g, at), fixed(g, at+2)
			at += 4
		case flags&0x80 != 0:
			xx, xy, yx, yy = fixed(g, at), fixed(g, at+2), fixed(g, at+4), fixed(g, at+6)
			at += 8
		}
		if flags&2 == 0 {
			dx, dy = 0, 0 // placed by points, which no font here needs
		}
		for _, curve := range f.read(glyph, depth+1) {
			moved := make([]point, len(curve))
			for i, p := range curve {
				moved[i] = point{p.x*xx + p.y*yx + dx, p.x*xy + p.y*yy + dy, p.on}
			}
			o = append(o, moved)
		}
		if flags&0x20 == 0 {
			break
		}
	}
	return o
}

// The readers answer 0 behind the end.

func slice(b []byte, from, n int) []byte {
	if from < 0 || n < 0 || from > len(b) || n > len(b)-from {
		return nil
	}
	return b[from : from+n]
}

func u8(b []byte, at int) byte {
	if at < 0 || at >= len(b) {
		return 0
	}
	return b[at]
}

func u16(b []byte, at int) uint16 { return uint16(u8(b, at))<<8 | uint16(u8(b, at+1)) }
func i16(b []byte, at int) int16  { return int16(u16(b, at)) }
func u32(b []byte, at int) uint32 { return uint32(u16(b, at))<<16 | uint32(u16(b, at+2)) }

// fixed is F2Dot14.
func fixed(b []byte, at int) float64 { return float64(i16(b, at)) / (1 << 14) }

// round keeps metrics on whole pixels.
func round(v float64) float64 { return math.Round(v) }
