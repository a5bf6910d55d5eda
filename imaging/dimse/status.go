package dimse

import "fmt"

// Status is the status (0000,0900) of a response (PS3.7 Annex C, PS3.4 Annex B.2.3).
type Status uint16

// Statuses this service gives or must know.
const (
	Success               Status = 0x0000
	NoSuchAttribute       Status = 0x0105
	InvalidAttributeValue Status = 0x0106
	AttributeListWarning  Status = 0x0107 // some attributes were not taken over
	ProcessingFailure     Status = 0x0110
	DuplicateInstance     Status = 0x0111
	NoSuchInstance        Status = 0x0112
	NoSuchEventType       Status = 0x0113
	NoSuchArgument        Status = 0x0114
	InvalidArgument       Status = 0x0115
	InvalidInstance       Status = 0x0117
	NoSuchClass           Status = 0x0118
	InstanceConflict      Status = 0x0119
	MissingAttribute      Status = 0x0120
	MissingAttributeValue Status = 0x0121
	ClassNotSupported     Status = 0x0122
	NoSuchAction          Status = 0x0123
	NotAuthorized         Status = 0x0124
	DuplicateInvocation   Status = 0x0210
	UnrecognizedOperation Status = 0x0211
	MistypedArgument      Status = 0x0212
	ResourceLimitation    Status = 0x0213
	OutOfResources        Status = 0xA700 // C-STORE
	DataSetMismatch       Status = 0xA900 // C-STORE: the data set does not match the SOP class
	CannotUnderstand      Status = 0xC000 // C-STORE
	CoercedElements       Status = 0xB000 // C-STORE warning
	ElementsDiscarded     Status = 0xB006 // C-STORE warning
	MismatchWarning       Status = 0xB007 // C-STORE warning
	NoMatchesCounted      Status = 0xA701 // C-MOVE, C-GET: out of resources, unable to calculate the number of matches
	NoSubOperations       Status = 0xA702 // C-MOVE, C-GET: out of resources, unable to perform sub-operations
	UnknownDestination    Status = 0xA801 // C-MOVE: move destination unknown
	SomeFailed            Status = 0xB000 // C-MOVE, C-GET warning: sub-operations complete, one or more failures
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
		NoSuchAttribute:       "no such attribute",
		InvalidAttributeValue: "invalid attribute value",
		AttributeListWarning:  "attribute list error",
		ProcessingFailure:     "processing failure",
		DuplicateInstance:     "duplicate SOP instance",
		NoSuchInstance:        "no such SOP instance",
		NoSuchEventType:       "no such event type",
		NoSuchArgument:        "no such argument",
		InvalidArgument:       "invalid argument value",
		InvalidInstance:       "invalid SOP instance",
		NoSuchClass:           "no such SOP class",
		InstanceConflict:      "class and instance conflict",
		MissingAttribute:      "missing attribute",
		MissingAttributeValue: "missing attribute value",
		ClassNotSupported:     "SOP class not supported",
		NoSuchAction:          "no such action type",
		ResourceLimitation:    "resource limitation",
		UnknownDestination:    "move destination unknown",
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
