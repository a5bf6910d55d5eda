package dicomweb

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
	"math"
	"net/http"
	"unicode/utf16"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
)

// Values of the parameter iccprofile (PS3.18 8.3.5.1.5).
const (
	iccObject = "yes" // that of the object
	iccSRGB   = "srgb"
)

// profile answers the colour profile to go with a picture: the object's own, if it has one and that is wanted. The colours are never
// converted: what has no profile is shown as sRGB everywhere.
func (h *Handler) profile(r *http.Request, actor yilian.Actor, i imaging.Instance, want string) ([]byte, error) {
	if want == iccObject && i.Frames > 0 {
		v, err := h.archive.Bulk(r.Context(), actor, imaging.Path{Study: i.Study, Series: i.Series, Instance: i.UID}, iccProfile.String())
		switch {
		case yilian.KindOf(err) == yilian.NotFound:
			return sRGB(), nil
		case err != nil:
			return nil, err
		case v.Size > maxProfile:
			return nil, notAcceptable("The colour profile of the object is too large for a picture.")
		}
		body, err := v.Open(r.Context(), 0, -1)
		if err != nil {
			return nil, err
		}
		defer func() { _ = body.Close() }()
		return io.ReadAll(body)
	}
	return sRGB(), nil
}

// iccProfile is ICC Profile (PS3.3 C.11.15).
const iccProfile dicom.Tag = 0x00282000

// maxProfile is what fits into one segment of a JPEG file.
const maxProfile = 65_000

// withProfile puts a colour profile into a picture file (ICC.1 B.4 for JPEG, W3C PNG 11.3.2.3).
func withProfile(file []byte, kind string, profile []byte) ([]byte, error) {
	if len(profile) > maxProfile {
		return nil, notAcceptable("The colour profile of the object is too large for a picture.")
	}
	var out bytes.Buffer
	if kind == typePNG {
		const head = 8 + 25 // signature and IHDR
		data := bytes.NewBufferString("ICC profile\x00\x00")
		z := zlib.NewWriter(data)
		_, _ = z.Write(profile) // to memory
		_ = z.Close()
		out.Write(file[:head])
		out.Write(pngChunk("iCCP", data.Bytes()))
		out.Write(file[head:])
		return out.Bytes(), nil
	}
	const start = 2 // SOI
	out.Write(file[:start])
	segment := append([]byte("ICC_PROFILE\x00\x01\x01"), profile...)
	out.Write([]byte{0xFF, 0xE2})
	out.Write(binary.BigEndian.AppendUint16(nil, uint16(2+len(segment))))
	out.Write(segment)
	out.Write(file[start:])
	return out.Bytes(), nil
}

func pngChunk(name string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, name...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// sRGB makes a version 4 display profile of IEC 61966-2-1, adapted to D50 (ICC.1:2022).
func sRGB() []byte {
	text := func(s string) []byte {
		words := utf16.Encode([]rune(s))
		b := append([]byte("mluc\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x0cenUS"), 0, 0, 0, byte(2*len(words)), 0, 0, 0, 28)
		for _, w := range words {
			b = binary.BigEndian.AppendUint16(b, w)
		}
		return b
	}
	numbers := func(head string, v ...float64) []byte {
		b := []byte(head)
		for _, x := range v {
			b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(x*65536)))) // s15Fixed16Number
		}
		return b
	}
	const xyz = "XYZ \x00\x00\x00\x00"
	curve := numbers("para\x00\x00\x00\x00\x00\x03\x00\x00", 2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045)
	tags := []struct {
		name string
		data []byte
	}{
		{"desc", text("sRGB")},
		{"cprt", text("CC0")},
		{"wtpt", numbers(xyz, 0.9642, 1, 0.8249)},
		{"chad", numbers("sf32\x00\x00\x00\x00", 1.04788, 0.02292, -0.05022, 0.02959, 0.99048, -0.01707, -0.00925, 0.01508, 0.75168)},
		{"rXYZ", numbers(xyz, 0.43607, 0.22249, 0.01392)},
		{"gXYZ", numbers(xyz, 0.38515, 0.71687, 0.09708)},
		{"bXYZ", numbers(xyz, 0.14307, 0.06061, 0.71410)},
		{"rTRC", curve},
		{"gTRC", curve},
		{"bTRC", curve},
	}
	table := binary.BigEndian.AppendUint32(nil, uint32(len(tags)))
	at := 128 + 4 + 12*len(tags)
	var data []byte
	for _, t := range tags {
		table = append(table, t.name...)
		table = binary.BigEndian.AppendUint32(table, uint32(at+len(data)))
		table = binary.BigEndian.AppendUint32(table, uint32(len(t.data)))
		data = append(data, t.data...)
		data = append(data, make([]byte, -len(data)&3)...)
	}
	head := make([]byte, 128)
	binary.BigEndian.PutUint32(head, uint32(at+len(data)))
	binary.BigEndian.PutUint32(head[8:], 0x04400000)
	copy(head[12:], "mntrRGB XYZ ")
	copy(head[24:], []byte{0x07, 0xEA, 0, 1, 0, 1}) // made in 2026
	copy(head[36:], "acsp")
	copy(head[68:], numbers("", 0.9642, 1, 0.8249))
	return append(append(head, table...), data...)
}
