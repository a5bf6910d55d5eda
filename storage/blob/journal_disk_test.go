package blob

import (
	"os"
	"syscall"
	"testing"
	"time"
)

func longAgo() time.Time { return time.Now().Add(-staleAfter) }

// allocated is the space that a file takes.
func allocated(t *testing.T, name string) int64 {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Blocks * 512
}
