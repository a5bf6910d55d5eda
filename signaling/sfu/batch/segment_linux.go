package batch

import (
	"encoding/binary"
	"errors"
	"strconv"
	"syscall"
)

const canSegment = true

// UDP_SEGMENT of linux/udp.h: a control message with the size at which the kernel cuts.
const (
	solUDP     = 17
	udpSegment = 103
)

// cutAt writes the control message into b, which is made if it is nil.
func cutAt(b []byte, size int) []byte {
	if b == nil {
		b = make([]byte, syscall.CmsgSpace(2))
	}
	header := syscall.CmsgLen(0)
	if strconv.IntSize == 64 {
		binary.NativeEndian.PutUint64(b, uint64(syscall.CmsgLen(2)))
	} else {
		binary.NativeEndian.PutUint32(b, uint32(syscall.CmsgLen(2)))
	}
	binary.NativeEndian.PutUint32(b[header-8:], solUDP)
	binary.NativeEndian.PutUint32(b[header-4:], udpSegment)
	binary.NativeEndian.PutUint16(b[header:], uint16(size))
	return b
}

// cannotSegment tells that the kernel or the interface does not do it at all.
func cannotSegment(err error) bool {
	return errors.Is(err, syscall.EIO) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.EOPNOTSUPP)
}
