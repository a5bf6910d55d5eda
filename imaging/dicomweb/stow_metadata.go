package dicomweb

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strings"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
)

// metadataUpload is a Store request of headers in JSON or XML, and of the bulk values that they name (PS3.18 10.5.1.1.2, 8.6.1). The
// values are spooled to a file: they may come in any order, and none is held in memory.
type metadataUpload struct {
	base    *url.URL // addresses are relative to it
	headers []header
	size    int64 // of the headers
	bulk    map[string]bulkPart
	spool   *os.File
	end     int64 // of the spool
}

// header is one instance as it came.
type header struct {
	raw []byte
	xml bool
}

// bulkPart is a value in the spool.
type bulkPart struct {
	offset, length int64
	kind           string // media type
	syntax         string // its transfer-syntax parameter
}

// maxHeaders bounds the headers of one request in bytes.
const maxHeaders = 16 << 20

// storeMetadata reads such a request and stores its instances.
func (h *Handler) storeMetadata(r *http.Request, actor yilian.Actor, in imaging.Incoming, parts func() (*multipart.Part, error)) (results storeResults, err error) {
	u := &metadataUpload{bulk: map[string]bulkPart{}}
	if u.base, err = url.Parse(h.base(r) + "/studies"); err != nil {
		return results, unsupported("The address of the request cannot be read.")
	}
	defer u.close()
	for {
		p, err := parts()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = u.part(p, h.spool)
		}
		if err != nil {
			return results, bodyError(err)
		}
	}
	if len(u.headers) == 0 {
		return results, malformed("there is no header in it.")
	}
	for _, one := range u.headers {
		stored, err := h.storeHeader(r, actor, in, u, one)
		if err != nil && concernsAll(err) {
			return results, err
		}
		if err != nil {
			h.log.InfoContext(r.Context(), "instance refused", "instance", stored.Instance, "error", err)
		}
		results.all = append(results.all, storeResult{stored, err})
	}
	return results, nil
}

func (u *metadataUpload) close() {
	if u.spool != nil {
		_ = u.spool.Close() // it has no name any more
	}
}

// part takes one part: a header, an array of headers, or a value.
func (u *metadataUpload) part(p *multipart.Part, dir string) error {
	kind, params, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
	switch kind {
	case typeJSON, typePlainJSON:
		b, err := u.read(p)
		if err != nil {
			return err
		}
		return u.array(b)
	case typeXML, "application/xml", "text/xml":
		b, err := u.read(p)
		if err != nil {
			return err
		}
		u.headers = append(u.headers, header{b, true})
		return nil
	}
	return u.keep(p, dir, kind, params["transfer-syntax"])
}

func (u *metadataUpload) read(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxHeaders-u.size+1))
	if u.size += int64(len(b)); u.size > maxHeaders {
		return nil, yilian.Errorf(yilian.TooLarge, "dicomweb.headers", "The headers of one request have more than %d bytes. Send fewer instances at a time.", maxHeaders)
	}
	return b, err
}

// array divides an array of JSON objects; a lone object is taken as well.
func (u *metadataUpload) array(b []byte) error {
	if b = bytes.TrimSpace(b); len(b) > 0 && b[0] == '{' {
		u.headers = append(u.headers, header{raw: b})
		return nil
	}
	var all []json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return malformed("a part of type application/dicom+json is no JSON array.")
	}
	for _, one := range all {
		u.headers = append(u.headers, header{raw: one})
	}
	return nil
}

// keep spools a value under the address that the headers name it by.
func (u *metadataUpload) keep(p *multipart.Part, dir, kind, syntax string) error {
	location := strings.TrimSpace(p.Header.Get("Content-Location"))
	if location == "" {
		if location = strings.Trim(strings.TrimSpace(p.Header.Get("Content-ID")), "<>"); location == "" {
			return malformed("a part with a value has no Content-Location.")
		}
		location = "cid:" + location
	}
	if u.spool == nil {
		f, err := os.CreateTemp(dir, "stow-*")
		if err != nil {
			return spoolError(err)
		}
		u.spool = f
		if err := os.Remove(f.Name()); err != nil { // what a crash leaves is gone by itself
			return spoolError(err)
		}
	}
	n, err := io.Copy(u.spool, p)
	if err != nil {
		if _, ok := errors.AsType[*os.PathError](err); ok {
			return spoolError(err)
		}
		return err
	}
	u.bulk[u.address(location)] = bulkPart{u.end, n, kind, syntax}
	u.end += n
	return nil
}

