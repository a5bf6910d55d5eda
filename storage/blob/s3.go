package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"yilian"
)

const (
	// partSize is the memory that an upload takes at most, in bytes; it is also the smallest part that S3 accepts.
	partSize = 5 << 20
	// s3Retries is how often minio-go sends a request before it gives up.
	s3Retries = 4
	// abandonedAfter is how old an unfinished upload in the store is when a start of the program removes it. Other nodes upload too.
	abandonedAfter = 24 * time.Hour
)

// objectStore keeps objects in a bucket. An object up to a part's size is sent in one request at its commit. A larger one is a
// multipart upload to a name of its own under incoming/, because its key is not known yet; the commit copies it inside the store.
type objectStore struct {
	core   minio.Core
	bucket string
	prefix string // "" or ending with a slash
}

// S3 opens a bucket of an S3-compatible object store:
//
//	s3://[KEY:SECRET@]BUCKET[/PREFIX]?endpoint=https://host:port&region=NAME[&lookup=path|dns]
//
// Without keys in the URL they come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from the cloud's machine role.
func S3(ctx context.Context, place string) (*Store, error) {
	o, err := openObjectStore(place)
	if err != nil {
		return nil, err
	}
	there, err := o.core.BucketExists(ctx, o.bucket)
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", o.bucket, o.fault(err))
	}
	if !there {
		return nil, yilian.Errorf(yilian.Invalid, "blob.bucket", "The object store has no bucket %q.", o.bucket)
	}
	s := &Store{o}
	if err := s.Sweep(ctx, time.Now().Add(-abandonedAfter)); err != nil && ctx.Err() != nil {
		return nil, err // other failures only leave some rubbish until the next start
	}
	return s, nil
}

func openObjectStore(place string) (*objectStore, error) {
	refuse := func(why string) error {
		return yilian.Errorf(yilian.Invalid, "blob.settings", "The object store's address is wrong: %s.", why)
	}
	u, err := url.Parse(place)
	if err != nil {
		return nil, refuse("it is not a URL") // without err: it would show the keys
	}
	q := u.Query()
	endpoint, err := url.Parse(q.Get("endpoint"))
	switch {
	case u.Scheme != "s3" || u.Host == "":
		return nil, refuse("it begins with s3://BUCKET")
	case err != nil || endpoint.Host == "" || endpoint.Scheme != "http" && endpoint.Scheme != "https":
		return nil, refuse("endpoint=https://host:port is missing")
	}
	lookup, ok := map[string]minio.BucketLookupType{
		"": minio.BucketLookupAuto, "path": minio.BucketLookupPath, "dns": minio.BucketLookupDNS,
	}[q.Get("lookup")]
	if !ok {
		return nil, refuse("lookup is path or dns")
	}
	chain := []credentials.Provider{&credentials.EnvAWS{}, &credentials.IAM{}}
	if secret, ok := u.User.Password(); ok {
		chain = []credentials.Provider{&credentials.Static{Value: credentials.Value{
			AccessKeyID: u.User.Username(), SecretAccessKey: secret, SignerType: credentials.SignatureV4,
		}}}
	}
	client, err := minio.New(endpoint.Host, &minio.Options{
		Creds: credentials.NewChainCredentials(chain), Secure: endpoint.Scheme == "https", Region: q.Get("region"),
		BucketLookup: lookup, MaxRetries: s3Retries,
	})
	if err != nil {
		return nil, fmt.Errorf("the object store: %w", err)
	}
	prefix := strings.Trim(u.Path, "/")
	if prefix != "" {
		prefix += "/"
	}
	return &objectStore{core: minio.Core{Client: client}, bucket: u.Host, prefix: prefix}, nil
}

func (o *objectStore) name(key string) string { return o.prefix + objectsFolder + "/" + key }

// fault gives an error of the store its meaning.
func (o *objectStore) fault(err error) error {
	if err == nil {
		return nil
	}
	r, ok := errors.AsType[minio.ErrorResponse](err)
	switch {
	case ok && (r.Code == minio.NoSuchKey || r.StatusCode == http.StatusNotFound && r.Code != minio.NoSuchBucket):
		return errMissing
	case ok && (r.Code == "QuotaExceeded" || r.Code == "XMinioStorageFull" || r.StatusCode == http.StatusInsufficientStorage):
		return errFull(err)
	case ok && r.StatusCode < 500 && r.StatusCode != http.StatusTooManyRequests:
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	e := yilian.Errorf(yilian.Unavailable, "blob.unavailable", "The object store does not answer now. Please try again.")
	e.Err = err
	return e
}

func (o *objectStore) create(ctx context.Context) (upload, error) {
	return &objectUpload{ctx: ctx, store: o}, nil
}

// objectUpload holds at most one part in memory.
type objectUpload struct {
	ctx    context.Context
	store  *objectStore
	part   bytes.Buffer
	staged *staged // nil while all of it fits into one part
}

// staged is a multipart upload under way.
type staged struct {
	name, id string
	parts    []minio.CompletePart
}

func (u *objectUpload) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		if u.part.Len() == partSize {
			if err := u.flush(u.ctx); err != nil {
				return written, err
			}
		}
		n := min(len(p), partSize-u.part.Len())
		u.part.Write(p[:n]) // never fails
		p, written = p[n:], written+n
	}
	return written, nil
}

