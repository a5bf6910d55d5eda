package main

import (
	"bufio"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"yilian/imaging/dicom"
)

// instanceFile is a Part 10 file that can be sent.
type instanceFile struct {
	path                    string
	class, instance, syntax string
	start, size             int64 // of the data set in the file, in bytes
}

// skippedFile is a file that cannot be sent, and why.
type skippedFile struct{ path, why string }

// directoryClass is the media storage directory: a DICOMDIR describes a medium and is not sent (PS3.10 8.6).
const directoryClass = "1.2.840.10008.1.3.10"

// findInstances walks folders to the bottom and reads each file's meta information.
func findInstances(paths []string) (found []instanceFile, skipped []skippedFile, err error) {
	for _, root := range paths {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if !d.Type().IsRegular() && path != root || d.IsDir() {
				return nil
			}
			f, err := readInstanceFile(path)
			switch {
			case err != nil:
				skipped = append(skipped, skippedFile{path, err.Error()})
			case f.class == directoryClass:
				skipped = append(skipped, skippedFile{path, "a DICOMDIR"})
			default:
				found = append(found, f)
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	return found, skipped, nil
}

var errNoPart10 = errors.New("no DICOM file: preamble or file meta information is missing")

// maxMeta bounds the file meta information; it has a few hundred bytes as a rule.
const maxMeta = 64 << 10

// readInstanceFile reads the preamble, the file meta information (PS3.10 7.1) and the data set up to the SOP UIDs.
func readInstanceFile(path string) (instanceFile, error) {
	file, err := os.Open(path)
	if err != nil {
		return instanceFile{}, err
	}
	defer func() { _ = file.Close() }() // it was only read
	info, err := file.Stat()
	if err != nil {
		return instanceFile{}, err
	}
	f := instanceFile{path: path}
	r := bufio.NewReaderSize(file, 4096)
	if err := f.readMeta(r); err != nil {
		return instanceFile{}, err
	}
	f.readUIDs(r)
	f.size = info.Size() - f.start
	if f.class == "" || f.instance == "" || f.syntax == "" {
		return instanceFile{}, fmt.Errorf("the file meta information lacks SOP class, instance or transfer syntax")
	}
	return f, nil
}

// readMeta reads group 0002 element by element: its group length is wrong or absent in some files.
func (f *instanceFile) readMeta(r *bufio.Reader) error {
	head := make([]byte, 132)
	if _, err := io.ReadFull(r, head); err != nil || string(head[128:]) != "DICM" {
		return errNoPart10
	}
	for f.start = 132; f.start < maxMeta; {
		head, err := r.Peek(8)
		if len(head) < 8 || binary.LittleEndian.Uint16(head) != 0x0002 {
			if err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			return nil
		}
		element, header, length := binary.LittleEndian.Uint16(head[2:]), 8, int(binary.LittleEndian.Uint16(head[6:]))
		if vr := string(head[4:6]); strings.Contains("OB OW UN UT", vr) {
			long, err := r.Peek(12)
			if err != nil {
				return errNoPart10
			}
			header, length = 12, int(binary.LittleEndian.Uint32(long[8:]))
		}
		if length > maxMeta {
			return errNoPart10
		}
		whole := make([]byte, header+length)
		if _, err := io.ReadFull(r, whole); err != nil {
			return errNoPart10
		}
		f.start += int64(len(whole))
		f.set(element, strings.TrimRight(string(whole[header:]), "\x00 "))
	}
	return errNoPart10
}

func (f *instanceFile) set(element uint16, value string) {
	switch element {
	case 0x0002:
		f.class = value
	case 0x0003:
		f.instance = value
	case 0x0010:
		f.syntax = value
	}
}

// readUIDs looks for SOP Class UID (0008,0016) and SOP Instance UID (0008,0018) in the data set: programs that changed one
// have not always changed the file meta information with it, and a receiver compares with what is announced. Whatever is
// odd before them leaves the meta information's word.
func (f *instanceFile) readUIDs(r *bufio.Reader) {
	ts := dicom.Syntax(f.syntax)
	var order binary.ByteOrder = binary.LittleEndian
	if ts.BigEndian {
		order = binary.BigEndian
	}
	if ts.Deflated {
		r = bufio.NewReader(flate.NewReader(r))
	}
	for range 64 { // there are but a few elements before them
		head, err := r.Peek(8)
		if err != nil {
			return
		}
		tag, header, length := uint32(order.Uint16(head))<<16|uint32(order.Uint16(head[2:])), 8, order.Uint32(head[4:])
		if !ts.Implicit {
			length = uint32(order.Uint16(head[6:]))
			if strings.Contains("OB OW OF SQ UN UT", string(head[4:6])) {
				if head, err = r.Peek(12); err != nil {
					return
				}
				header, length = 12, order.Uint32(head[8:])
			}
		}
		if tag > sopInstanceTag || length > maxMeta {
			return
		}
		whole := make([]byte, header+int(length))
		if _, err := io.ReadFull(r, whole); err != nil {
			return
		}
		value := strings.TrimRight(string(whole[header:]), "\x00 ")
		switch {
		case value == "":
		case tag == sopClassTag:
			f.class = value
		case tag == sopInstanceTag:
			f.instance = value
		}
	}
}

const (
	sopClassTag    = 0x00080016
	sopInstanceTag = 0x00080018
)

// open opens the data set.
func (f *instanceFile) open() (io.ReadCloser, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	if _, err := file.Seek(f.start, io.SeekStart); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// sendState remembers what was sent, a line a SOP instance, so that a run that broke off can go on. A nil sendState
// remembers nothing.
type sendState struct {
	file *os.File
	sent map[string]bool
	err  error
}

func openSendState(path string) (*sendState, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	s := &sendState{file: file, sent: map[string]bool{}}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		s.sent[lines.Text()] = true
	}
	if err := lines.Err(); err != nil {
		return nil, errors.Join(fmt.Errorf("reading %s: %w", path, err), file.Close())
	}
	return s, nil
}

// remaining leaves out what was sent before.
func (s *sendState) remaining(files []instanceFile) []instanceFile {
	if s == nil {
		return files
	}
	var left []instanceFile
	for _, f := range files {
		if !s.sent[f.instance] {
			left = append(left, f)
		}
	}
	return left
}

func (s *sendState) done(f instanceFile) {
	if s == nil {
		return
	}
	if _, err := fmt.Fprintln(s.file, f.instance); err != nil && s.err == nil {
		s.err = err
	}
}

func (s *sendState) close(log *slog.Logger) {
	if s == nil {
		return
	}
	if err := errors.Join(s.err, s.file.Close()); err != nil {
		log.Error("what was sent is not remembered completely", "error", err)
	}
}
