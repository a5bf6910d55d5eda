package blob

import (
	"io"
	"io/fs"
	"os"
	"syscall"
)

// files is the little of a file system that a folder of objects needs. A test gives one that forgets at a power cut all that was
// not synced.
type files interface {
	// create makes a new file for writing.
	create(name string) (file, error)
	open(name string) (readFile, error)
	stat(name string) (fs.FileInfo, error)
	list(name string) ([]fs.DirEntry, error)
	mkdir(name string) error
	rename(from, to string) error
	remove(name string) error
	// syncFolder makes the entries of a folder durable.
	syncFolder(name string) error
	// free is the space left for us, in bytes.
	free(name string) (int64, error)
	// openPack opens a file that is written in place; made tells to make it, which fails if it is there.
	openPack(name string, made bool) (packFile, error)
}

type file interface {
	io.WriteCloser
	Sync() error
}

// packFile is a file that is written at any place. What was written is durable after datasync, the file's own entry after
// syncFolder.
type packFile interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	datasync() error
	size() (int64, error)
	truncate(size int64) error
	// reserve allocates space up to a size, so that writing there neither fails nor changes the file's length. It reads as zeros.
	reserve(off, n int64) error
	// punch gives space back; the file keeps its size and reads as zeros there.
	punch(off, n int64) error
	// hurry begins to bring what was written to the disk, without waiting: datasync has less to do then.
	hurry(off, n int64)
	// lock keeps other processes that lock off until the file is closed; false if one of them has it.
	lock() (bool, error)
}

type readFile interface {
	io.ReadSeekCloser
	Stat() (fs.FileInfo, error)
}

// disk is the file system of this machine.
type disk struct{}

func (disk) create(name string) (file, error) {
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}
func (disk) open(name string) (readFile, error)      { return os.Open(name) }
func (disk) stat(name string) (fs.FileInfo, error)   { return os.Lstat(name) }
func (disk) list(name string) ([]fs.DirEntry, error) { return os.ReadDir(name) }
func (disk) mkdir(name string) error                 { return os.Mkdir(name, 0o700) }
func (disk) rename(from, to string) error            { return os.Rename(from, to) }
func (disk) remove(name string) error                { return os.Remove(name) }

func (disk) syncFolder(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	err = d.Sync()
	if e := d.Close(); err == nil {
		err = e
	}
	return err
}

func (disk) free(name string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(name, &s); err != nil {
		return 0, &os.PathError{Op: "statfs", Path: name, Err: err}
	}
	return int64(s.Bavail) * s.Bsize, nil
}
