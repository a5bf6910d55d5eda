package dimse

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"strings"
)

// Field is the command field (0000,0100): which message it is (PS3.7 E.1).
type Field uint16

// The DIMSE messages. A response has the number of its request with bit 15 set.
const (
	CStoreRQ   Field = 0x0001
	CGetRQ     Field = 0x0010
	CFindRQ    Field = 0x0020
	CMoveRQ    Field = 0x0021
	CEchoRQ    Field = 0x0030
	CCancelRQ  Field = 0x0FFF
	NEventRQ   Field = 0x0100
	NGetRQ     Field = 0x0110
	NSetRQ     Field = 0x0120
	NActionRQ  Field = 0x0130
	NCreateRQ  Field = 0x0140
	NDeleteRQ  Field = 0x0150
	responseTo Field = 0x8000
)

// Response tells whether the message answers another one.
func (f Field) Response() bool { return f&responseTo != 0 }

func (f Field) String() string {
	names := map[Field]string{
		CStoreRQ: "C-STORE", CGetRQ: "C-GET", CFindRQ: "C-FIND", CMoveRQ: "C-MOVE", CEchoRQ: "C-ECHO", CCancelRQ: "C-CANCEL",
		NEventRQ: "N-EVENT-REPORT", NGetRQ: "N-GET", NSetRQ: "N-SET", NActionRQ: "N-ACTION", NCreateRQ: "N-CREATE", NDeleteRQ: "N-DELETE",
	}
	name, ok := names[f&^responseTo]
	switch {
	case !ok:
		return fmt.Sprintf("command %04X", uint16(f))
	case f.Response():
		return name + "-RSP"
	}
	return name + "-RQ"
}

// noDataSet is the command data set type (0000,0800) that says no data set follows; any other value says one does.
const noDataSet = 0x0101

// maxCommand bounds a command set. The largest, an N-GET with a list of attributes, needs a few kilobytes.
const maxCommand = 64 << 10

// Command is a command set (PS3.7 6.3.1 and Annex E), always encoded in implicit VR little endian. Which of its
// elements stand in a message depends on Field; those with zero values that the message does not require are left out.
type Command struct {
	Field                 Field
	AffectedSOPClass      string
	RequestedSOPClass     string
	MessageID             uint16
	RespondedTo           uint16 // message ID being responded to
	Priority              uint16 // 0 medium, 1 high, 2 low
	HasData               bool   // a data set follows
	Status                Status
	AffectedSOPInstance   string
	RequestedSOPInstance  string
	MoveDestination       string
	MoveOriginator        string // AE title that asked for the C-MOVE behind this C-STORE
	MoveOriginatorID      uint16
	ErrorComment          string // LO, at most 64 characters
	ErrorID               uint16
	OffendingElements     []uint32 // tags
	AttributeIdentifiers  []uint32 // tags
	EventType, ActionType uint16
	SubOperations         *SubOperations
}

// SubOperations are the counts in a C-GET or C-MOVE response (PS3.7 9.3.3.2, 9.3.4.2).
type SubOperations struct{ Remaining, Completed, Failed, Warning uint16 }

// Response begins the response to a request, with the elements that PS3.7 9.3 and 10.3 copy from it.
func (c *Command) Response(status Status) *Command {
	return &Command{
		Field:               c.Field | responseTo,
		AffectedSOPClass:    cmp.Or(c.AffectedSOPClass, c.RequestedSOPClass),
		AffectedSOPInstance: cmp.Or(c.AffectedSOPInstance, c.RequestedSOPInstance),
		RespondedTo:         c.MessageID,
		Status:              status,
		EventType:           c.EventType,
		ActionType:          c.ActionType,
	}
}

