package fileset

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"math"
	"time"

	"yilian"
)

// sector is the length of a logical sector and block in bytes (ECMA-119 6.1.2, 6.2.2).
const sector = 2048

// ISO is the image of a medium whose every byte has its place already; what its files hold is read when it is written. It keeps a few
// hundred bytes an instance. Its own writer, since those that were found stage a copy of all files on disk or in memory.
type ISO struct {
	id     string
	at     time.Time
	root   *folder
	order  []*folder  // as the path tables want it: by level, parent, name (ECMA-119 6.9.1)
	files  []*isoFile // in the order of their extents
	blocks uint32     // of the whole image
	table  uint32     // bytes of a path table
}

// isoFile is a file of the image.
type isoFile struct {
	name string // with its version: "IM000001.;1"
	at   uint32 // block
	size int64
	open func() (io.ReadCloser, error)
}

// NewISO lays out a file-set as an ISO 9660 image of interchange level 1 (ECMA-119 10.1), as a CD-R of DICOM has it (PS3.12 F; the
// names of PS3.10 8.2 fit into it as they are): DICOMDIR, the extras and the instances, whose sizes must be known.
func NewISO(id string, at time.Time, entries iter.Seq2[Entry, error], extras ...Extra) (*ISO, error) {
	img := &ISO{id: id, at: at.UTC(), root: &folder{}}
	set := Writer{ID: id}
	var instances []*isoFile
	for e, err := range entries {
		if err != nil {
			return nil, err
		}
		path, err := set.Add(e.Header, e.Syntax)
		if yilian.KindOf(err) == yilian.Conflict {
			continue // it lies there already
		}
		if err != nil {
			return nil, err
		}
		size, err := e.Size()
		if err != nil {
			return nil, err
		}
		if size < 0 || size > math.MaxUint32 { // an extent's length has 32 bits, and level 1 has one extent a file (ECMA-119 9.1.4, 10.1)
			return nil, yilian.Errorf(yilian.TooLarge, "fileset.iso-file", "An image of the study is too large for a disc. Export it as ZIP.")
		}
		file := &isoFile{size: size, open: e.Open}
		img.root.put(path, file)
		instances = append(instances, file)
	}
	directory, err := set.Directory()
	if err != nil {
		return nil, err
	}
	for _, x := range append([]Extra{{"DICOMDIR", directory}}, extras...) {
		file := &isoFile{size: int64(len(x.Content)), open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(x.Content)), nil }}
		img.root.put(x.Name, file)
		img.files = append(img.files, file)
	}
	img.files = append(img.files, instances...)
	return img, img.place()
}

// Size is the length of the whole image in bytes.
func (img *ISO) Size() int64 { return int64(img.blocks) * sector }

// firstBlock is the one behind the system area and the two volume descriptors (ECMA-119 6.2.1, 6.7.1).
const firstBlock = 16 + 2

// place gives everything its block: path tables, directories, files.
func (img *ISO) place() error {
	if img.order = img.root.levels(); len(img.order) > math.MaxUint16 { // their numbers have 16 bits (ECMA-119 9.4.4)
		return yilian.Errorf(yilian.TooLarge, "fileset.iso-folders", "The study has too many series for a disc. Export it as ZIP.")
	}
	for _, f := range img.order {
		img.table += f.tableLength()
	}
	next := int64(firstBlock) + 2*blocksOf(int64(img.table))
	for _, f := range img.order {
		f.at, f.length = uint32(next), f.measure()
		next += blocksOf(int64(f.length))
	}
	for _, f := range img.files {
		f.at = uint32(next) // checked below, before anything is written
		next += blocksOf(f.size)
	}
	if next > math.MaxUint32 {
		return yilian.Errorf(yilian.TooLarge, "fileset.iso", "The study is too large for a disc image. Export it as ZIP.")
	}
	img.blocks = uint32(next)
	return nil
}

func blocksOf(bytes int64) int64 { return (bytes + sector - 1) / sector }

// Write writes the image, and fails when a file has not the size it said.
func (img *ISO) Write(w io.Writer) error {
	if _, err := w.Write(img.head()); err != nil {
		return err
	}
	for _, f := range img.order {
		if _, err := w.Write(f.records(img.at)); err != nil {
			return err
		}
	}
	for _, f := range img.files {
		if err := f.write(w); err != nil {
			return err
		}
	}
	return nil
}

// head is all that stands before the directories.
func (img *ISO) head() []byte {
	out := make([]byte, 16*sector, (firstBlock+2*blocksOf(int64(img.table)))*sector)
	out = append(out, img.descriptor()...)
	end := make([]byte, sector) // Volume Descriptor Set Terminator (ECMA-119 8.3)
	copy(end, "\xffCD001\x01")
	out = append(out, end...)
	for _, big := range []bool{false, true} {
		for _, f := range img.order {
			out = f.appendTable(out, big)
		}
		out = append(out, make([]byte, padding(int64(len(out))))...)
	}
	return out
}

func padding(written int64) int64 { return (sector - written%sector) % sector }

func (f *isoFile) write(w io.Writer) error {
	r, err := f.open()
	if err != nil {
		return err
	}
	n, err := io.Copy(w, io.LimitReader(r, f.size+1))
	if closing := r.Close(); err == nil {
		err = closing
	}
	if err == nil && n != f.size {
		err = fmt.Errorf("fileset: a file of %d bytes has %d: %w", f.size, n, io.ErrUnexpectedEOF)
	}
	if err != nil {
		return err
	}
	_, err = w.Write(make([]byte, padding(f.size)))
	return err
}
