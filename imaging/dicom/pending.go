package dicom

import (
	"errors"
	"io"
)

// Options bound a scan. The zero value of each field means its default.
type Options struct {
	MaxValue     int   // bytes of a value that is kept in memory (64 KiB); longer ones become Bulk
	MaxHeader    int64 // bytes of all values kept (32 MiB)
	MaxElements  int   // elements on all levels (500 000)
	MaxDepth     int   // nested sequences (32)
	MaxFragments int   // of the pixel data (1 000 000)
	MaxSize      int64 // bytes of the stream, after inflating (16 GiB)

	Size   int64 // bytes in the stream when known: lengths are checked against it before anything is read
	Base   int64 // added to every offset that is given out: the length of what stands before the stream in storage
	Header bool  // stop before the pixel data; Layout then has only the first offset, and the stream is not read to its end

	// Buffer is used for reading if it has at least 4 KiB; its size is the size of most reads.
	Buffer []byte
}

// Object is the outcome of a scan.
type Object struct {
	Meta     *Dataset // file meta information (group 0002), nil when there was none
	Syntax   TransferSyntax
	Dataset  *Dataset
	Layout   Layout
	Start    int64     // offset of the data set: the length of preamble and file meta information
	Size     int64     // bytes read from the stream
	Warnings []Warning // what was tolerated
}

// Warning is a defect that was tolerated.
type Warning struct {
	Offset int64
	Tag    Tag
	Text   string
}

// Scan reads a data set without file meta information, as it comes in a C-STORE, to the end of the stream. Hand it an
// io.TeeReader to store and hash the same bytes: each is read exactly once and in order.
func Scan(r io.Reader, ts TransferSyntax, o Options) (*Object, error) {
	return nil, errors.New("dicom: pending")
}

// ScanFile reads a Part 10 stream to its end. A missing preamble, meta group length or Transfer Syntax UID is tolerated with a
// Warning; a stream that is no DICOM at all is refused with ReasonNotDICOM.
func ScanFile(r io.Reader, o Options) (*Object, error) { return nil, errors.New("dicom: pending") }

// Parse reads a data set that is in memory: a C-FIND identifier, a command set. Values of any size are kept.
func Parse(b []byte, ts TransferSyntax) (*Dataset, error) { return nil, errors.New("dicom: pending") }

// Meta is the file meta information of PS3.10 7.1.
type Meta struct {
	SOPClassUID    string
	SOPInstanceUID string
	TransferSyntax string
	SourceAE       string // calling AE title, may be empty
}

// AppendMeta appends the preamble, the prefix and group 0002 for a data set that follows.
func AppendMeta(dst []byte, m Meta) []byte { return dst }

// AppendDataset encodes a data set in a transfer syntax that is neither deflated nor (with pixel data) encapsulated.
func AppendDataset(dst []byte, d *Dataset, ts TransferSyntax) ([]byte, error) { return dst, nil }

// AppendFile encodes a Part 10 file: AppendMeta from the data set's own SOP UIDs, then AppendDataset.
func AppendFile(dst []byte, d *Dataset, ts TransferSyntax) ([]byte, error) { return dst, nil }

// New makes an empty data set for building with a Specific Character Set: "" (ASCII), "ISO_IR 192", "GB18030",
// `\ISO 2022 IR 58`. A repertoire other than "" is also set as element (0008,0005).
func New(charset string) *Dataset { return &Dataset{} }

// SetString sets a text element (the VR is the dictionary's), encoded in the data set's character set; no values: empty.
// Text that the character set cannot express makes AppendDataset fail.
func (d *Dataset) SetString(t Tag, values ...string) {}

// SetInt sets whole numbers, binary or IS/DS by the tag's VR.
func (d *Dataset) SetInt(t Tag, values ...int) {}

// SetFloat sets numbers: FL, FD, or DS with at most 16 characters.
func (d *Dataset) SetFloat(t Tag, values ...float64) {}

// SetBytes sets a raw value, padded to even length when written.
func (d *Dataset) SetBytes(t Tag, vr VR, value []byte) {}

// SetSequence sets items; they inherit the character set, build them with New of the same one or with d.NewItem.
func (d *Dataset) SetSequence(t Tag, items ...*Dataset) {}

// NewItem makes an empty item with the character set of d.
func (d *Dataset) NewItem() *Dataset { return &Dataset{} }

// Delete removes an element.
func (d *Dataset) Delete(t Tag) {}

// Put sets an element as it is.
func (d *Dataset) Put(e Element) {}

// Transcode makes a copy whose text, at all levels, is encoded in another character set. It errs when text cannot be expressed.
func (d *Dataset) Transcode(charset string) (*Dataset, error) { return d, nil }

// Charset tells the declared terms of (0008,0005) and, when the bytes belie them, what they were taken for ("" if not).
func (d *Dataset) Charset() (declared []string, guess string) { return nil, "" }

// Lookup resolves a path of the form that JSONOptions.BulkDataURI gets, "54000100/0/54001010" (items from 0).
func (d *Dataset) Lookup(path string) (*Element, *Dataset) { return nil, nil }

// JSONOptions steer AppendJSON.
type JSONOptions struct {
	// BulkDataURI gives the URI of a value that is not written inline; path is as for Dataset.Lookup. Nil leaves such values out.
	BulkDataURI func(path string, e *Element) string
	MaxInline   int            // bytes of a binary value written as InlineBinary; 0: none when BulkDataURI is set, else all that are in memory
	Include     func(Tag) bool // of the top level; nil: all. Group length elements and group 0002 are never written
}

// AppendJSON appends the DICOM JSON model object of the data set (PS3.18 F.2), text in UTF-8, elements in ascending order.
func (d *Dataset) AppendJSON(dst []byte, o JSONOptions) []byte { return dst }

// ParseJSON reads one object of the DICOM JSON model as a UTF-8 data set; BulkDataURI elements are given to bulk (nil: refused).
func ParseJSON(b []byte, bulk func(t Tag, vr VR, uri string) ([]byte, error)) (*Dataset, error) {
	return nil, nil
}

type charset struct{}

func (c *charset) splitsLate() bool                      { return false }
func (c *charset) decode(vr VR, b []byte) string         { return string(b) }
func (c *charset) decodeValues(vr VR, b []byte) []string { return nil }

func (l *Layout) frame(i int) ([]Range, int, error) { return nil, 0, nil }
