package blob

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/minio/minio-go/v7"
)

// readAttempts is how often a reader connects again without having got anything new.
const readAttempts = 3

// objectReader reads a range of an object and goes on where it was when the connection breaks.
type objectReader struct {
	ctx   context.Context
	store *objectStore
	name  string
	etag  string // of the first answer: a replaced object is not read on
	at    int64
	left  int64 // bytes to read; negative: to the end, until the first answer tells
	body  io.ReadCloser
	tries int
}

// connect asks for what is left.
func (r *objectReader) connect() error {
	var options minio.GetObjectOptions
	var err error
	switch {
	case r.left >= 0:
		err = options.SetRange(r.at, r.at+r.left-1)
	case r.at > 0:
		err = options.SetRange(r.at, 0)
	}
	if err == nil && r.etag != "" {
		err = options.SetMatchETag(r.etag)
	}
	if err != nil {
		return err
	}
	body, info, _, err := r.store.core.GetObject(r.ctx, r.store.bucket, r.name, options)
	if e, ok := errors.AsType[minio.ErrorResponse](err); ok && e.StatusCode == http.StatusRequestedRangeNotSatisfiable {
		r.body, r.left = http.NoBody, 0
		return nil
	}
	if err != nil {
		return r.store.fault(err)
	}
	r.body, r.etag, r.left = body, info.ETag, info.Size
	return nil
}

func (r *objectReader) Read(p []byte) (int, error) {
	for {
		if r.left == 0 {
			return 0, io.EOF
		}
		n, err := r.body.Read(p[:min(int64(len(p)), r.left)])
		r.at += int64(n)
		r.left -= int64(n)
		switch {
		case n > 0:
			r.tries = 0
			return n, nil
		case err == nil:
			return 0, nil
		}
		if err := r.again(err); err != nil {
			return 0, err
		}
	}
}

// again connects once more after a broken connection.
func (r *objectReader) again(cause error) error {
	if r.tries++; r.tries > readAttempts || r.ctx.Err() != nil {
		if errors.Is(cause, io.EOF) {
			cause = io.ErrUnexpectedEOF
		}
		return r.store.fault(cause)
	}
	_ = r.body.Close()
	r.body = http.NoBody
	return r.connect()
}

func (r *objectReader) Close() error { return r.body.Close() }
