package dimse

import "fmt"

// Status is the status (0000,0900) of a response (PS3.7 Annex C, PS3.4 Annex B.2.3).
type Status uint16

// Statuses this service gives or must know.
const (
	Success               Status = 0x0000
	ProcessingFailure     Status = 0x0110
	DuplicateInstance     Status = 0x0111
	InvalidInstance       Status = 0x0117
	ClassNotSupported     Status = 0x0122
	NotAuthorized         Status = 0x0124
	DuplicateInvocation   Status = 0x0210
	UnrecognizedOperation Status = 0x0211
	MistypedArgument      Status = 0x0212
	OutOfResources        Status = 0xA700 // C-STORE
	DataSetMismatch       Status = 0xA900 // C-STORE: the data set does not match the SOP class
	CannotUnderstand      Status = 0xC000 // C-STORE
	CoercedElements       Status = 0xB000 // C-STORE warning
	ElementsDiscarded     Status = 0xB006 // C-STORE warning
	MismatchWarning       Status = 0xB007 // C-STORE warning
	Cancelled             Status = 0xFE00
	Pending               Status = 0xFF00
	PendingWarning        Status = 0xFF01
)

// Warning tells whether the operation was done, with something to know (PS3.7 C.3: 0001, Bxxx, 0107, 0116).
func (s Status) Warning() bool {
	return s == 0x0001 || s == 0x0107 || s == 0x0116 || s>>12 == 0xB
}

// OK tells whether the operation was done: success or warning.
func (s Status) OK() bool { return s == Success || s.Warning() }

// Transient tells whether the same request may succeed later: the receiver was out of resources (PS3.4 B.2.3: A7xx).
func (s Status) Transient() bool { return s>>8 == 0xA7 }

// String gives the four digits of the standard's tables and their meaning.
func (s Status) String() string {
	return fmt.Sprintf("%04X %s", uint16(s), s.meaning())
}

func (s Status) meaning() string {
	switch {
	case s == Success:
		return "success"
	case s == ProcessingFailure:
		return "processing failure"
	case s == DuplicateInstance:
		return "duplicate SOP instance"
	case s == InvalidInstance:
		return "invalid SOP instance"
	case s == ClassNotSupported:
		return "SOP class not supported"
	case s == NotAuthorized:
		return "not authorised"
	case s == DuplicateInvocation:
		return "duplicate invocation"
	case s == UnrecognizedOperation:
		return "unrecognised operation"
	case s == MistypedArgument:
		return "mistyped argument"
	case s.Transient():
		return "out of resources"
	case s>>8 == 0xA9:
		return "data set does not match SOP class"
	case s>>12 == 0xC:
		return "cannot understand"
	case s == Cancelled:
		return "cancelled"
	case s == Pending, s == PendingWarning:
		return "pending"
	case s.Warning():
		return "warning"
	}
	return "failure"
}
