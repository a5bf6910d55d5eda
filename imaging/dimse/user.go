package dimse

import "encoding/binary"

// Sub-item types of the user information item (PS3.8 Annex D, PS3.7 Annex D.3.3).
const (
	itemMaxLength      = 0x51
	itemImplementation = 0x52
	itemAsyncOps       = 0x53
	itemRole           = 0x54
	itemVersionName    = 0x55
	itemExtended       = 0x56
	itemIdentity       = 0x58
	itemIdentityAnswer = 0x59
)

// minLength is the smallest maximum length of a peer that this side can serve: a PDV header and some bytes of fragment.
const minLength = 128

// User is the user information of an association (PS3.7 D.3.3).
type User struct {
	MaxLength           uint32 // longest P-DATA-TF the sender of this item takes, without the PDU header; 0: no limit
	ImplementationClass string
	ImplementationName  string
	AsyncOps            *AsyncOps
	Roles               []Role
	Extended            []Extended
	Identity            *Identity
	IdentityAnswer      []byte // the acceptor's, when asked for; nil: none
}

// AsyncOps is the asynchronous operations window (PS3.7 D.3.3.3); 0: no limit.
type AsyncOps struct{ Invoked, Performed uint16 }

// Role is an SCP/SCU role selection of the association requestor for a SOP class (PS3.7 D.3.3.4).
type Role struct {
	SOPClass string
	SCU, SCP bool
}

// Extended is a SOP class extended negotiation (PS3.7 D.3.3.5); Info is defined by the service class.
type Extended struct {
	SOPClass string
	Info     []byte
}

// Identity is a user identity (PS3.7 D.3.3.7). It is parsed so that a later step may check it; nothing trusts it yet.
// It may hold a password or a ticket: it is never logged.
type Identity struct {
	Type               byte // 1 name, 2 name and passcode, 3 Kerberos ticket, 4 SAML assertion, 5 JSON Web Token
	AnswerRequested    bool
	Primary, Secondary []byte
}

func (u *User) encode() []byte {
	var b []byte
	b = appendItem(b, itemMaxLength, binary.BigEndian.AppendUint32(nil, u.MaxLength))
	b = appendItem(b, itemImplementation, []byte(u.ImplementationClass))
	if w := u.AsyncOps; w != nil {
		v := binary.BigEndian.AppendUint16(nil, w.Invoked)
		b = appendItem(b, itemAsyncOps, binary.BigEndian.AppendUint16(v, w.Performed))
	}
	for _, r := range u.Roles {
		b = appendItem(b, itemRole, append(appendString16(nil, []byte(r.SOPClass)), flag(r.SCU), flag(r.SCP)))
	}
	if u.ImplementationName != "" {
		b = appendItem(b, itemVersionName, []byte(u.ImplementationName))
	}
	for _, e := range u.Extended {
		b = appendItem(b, itemExtended, append(appendString16(nil, []byte(e.SOPClass)), e.Info...))
	}
	if id := u.Identity; id != nil {
		v := appendString16([]byte{id.Type, flag(id.AnswerRequested)}, id.Primary)
		b = appendItem(b, itemIdentity, appendString16(v, id.Secondary))
	}
	if u.IdentityAnswer != nil {
		b = appendItem(b, itemIdentityAnswer, appendString16(nil, u.IdentityAnswer))
	}
	return b
}

// decode reads the sub-items; unknown ones are skipped (PS3.8 9.3.1).
func (u *User) decode(value []byte) error {
	c := &cursor{rest: value}
	for {
		kind, v, ok := c.item()
		if !ok {
			return c.err
		}
		sub := &cursor{rest: v}
		u.decodeSub(kind, sub)
		if sub.err != nil {
			return sub.err
		}
	}
}

func (u *User) decodeSub(kind byte, c *cursor) {
	switch kind {
	case itemMaxLength:
		u.MaxLength = c.uint32()
	case itemImplementation:
		u.ImplementationClass = uid(c.rest)
	case itemAsyncOps:
		u.AsyncOps = &AsyncOps{Invoked: c.uint16(), Performed: c.uint16()}
	case itemRole:
		u.Roles = append(u.Roles, Role{SOPClass: uid(c.string16()), SCU: c.uint8() == 1, SCP: c.uint8() == 1})
	case itemVersionName:
		u.ImplementationName = uid(c.rest)
	case itemExtended:
		class := uid(c.string16())
		u.Extended = append(u.Extended, Extended{SOPClass: class, Info: clone(c.rest)})
	case itemIdentity:
		u.Identity = &Identity{Type: c.uint8(), AnswerRequested: c.uint8() == 1, Primary: clone(c.string16()), Secondary: clone(c.string16())}
	case itemIdentityAnswer:
		u.IdentityAnswer = clone(c.string16())
	}
}

// clone copies b, so that what is kept does not hold the PDU it came in; never nil.
func clone(b []byte) []byte { return append([]byte{}, b...) }

func appendString16(b, s []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(s)))
	return append(b, s...)
}

func flag(v bool) byte {
	if v {
		return 1
	}
	return 0
}
