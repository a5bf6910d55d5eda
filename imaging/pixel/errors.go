package pixel

import (
	"fmt"

	"yilian"
)

// UnsupportedError says that a frame is well but cannot be decoded here. Its chain holds a *yilian.Error with Code "pixel.unsupported".
type UnsupportedError struct {
	Syntax string // transfer syntax UID
	Reason string
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("pixel: %s is not decoded (transfer syntax %s)", e.Reason, e.Syntax)
}

// Unwrap gives the error as the doors of the service know it.
func (e *UnsupportedError) Unwrap() error {
	return yilian.Errorf(yilian.Invalid, "pixel.unsupported", "The server does not decode %s (transfer syntax %s).", e.Reason, e.Syntax)
}

// invalid makes the error for pixel data that contradict themselves or their description.
func invalid(format string, args ...any) error {
	return yilian.Errorf(yilian.Invalid, "pixel.invalid", "The pixel data cannot be read: "+format+".", args...)
}
