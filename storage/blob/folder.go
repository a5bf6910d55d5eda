package blob

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"yilian"
)

const (
	objectsFolder  = "objects"
	incomingFolder = "incoming"

	// reserve is the space that objects leave to the database and the system, in bytes.
	reserve = 256 << 20
	// freeEvery is how much is written before the free space is looked at again, in bytes.
	freeEvery = 16 << 20
	// maxKnown bounds the folders that are remembered as durable.
	maxKnown = 100_000
	// staleAfter is how long an upload may be silent before a start of the program takes it for a leftover.
	staleAfter = 6 * time.Hour
)

// folder keeps each object in a file:
//
//	incoming/RANDOM           while it is written
//	objects/+SEGMENT/…/=LAST  from the commit on
//	packs/…                   small ones that were recorded with a note; see packs
//
// The sign before a name keeps "a" and "a/b" apart and makes every segment a good file name.
type folder struct {
	files files
	root  string

	// tree guards the shape of objects/: commits hold it for reading while they make sure of the folders and rename, deletions while they remove a name; who
	// removes an empty folder holds it for writing.
	tree sync.RWMutex

	making sync.Mutex   // held while folders are made
	known  sync.Map     // path → true: folders whose own entry is durable
	count  atomic.Int64 // of known

	packs *packs
	tails *sync.Pool // *[]byte of tailSize
}

// Folder opens a folder of this machine and makes it when it is missing.
func Folder(dir string) (*Store, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("objects in %s: %w", dir, err)
	}
	s, err := openFolder(disk{}, root)
	if err != nil {
		return nil, fmt.Errorf("objects in %s: %w", dir, err)
	}
	return s, nil
}

func openFolder(files files, root string) (*Store, error) {
	f := &folder{files: files, root: root, tails: newTails()}
	f.packs = newPacks(f)
	if err := makeRoot(files, root); err != nil {
		return nil, err
	}
	for _, name := range []string{incomingFolder, objectsFolder} {
		if err := f.ensure(filepath.Join(root, name)); err != nil {
			return nil, err
		}
	}
	return &Store{f}, f.sweep(context.Background(), time.Now().Add(-staleAfter))
}

// makeRoot makes a folder with all above it. Its entry is synced even if it is there already: whoever made it may have died then.
func makeRoot(files files, dir string) error {
	parent := filepath.Dir(dir)
	if _, err := files.stat(dir); errors.Is(err, fs.ErrNotExist) {
		if err := makeRoot(files, parent); err != nil {
			return err
		}
		if err := files.mkdir(dir); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	} else if err != nil {
		return err
	}
	if err := files.syncFolder(parent); err != nil && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}

// path gives the file of a key.
func (f *folder) path(key string) string {
	segments := strings.Split(key, "/")
	for i, s := range segments[:len(segments)-1] {
		segments[i] = "+" + s
	}
	segments[len(segments)-1] = "=" + segments[len(segments)-1]
	return filepath.Join(f.objects(), filepath.Join(segments...))
}

// ensure makes a folder and those above it, up to the root, and makes their entries durable. A folder that somebody else has just
// made may not be durable yet, so each is synced once by every process, whoever made it.
func (f *folder) ensure(dir string) error {
	if _, ok := f.known.Load(dir); ok || dir == f.root {
		return nil
	}
	f.making.Lock()
	defer f.making.Unlock()
	return f.make(dir)
}

func (f *folder) make(dir string) error {
	if _, ok := f.known.Load(dir); ok || dir == f.root {
		return nil
	}
	parent := filepath.Dir(dir)
	if err := f.make(parent); err != nil {
		return err
	}
	if err := f.files.mkdir(dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := f.files.syncFolder(parent); err != nil {
		return err
	}
	if f.count.Add(1) > maxKnown {
		f.forgetAll()
	}
	f.known.Store(dir, true)
	return nil
}

func (f *folder) forgetAll() {
	f.known.Clear()
	f.count.Store(0)
}

// enough refuses to go on when the space runs low.
func (f *folder) enough() error {
	free, err := f.files.free(f.root)
	if err != nil {
		return err
	}
	if free < reserve {
		return errFull(fmt.Errorf("%d bytes left", free))
	}
	return nil
}

func (f *folder) create(context.Context) (upload, error) {
	if err := f.enough(); err != nil {
		return nil, err
	}
	return f.newUpload()
}

func (f *folder) newUpload() (*folderUpload, error) {
	name := filepath.Join(f.root, incomingFolder, rand.Text())
	w, err := f.files.create(name)
	if err != nil {
		return nil, full(err)
	}
	return &folderUpload{folder: f, name: name, file: w, buffer: bufio.NewWriterSize(w, 32<<10)}, nil
}

// full recognises errors that mean "no space".
func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return errFull(err)
	}
	return err
}

