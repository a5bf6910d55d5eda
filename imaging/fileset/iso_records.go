package fileset

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"time"
)

// folder is a directory of the image.
type folder struct {
	name    string // "" for the root
	parent  *folder
	number  uint16 // in the path tables, from 1
	at      uint32 // block
	length  uint32 // bytes, whole sectors
	folders []*folder
	files   []*isoFile
}

// put places a file at a path of folders.
func (f *folder) put(path string, file *isoFile) {
	head, rest, deeper := strings.Cut(path, "/")
	if !deeper {
		if !strings.Contains(head, ".") {
			head += "." // the separator stands even before no extension (ECMA-119 7.5.1)
		}
		file.name = head + ";1"
		f.files = append(f.files, file)
		return
	}
	if last := len(f.folders) - 1; last >= 0 && f.folders[last].name == head {
		f.folders[last].put(rest, file)
		return
	}
	i := slices.IndexFunc(f.folders, func(c *folder) bool { return c.name == head })
	if i < 0 {
		i = len(f.folders)
		f.folders = append(f.folders, &folder{name: head, parent: f})
	}
	f.folders[i].put(rest, file)
}

// levels lists a folder and all below it level by level, in the order of their parents and names, and numbers them.
func (f *folder) levels() []*folder {
	all := []*folder{f}
	for i := 0; i < len(all); i++ {
		all[i].number = uint16(i + 1) // more than there may be are refused before it is used
		slices.SortFunc(all[i].folders, func(a, b *folder) int { return cmp.Compare(a.name, b.name) })
		slices.SortFunc(all[i].files, func(a, b *isoFile) int { return cmp.Compare(a.name, b.name) })
		all = append(all, all[i].folders...)
	}
	return all
}

// entry is what a directory record says (ECMA-119 9.1).
type entry struct {
	name       string // "\x00" for the directory itself, "\x01" for its parent (ECMA-119 6.8.2.2)
	at, length uint32
	folder     bool
}

func (e entry) size() int { return 33 + len(e.name) + (len(e.name)+1)%2 }

// entries are the records of a directory in their order: itself, its parent, then by name (ECMA-119 9.3).
func (f *folder) entries() []entry {
	up := f
	if f.parent != nil {
		up = f.parent
	}
	all := []entry{{"\x00", f.at, f.length, true}, {"\x01", up.at, up.length, true}}
	for _, c := range f.folders {
		all = append(all, entry{c.name, c.at, c.length, true})
	}
	for _, c := range f.files {
		all = append(all, entry{c.name, c.at, uint32(c.size), false}) // no file is larger
	}
	slices.SortStableFunc(all[2:], func(a, b entry) int { return cmp.Compare(a.name, b.name) })
	return all
}

// measure is the length of the directory: a record does not go over the end of a sector (ECMA-119 6.8.1.1).
func (f *folder) measure() uint32 {
	at := 0
	for _, e := range f.entries() {
		at = roomFor(at, e.size()) + e.size()
	}
	return uint32(at + int(padding(int64(at))))
}

func roomFor(at, size int) int {
	if at%sector+size > sector {
		return at + int(padding(int64(at)))
	}
	return at
}

// records encodes the directory.
func (f *folder) records(at time.Time) []byte {
	out := make([]byte, 0, f.length)
	for _, e := range f.entries() {
		start := roomFor(len(out), e.size())
		out = append(out, make([]byte, start-len(out))...)
		out = e.append(out, at)
	}
	return append(out, make([]byte, int(f.length)-len(out))...)
}

func (e entry) append(out []byte, at time.Time) []byte {
	flags := byte(0)
	if e.folder {
		flags = 1 << 1 // ECMA-119 9.1.6
	}
	out = append(out, byte(e.size()), 0)
	out = both32(out, e.at)
	out = both32(out, e.length)
	out = append(out, byte(at.Year()-1900), byte(at.Month()), byte(at.Day()), byte(at.Hour()), byte(at.Minute()), byte(at.Second()), 0) // UTC
	out = append(out, flags, 0, 0)
	out = both16(out, 1)
	out = append(out, byte(len(e.name)))
	out = append(out, e.name...)
	return append(out, make([]byte, (len(e.name)+1)%2)...)
}

// both32 and both16 encode a number in both byte orders (ECMA-119 7.3.3, 7.2.3).
func both32(out []byte, n uint32) []byte {
	return binary.BigEndian.AppendUint32(binary.LittleEndian.AppendUint32(out, n), n)
}

func both16(out []byte, n uint16) []byte {
	return binary.BigEndian.AppendUint16(binary.LittleEndian.AppendUint16(out, n), n)
}

// appendTable encodes the record of a path table (ECMA-119 9.4).
func (f *folder) appendTable(out []byte, big bool) []byte {
	name, up := f.name, f
	if f.parent != nil {
		up = f.parent
	} else {
		name = "\x00"
	}
	out = append(out, byte(len(name)), 0)
	if big {
		out = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint32(out, f.at), up.number)
	} else {
		out = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint32(out, f.at), up.number)
	}
	out = append(out, name...)
	return append(out, make([]byte, len(name)%2)...)
}

func (f *folder) tableLength() uint32 {
	n := max(len(f.name), 1)
	return uint32(8 + n + n%2)
}

// descriptor is the Primary Volume Descriptor (ECMA-119 8.4); offsets are its positions less one.
func (img *ISO) descriptor() []byte {
	d := make([]byte, sector)
	copy(d, "\x01CD001\x01")
	text := func(from, to int, s string) { copy(d[from:to], s+strings.Repeat(" ", to-from)) }
	text(8, 40, "")
	text(40, 72, img.id)
	copy(d[80:], both32(nil, img.blocks))
	for _, at := range []int{120, 124} { // one volume, the first
		copy(d[at:], both16(nil, 1))
	}
	copy(d[128:], both16(nil, sector))
	copy(d[132:], both32(nil, img.table))
	binary.LittleEndian.PutUint32(d[140:], firstBlock)
	binary.BigEndian.PutUint32(d[148:], uint32(firstBlock+blocksOf(int64(img.table))))
	copy(d[156:190], entry{"\x00", img.root.at, img.root.length, true}.append(nil, img.at))
	text(190, 813, "") // names of volume set, publisher, preparer, application, and of files about them
	text(574, 702, "YILIAN")
	stamp := img.at.Format("20060102150405") + "00\x00" // ECMA-119 8.4.26.1, UTC
	none := strings.Repeat("0", 16) + "\x00"
	for i, s := range []string{stamp, stamp, none, none} { // made, changed, ends, begins
		copy(d[813+17*i:], s)
	}
	d[881] = 1
	return d
}
