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

// meanings are the single statuses of PS3.7 Annex C; classMeanings those of which only the first digits count.
var (
	meanings = map[Status]string{
		Success:               "success",
		ProcessingFailure:     "processing failure",
		DuplicateInstance:     "duplicate SOP instance",
		InvalidInstance:       "invalid SOP instance",
		ClassNotSupported:     "SOP class not supported",
		NotAuthorized:         "not authorised",
		DuplicateInvocation:   "duplicate invocation",
		UnrecognizedOperation: "unrecognised operation",
		MistypedArgument:      "mistyped argument",
		Cancelled:             "cancelled",
		Pending:               "pending",
		PendingWarning:        "pending, optional keys not supported",
	}
	classMeanings = map[Status]string{
		0xA7: "out of resources",
		0xA9: "data set does not match SOP class",
	}
)

func (s Status) meaning() string {
	if text, ok := meanings[s]; ok {
		return text
	}
	if text, ok := classMeanings[s>>8]; ok {
		return text
	}
	switch {
	case s>>12 == 0xC:
		return "cannot understand"
	case s.Warning():
		return "warning"
	}
	return "failure"
}
