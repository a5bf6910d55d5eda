package paper

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
)

// face is a font that text can be set in. A document uses the first of its faces that has a character.
type face struct {
	family string
	data   []byte // a TrueType file; nil: PDF's own Helvetica, in Windows-1252
	chars  charset
}

// fonts for Chinese and for Latin letters, in order of liking, by where the packages put them. The Chinese fallback font has no
// Latin letters, so two are needed.
var (
	chinese = []string{
		"/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
		"/usr/share/fonts-droid-fallback/truetype/DroidSansFallback.ttf",
		"/usr/share/fonts/google-droid-sans-fonts/DroidSansFallbackFull.ttf",
		"/usr/share/fonts/droid/DroidSansFallbackFull.ttf",
		"/usr/share/fonts/TTF/DroidSansFallbackFull.ttf",
	}
	latin = []string{
		"/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
		"/usr/share/fonts/truetype/liberation2/LiberationSans-Regular.ttf",
		"/usr/share/fonts/liberation-sans/LiberationSans-Regular.ttf",
	}
	symbols = []string{
		"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
		"/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
		"/usr/share/fonts/TTF/DejaVuSans.ttf",
	}
)

// ErrNoFont says that no Chinese font was found, and what to do.
var ErrNoFont = errors.New("no Chinese TrueType font for printing: install the package fonts-droid-fallback, or name a .ttf file with --font")

// loadFaces finds the fonts. path is the Chinese font; "" looks in the usual places.
func loadFaces(path string) ([]face, error) {
	candidates := chinese
	if path != "" {
		candidates = []string{path}
	}
	cjk, err := firstFace("cjk", candidates)
	switch {
	case err != nil && path != "":
		return nil, fmt.Errorf("font %s: %w", path, err)
	case err != nil:
		return nil, ErrNoFont
	case !cjk.chars.has('检') || !cjk.chars.has('。'):
		return nil, fmt.Errorf("font %s has no Chinese characters: %w", path, ErrNoFont)
	}
	var faces []face
	for family, places := range map[string][]string{"latin": latin, "symbols": symbols} {
		if f, err := firstFace(family, places); err == nil {
			faces = append(faces, f)
		}
	}
	slices.SortFunc(faces, func(a, b face) int { return len(a.family) - len(b.family) }) // latin before symbols
	// Latin letters first from a Latin font: those of a Chinese one, if it has any, are drawn for full squares.
	return append(faces, cjk, face{family: "Helvetica", chars: windows1252()}), nil
}

func firstFace(family string, paths []string) (face, error) {
	var last error = os.ErrNotExist
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			last = err
			continue
		}
		chars, err := readCharset(data)
		if err != nil {
			last = err
			continue
		}
		return face{family: family, data: data, chars: chars}, nil
	}
	return face{}, last
}

// charset is a set of characters as sorted ranges.
type charset []span

type span struct{ from, to rune }

func (c charset) has(r rune) bool {
	_, found := slices.BinarySearchFunc(c, r, func(s span, r rune) int {
		switch {
		case s.to < r:
			return -1
		case s.from > r:
			return 1
		}
		return 0
	})
	return found
}

func windows1252() charset { return charset{{0x20, 0x7E}, {0xA0, 0xFF}} }

var errNotTrueType = errors.New("not a TrueType font (glyf outlines, a single face)")

// readCharset reads which characters a TrueType file has: the cmap table in format 4 or 12 (ISO/IEC 14496-22, 5.2.1).
func readCharset(file []byte) (charset, error) {
	cmap, ok := table(file, "cmap")
	if _, glyf := table(file, "glyf"); !ok || !glyf {
		return nil, errNotTrueType
	}
	var best charset
	for i := range int(u16(cmap, 2)) {
		record := 4 + 8*i
		if platform := u16(cmap, record); platform != 0 && platform != 3 {
			continue
		}
		at := int(u32(cmap, record+4))
		if at >= len(cmap) {
			continue
		}
		var set charset
		switch sub := cmap[at:]; u16(sub, 0) {
		case 4:
			set = format4(sub)
		case 12:
			set = format12(sub)
		}
		if len(set) > len(best) {
			best = set
		}
	}
	if len(best) == 0 {
		return nil, errNotTrueType
	}
	slices.SortFunc(best, func(a, b span) int { return int(a.from - b.from) })
	return best, nil
}

func format4(sub []byte) (set charset) {
	segments := int(u16(sub, 6)) / 2
	for i := range segments {
		end, start := u16(sub, 14+2*i), u16(sub, 16+2*segments+2*i)
		if start <= end && end != 0xFFFF {
			set = append(set, span{rune(start), rune(end)})
		}
	}
	return set
}

func format12(sub []byte) (set charset) {
	for i := range min(int(u32(sub, 12)), (len(sub)-16)/12) {
		from, to := u32(sub, 16+12*i), u32(sub, 20+12*i)
		if from <= to && to <= 0x10FFFF {
			set = append(set, span{rune(from), rune(to)})
		}
	}
	return set
}

func table(file []byte, tag string) ([]byte, bool) {
	if v := u32(file, 0); v != 0x00010000 && v != 0x74727565 {
		return nil, false
	}
	for i := range int(u16(file, 4)) {
		entry := 12 + 16*i
		if entry+16 > len(file) || string(file[entry:entry+4]) != tag {
			continue
		}
		from, size := int(u32(file, entry+8)), int(u32(file, entry+12))
		if from+size > len(file) {
			return nil, false
		}
		return file[from : from+size], true
	}
	return nil, false
}

func u16(b []byte, at int) uint16 {
	if at+2 > len(b) {
		return 0
	}
	return binary.BigEndian.Uint16(b[at:])
}

func u32(b []byte, at int) uint32 {
	if at+4 > len(b) {
		return 0
	}
	return binary.BigEndian.Uint32(b[at:])
}