// encode gives the command set's bytes, beginning with its group length.
func (c *Command) encode() []byte {
	w := commandWriter{buf: make([]byte, 12, 256)}
	required := requiredOf(c.Field)
	for _, e := range elements {
		w.required = e.tag == tagCommandField || contains(required, e.tag)
		e.write(&w, e.tag, c)
	}
	binary.LittleEndian.PutUint32(w.buf[0:], 0) // (0000,0000) group length
	binary.LittleEndian.PutUint32(w.buf[4:], 4)
	binary.LittleEndian.PutUint32(w.buf[8:], uint32(len(w.buf)-12))
	return w.buf
}

// decodeCommand reads a command set. Unknown and retired elements are skipped; the order and the group length are not
// relied upon. An element that is required and absent is an error.
func decodeCommand(b []byte) (*Command, error) {
	c := &Command{}
	seen := map[uint32]bool{}
	for len(b) > 0 {
		if len(b) < 8 {
			return nil, fmt.Errorf("command set: %d bytes left, no element", len(b))
		}
		tag := uint32(binary.LittleEndian.Uint16(b))<<16 | uint32(binary.LittleEndian.Uint16(b[2:]))
		length := binary.LittleEndian.Uint32(b[4:])
		b = b[8:]
		if tag>>16 != 0 {
			return nil, fmt.Errorf("command set: element %08X is not of group 0000", tag)
		}
		if uint64(length) > uint64(len(b)) {
			return nil, fmt.Errorf("command set: element %08X of %d bytes, %d left", tag, length, len(b))
		}
		if e := elementOf(tag); e != nil {
			if err := e.read(b[:length], c); err != nil {
				return nil, fmt.Errorf("command set: element %08X: %w", tag, err)
			}
		}
		seen[tag] = true
		b = b[length:]
	}
	for _, tag := range append([]uint32{tagCommandField}, requiredOf(c.Field)...) {
		if !seen[tag] {
			return nil, fmt.Errorf("%v lacks element %08X", c.Field, tag)
		}
	}
	return c, nil
}

// commandWriter appends elements; one with a zero value is left out unless it is required.
type commandWriter struct {
	buf      []byte
	required bool
}

func (w *commandWriter) element(tag uint32, value []byte) {
	w.buf = binary.LittleEndian.AppendUint16(w.buf, uint16(tag>>16))
	w.buf = binary.LittleEndian.AppendUint16(w.buf, uint16(tag))
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(len(value)))
	w.buf = append(w.buf, value...)
}

func (w *commandWriter) uint16(tag uint32, v uint16) {
	if v != 0 || w.required {
		w.element(tag, binary.LittleEndian.AppendUint16(nil, v))
	}
}

// text appends a UID (padded with NUL) or a string (padded with space) to an even length (PS3.5 6.2).
func (w *commandWriter) text(tag uint32, v string, pad byte) {
	if v == "" && !w.required {
		return
	}
	b := []byte(v)
	if len(b)%2 == 1 {
		b = append(b, pad)
	}
	w.element(tag, b)
}

func (w *commandWriter) tags(tag uint32, v []uint32) {
	if len(v) == 0 && !w.required {
		return
	}
	var b []byte
	for _, t := range v {
		b = binary.LittleEndian.AppendUint16(b, uint16(t>>16))
		b = binary.LittleEndian.AppendUint16(b, uint16(t))
	}
	w.element(tag, b)
}

func readUint16(b []byte, v *uint16) error {
	if len(b) != 2 {
		return fmt.Errorf("US of %d bytes", len(b))
	}
	*v = binary.LittleEndian.Uint16(b)
	return nil
}

func readText(b []byte, v *string) error {
	*v = strings.Trim(string(b), " \x00")
	return nil
}

func readTags(b []byte, v *[]uint32) error {
	if len(b)%4 != 0 {
		return fmt.Errorf("AT of %d bytes", len(b))
	}
	for ; len(b) > 0; b = b[4:] {
		*v = append(*v, uint32(binary.LittleEndian.Uint16(b))<<16|uint32(binary.LittleEndian.Uint16(b[2:])))
	}
	return nil
}
