package pixel

import (
	"image"
	"image/draw"
	"io"
)

// jpegEncoder writes baseline JPEG (ISO 10918-1 annex F) of grey, or of colour with the two differences at half the size each way.
type jpegEncoder struct {
	w      io.Writer
	bits   bitWriter
	scale  [2][64]float32 // of the transformed values, by table: the DCT's own and the inverse of the quantisation
	codes  [4]*huffmanCode
	last   [3]int32
	blocks [6][64]float32 // of an MCU: four of luminance, or one, and one of each difference
}

// EncodeJPEG writes a picture as baseline JPEG; quality from 1 to 100, 0 is 90.
func EncodeJPEG(w io.Writer, img image.Image, quality int) error {
	if quality <= 0 || quality > 100 {
		quality = 90
	}
	e := &jpegEncoder{w: w}
	size := img.Bounds().Size()
	if size.X < 1 || size.Y < 1 || size.X > 0xFFFF || size.Y > 0xFFFF {
		return invalid("a picture of %d by %d", size.X, size.Y)
	}
	switch img := img.(type) {
	case *image.Gray:
		e.header(size, 1, quality)
		return e.gray(img, size)
	case *image.RGBA:
		e.header(size, 3, quality)
		return e.colour(img, size)
	}
	rgba := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(rgba, rgba.Rect, img, img.Bounds().Min, draw.Src)
	e.header(size, 3, quality)
	return e.colour(rgba, size)
}

// header writes everything before the first scan.
func (e *jpegEncoder) header(size image.Point, components, quality int) {
	tables := min(components, 2)
	out := []byte{0xFF, mSOI, 0xFF, mAPP0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0}
	for t := range tables {
		out = append(out, 0xFF, mDQT, 0, 67, byte(t))
		for _, at := range zigzag {
			q := quantiser(jpegQuantisation[t][at], quality)
			out = append(out, byte(q))
			e.scale[t][at] = 1 / (float32(q) * 8 * aanScale[at/8] * aanScale[at%8])
		}
	}
	out = append(out, 0xFF, mSOF0, 0, byte(8+3*components), 8, byte(size.Y>>8), byte(size.Y), byte(size.X>>8), byte(size.X), byte(components))
	for c := range components {
		sampling := byte(0x11)
		if components == 3 && c == 0 {
			sampling = 0x22
		}
		out = append(out, byte(c+1), sampling, byte(min(c, 1)))
	}
	for t := range 2 * tables {
		h := standardCode(t)
		e.codes[t] = h
		out = append(out, 0xFF, mDHT, 0, byte(2+17+len(h.values)), byte(t%2<<4|t/2))
		out = append(append(out, h.counts[:]...), h.values...)
	}
	out = append(out, 0xFF, mSOS, 0, byte(6+2*components), byte(components))
	for c := range components {
		out = append(out, byte(c+1), byte(min(c, 1)*0x11))
	}
	e.bits.out = append(out, 0, 63, 0)
}

// quantiser scales a value of the tables of annex K to a quality, in the way that everyone has come to expect.
func quantiser(v uint8, quality int) int {
	factor := 200 - 2*quality
	if quality < 50 {
		factor = 5000 / quality
	}
	return min(max((int(v)*factor+50)/100, 1), 255)
}

// flush hands on what is written, so that a picture of any size takes little memory.
func (e *jpegEncoder) flush() error {
	_, err := e.w.Write(e.bits.out)
	e.bits.out = e.bits.out[:0]
	return err
}

func (e *jpegEncoder) end() error {
	e.bits.flush()
	e.bits.out = append(e.bits.out, 0xFF, mEOI)
	return e.flush()
}

func (e *jpegEncoder) gray(img *image.Gray, size image.Point) error {
	b := &e.blocks[0]
	for y := 0; y < size.Y; y += 8 {
		for x := 0; x < size.X; x += 8 {
			for v := range 8 {
				row := img.Pix[min(y+v, size.Y-1)*img.Stride:][:size.X]
				line := b[8*v : 8*v+8]
				if x+8 <= size.X {
					for u, p := range row[x : x+8] {
						line[u] = float32(p) - 128
					}
					continue
				}
				for u := range line {
					line[u] = float32(row[min(x+u, size.X-1)]) - 128
				}
			}
			e.block(b, 0, 0)
		}
		if err := e.flush(); err != nil {
			return err
		}
	}
	return e.end()
}

func (e *jpegEncoder) colour(img *image.RGBA, size image.Point) error {
	for y := 0; y < size.Y; y += 16 {
		for x := 0; x < size.X; x += 16 {
			e.gather(img, size, x, y)
			for i := range 4 {
				e.block(&e.blocks[i], 0, 0)
			}
			e.block(&e.blocks[4], 1, 1)
			e.block(&e.blocks[5], 2, 1)
		}
		if err := e.flush(); err != nil {
			return err
		}
	}
	return e.end()
}

// gather fills the blocks of an MCU of 16 by 16 pixels (PS3.3 C.7.6.3.1.2 YBR_FULL), pixels beyond the edge like those at it.
func (e *jpegEncoder) gather(img *image.RGBA, size image.Point, x, y int) {
	clear(e.blocks[4][:])
	clear(e.blocks[5][:])
	for v := range 16 {
		row := img.Pix[min(y+v, size.Y-1)*img.Stride:][:4*size.X]
		for u := range 16 {
			p := row[4*min(x+u, size.X-1):][:3]
			r, g, b := float32(p[0]), float32(p[1]), float32(p[2])
			e.blocks[v/8*2+u/8][v%8*8+u%8] = 0.299*r + 0.587*g + 0.114*b - 128
			at := v/2*8 + u/2
			e.blocks[4][at] += (-0.168736*r - 0.331264*g + 0.5*b) / 4
			e.blocks[5][at] += (0.5*r - 0.418688*g - 0.081312*b) / 4
		}
	}
}

// block transforms, quantises and codes one block (F.1.2).
func (e *jpegEncoder) block(b *[64]float32, component, table int) {
	forwardDCT(b)
	scale := &e.scale[table]
	var q [64]int32
	for i, at := range zigzag {
		q[i] = int32(b[at]*scale[at]+16384.5) - 16384
	}
	dc, ac := e.codes[2*table], e.codes[2*table+1]
	d := q[0] - e.last[component]
	e.last[component] = q[0]
	e.coefficient(dc, 0, d)
	run := 0
	for _, v := range q[1:] {
		if v == 0 {
			run++
			continue
		}
		for ; run > 15; run -= 16 {
			e.bits.put(uint32(ac.code[0xF0]), uint(ac.length[0xF0]))
		}
		e.coefficient(ac, run<<4, v)
		run = 0
	}
	if run > 0 {
		e.bits.put(uint32(ac.code[0]), uint(ac.length[0]))
	}
}

// coefficient writes a value behind the code of its size and of the zeros before it.
func (e *jpegEncoder) coefficient(h *huffmanCode, zeros int, v int32) {
	sign := v >> 31
	n := bitLength(uint32((v ^ sign) - sign))
	symbol := zeros | int(n)
	e.bits.put(uint32(h.code[symbol])<<n|uint32(v+sign)&(1<<n-1), uint(h.length[symbol])+n)
}
