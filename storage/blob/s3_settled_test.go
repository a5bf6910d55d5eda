package blob

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/minio/minio-go/v7"
)

// TestSettled: what met something else on its way is put again, for a moment; everything else is told at once.
func TestSettled(t *testing.T) {
	for name, c := range map[string]struct{ status, clear, tries int }{
		"nothing in the way":      {0, 0, 1},
		"something passes":        {http.StatusConflict, 2, 3},
		"something stays":         {http.StatusConflict, 100, 6},
		"the store says no":       {http.StatusForbidden, 100, 1},
		"the store is not itself": {http.StatusServiceUnavailable, 100, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				err := settled(t.Context(), func() error {
					if tries++; tries > c.clear {
						return nil
					}
					return minio.ErrorResponse{StatusCode: c.status}
				})
				if tries != c.tries || (err != nil) != (c.clear >= c.tries) {
					t.Errorf("%d tries, %v", tries, err)
				}
			})
		})
	}
}
