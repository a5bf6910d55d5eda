package dicomweb

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"sync"
)

// jsonArray writes an array of DICOM JSON objects as they come, compressed when the client can read that.
type jsonArray struct {
	w     http.ResponseWriter
	kind  string
	zip   bool
	n     int
	out   *bufio.Writer
	gz    *gzip.Writer
	begun bool
}

// compressors are used again: each holds about 800 KiB.
var compressors = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // the level is valid
	return w
}}

func newJSONArray(w http.ResponseWriter, r *http.Request, kind string) *jsonArray {
	return &jsonArray{w: w, kind: kind, zip: acceptsGzip(r)}
}

// begin writes what goes before the first object. Until then an error can still be answered.
func (a *jsonArray) begin() {
	a.begun = true
	a.w.Header().Set("Content-Type", a.kind)
	a.w.Header().Set("X-Content-Type-Options", "nosniff")
	var to io.Writer = a.w
	if a.zip {
		a.w.Header().Set("Content-Encoding", "gzip")
		a.gz = compressors.Get().(*gzip.Writer)
		a.gz.Reset(a.w)
		to = a.gz
	}
	a.w.WriteHeader(http.StatusOK)
	a.out = bufio.NewWriterSize(to, 32<<10)
	_ = a.out.WriteByte('[')
}

func (a *jsonArray) add(object json.RawMessage) error {
	if !a.begun {
		a.begin()
	}
	if a.n > 0 {
		_ = a.out.WriteByte(',')
	}
	a.n++
	_, err := a.out.Write(object)
	return err
}

// end finishes the array. An array that was never begun is written empty.
func (a *jsonArray) end() error {
	if !a.begun {
		a.begin()
	}
	_ = a.out.WriteByte(']')
	err := a.out.Flush()
	if a.gz != nil && err == nil {
		err = a.gz.Close()
	}
	return err
}

// close gives the compressor back; call it always.
func (a *jsonArray) close() {
	if a.gz != nil {
		compressors.Put(a.gz)
		a.gz = nil
	}
}
