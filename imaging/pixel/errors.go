package pixel

import (
	"fmt"

	"yilian"
)

// UnsupportedError says that a frame is well but cannot be decoded, or encoded, here. Its chain holds a *yilian.Error with Code
// "pixel.unsupported".
type UnsupportedError struct {
	Syntax string // transfer syntax UID
	Reason string
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("pixel: %s is not decoded or encoded here (transfer syntax %s)", e.Reason, e.Syntax)
}

// Unwrap gives the error as the doors of the service know it.
func (e *UnsupportedError) Unwrap() error {
	return yilian.Errorf(yilian.Invalid, "pixel.unsupported", "The server does not decode %s (transfer syntax %s).", e.Reason, e.Syntax)
}

// CodeTruncated is the Code of the *yilian.Error for pixel data that end before the frame is complete; "pixel.invalid" is that of
// all other damage.
const CodeTruncated = "pixel.truncated"

// invalid makes the error for pixel data that contradict themselves or their description.
func invalid(format string, args ...any) error {
	return yilian.Errorf(yilian.Invalid, "pixel.invalid", "The pixel data cannot be read: "+format+".", args...)
}

// truncated makes the error for pixel data that end within what is named.
func truncated(what string) error {
	return yilian.Errorf(yilian.Invalid, CodeTruncated, "The pixel data end early, within %s.", what)
}
