package imaging

import (
	"bytes"
	"encoding/json"
	"fmt"

	"yilian/imaging/dicom"
)

// maxInline is how many bytes of a binary value stand in the metadata; longer ones are bulk data.
const maxInline = 1 << 10

// bulkScheme begins the BulkDataURIs of stored metadata. A door puts its own address in its place (see Metadata.Resolve).
const bulkScheme = "bulk:"

// bulkMember is how an address stands in stored metadata.
const bulkMember = `"BulkDataURI":"` + bulkScheme

// layout says where the values of an instance stand in its file. It is written once, at ingest.
type layout struct {
	Pixels dicom.Layout `json:"pixels"`
	// Bulk holds the large values by their path (see dicom.Dataset.Lookup), without the pixel data.
	Bulk map[string]bulkValue `json:"bulk,omitempty"`
}

// bulkValue is a value that was too large for the header.
type bulkValue struct {
	Offset int64    `json:"o"`
	Length int64    `json:"n"`
	VR     dicom.VR `json:"v"`
}

// header makes what the index keeps of a header: the metadata in DICOM JSON and the encoded layout.
func header(d *dicom.Dataset, pixels dicom.Layout) (metadata json.RawMessage, encoded []byte, err error) {
	l := layout{Pixels: pixels}
	metadata = d.AppendJSON(nil, dicom.JSONOptions{
		MaxInline: maxInline,
		BulkDataURI: func(path string, e *dicom.Element) string {
			if e.Bulk.Length < 0 && path != pixels.Tag.String() {
				return "" // an icon in fragments, which is not looked for inside of sequences
			}
			if e.IsBulk() && path != pixels.Tag.String() {
				if l.Bulk == nil {
					l.Bulk = map[string]bulkValue{}
				}
				l.Bulk[path] = bulkValue{e.Bulk.Offset, e.Bulk.Length, e.VR}
			}
			return bulkScheme + path
		},
	})
	encoded, err = json.Marshal(l)
	if err != nil {
		return nil, nil, fmt.Errorf("imaging: encode a layout: %w", err)
	}
	return metadata, encoded, nil
}

func (i Instance) layout() (layout, error) {
	var l layout
	if err := json.Unmarshal(i.Layout, &l); err != nil {
		return l, fmt.Errorf("imaging: layout of %s: %w", i.UID, err)
	}
	return l, nil
}

// replaceScheme rewrites the relative BulkDataURIs. A quotation mark inside of a JSON string is escaped, so the search text stands
// only where a member begins.
func replaceScheme(metadata json.RawMessage, base string) json.RawMessage {
	return bytes.ReplaceAll(metadata, []byte(bulkMember), []byte(`"BulkDataURI":"`+base))
}
