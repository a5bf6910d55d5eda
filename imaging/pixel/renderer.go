package pixel

import (
	"encoding/binary"
	"image"
	"io"
	"sync"
)

// Renderer makes pictures faster than Image.Render and EncodeJPEG alone do: with helpers, with tables that were made lately, and in
// memory that was used before. A nil *Renderer does without. It is safe for concurrent use and owns no goroutine between calls.
type Renderer struct {
	workers *Workers
	tables  tables
	memory  sync.Pool // *[]byte
}

// NewRenderer makes a Renderer whose calls start no more than so many helpers together.
func NewRenderer(helpers int) *Renderer { return &Renderer{workers: NewWorkers(helpers)} }

// EncodeJPEG is the function of that name.
func (r *Renderer) EncodeJPEG(w io.Writer, img image.Image, quality int) error {
	return r.helpers().EncodeJPEG(w, img, quality)
}

func (r *Renderer) helpers() *Workers {
	if r == nil {
		return nil
	}
	return r.workers
}

// Recycle takes back a picture that Image.Render made and nobody looks at any more. It changes when the next one is made.
func (r *Renderer) Recycle(img image.Image) {
	var pix []byte
	switch img := img.(type) {
	case *image.Gray:
		pix = img.Pix
	case *image.RGBA:
		pix = img.Pix
	}
	if r != nil && cap(pix) > 0 && cap(pix) <= maxMemory {
		r.memory.Put(&pix)
	}
}

// maxMemory bounds a picture that is kept for the next: more than a radiograph has.
const maxMemory = 16 << 20

// canvas gives memory for n samples. What was there before stands in it.
func (r *Renderer) canvas(n int) []byte {
	if r != nil {
		if b, ok := r.memory.Get().(*[]byte); ok && cap(*b) >= n {
			return (*b)[:n]
		}
	}
	return make([]byte, n)
}

// grayTable gives the grey of each raw sample of one or two bytes.
type grayTable [1 << 16]byte

// paint looks samples of two bytes up, eight at a time.
func (t *grayTable) paint(row, dst []byte) {
	for len(row) >= 16 && len(dst) >= 8 {
		a, b := binary.LittleEndian.Uint64(row), binary.LittleEndian.Uint64(row[8:])
		low := uint64(t[a&0xFFFF]) | uint64(t[a>>16&0xFFFF])<<8 | uint64(t[a>>32&0xFFFF])<<16 | uint64(t[a>>48])<<24
		high := uint64(t[b&0xFFFF]) | uint64(t[b>>16&0xFFFF])<<8 | uint64(t[b>>32&0xFFFF])<<16 | uint64(t[b>>48])<<24
		binary.LittleEndian.PutUint64(dst, low|high<<32)
		row, dst = row[16:], dst[8:]
	}
	for ; len(row) >= 2; row, dst = row[2:], dst[1:] {
		dst[0] = t[uint16(row[0])|uint16(row[1])<<8]
	}
}

// tableKey is all that a grayTable is made from, where no look-up table of the image takes part.
type tableKey struct {
	allocated, stored, high int
	signed, inverse, padded bool
	slope, intercept        float64
	padding                 Interval
	window                  Window
}

// maxTables bounds the tables that are kept: one a series and window that is being looked at.
const maxTables = 32

// tables are those that were made lately.
type tables struct {
	mu   sync.Mutex
	kept map[tableKey]*grayTable // guarded by mu; nil: asked for once
}

// of answers a table, made if it is not there. One that takes long is made only when it is asked for again: a window that is being
// moved asks once. It is nil then.
func (t *tables) of(key tableKey, long bool, fill func() *grayTable) *grayTable {
	t.mu.Lock()
	kept, known := t.kept[key]
	t.mu.Unlock()
	if kept != nil {
		return kept
	}
	var made *grayTable
	if known || !long {
		made = fill() // two may do so at the same time, with the same result
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for old := range t.kept { // any is as good as another
		if known || len(t.kept) < maxTables {
			break
		}
		delete(t.kept, old)
	}
	if t.kept == nil {
		t.kept = map[tableKey]*grayTable{}
	}
	t.kept[key] = made
	return made
}

// grayTable makes the table of all raw values, or finds it. Where it is not to be kept, only what occurs in some lines of the frame is
// filled in.
func (im *Image) grayTable(r *Renderer, f *Frame, g *grayscale, from, to int) *grayTable {
	if r != nil && g.lut == nil && im.ModalityLUT == nil && !g.ofFrame {
		key := tableKey{
			allocated: im.BitsAllocated, stored: im.BitsStored, high: im.HighBit, signed: im.Signed, inverse: g.inverse,
			slope: im.Slope, intercept: im.Intercept, window: g.window, padded: im.Padding != nil,
		}
		if im.Padding != nil {
			key.padding = *im.Padding
		}
		if table := r.tables.of(key, im.BitsStored > 12, func() *grayTable { return im.fullTable(g) }); table != nil {
			return table
		}
	}
	table := new(grayTable)
	im.each(f, from, to, func(raw int) { table[raw] = im.shade(g, im.stored(raw)) })
	return table
}

// fullTable computes each stored value once. Other bits of a raw sample do not matter (PS3.5 8.1.1).
func (im *Image) fullTable(g *grayscale) *grayTable {
	table := new(grayTable)
	bits, shift := im.BitsStored, im.HighBit+1-im.BitsStored
	if im.BitsAllocated == 1 {
		bits, shift = 1, 0
	}
	shades := make([]byte, 1<<bits)
	for v := range shades {
		shades[v] = im.shade(g, im.stored(v<<shift))
	}
	for raw := range table {
		table[raw] = shades[raw>>shift&(len(shades)-1)]
	}
	return table
}
