package dicomweb

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
	"net/http"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/imaging/pixel"
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
			return pixel.SRGB(pixel.DisplayProfile), nil
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
	return pixel.SRGB(pixel.DisplayProfile), nil
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