func spoolError(err error) error {
	e := yilian.Errorf(yilian.Unavailable, imaging.CodeUnavailable, "There is no space to take the request in. Please try again.")
	e.Err = err
	return e
}

// address makes relative addresses and absolute ones comparable. Nothing is ever fetched from them.
func (u *metadataUpload) address(s string) string {
	parsed, err := url.Parse(s)
	if err != nil {
		return s
	}
	return u.base.ResolveReference(parsed).String()
}

// storeHeader makes a Part 10 stream of a header and its values and stores it.
func (h *Handler) storeHeader(r *http.Request, actor yilian.Actor, in imaging.Incoming, u *metadataUpload, one header) (imaging.Stored, error) {
	var values []bulkPart
	lookup := func(tag dicom.Tag, _ dicom.VR, uri string) ([]byte, error) {
		v, ok := u.bulk[u.address(uri)]
		if !ok {
			return nil, yilian.Errorf(yilian.Invalid, "dicomweb.bulk", "The value of %s did not come with the request.", tag)
		}
		values = append(values, v)
		return fmt.Appendf(nil, placeholder+"%08d", len(values)), nil
	}
	d, err := one.parse(lookup)
	if err != nil {
		return imaging.Stored{}, err
	}
	number(d)
	stored := imaging.Stored{SOPClass: d.UID(dicom.SOPClassUID), Instance: yilian.InstanceUID(d.UID(dicom.SOPInstanceUID))}
	plan, err := u.plan(d, values)
	if err != nil {
		return stored, err
	}
	err = pipe(plan.write, func(body io.Reader) error {
		got, err := h.archive.Store(r.Context(), actor, in, body)
		if err == nil || got.Instance != "" {
			stored = got
		}
		return err
	})
	return stored, err
}

func (one header) parse(bulk dicom.BulkFunc) (*dicom.Dataset, error) {
	if one.xml {
		return dicom.ParseXML(bytes.NewReader(one.raw), bulk)
	}
	return dicom.ParseJSON(one.raw, bulk)
}

// stream is an instance to be written.
type stream struct {
	u      *metadataUpload
	d      *dicom.Dataset
	values []bulkPart
	syntax dicom.TransferSyntax
	behind *dicom.Dataset // what stands behind encapsulated pixels
	pixels *bulkPart      // a codestream to be put into a fragment, or fragments; nil: the pixels are native, or there are none
}

// plan finds out in which transfer syntax the pixels came and sets the lengths of the values.
func (u *metadataUpload) plan(d *dicom.Dataset, values []bulkPart) (stream, error) {
	s := stream{u: u, d: d, values: values, syntax: dicom.Syntax(dicom.ExplicitVRLittleEndian)}
	declared := d.UID(availableTransferSyntax)
	if declared == "" {
		declared = d.UID(dicom.TransferSyntaxUID)
	}
	d.Delete(availableTransferSyntax)
	for _, e := range append([]dicom.Element(nil), d.Elements...) {
		if e.Tag.Group() == 2 {
			d.Delete(e.Tag)
		}
	}
	if e := d.Get(dicom.PixelData); e != nil && e.IsBulk() {
		v := values[e.Bulk.Offset-1]
		head, err := u.peek(v)
		if err != nil {
			return s, err
		}
		if s.syntax = pixelSyntax(v, declared, head); s.syntax.UID == "" || s.syntax.BigEndian || s.syntax.Deflated {
			return s, yilian.Errorf(yilian.Invalid, imaging.CodeUnsupported, "The transfer syntax of the pixel data is not clear: give it as a parameter of the part's Content-Type.")
		}
		if s.syntax.Encapsulated {
			s.pixels, s.behind = &v, d.NewItem()
			for _, e := range append([]dicom.Element(nil), d.Elements...) {
				if e.Tag >= dicom.PixelData {
					d.Delete(e.Tag)
				}
				if e.Tag > dicom.PixelData {
					s.behind.Put(e)
				}
			}
			setLengths(s.behind, values)
		} else {
			s.syntax = dicom.Syntax(dicom.ExplicitVRLittleEndian)
		}
	}
	setLengths(d, values)
	return s, nil
}

