// Package blob keeps immutable objects: in a folder of this machine or in any S3-compatible object store. It knows nothing of what
// is in them.
//
// A key is made of segments between slashes: UTF-8 without control characters, each 1 to 200 bytes and neither "." nor "..",
// together at most 900 bytes. Keys "a" and "a/b" may both exist in a folder and in most object stores; do not rely on it. A key
// stands for one content: committing it again replaces the object as a whole.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"yilian"
)

const (
	maxSegment = 200
	maxKey     = 900
)

// Writer receives one object. Nothing is visible before Commit. Exactly one of Commit and Abort ends it; Abort after Commit does
// nothing. It is used by one goroutine.
//
// When Commit answers nil, the object survives a power cut; after an error it may or may not be there, and never in part.
type Writer = interface {
	io.Writer
	Commit(ctx context.Context, key string) error
	Abort()
}

// Store is one place for objects. All methods are safe for concurrent use and end early with ctx.
type Store struct{ d driver }

// driver is what differs between places. It gets keys that were checked.
type driver interface {
	create(ctx context.Context) (upload, error)
	open(ctx context.Context, key string, off, n int64) (io.ReadCloser, error)
	stat(ctx context.Context, key string) (int64, error)
	remove(ctx context.Context, key string) error
	list(ctx context.Context, prefix, after string, limit int) ([]string, error)
	sweep(ctx context.Context, before time.Time) error
}

// upload is an object under way.
type upload interface {
	io.Writer
	commit(ctx context.Context, key string) error
	abort()
}

// errMissing is what drivers answer for a key that is not there.
var errMissing = errors.New("no such object")

// Open opens the place that a setting names: an s3:// URL (see S3) or a folder.
func Open(ctx context.Context, place string) (*Store, error) {
	if strings.HasPrefix(place, "s3://") {
		return S3(ctx, place)
	}
	return Folder(place)
}

// Create begins an object. It answers an Unavailable error with the code "storage.full" when there is too little space.
func (s *Store) Create(ctx context.Context) (Writer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	u, err := s.d.create(ctx)
	if err != nil {
		return nil, explain("create an object", err)
	}
	return &writer{ctx: ctx, upload: u}, nil
}

// Open reads n bytes from off on; n < 0 reads to the end. What lies behind the end is not there: reading just ends.
func (s *Store) Open(ctx context.Context, key string, off, n int64) (io.ReadCloser, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	if off < 0 {
		return nil, yilian.Errorf(yilian.Invalid, "blob.range", "A range begins at 0 or later.")
	}
	r, err := s.d.open(ctx, key, off, n)
	if err != nil {
		return nil, explain("open an object", err)
	}
	return &reader{ctx: ctx, ReadCloser: r}, nil
}

// Stat answers the size of an object in bytes.
func (s *Store) Stat(ctx context.Context, key string) (int64, error) {
	if err := checkKey(key); err != nil {
		return 0, err
	}
	size, err := s.d.stat(ctx, key)
	return size, explain("look at an object", err)
}

// Delete removes an object; an unknown key is no error.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	err := s.d.remove(ctx, key)
	if errors.Is(err, errMissing) {
		return nil
	}
	return explain("delete an object", err)
}

// List answers up to limit keys that begin with prefix and sort after `after`, in bytewise order. Fewer than limit means the end.
func (s *Store) List(ctx context.Context, prefix, after string, limit int) ([]string, error) {
	if limit <= 0 {
		return nil, nil
	}
	keys, err := s.d.list(ctx, prefix, after, limit)
	return keys, explain("list objects", err)
}

// Sweep removes what uploads that never ended have left behind, if they began before a moment. Objects are not touched.
func (s *Store) Sweep(ctx context.Context, before time.Time) error {
	return explain("sweep unfinished uploads", s.d.sweep(ctx, before))
}

// explain gives a driver's error the form that callers know.
func explain(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errMissing):
		return yilian.Errorf(yilian.NotFound, "blob.missing", "This object does not exist.")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	if _, ok := errors.AsType[*yilian.Error](err); ok {
		return err
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// errFull tells that there is no space for more objects.
func errFull(cause error) error {
	e := yilian.Errorf(yilian.Unavailable, "storage.full", "There is too little space to store this.")
	e.Err = cause
	return e
}

func checkKey(key string) error {
	refuse := func(why string) error {
		return yilian.Errorf(yilian.Invalid, "blob.key", "The object's key %s.", why)
	}
	switch {
	case len(key) > maxKey:
		return refuse("is too long")
	case !utf8.ValidString(key):
		return refuse("is not valid UTF-8")
	case strings.ContainsFunc(key, unicode.IsControl):
		return refuse("contains control characters")
	}
	for segment := range strings.SplitSeq(key, "/") {
		switch {
		case segment == "":
			return refuse("has an empty segment")
		case segment == "." || segment == "..":
			return refuse("points to another folder")
		case len(segment) > maxSegment:
			return refuse("has a segment that is too long")
		}
	}
	return nil
}

// writer holds the rules of Writer over any upload.
type writer struct {
	ctx    context.Context
	upload upload
	ended  bool
	err    error // the first error of a write: then there is nothing to commit
}

var errEnded = errors.New("the object was committed or aborted already")

func (w *writer) Write(p []byte) (int, error) {
	if w.ended {
		return 0, errEnded
	}
	if w.err == nil {
		w.err = w.ctx.Err()
	}
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.upload.Write(p)
	w.err = explain("write an object", err)
	return n, w.err
}

func (w *writer) Commit(ctx context.Context, key string) error {
	if w.ended {
		return errEnded
	}
	if w.err == nil {
		w.err = ctx.Err()
	}
	if w.err == nil {
		w.err = checkKey(key)
	}
	w.ended = true
	if w.err != nil {
		w.upload.abort()
		return w.err
	}
	return explain("commit an object", w.upload.commit(ctx, key))
}

func (w *writer) Abort() {
	if !w.ended {
		w.ended = true
		w.upload.abort()
	}
}

// reader ends with its context.
type reader struct {
	ctx context.Context
	io.ReadCloser
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.ReadCloser.Read(p)
}
