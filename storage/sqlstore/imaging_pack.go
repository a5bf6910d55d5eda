package sqlstore

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Headers in DICOM JSON are kept deflated (RFC 1951) with a preset dictionary: they are alike, and a page of a series is a few
// hundred of them. The first byte tells how the rest is written.
const (
	packedPlain byte = 0
	packedDict1 byte = 1
)

// pack compresses what is worth it.
func pack(b []byte) ([]byte, error) {
	if len(b) < 64 {
		return append([]byte{packedPlain}, b...), nil
	}
	var out bytes.Buffer
	out.WriteByte(packedDict1)
	w, ok := packers.Get().(*flate.Writer)
	if !ok {
		var err error
		if w, err = flate.NewWriterDict(&out, 5, []byte(packDictionary)); err != nil {
			return nil, fmt.Errorf("compress a header: %w", err)
		}
	} else {
		w.Reset(&out)
	}
	defer packers.Put(w)
	if _, err := w.Write(b); err != nil {
		return nil, fmt.Errorf("compress a header: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compress a header: %w", err)
	}
	return out.Bytes(), nil
}

// unpack is the inverse of pack.
func unpack(b []byte) ([]byte, error) {
	if len(b) == 0 {
		return nil, nil
	}
	switch b[0] {
	case packedPlain:
		return b[1:], nil
	case packedDict1:
		r, ok := unpackers.Get().(io.ReadCloser)
		if !ok {
			r = flate.NewReaderDict(bytes.NewReader(b[1:]), []byte(packDictionary))
		} else if err := r.(flate.Resetter).Reset(bytes.NewReader(b[1:]), []byte(packDictionary)); err != nil {
			return nil, fmt.Errorf("decompress a header: %w", err)
		}
		defer unpackers.Put(r)
		out := bytes.NewBuffer(make([]byte, 0, 6*len(b)))
		if _, err := out.ReadFrom(r); err != nil {
			return nil, fmt.Errorf("decompress a header: %w", err)
		}
		return out.Bytes(), nil
	}
	return nil, errors.New("a header is packed in an unknown way")
}

// Compressors are large (about 1 MiB each) and are used again; they hold no state between two uses.
var (
	packers   sync.Pool // *flate.Writer
	unpackers sync.Pool // io.ReadCloser of flate
)

// packDictionary begins with what is rare: matches are cheapest near its end. It must never change; a better one gets a number of
// its own.
const packDictionary = `"InlineBinary":"","00880140":{"vr":"UI"},"00400254":{"vr":"LO","Value":["00400253":{"vr":"SH","Value":["00400245":{"vr":"TM","Value":["00400244":{"vr":"DA","Value":["` +
	`00400275":{"vr":"SQ","Value":[{"00400007":{"vr":"LO","Value":["00400009":{"vr":"SH","Value":["00401001":{"vr":"SH","Value":["` +
	`00081140":{"vr":"SQ","Value":[{"00081150":{"vr":"UI","Value":["1.2.840.10008.5.1.4.1.1.4"]},"00081155":{"vr":"UI","Value":["` +
	`00082112":{"vr":"SQ","00080100":{"vr":"SH","Value":["00080102":{"vr":"SH","Value":["DCM"]},"00080104":{"vr":"LO","Value":["` +
	`"0040A730":{"vr":"SQ","Value":[{"0040A010":{"vr":"CS","Value":["CONTAINS"]},"0040A040":{"vr":"CS","Value":["TEXT"]},"0040A043":{"vr":"SQ","Value":[{` +
	`"52009229":{"vr":"SQ","Value":[{"52009230":{"vr":"SQ","Value":[{"00209111":{"vr":"SQ","Value":[{"00209113":{"vr":"SQ","Value":[{"00209116":{"vr":"SQ","Value":[{` +
	`"o":,"n":,"s":true},{"o":{"pixels":{"tag":2145386512,"vr":20311,"offset":,"length":,"fragments":[{"o":,"frames":1,"frameBits":4194304}}` +
	`{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"00080008":{"vr":"CS","Value":["ORIGINAL","PRIMARY","AXIAL","DERIVED","SECONDARY"]},` +
	`"00080012":{"vr":"DA","Value":["20"]},"00080013":{"vr":"TM","Value":["00080016":{"vr":"UI","Value":["1.2.840.10008.5.1.4.1.1.2"]},` +
	`"00080018":{"vr":"UI","Value":["1.2.826.0.1.3680043"]},"00080020":{"vr":"DA","Value":["20"]},"00080021":{"vr":"DA","Value":["20"]},` +
	`"00080022":{"vr":"DA","Value":["20"]},"00080023":{"vr":"DA","Value":["20"]},"00080030":{"vr":"TM","Value":["00080031":{"vr":"TM","Value":["` +
	`00080032":{"vr":"TM","Value":["00080033":{"vr":"TM","Value":["00080050":{"vr":"SH","Value":["00080060":{"vr":"CS","Value":["CT"]},` +
	`"00080070":{"vr":"LO","Value":["00080080":{"vr":"LO","Value":["00080090":{"vr":"PN","Value":[{"Alphabetic":"00081010":{"vr":"SH","Value":["` +
	`00081030":{"vr":"LO","Value":["0008103E":{"vr":"LO","Value":["00081090":{"vr":"LO","Value":["00100010":{"vr":"PN","Value":[{"Alphabetic":"","Ideographic":""}]},` +
	`"00100020":{"vr":"LO","Value":["00100021":{"vr":"LO","Value":["00100030":{"vr":"DA","Value":["19"]},"00100040":{"vr":"CS","Value":["M"]},` +
	`"00101010":{"vr":"AS","Value":["0Y"]},"00180015":{"vr":"CS","Value":["CHEST"]},"00180050":{"vr":"DS","Value":[1.0]},"00180060":{"vr":"DS","Value":[120]},` +
	`"00181020":{"vr":"LO","Value":["00181030":{"vr":"LO","Value":["00181151":{"vr":"IS","Value":[00181152":{"vr":"IS","Value":[00185100":{"vr":"CS","Value":["HFS"]},` +
	`"0020000D":{"vr":"UI","Value":["0020000E":{"vr":"UI","Value":["00200010":{"vr":"SH","Value":["00200011":{"vr":"IS","Value":[00200012":{"vr":"IS","Value":[` +
	`00200013":{"vr":"IS","Value":[00200032":{"vr":"DS","Value":[-00200037":{"vr":"DS","Value":[1,0,0,0,1,0]},"00200052":{"vr":"UI","Value":["` +
	`00201040":{"vr":"LO"},"00201041":{"vr":"DS","Value":[00280002":{"vr":"US","Value":[1]},"00280004":{"vr":"CS","Value":["MONOCHROME2"]},` +
	`"00280008":{"vr":"IS","Value":[1]},"00280010":{"vr":"US","Value":[512]},"00280011":{"vr":"US","Value":[512]},"00280030":{"vr":"DS","Value":[0.,` +
	`0.]},"00280100":{"vr":"US","Value":[16]},"00280101":{"vr":"US","Value":[12]},"00280102":{"vr":"US","Value":[11]},"00280103":{"vr":"US","Value":[0]},` +
	`"00281050":{"vr":"DS","Value":[40]},"00281051":{"vr":"DS","Value":[400]},"00281052":{"vr":"DS","Value":[-1024]},"00281053":{"vr":"DS","Value":[1]},` +
	`"00281054":{"vr":"LO","Value":["HU"]},"7FE00010":{"vr":"OW","BulkDataURI":"bulk:7FE00010"}}`
