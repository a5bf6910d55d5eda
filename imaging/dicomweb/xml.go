package dicomweb

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
)

// metadataXML gives each header as a part of its own (PS3.18 8.7.3.2, PS3.19 A); one that is asked for alone can come bare.
func (h *Handler) metadataXML(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	to := h.addresses(r)
	w.Header().Set("Cache-Control", "private, no-cache")
	bare := pathOf(r).Instance != ""
	for _, m := range acceptable(r) {
		bare = bare && !(m.kind == typeXML && m.multipart)
	}
	all := func(yield func(json.RawMessage, error) bool) {
		for i, err := range h.archive.Instances(r.Context(), actor, pathOf(r)) {
			if !yield(imaging.ResolveBulk(i.Metadata, to.Bulk(i)), err) || err != nil {
				return
			}
		}
	}
	if !bare {
		return h.objectsXML(w, r, all)
	}
	for object, err := range all {
		if err != nil {
			return err
		}
		b, err := xmlOf(object)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", typeXML)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, err = w.Write(b)
		return err
	}
	return nil
}

// objectsXML gives each object as a part.
func (h *Handler) objectsXML(w http.ResponseWriter, r *http.Request, all iter.Seq2[json.RawMessage, error]) error {
	out := newRelated(w, r, typeXML)
	for object, err := range all {
		if err != nil {
			return err
		}
		b, err := xmlOf(object)
		if err != nil {
			return err
		}
		if err := out.part([]string{"Content-Type: " + typeXML}, bytes.NewReader(b), int64(len(b))); err != nil {
			return err
		}
	}
	return out.end()
}

// xmlOf writes an object of the DICOM JSON model as a Native DICOM Model. Values that are elsewhere stay there: while the object is a
// data set each of them is the number of its address.
func xmlOf(object json.RawMessage) ([]byte, error) {
	var addresses []string
	d, err := dicom.ParseJSON(object, func(_ dicom.Tag, _ dicom.VR, uri string) ([]byte, error) {
		addresses = append(addresses, uri)
		return fmt.Appendf(nil, placeholder+"%08d", len(addresses)), nil
	})
	if err != nil {
		return nil, fmt.Errorf("dicomweb: stored DICOM JSON: %w", err)
	}
	number(d)
	var out bytes.Buffer
	err = d.WriteXML(&out, dicom.XMLOptions{MaxInline: len(object), BulkDataURI: func(_ string, e *dicom.Element) string {
		if !e.IsBulk() {
			return ""
		}
		return addresses[e.Bulk.Offset-1]
	}})
	if err != nil {
		return nil, fmt.Errorf("dicomweb: write DICOM XML: %w", err)
	}
	return out.Bytes(), nil
}

// placeholder begins what stands for a value that is elsewhere.
const placeholder = "\x00bulk value\x00 at "

// number turns placeholders into the places they stand for.
func number(d *dicom.Dataset) {
	for i := range d.Elements {
		e := &d.Elements[i]
		for _, item := range e.Items {
			number(item)
		}
		n, ok := bytes.CutPrefix(e.Value, []byte(placeholder))
		if !ok {
			continue
		}
		if _, err := fmt.Sscanf(string(n), "%08d", &e.Bulk.Offset); err == nil {
			e.Value = nil
		}
	}
}
