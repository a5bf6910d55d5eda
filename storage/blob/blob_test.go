package blob_test

import (
	"crypto/rand"
	"net/url"
	"testing"

	"yilian/storage/blob"
	"yilian/storage/storagetest"
)

func TestFolder(t *testing.T) {
	storagetest.BlobSuite(t, func(t *testing.T) storagetest.Blobs {
		s, err := blob.Folder(t.TempDir() + "/new/objects 中")
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

// place gives an address in the test bucket that nobody else uses.
func place(t *testing.T) string {
	u, err := url.Parse(storagetest.Backend(t, "YILIAN_TEST_S3"))
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + rand.Text()
	return u.String()
}

func TestS3(t *testing.T) {
	storagetest.Backend(t, "YILIAN_TEST_S3")
	storagetest.BlobSuite(t, func(t *testing.T) storagetest.Blobs {
		s, err := blob.S3(t.Context(), place(t))
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