func setLengths(d *dicom.Dataset, values []bulkPart) {
	for i := range d.Elements {
		e := &d.Elements[i]
		if e.IsBulk() {
			e.Bulk.Length = values[e.Bulk.Offset-1].length
		}
		for _, item := range e.Items {
			setLengths(item, values)
		}
	}
}

// peek reads the beginning of a value.
func (u *metadataUpload) peek(v bulkPart) ([]byte, error) {
	b := make([]byte, min(v.length, 4<<10))
	if _, err := u.spool.ReadAt(b, v.offset); err != nil {
		return nil, spoolError(err)
	}
	return b, nil
}

// pixelSyntax is what the part says, or the header, or the media type's default.
func pixelSyntax(v bulkPart, declared string, head []byte) dicom.TransferSyntax {
	if v.syntax != "" {
		return dicom.Syntax(v.syntax)
	}
	byType := map[string]string{
		"image/dicom-rle": dicom.RLELossless, "image/jls": dicom.JPEGLSLossless, "image/jp2": dicom.JPEG2000Lossless, "image/jphc": dicom.HTJ2KLossless,
		"video/mp4": "1.2.840.10008.1.2.4.102", "video/mpeg2": "1.2.840.10008.1.2.4.100", "video/mpeg": "1.2.840.10008.1.2.4.100", typeOctets: dicom.ExplicitVRLittleEndian, "": dicom.ExplicitVRLittleEndian,
	}
	switch {
	case v.kind == typeJPEG && (declared == "" || mediaTypeOf(dicom.Syntax(declared)) != typeJPEG):
		return dicom.Syntax(jpegSyntax(head))
	case declared != "" && mediaTypeOf(dicom.Syntax(declared)) == v.kind, declared != "" && (v.kind == typeOctets || v.kind == ""):
		return dicom.Syntax(declared)
	}
	return dicom.Syntax(byType[v.kind])
}

// jpegSyntax tells the process of a JPEG codestream by its frame header (ISO 10918-1 B.2.2); "" if there is none in sight.
func jpegSyntax(b []byte) string {
	for at := 2; at+4 <= len(b) && b[at] == 0xFF; at += 2 + int(binary.BigEndian.Uint16(b[at+2:])) {
		switch b[at+1] {
		case 0xC0:
			return dicom.JPEGBaseline8Bit
		case 0xC1:
			return dicom.JPEGExtended12Bit
		case 0xC3:
			return dicom.JPEGLossless
		}
	}
	return ""
}

// write writes the Part 10 stream.
func (s stream) write(w io.Writer) error {
	meta := dicom.AppendMeta(nil, dicom.Meta{SOPClassUID: s.d.UID(dicom.SOPClassUID), SOPInstanceUID: s.d.UID(dicom.SOPInstanceUID), TransferSyntax: s.syntax.UID})
	if _, err := w.Write(meta); err != nil {
		return err
	}
	values := func(e *dicom.Element) (io.Reader, error) { return s.u.section(s.values[e.Bulk.Offset-1]), nil }
	explicit := dicom.Syntax(dicom.ExplicitVRLittleEndian)
	if err := dicom.Write(w, s.d, explicit, values); err != nil || s.pixels == nil {
		return err
	}
	if err := s.fragments(w); err != nil {
		return err
	}
	return dicom.Write(w, s.behind, explicit, values)
}

func (u *metadataUpload) section(v bulkPart) io.Reader {
	return io.NewSectionReader(u.spool, v.offset, v.length)
}

// fragments writes encapsulated pixel data (PS3.5 A.4): a codestream as one fragment, or items that came as such.
func (s stream) fragments(w io.Writer) error {
	head := []byte{0xE0, 0x7F, 0x10, 0x00, 'O', 'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF}
	end := []byte{0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0}
	start, err := s.u.peek(*s.pixels)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(start, []byte{0xFE, 0xFF, 0x00, 0xE0}) {
		head = append(head, 0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0) // an empty Basic Offset Table
		head = append(head, 0xFE, 0xFF, 0x00, 0xE0)
		head = binary.LittleEndian.AppendUint32(head, uint32(s.pixels.length+s.pixels.length%2))
		end = append(make([]byte, s.pixels.length%2), end...)
	}
	for _, part := range []io.Reader{bytes.NewReader(head), s.u.section(*s.pixels), bytes.NewReader(end)} {
		if _, err := io.Copy(w, part); err != nil {
			return err
		}
	}
	return nil
}
