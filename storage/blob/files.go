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
}

type file interface {
	io.WriteCloser
	Sync() error
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
