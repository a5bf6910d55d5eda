package blob

import "syscall"

// From linux/falloc.h and linux/fs.h.
const (
	fallocKeepSize     = 0x1
	fallocPunchHole    = 0x2
	syncFileRangeWrite = 0x2
)

func fdatasync(fd int) error { return syscall.Fdatasync(fd) }

func allocate(fd int, off, n int64) error { return syscall.Fallocate(fd, 0, off, n) }

func punchHole(fd int, off, n int64) error {
	return syscall.Fallocate(fd, fallocPunchHole|fallocKeepSize, off, n)
}

func startWriting(fd int, off, n int64) error {
	return syscall.SyncFileRange(fd, off, n, syncFileRangeWrite)
}
