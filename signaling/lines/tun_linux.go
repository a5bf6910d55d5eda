package lines

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

// openTUN makes a network device whose packets are read and written through the file (Linux, Documentation/networking/tuntap.rst).
func openTUN(name string) (*os.File, error) {
	fd, err := syscall.Open("/dev/net/tun", syscall.O_RDWR|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("/dev/net/tun: %w", err)
	}
	const withoutInfo = 0x1000 // IFF_NO_PI: bare IP packets
	request := struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}{flags: syscall.IFF_TUN | withoutInfo}
	copy(request.name[:syscall.IFNAMSIZ-1], name)
	if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.TUNSETIFF, uintptr(unsafe.Pointer(&request))); e != 0 {
		_ = syscall.Close(fd)
		return nil, fmt.Errorf("device %s: %w", name, e)
	}
	return os.NewFile(uintptr(fd), name), nil // after the device is made: before, it cannot be polled
}
