package backup

import (
	"archive/tar"
	"bufio"
	"context"
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
	"syscall"

	"yilian"
	"yilian/storage/sqlstore"
)

// maxManifest bounds the memory that a manifest takes, in bytes.
const maxManifest = 1 << 30

// Restore makes an installation in the folder data, which must be empty or missing, from the backup in the file from. The folder
// appears only when everything was there and each file had the size and hash of the manifest.
func Restore(ctx context.Context, from, data string) (m Manifest, err error) {
	data, err = filepath.Abs(data)
	if err != nil {
		return m, fmt.Errorf("restore: %w", err)
	}
	if entries, err := os.ReadDir(data); err == nil && len(entries) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return m, yilian.Errorf(yilian.Invalid, "restore.target", "%s is not an empty folder.", data)
	}
	f, err := os.Open(from)
	if err != nil {
		return m, fmt.Errorf("restore: %w", err)
	}
	defer func() { _ = f.Close() }()
	if err := os.MkdirAll(filepath.Dir(data), 0o700); err != nil {
		return m, fmt.Errorf("restore: %w", err)
	}
	work, err := os.MkdirTemp(filepath.Dir(data), ".yilian-restore-")
	if err != nil {
		return m, fmt.Errorf("restore: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(work)
		}
	}()
	if m, err = unpack(ctx, bufio.NewReaderSize(f, 1<<20), work); err != nil {
		return m, fmt.Errorf("restore %s: %w", from, err)
	}
	if err := sqlstore.Check(ctx, filepath.Join(work, Database)); err != nil {
		return m, fmt.Errorf("restore %s: %w", from, err)
	}
	return m, move(work, data)
}

// move gives the finished folder its name, durably.
func move(work, data string) error {
	syscall.Sync() // all files at once; one by one takes hours for an archive
	if err := os.Remove(data); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("restore: %w", err) // a mount point: choose a folder inside of it
	}
	if err := os.Rename(work, data); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return syncFolder(filepath.Dir(data))
}

// unpack writes the files of a tar into a folder and compares them with the manifest.
func unpack(ctx context.Context, r io.Reader, into string) (m Manifest, err error) {
	root, err := os.OpenRoot(into) // nothing gets out of it, whatever the names in the file
	if err != nil {
		return m, err
	}
	defer func() { _ = root.Close() }()
	files := map[string]File{}
	t := tar.NewReader(r)
	for {
		if err := ctx.Err(); err != nil {
			return m, err
		}
		header, err := t.Next()
		if errors.Is(err, io.EOF) {
			return m, damaged("it has no manifest: the backup was not finished")
		}
		if err != nil {
			return m, damaged(err.Error())
		}
		if header.Name == manifestName {
			return verify(t, files)
		}
		file, err := extract(root, header, t)
		if err != nil {
			return m, err
		}
		files[file.Path] = file
	}
}

func extract(root *os.Root, header *tar.Header, r io.Reader) (File, error) {
	name := header.Name
	if header.Typeflag != tar.TypeReg || !filepath.IsLocal(filepath.FromSlash(name)) {
		return File{}, damaged("it holds something that is not a file of an installation")
	}
	if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return File{}, err
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return File{}, err
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, h), r)
	if e := f.Close(); err == nil {
		err = e
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = damaged("it ends too early")
	}
	if err != nil {
		return File{}, err
	}
	return File{Path: name, Size: n, SHA256: hex.EncodeToString(h.Sum(nil))}, nil
}

// verify compares what was unpacked with the manifest, both ways.
func verify(r io.Reader, files map[string]File) (m Manifest, err error) {
	if err := json.NewDecoder(io.LimitReader(r, maxManifest)).Decode(&m); err != nil {
		return m, damaged("its manifest cannot be read")
	}
	if m.Format != format {
		return m, yilian.Errorf(yilian.Invalid, "restore.format", "The backup has format %d; this release knows %d.", m.Format, format)
	}
	for _, want := range m.Files {
		if files[want.Path] != want {
			return m, damaged(want.Path + " is missing or was altered")
		}
	}
	if len(files) != len(m.Files) {
		return m, damaged("it holds files that are not in its manifest")
	}
	if _, ok := files[Database]; !ok {
		return m, damaged("it has no database")
	}
	return m, nil
}

func damaged(why string) error {
	return yilian.Errorf(yilian.Invalid, "restore.damaged", "The backup is damaged: %s.", why)
}
