//go:build !linux

package blob

import (
	"errors"
	"syscall"
)

func fdatasync(fd int) error { return syscall.Fsync(fd) }

func allocate(int, int64, int64) error { return errors.ErrUnsupported }

func punchHole(int, int64, int64) error { return errors.ErrUnsupported }

func startWriting(int, int64, int64) error { return nil }
