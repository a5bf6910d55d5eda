package pixel

import (
	"image"
	"image/draw"
	"io"
)

// jpegPlan is what all parts of a picture are written by: baseline JPEG (ISO 10918-1 annex F) of grey, or of colour with the two
// differences at half the size each way. It is not changed once the header is written.
type jpegPlan struct {
	size   image.Point
	gray   *image.Gray // one of these
	colour *image.RGBA
	ycc    *yccTables
	scale  [2][64]float32 // of the transformed values by column, by table: the DCT's own and the inverse of the quantisation
	codes  [4]jpegCodes
	rows   int // of MCUs between two restart markers; 0: there are none
}

// EncodeJPEG writes a picture as baseline JPEG; quality from 1 to 100 as libjpeg counts it, 0 is 90.
func EncodeJPEG(w io.Writer, img image.Image, quality int) error {
	return (*Workers)(nil).EncodeJPEG(w, img, quality)
}

// EncodeJPEG is the function of that name, with larger pictures cut into parts that are written at the same time. The bytes are the
// same however many workers there are.
func (k *Workers) EncodeJPEG(w io.Writer, img image.Image, quality int) error {
	if quality <= 0 || quality > 100 {
		quality = 90
	}
	p := &jpegPlan{size: img.Bounds().Size()}
	if p.size.X < 1 || p.size.Y < 1 || p.size.X > 0xFFFF || p.size.Y > 0xFFFF {
		return invalid("a picture of %d by %d", p.size.X, p.size.Y)
	}
	switch img := img.(type) {
	case *image.Gray:
		p.gray = img
	case *image.RGBA:
		p.colour = img
	default:
		p.colour = image.NewRGBA(image.Rectangle{Max: p.size})
		draw.Draw(p.colour, p.colour.Rect, img, img.Bounds().Min, draw.Src)
	}
	if p.colour != nil {
		p.ycc = newYCCTables()
	}
	p.cut()
	if _, err := w.Write(p.header(quality)); err != nil {
		return err
	}
	return p.encode(w, k)
}

// side is that of an MCU in pixels.
func (p *jpegPlan) side() int {
	if p.colour != nil {
		return 16
	}
	return 8
}

func (p *jpegPlan) components() int {
	if p.colour != nil {
		return 3
	}
	return 1
}

// lines is the number of lines of MCUs.
func (p *jpegPlan) lines() int { return (p.size.Y + p.side() - 1) / p.side() }

const (
	// partPixels is how much a part of a picture has at least: writing it takes longer than handing it to somebody.
	partPixels = 32 << 10
	// maxParts bounds the parts: there are enough for the cores of most machines.
	maxParts = 32
)

// cut decides about the parts. Each begins behind a restart marker, so that it does not depend on what is before it (E.1.4).
func (p *jpegPlan) cut() {
	side := p.side()
	across := (p.size.X + side - 1) / side
	rows := max((partPixels/side+p.size.X-1)/p.size.X, (p.lines()+maxParts-1)/maxParts)
	rows = min(rows, 0xFFFF/across) // the interval is a number of MCUs in 16 bits (B.2.4.4)
	if rows < p.lines() {
		p.rows = rows
	}
}

// parts is their number.
func (p *jpegPlan) parts() int {
	if p.rows == 0 {
		return 1
	}
	return (p.lines() + p.rows - 1) / p.rows
}

// encode writes the parts in their order. At most as many as there are workers are held in memory beside one another.
func (p *jpegPlan) encode(w io.Writer, k *Workers) error {
	n := p.parts()
	for from := 0; from < n; from += maxParts {
		some := make([]*jpegPart, min(maxParts, n-from))
		k.share(len(some), func(i int) {
			some[i] = jpegParts.Get().(*jpegPart)
			some[i].write(p, from+i, from+i == n-1)
		})
		var err error
		for _, part := range some {
			if err == nil {
				_, err = w.Write(part.out[:part.at])
			}
			jpegParts.Put(part)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// header is everything before the first bit of the scan.
func (p *jpegPlan) header(quality int) []byte {
	components := p.components()
	tables := min(components, 2)
	out := make([]byte, 0, 700)
	out = append(out, 0xFF, mSOI, 0xFF, mAPP0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0)
	for t := range tables {
		out = append(out, 0xFF, mDQT, 0, 67, byte(t))
		for i, at := range zigzag {
			q := quantiser(jpegQuantisation[t][at], quality)
			out = append(out, byte(q))
			p.scale[t][byColumn[i]] = 1 / (float32(q) * 8 * aanScale[at/8] * aanScale[at%8])
		}
	}
	out = append(out, 0xFF, mSOF0, 0, byte(8+3*components), 8, byte(p.size.Y>>8), byte(p.size.Y), byte(p.size.X>>8), byte(p.size.X), byte(components))
	for c := range components {
		sampling := byte(0x11)
		if components == 3 && c == 0 {
			sampling = 0x22
		}
		out = append(out, byte(c+1), sampling, byte(min(c, 1)))
	}
	for t := range 2 * tables {
		h := standardCode(t)
		p.codes[t] = h.packed()
		out = append(out, 0xFF, mDHT, 0, byte(2+17+len(h.values)), byte(t%2<<4|t/2))
		out = append(append(out, h.counts[:]...), h.values...)
	}
	if p.rows > 0 {
		interval := p.rows * ((p.size.X + p.side() - 1) / p.side())
		out = append(out, 0xFF, mDRI, 0, 4, byte(interval>>8), byte(interval))
	}
	out = append(out, 0xFF, mSOS, 0, byte(6+2*components), byte(components))
	for c := range components {
		out = append(out, byte(c+1), byte(min(c, 1)*0x11))
	}
	return append(out, 0, 63, 0)
}

// quantiser scales a value of the tables of annex K to a quality, in the way that everyone has come to expect.
func quantiser(v uint8, quality int) int {
	factor := 200 - 2*quality
	if quality < 50 {
		factor = 5000 / quality
	}
	return min(max((int(v)*factor+50)/100, 1), 255)
}
