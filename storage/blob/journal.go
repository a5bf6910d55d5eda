package blob

import (
	"context"
	"errors"
	"io"

	"yilian"
)

// RecordWriter receives one object for Record. Exactly one Abort ends it, also after Record. It is used by one goroutine.
type RecordWriter = interface {
	io.Writer
	// Record makes what was written durable under a key together with a note, with one write to the disk where that can be. It
	// answers the key that the object has from then on, which keeps the first and last segment of the given one. page and end say
	// where the note stands: behind all notes of that page that were recorded before. With page "" no note is kept.
	Record(ctx context.Context, key string, note []byte) (at, page string, end int64, err error)
	// Abort gives up what was not recorded. What was recorded stays; the next note of the page comes only after Abort.
	Abort()
}

// journal answers the packs of a place that has them.
func (s *Store) journal() (*packs, error) {
	if f, ok := s.d.(*folder); ok {
		return f.packs, nil
	}
	return nil, errors.ErrUnsupported
}

// Begin begins an object of a kind, which is the first segment of its key. It answers errors.ErrUnsupported where no notes are kept,
// as in an object store: such an object is made with Create.
func (s *Store) Begin(ctx context.Context, kind string) (RecordWriter, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	j, err := s.journal()
	if err != nil {
		return nil, err
	}
	if err := checkKey(kind + "/x"); err != nil {
		return nil, err
	}
	u, err := j.begin(kind)
	if err != nil {
		return nil, explain("begin an object", err)
	}
	return &recordWriter{ctx: ctx, upload: u}, nil
}

// Replay gives each note that stands behind a position (see Record; 0 is the beginning) of a page that no running program writes to,
// with the object's key, in the order of the page. Call it at the start, before anything is recorded. An error of the functions
// ends it. Notes whose object was deleted are left out.
func (s *Store) Replay(ctx context.Context, position func(page string) (int64, error), each func(key, page string, end int64, note []byte) error) error {
	j, err := s.journal()
	if err != nil {
		return nil //nolint:nilerr // no notes
	}
	return explain("replay notes", j.replay(ctx, position, each))
}

// Seal closes the pages that are full. Their notes will not be asked for again: settle has to make durable what was made of all notes
// whose writer was aborted. It is not called when there is nothing to do. The positions in the pages of forget are of no use any
// more.
func (s *Store) Seal(ctx context.Context, settle func(ctx context.Context, forget []string) error) error {
	j, err := s.journal()
	if err != nil {
		return nil //nolint:nilerr // no pages
	}
	return explain("seal pages", j.seal(ctx, settle))
}

// Close lets go of the pages that this program has open, so that another one can go on with them. It is not needed at the end of a
// program. Nothing may be under way.
func (s *Store) Close() error {
	j, err := s.journal()
	if err != nil {
		return nil //nolint:nilerr // no pages
	}
	return j.close()
}

// recordWriter holds the rules of RecordWriter over a packUpload.
type recordWriter struct {
	ctx      context.Context
	upload   *packUpload
	recorded bool
	ended    bool
	err      error // the first error of a write: then there is nothing to record
}

func (w *recordWriter) Write(p []byte) (int, error) {
	if w.ended || w.recorded {
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

func (w *recordWriter) Record(ctx context.Context, key string, note []byte) (at, page string, end int64, err error) {
	switch {
	case w.ended || w.recorded:
		return "", "", 0, errEnded
	case w.err != nil:
		return "", "", 0, w.err
	case ctx.Err() != nil:
		return "", "", 0, ctx.Err()
	}
	if err := checkKey(key); err != nil {
		return "", "", 0, err
	}
	if _, _, ok := placed(key); ok {
		return "", "", 0, yilian.Errorf(yilian.Invalid, "blob.key", "The object's key names a place.")
	}
	w.recorded = true
	at, page, end, err = w.upload.record(ctx, key, note)
	return at, page, end, explain("record an object", err)
}

func (w *recordWriter) Abort() {
	if !w.ended {
		w.ended = true
		w.upload.abort()
	}
}
