package blob

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/minio/minio-go/v7"
)

// incoming makes the name under which a large object waits for its key.
func (o *objectStore) incoming() string { return o.prefix + incomingFolder + "/" + rand.Text() }

func (o *objectStore) sweep(ctx context.Context, before time.Time) error {
	prefix := o.prefix + incomingFolder + "/"
	for u := range o.core.ListIncompleteUploads(ctx, o.bucket, prefix, true) {
		if u.Err != nil {
			return o.fault(u.Err)
		}
		if u.Initiated.Before(before) {
			if err := o.core.AbortMultipartUpload(ctx, o.bucket, u.Key, u.UploadID); err != nil {
				return o.fault(err)
			}
		}
	}
	for info := range o.core.ListObjectsIter(ctx, o.bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
		if info.Err != nil {
			return o.fault(info.Err)
		}
		if info.LastModified.Before(before) {
			if err := o.core.RemoveObject(ctx, o.bucket, info.Key, minio.RemoveObjectOptions{}); err != nil {
				return o.fault(err)
			}
		}
	}
	return nil
}