// folderUpload is a file in incoming/.
type folderUpload struct {
	folder *folder
	name   string
	file   file
	buffer *bufio.Writer
	since  int64 // bytes since the free space was looked at
}

func (u *folderUpload) Write(p []byte) (int, error) {
	if u.since += int64(len(p)); u.since > freeEvery {
		u.since = 0
		if err := u.folder.enough(); err != nil {
			return 0, err
		}
	}
	n, err := u.buffer.Write(p)
	return n, full(err)
}

// commit is the one place that knows the order in which an object becomes durable: its bytes, then the folders on its way, then its
// name, then the folder that holds the name. Only then it is acknowledged.
func (u *folderUpload) commit(_ context.Context, key string) error {
	if _, _, ok := placed(key); ok {
		u.abort()
		return yilian.Errorf(yilian.Invalid, "blob.key", "The object's key names a place.")
	}
	if err := u.finish(); err != nil {
		_ = u.folder.files.remove(u.name)
		return full(err)
	}
	f, path := u.folder, u.folder.path(key)
	f.tree.RLock()
	defer f.tree.RUnlock()
	if err := f.place(u.name, path); err != nil {
		_ = f.files.remove(u.name)
		return full(err)
	}
	return full(f.files.syncFolder(filepath.Dir(path)))
}

// finish makes the bytes of the file durable.
func (u *folderUpload) finish() error {
	err := u.buffer.Flush()
	if err == nil {
		err = u.file.Sync()
	}
	if e := u.file.Close(); err == nil {
		err = e
	}
	return err
}

// place gives a file its final name.
func (f *folder) place(from, to string) error {
	dir := filepath.Dir(to)
	if err := f.ensure(dir); err != nil {
		return err
	}
	err := f.files.rename(from, to)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// Somebody outside of this process has removed a folder.
	f.forgetAll()
	if err := f.ensure(dir); err != nil {
		return err
	}
	return f.files.rename(from, to)
}

func (u *folderUpload) abort() {
	_ = u.file.Close()
	_ = u.folder.files.remove(u.name) // what stays is swept later
}

func (f *folder) open(_ context.Context, key string, off, n int64) (io.ReadCloser, error) {
	if id, at, ok := placed(key); ok {
		return f.packs.open(key, id, at, off, n)
	}
	r, err := f.files.open(f.path(key))
	if err != nil {
		return nil, missing(err)
	}
	if off > 0 {
		if _, err := r.Seek(off, io.SeekStart); err != nil {
			_ = r.Close()
			return nil, err
		}
	}
	if n < 0 {
		return r, nil
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(r, n), r}, nil
}

func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return errMissing
	}
	return err
}

func (f *folder) stat(_ context.Context, key string) (int64, error) {
	if id, at, ok := placed(key); ok {
		return f.packs.stat(key, id, at)
	}
	info, err := f.files.stat(f.path(key))
	if err != nil {
		return 0, missing(err)
	}
	return info.Size(), nil
}

// remove deletes a file, and the folders that are empty without it.
func (f *folder) remove(_ context.Context, key string) error {
	if id, at, ok := placed(key); ok {
		return f.packs.remove(key, id, at)
	}
	path := f.path(key)
	if err := f.unlink(path); err != nil {
		return err
	}
	f.tree.Lock()
	defer f.tree.Unlock()
	for dir, top := filepath.Dir(path), f.objects(); dir != top; dir = filepath.Dir(dir) {
		if f.files.remove(dir) != nil { // not empty
			return nil
		}
		f.known.Delete(dir)
	}
	return nil
}

// unlink removes the name of a file and makes that durable. Meanwhile nobody removes the folder, or the name would be durable in it for all that is synced.
func (f *folder) unlink(path string) error {
	f.tree.RLock()
	defer f.tree.RUnlock()
	gone := missing(f.files.remove(path))
	if gone != nil && !errors.Is(gone, errMissing) {
		return gone
	}
	dir, top := filepath.Dir(path), f.objects()
	for {
		err := missing(f.files.syncFolder(dir))
		if err != nil && !errors.Is(err, errMissing) {
			return err
		}
		if dir == top || gone == nil && err == nil {
			return gone
		}
		// Whoever has removed it may not have come to this, and another one has removed the folder since.
		dir = filepath.Dir(dir)
	}
}

func (f *folder) objects() string { return filepath.Join(f.root, objectsFolder) }

func (f *folder) sweep(ctx context.Context, before time.Time) error {
	if err := f.packs.sweep(before); err != nil {
		return err
	}
	dir := filepath.Join(f.root, incomingFolder)
	entries, err := f.files.list(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil || !info.ModTime().Before(before) {
			continue
		}
		if err := f.files.remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
