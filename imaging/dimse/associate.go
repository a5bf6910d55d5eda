package dimse

import (
	"encoding/binary"
)

// ApplicationContext is the only DICOM application context name (PS3.7 A.2.1).
const ApplicationContext = "1.2.840.10008.3.1.1.1"

// Item types of A-ASSOCIATE PDUs (PS3.8 9.3.2, 9.3.3).
const (
	itemApplicationContext = 0x10
	itemContextRQ          = 0x20
	itemContextAC          = 0x21
	itemAbstractSyntax     = 0x30
	itemTransferSyntax     = 0x40
	itemUser               = 0x50
)

// Results of a presentation context negotiation (PS3.8 Table 9-18).
const (
	ContextAccepted                   = 0
	ContextUserRejection              = 1
	ContextNoReason                   = 2
	ContextAbstractSyntaxNotSupported = 3
	ContextTransferSyntaxNotSupported = 4
)

// maxContexts is how many odd numbers one byte has (PS3.8 9.3.2.2).
const maxContexts = 128

// Associate is an A-ASSOCIATE-RQ or an A-ASSOCIATE-AC (PS3.8 9.3.2, 9.3.3).
type Associate struct {
	Version            uint16 // protocol version, bit 0: version 1
	Called, Calling    string // AE titles without padding
	ApplicationContext string
	Proposed           []Proposed // of a request
	Answered           []Answered // of an acceptance
	User               User
}

// Proposed is one presentation context of a request: what, and in which encodings the requestor can send it.
type Proposed struct {
	ID               byte // odd
	AbstractSyntax   string
	TransferSyntaxes []string // in the requestor's order
}

// Answered is the acceptor's answer to the presentation context of the same ID.
type Answered struct {
	ID             byte
	Result         byte   // ContextAccepted …
	TransferSyntax string // significant only when accepted
}

func (a *Associate) encode(typ byte) []byte {
	b := make([]byte, pduHeader, 1024)
	b[0] = typ
	b = binary.BigEndian.AppendUint16(b, a.Version)
	b = append(b, 0, 0)
	b = appendAETitle(b, a.Called)
	b = appendAETitle(b, a.Calling)
	b = append(b, make([]byte, 32)...)
	b = appendItem(b, itemApplicationContext, []byte(a.ApplicationContext))
	for _, p := range a.Proposed {
		b = appendItem(b, itemContextRQ, p.encode())
	}
	for _, p := range a.Answered {
		b = appendItem(b, itemContextAC, p.encode())
	}
	b = appendItem(b, itemUser, a.User.encode())
	binary.BigEndian.PutUint32(b[2:], uint32(len(b)-pduHeader))
	return b
}

func (p *Proposed) encode() []byte {
	v := []byte{p.ID, 0, 0, 0}
	v = appendItem(v, itemAbstractSyntax, []byte(p.AbstractSyntax))
	for _, ts := range p.TransferSyntaxes {
		v = appendItem(v, itemTransferSyntax, []byte(ts))
	}
	return v
}

func (p *Answered) encode() []byte {
	return appendItem([]byte{p.ID, 0, p.Result, 0}, itemTransferSyntax, []byte(p.TransferSyntax))
}

// decodeAssociate reads the body of an A-ASSOCIATE-RQ or -AC. Items of unknown types are skipped (PS3.8 9.3.1);
// reserved fields are not tested.
func decodeAssociate(typ byte, body []byte) (*Associate, error) {
	c := &cursor{rest: body}
	a := &Associate{Version: c.uint16()}
	c.take(2)
	a.Called, a.Calling = aeTitle(c.take(16)), aeTitle(c.take(16))
	c.take(32)
	for {
		kind, value, ok := c.item()
		if !ok {
			break
		}
		if err := a.decodeItem(typ, kind, value); err != nil {
			return nil, err
		}
	}
	if c.err != nil {
		return nil, c.err
	}
	return a, a.check()
}

func (a *Associate) decodeItem(typ, kind byte, value []byte) (err error) {
	switch {
	case kind == itemApplicationContext:
		a.ApplicationContext = uid(value)
	case kind == itemContextRQ && typ == typeAssociateRQ:
		var p Proposed
		p, err = decodeProposed(value)
		a.Proposed = append(a.Proposed, p)
	case kind == itemContextAC && typ == typeAssociateAC:
		var p Answered
		p, err = decodeAnswered(value)
		a.Answered = append(a.Answered, p)
	case kind == itemUser:
		err = a.User.decode(value)
	}
	return err
}

// check holds what later steps rely on: context IDs are odd and unique (PS3.8 9.3.2.2), and a declared maximum length
// leaves room for a fragment.
func (a *Associate) check() error {
	var seen [256]bool
	for _, p := range a.Proposed {
		if p.ID%2 == 0 || seen[p.ID] {
			return invalid("presentation context ID %d is even or not unique", p.ID)
		}
		seen[p.ID] = true
		if p.AbstractSyntax == "" || len(p.TransferSyntaxes) == 0 {
			return invalid("presentation context %d lacks a syntax", p.ID)
		}
	}
	for _, p := range a.Answered {
		if seen[p.ID] {
			return invalid("presentation context ID %d is not unique", p.ID)
		}
		seen[p.ID] = true
	}
	if n := a.User.MaxLength; n != 0 && n < minLength {
		return invalid("maximum length %d leaves no room for data", n)
	}
	return nil
}

func decodeProposed(value []byte) (Proposed, error) {
	c := &cursor{rest: value}
	p := Proposed{ID: c.uint8()}
	c.take(3)
	for {
		kind, v, ok := c.item()
		if !ok {
			return p, c.err
		}
		switch kind {
		case itemAbstractSyntax:
			p.AbstractSyntax = uid(v)
		case itemTransferSyntax:
			p.TransferSyntaxes = append(p.TransferSyntaxes, uid(v))
		}
	}
}

func decodeAnswered(value []byte) (Answered, error) {
	c := &cursor{rest: value}
	p := Answered{ID: c.uint8()}
	c.take(1)
	p.Result = c.uint8()
	c.take(1)
	for {
		kind, v, ok := c.item()
		if !ok {
			return p, c.err
		}
		if kind == itemTransferSyntax {
			p.TransferSyntax = uid(v)
		}
	}
}
