package dimse

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// PDU types (PS3.8 9.3.1).
const (
	typeAssociateRQ = 0x01
	typeAssociateAC = 0x02
	typeAssociateRJ = 0x03
	typeData        = 0x04
	typeReleaseRQ   = 0x05
	typeReleaseRP   = 0x06
	typeAbort       = 0x07
)

const (
	pduHeader = 6 // type, reserved, length (4, big endian)
	pdvHeader = 6 // length (4, big endian), presentation context ID, message control header
)

// Bits of the message control header (PS3.8 E.2).
const (
	pdvCommand = 0x01 // the fragment is of a command set, else of a data set
	pdvLast    = 0x02 // the last fragment of it
)

// A-ABORT sources and reasons (PS3.8 9.3.8).
const (
	SourceUser     = 0
	SourceProvider = 2

	ReasonNotSpecified         = 0
	ReasonUnrecognizedPDU      = 1
	ReasonUnexpectedPDU        = 2
	ReasonUnrecognizedPDUParam = 4
	ReasonUnexpectedPDUParam   = 5
	ReasonInvalidPDUParam      = 6
)

// pduError says why a PDU is unrecognised or invalid (event E19); reason goes into the A-ABORT that answers it.
type pduError struct {
	reason byte
	text   string
}

func (e *pduError) Error() string { return "invalid PDU: " + e.text }

func invalid(format string, args ...any) error {
	return &pduError{ReasonInvalidPDUParam, fmt.Sprintf(format, args...)}
}

// Abort is an A-ABORT (PS3.8 9.3.8), sent or received. As an error it ends an association.
type Abort struct {
	Source, Reason byte
	Remote         bool  // the peer sent it
	Err            error // why this side sent it
}

func (a *Abort) Error() string {
	who := "this side"
	if a.Remote {
		who = "the peer"
	}
	text := fmt.Sprintf("association aborted by %s (source %d, reason %d)", who, a.Source, a.Reason)
	if a.Err != nil {
		text += ": " + a.Err.Error()
	}
	return text
}

func (a *Abort) Unwrap() error { return a.Err }

func (a *Abort) encode() []byte {
	return []byte{typeAbort, 0, 0, 0, 0, 4, 0, 0, a.Source, a.Reason}
}

func decodeAbort(body []byte) (*Abort, error) {
	if len(body) != 4 {
		return nil, invalid("A-ABORT of %d bytes", len(body))
	}
	return &Abort{Source: body[2], Reason: body[3], Remote: true}, nil
}

// Reject is an A-ASSOCIATE-RJ (PS3.8 9.3.4). As an error it says that no association came to be.
type Reject struct {
	Result, Source, Reason byte
}

// The rejections this service gives, and their meaning in PS3.8 Table 9-21.
var (
	rejectProtocolVersion    = Reject{1, 2, 2}
	rejectApplicationContext = Reject{1, 1, 2}

	// RejectCallingAE: permanent, the calling AE title is not recognised.
	RejectCallingAE = Reject{1, 1, 3}
	// RejectCalledAE: permanent, the called AE title is not recognised.
	RejectCalledAE = Reject{1, 1, 7}
	// RejectIdentity: permanent, no reason given: the user identity is not accepted (PS3.7 D.3.3.7).
	RejectIdentity = Reject{1, 1, 1}
	// RejectCongestion: transient, temporary congestion: come again later.
	RejectCongestion = Reject{2, 3, 1}
	// RejectLimit: transient, a local limit is exceeded: come again later.
	RejectLimit = Reject{2, 3, 2}
)

// Transient tells whether the same request may succeed later.
func (r *Reject) Transient() bool { return r.Result == 2 }

func (r *Reject) Error() string {
	return fmt.Sprintf("association rejected: %s (result %d, source %d, reason %d)", r.meaning(), r.Result, r.Source, r.Reason)
}

func (r *Reject) meaning() string {
	texts := map[[2]byte]string{
		{1, 1}: "no reason given",
		{1, 2}: "application context name not supported",
		{1, 3}: "calling AE title not recognised",
		{1, 7}: "called AE title not recognised",
		{2, 1}: "no reason given",
		{2, 2}: "protocol version not supported",
		{3, 1}: "temporary congestion",
		{3, 2}: "local limit exceeded",
	}
	if text, ok := texts[[2]byte{r.Source, r.Reason}]; ok {
		return text
	}
	return "reserved reason"
}

func (r *Reject) encode() []byte {
	return []byte{typeAssociateRJ, 0, 0, 0, 0, 4, 0, r.Result, r.Source, r.Reason}
}

func decodeReject(body []byte) (*Reject, error) {
	if len(body) != 4 {
		return nil, invalid("A-ASSOCIATE-RJ of %d bytes", len(body))
	}
	return &Reject{Result: body[1], Source: body[2], Reason: body[3]}, nil
}

// encodeRelease makes an A-RELEASE-RQ or -RP (PS3.8 9.3.6, 9.3.7).
func encodeRelease(typ byte) []byte { return []byte{typ, 0, 0, 0, 0, 4, 0, 0, 0, 0} }

// appendItem appends an item or sub-item: type, reserved, length (2, big endian), value (PS3.8 9.3.1).
func appendItem(b []byte, typ byte, value []byte) []byte {
	b = append(b, typ, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(len(value)))
	return append(b, value...)
}

// cursor reads fields from a PDU's body. After the first read past the end all reads give zero values and err is set.
type cursor struct {
	rest []byte
	err  error
}

func (c *cursor) take(n int) []byte {
	if c.err != nil {
		return nil
	}
	if n > len(c.rest) {
		c.err = invalid("%d bytes needed, %d left", n, len(c.rest))
		c.rest = nil
		return nil
	}
	head := c.rest[:n]
	c.rest = c.rest[n:]
	return head
}

func (c *cursor) uint8() byte {
	if b := c.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (c *cursor) uint16() uint16 {
	if b := c.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (c *cursor) uint32() uint32 {
	if b := c.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// string16 reads a string with its length before it (2, big endian).
func (c *cursor) string16() []byte { return c.take(int(c.uint16())) }

// item reads one item; ok is false at the end or on error.
func (c *cursor) item() (typ byte, value []byte, ok bool) {
	if c.err != nil || len(c.rest) == 0 {
		return 0, nil, false
	}
	typ = c.uint8()
	c.take(1)
	value = c.string16()
	return typ, value, c.err == nil
}

// uid takes the padding from a UID: none is allowed in a PDU (PS3.8 Annex F), but NUL and space are met in the field.
func uid(b []byte) string { return strings.TrimRight(string(b), "\x00 ") }

// aeTitle takes the padding from an AE title: leading and trailing spaces are not significant (PS3.8 9.3.2).
func aeTitle(b []byte) string { return strings.Trim(string(b), " \x00") }

// appendAETitle appends an AE title as 16 bytes, padded with spaces, cut when longer.
func appendAETitle(b []byte, title string) []byte {
	var field [16]byte
	for i := copy(field[:], title); i < len(field); i++ {
		field[i] = ' '
	}
	return append(b, field[:]...)
}
