package backup

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"yilian"
	"yilian/storage/sqlstore"
)

// Target gives the file that a backup to `to` is written to: to itself, or a new name inside of it if it is a folder.
func Target(to string, now time.Time) string {
	if info, err := os.Stat(to); err == nil && info.IsDir() {
		return filepath.Join(to, "yilian-"+now.UTC().Format("20060102T150405Z")+".tar")
	}
	return to
}

// Write copies the installation in the folder data into the new file to. Others may be using the installation. The file has its
// name only when it is complete and durable.
func Write(ctx context.Context, data, to, program string) (m Manifest, err error) {
	if _, err := os.Stat(filepath.Join(data, Database)); errors.Is(err, fs.ErrNotExist) {
		return m, yilian.Errorf(yilian.Invalid, "backup.empty", "There is no embedded installation in %s.", data)
	}
	if _, err := os.Lstat(to); err == nil {
		return m, yilian.Errorf(yilian.Invalid, "backup.exists", "%s is there already.", to)
	}
	if inside(data, to) {
		return m, yilian.Errorf(yilian.Invalid, "backup.inside", "A backup belongs outside of the installation's folder, best on another disk.")
	}
	partial := to + ".partial-" + rand.Text()
	out, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return m, fmt.Errorf("backup: %w", err)
	}
	defer func() {
		if err != nil {
			_ = out.Close()
			_ = os.Remove(partial)
		}
	}()
	buffer := bufio.NewWriterSize(out, 1<<20)
	w := &writer{ctx: ctx, data: data, tar: tar.NewWriter(buffer), done: map[string]bool{}}
	w.manifest = Manifest{Format: format, Program: program, Begun: time.Now().UTC()}
	if err := w.all(partial + ".db"); err != nil {
		return m, fmt.Errorf("backup of %s: %w", data, err)
	}
	if err := errors.Join(w.tar.Close(), buffer.Flush()); err != nil {
		return m, fmt.Errorf("backup: %w", err)
	}
	if err := settle(out, partial, to); err != nil {
		return m, fmt.Errorf("backup: %w", err)
	}
	return w.manifest, nil
}

func inside(folder, name string) bool {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return false
	}
	name, err = filepath.Abs(name)
	if err != nil {
		return false
	}
	relative, err := filepath.Rel(folder, name)
	return err == nil && filepath.IsLocal(relative)
}

// settle gives a finished file its name, durably.
func settle(f *os.File, from, to string) error {
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(to))
}

func syncFolder(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// writer fills a tar file.
type writer struct {
	ctx      context.Context
	data     string
	tar      *tar.Writer
	done     map[string]bool // paths that are in
	manifest Manifest
}

// all writes everything in the order of the package comment. snapshot is a file name for the copy of the database.
func (w *writer) all(snapshot string) error {
	for range 2 {
		if err := w.walk(Objects, growing); err != nil {
			return err
		}
	}
	defer func() { _ = os.Remove(snapshot) }()
	if err := sqlstore.Snapshot(w.ctx, filepath.Join(w.data, Database), snapshot); err != nil {
		return err
	}
	if err := w.add(snapshot, Database); err != nil {
		return err
	}
	for range 2 { // a pack that was being sealed has its new name the second time
		if err := w.walk(".", nil); err != nil {
			return err
		}
	}
	w.manifest.Ended = time.Now().UTC()
	text, err := json.MarshalIndent(w.manifest, "", " ")
	if err != nil {
		return err
	}
	if err := w.tar.WriteHeader(&tar.Header{Name: manifestName, Mode: 0o600, Size: int64(len(text)), ModTime: w.manifest.Ended}); err != nil {
		return err
	}
	_, err = w.tar.Write(text)
	return err
}

// walk adds the files below a folder that are not in yet, but for those that are to be left for later.
func (w *writer) walk(below string, later func(relative string) bool) error {
	return filepath.WalkDir(filepath.Join(w.data, below), func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // gone meanwhile, or no objects yet
			return nil
		}
		if err == nil {
			err = w.ctx.Err()
		}
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(w.data, name)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		switch {
		case passing(relative) && d.IsDir():
			return fs.SkipDir
		case passing(relative) || !d.Type().IsRegular() || w.done[relative] || later != nil && later(relative):
			return nil
		}
		err = w.add(name, relative)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}

// passing tells what is not worth keeping: the live database and its log (a snapshot takes their place) and uploads under way.
func passing(relative string) bool {
	return relative == Database || strings.HasPrefix(relative, Database+"-") || relative == path.Join(Objects, "incoming")
}

// growing tells of a pack that objects are still added to.
func growing(relative string) bool {
	return strings.HasPrefix(relative, path.Join(Objects, "packs")+"/") && strings.HasSuffix(relative, ".open")
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// add puts one file into the tar under a name. Nothing is written if it cannot be opened.
func (w *writer) add(name, as string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	header := &tar.Header{Name: as, Mode: 0o600, Size: info.Size(), ModTime: info.ModTime()}
	if err := w.tar.WriteHeader(header); err != nil {
		return fmt.Errorf("%s: %w", as, err)
	}
	h := sha256.New()
	// A file that grows meanwhile is cut where it ended; one that shrinks is an error, but for a pack that is being sealed: what it
	// gives back was zeros.
	var from io.Reader = f
	if growing(as) {
		from = io.MultiReader(f, zeros{})
	}
	if _, err := io.CopyN(io.MultiWriter(w.tar, h), from, info.Size()); err != nil {
		return fmt.Errorf("%s: %w", as, err)
	}
	w.done[as] = true
	w.manifest.Files = append(w.manifest.Files, File{Path: as, Size: info.Size(), SHA256: hex.EncodeToString(h.Sum(nil))})
	return nil
}
