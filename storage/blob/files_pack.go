package blob

import (
	"errors"
	"os"
	"syscall"
)

func (disk) openPack(name string, made bool) (packFile, error) {
	flags := os.O_RDWR
	if made {
		flags |= os.O_CREATE | os.O_EXCL
	}
	f, err := os.OpenFile(name, flags, 0o600)
	if err != nil {
		return nil, err
	}
	return diskPack{f}, nil
}

// diskPack is a pack on this machine. What its file system cannot do (an old one, or one over the network) is done without.
type diskPack struct{ *os.File }

func (p diskPack) size() (int64, error) {
	info, err := p.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (p diskPack) truncate(size int64) error { return p.Truncate(size) }

func (p diskPack) datasync() error { return p.control("fdatasync", fdatasync) }

func (p diskPack) reserve(off, n int64) error {
	err := p.control("fallocate", func(fd int) error { return allocate(fd, off, n) })
	if errors.Is(err, errors.ErrUnsupported) {
		return p.Truncate(off + n)
	}
	return err
}

func (p diskPack) punch(off, n int64) error {
	err := p.control("fallocate", func(fd int) error { return punchHole(fd, off, n) })
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

func (p diskPack) hurry(off, n int64) {
	_ = p.control("sync_file_range", func(fd int) error { return startWriting(fd, off, n) })
}

func (p diskPack) lock() (bool, error) {
	err := p.control("flock", func(fd int) error { return syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB) })
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

// control runs a system call on the file, again when a signal has interrupted it.
func (p diskPack) control(call string, do func(fd int) error) error {
	raw, err := p.SyscallConn()
	if err != nil {
		return err
	}
	var result error
	err = raw.Control(func(fd uintptr) {
		for {
			if result = do(int(fd)); !errors.Is(result, syscall.EINTR) {
				return
			}
		}
	})
	if err == nil && result != nil {
		err = os.NewSyscallError(call, result)
	}
	return err
}
