package dicom

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"yilian"
)

// BulkFunc fetches the value behind a BulkDataURI while JSON is read.
type BulkFunc func(t Tag, vr VR, uri string) ([]byte, error)

const maxJSONDepth = 32

// ParseJSON reads one object of the DICOM JSON model (PS3.18 F.2) as a little endian data set in UTF-8. Values behind a BulkDataURI
// come from bulk; with nil they are refused. The caller bounds len(b).
func ParseJSON(b []byte, bulk BulkFunc) (*Dataset, error) {
	d := New("ISO_IR 192")
	p := jsonReader{bulk: bulk}
	if err := p.dataset(b, d, 0); err != nil {
		return nil, err
	}
	if d.err != nil {
		return nil, d.err
	}
	return d, nil
}

// ParseJSONArray reads an array of objects, the form of every DICOMweb answer.
func ParseJSONArray(b []byte, bulk BulkFunc) ([]*Dataset, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return nil, errJSON("it is not an array of objects")
	}
	out := make([]*Dataset, 0, len(raw))
	for _, r := range raw {
		d, err := ParseJSON(r, bulk)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

func errJSON(format string, args ...any) error {
	return yilian.Errorf(yilian.Invalid, "dicom.json", "The DICOM JSON cannot be read: "+format+".", args...)
}

type jsonReader struct{ bulk BulkFunc }

type jsonElement struct {
	VR           string            `json:"vr"`
	Value        []json.RawMessage `json:"Value"`
	InlineBinary *string           `json:"InlineBinary"`
	BulkDataURI  *string           `json:"BulkDataURI"`
}

func (p *jsonReader) dataset(b []byte, d *Dataset, depth int) error {
	if depth > maxJSONDepth {
		return errJSON("sequences are nested deeper than %d", maxJSONDepth)
	}
	var elements map[string]jsonElement
	if err := json.Unmarshal(b, &elements); err != nil {
		return errJSON("an object of elements must stand here")
	}
	for _, name := range slices.Sorted(maps.Keys(elements)) {
		e := elements[name]
		t, err := strconv.ParseUint(name, 16, 32)
		if err != nil || len(name) != 8 {
			return errJSON("%.20q is no tag", name)
		}
		if err := p.element(d, Tag(t), e, depth); err != nil {
			return err
		}
	}
	return d.err
}

func (p *jsonReader) element(d *Dataset, t Tag, e jsonElement, depth int) error {
	vr := t.VR()
	if len(e.VR) == 2 {
		vr = VR(e.VR[0])<<8 | VR(e.VR[1])
	}
	switch {
	case !vr.Known():
		return errJSON("%v has the unknown VR %.4q", t, e.VR)
	case t == SpecificCharacterSet && depth == 0 || t.Element() == 0:
		return nil // the text is UTF-8 now, and lengths are no longer true
	case e.InlineBinary != nil:
		b, err := base64.StdEncoding.DecodeString(*e.InlineBinary)
		if err != nil {
			return errJSON("the InlineBinary of %v is not base64", t)
		}
		d.SetBytes(t, vr, b)
	case e.BulkDataURI != nil:
		if p.bulk == nil {
			return errJSON("the bulk data of %v did not come with it", t)
		}
		b, err := p.bulk(t, vr, *e.BulkDataURI)
		if err != nil {
			return err
		}
		d.SetBytes(t, vr, b)
	case vr == SQ:
		return p.sequence(d, t, e.Value, depth)
	default:
		return p.values(d, t, vr, e.Value)
	}
	return nil
}

func (p *jsonReader) sequence(d *Dataset, t Tag, values []json.RawMessage, depth int) error {
	items := make([]*Dataset, 0, len(values))
	for _, v := range values {
		item := d.NewItem()
		if !bytes.Equal(v, []byte("null")) {
			if err := p.dataset(v, item, depth+1); err != nil {
				return err
			}
		}
		items = append(items, item)
	}
	d.SetSequence(t, items...)
	return nil
}

func (p *jsonReader) values(d *Dataset, t Tag, vr VR, values []json.RawMessage) error {
	texts := make([]string, 0, len(values))
	for _, v := range values {
		s, err := jsonText(v, vr)
		if err != nil {
			return errJSON("a value of %v is not of VR %v", t, vr)
		}
		texts = append(texts, s)
	}
	if vr.kind() == kindBytes && len(texts) > 0 {
		return errJSON("%v of VR %v must be InlineBinary or BulkDataURI", t, vr)
	}
	if err := d.setTexts(t, vr, texts); err != nil {
		return errJSON("a value of %v is not of VR %v", t, vr)
	}
	return nil
}

// setTexts sets an element of any VR but SQ by its values as text.
func (d *Dataset) setTexts(t Tag, vr VR, texts []string) error {
	switch vr.kind() {
	case kindNumber:
		b, err := binaryNumbers(vr, texts)
		if err != nil {
			return err
		}
		d.SetBytes(t, vr, b)
	case kindBytes:
		if len(texts) > 0 {
			return errNotOfVR
		}
		d.SetBytes(t, vr, nil)
	default:
		d.SetText(t, vr, texts...)
	}
	return nil
}

// jsonText gives a value as the text it has in a data set.
func jsonText(raw json.RawMessage, vr VR) (string, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return "", err
	}
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case json.Number:
		if vr == DS && len(v) > 16 {
			f, err := v.Float64()
			return FormatDS(f), err
		}
		return v.String(), nil
	case map[string]any:
		if vr != PN {
			return "", errNotOfVR
		}
		group := func(k string) string { s, _ := v[k].(string); return s }
		return PersonName{Alphabetic: group("Alphabetic"), Ideographic: group("Ideographic"), Phonetic: group("Phonetic")}.String(), nil
	}
	return "", errNotOfVR
}

var errNotOfVR = errors.New("dicom: value is not of its VR")

// binaryNumbers encodes numbers in little endian.
func binaryNumbers(vr VR, texts []string) ([]byte, error) {
	d := Dataset{}
	var b []byte
	for _, s := range texts {
		if vr == AT {
			t, err := strconv.ParseUint(strings.TrimSpace(s), 16, 32)
			if err != nil {
				return nil, err
			}
			b = appendUint16(d.order(), appendUint16(d.order(), b, Tag(t).Group()), Tag(t).Element())
			continue
		}
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return nil, err
		}
		switch vr {
		case FL:
			b = appendUint32(d.order(), b, math.Float32bits(float32(f)))
		case FD:
			b = appendUint64(d.order(), b, math.Float64bits(f))
		default:
			i, err := parseWide(s)
			if err != nil {
				return nil, err
			}
			b = appendWidth(d.order(), b, i, vr.width())
		}
	}
	return b, nil
}

// parseWide reads a whole number of up to 64 bits, signed or not.
func parseWide(s string) (uint64, error) {
	if v, err := strconv.ParseInt(s, 10, 64); err == nil {
		return uint64(v), nil
	}
	return strconv.ParseUint(s, 10, 64)
}