// flush sends the part in memory. The SHA-256 in its signature lets the store refuse what was damaged on the way.
func (u *objectUpload) flush(ctx context.Context) error {
	o := u.store
	if u.staged == nil {
		s := &staged{name: o.incoming()}
		var err error
		if s.id, err = o.core.NewMultipartUpload(ctx, o.bucket, s.name, minio.PutObjectOptions{}); err != nil {
			return o.fault(err)
		}
		u.staged = s
	}
	s := u.staged
	number := len(s.parts) + 1
	part, err := o.core.PutObjectPart(ctx, o.bucket, s.name, s.id, number, bytes.NewReader(u.part.Bytes()), int64(u.part.Len()),
		minio.PutObjectPartOptions{Sha256Hex: sum(u.part.Bytes()), DisableContentSha256: true})
	if err != nil {
		return o.fault(err)
	}
	s.parts = append(s.parts, minio.CompletePart{PartNumber: number, ETag: part.ETag})
	u.part.Reset()
	return nil
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

func (u *objectUpload) commit(ctx context.Context, key string) error {
	o := u.store
	if u.staged == nil {
		b := u.part.Bytes()
		return o.fault(settled(ctx, func() error {
			_, err := o.core.PutObject(ctx, o.bucket, o.name(key), bytes.NewReader(b), int64(len(b)), "", sum(b),
				minio.PutObjectOptions{DisableContentSha256: true})
			return err
		}))
	}
	if err := u.flush(ctx); err != nil {
		u.abort()
		return err
	}
	s := u.staged
	if _, err := o.core.CompleteMultipartUpload(ctx, o.bucket, s.name, s.id, s.parts, minio.PutObjectOptions{}); err != nil {
		u.abort()
		return o.fault(err)
	}
	_, err := o.core.ComposeObject(ctx, minio.CopyDestOptions{Bucket: o.bucket, Object: o.name(key)}, minio.CopySrcOptions{Bucket: o.bucket, Object: s.name})
	o.tidy(ctx, func(ctx context.Context) error {
		return o.core.RemoveObject(ctx, o.bucket, s.name, minio.RemoveObjectOptions{})
	})
	return o.fault(err)
}

// settled repeats what met something else that was under way at the same place (409): a store over folders removes an empty one while an object
// of another key comes into it. Putting an object twice is putting it once.
func settled(ctx context.Context, put func() error) error {
	for try := range 5 {
		err := put()
		if r, ok := errors.AsType[minio.ErrorResponse](err); !ok || r.StatusCode != http.StatusConflict {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(try+1) * 20 * time.Millisecond):
		}
	}
	return put()
}

func (u *objectUpload) abort() {
	o, s := u.store, u.staged
	if s == nil {
		return
	}
	o.tidy(context.Background(), func(ctx context.Context) error { return o.core.AbortMultipartUpload(ctx, o.bucket, s.name, s.id) })
	o.tidy(context.Background(), func(ctx context.Context) error {
		return o.core.RemoveObject(ctx, o.bucket, s.name, minio.RemoveObjectOptions{})
	})
}

// tidy removes something that nobody sees, also when the caller has gone; what stays is swept later.
func (o *objectStore) tidy(ctx context.Context, remove func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	_ = remove(ctx)
}

func (o *objectStore) stat(ctx context.Context, key string) (int64, error) {
	info, err := o.core.StatObject(ctx, o.bucket, o.name(key), minio.StatObjectOptions{})
	return info.Size, o.fault(err)
}

func (o *objectStore) remove(ctx context.Context, key string) error {
	return o.fault(o.core.RemoveObject(ctx, o.bucket, o.name(key), minio.RemoveObjectOptions{}))
}

func (o *objectStore) list(ctx context.Context, prefix, after string, limit int) ([]string, error) {
	var keys []string
	start := ""
	if after != "" {
		start = o.name(after)
	}
	options := minio.ListObjectsOptions{Prefix: o.name(prefix), Recursive: true, StartAfter: start, MaxKeys: min(limit, 1000)}
	for info := range o.core.ListObjectsIter(ctx, o.bucket, options) {
		if info.Err != nil {
			return nil, o.fault(info.Err)
		}
		keys = append(keys, strings.TrimPrefix(info.Key, o.name("")))
		if len(keys) == limit {
			break
		}
	}
	return keys, ctx.Err()
}

func (o *objectStore) open(ctx context.Context, key string, off, n int64) (io.ReadCloser, error) {
	if n == 0 {
		_, err := o.stat(ctx, key)
		return http.NoBody, err
	}
	r := &objectReader{ctx: ctx, store: o, name: o.name(key), at: off, left: n}
	return r, r.connect()
}
