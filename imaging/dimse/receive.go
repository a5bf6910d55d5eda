package dimse

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// received is the event of each PDU type.
var received = [...]event{
	typeAssociateRQ: e6, typeAssociateAC: e3, typeAssociateRJ: e4, typeData: e10,
	typeReleaseRQ: e12, typeReleaseRP: e13, typeAbort: e16,
}

// pdu is a received one, decoded; of a P-DATA-TF only the header has been read.
type pdu struct {
	typ       byte
	associate *Associate
	reject    *Reject
	abort     *Abort
}

// receive reads one PDU and fires its event. It answers the action so that the caller knows which primitive was indicated;
// an error means that the association is over (or never came to be).
func (a *Association) receive() (action, error) {
	_, act, err := a.receivePDU()
	return act, err
}

func (a *Association) receivePDU() (*pdu, action, error) {
	p, err := a.readPDU()
	if err != nil {
		return nil, no, a.failed(err)
	}
	if err := a.fault(); err != nil { // ended by who sends
		return nil, no, err
	}
	if p.typ == typeAssociateRQ {
		a.refused = unacceptable(p.associate)
	}
	a.reason = ReasonUnexpectedPDU
	before := a.at()
	var out []byte
	if a.refused != nil {
		out = a.refused.encode()
	}
	act, err := a.fire(received[p.typ], out)
	if err != nil {
		return nil, no, a.end(err)
	}
	switch act {
	case aa1, aa8:
		unexpected := fmt.Errorf("PDU type %02X is not expected in %v", p.typ, before)
		return nil, act, a.end(a.sent(act, unexpected))
	case aa2, aa3:
		return nil, act, a.end(p.abort)
	case ae4:
		return nil, act, a.end(p.reject)
	}
	return p, act, nil
}

// sent describes the A-ABORT that an action has sent.
func (a *Association) sent(act action, why error) *Abort {
	if act == aa1 {
		return &Abort{Source: SourceUser, Err: why}
	}
	return &Abort{Source: SourceProvider, Reason: a.reason, Err: why}
}

// failed fires the event behind an error of readPDU or of reading a P-DATA-TF's content.
func (a *Association) failed(err error) error {
	if over := a.fault(); over != nil {
		return over
	}
	bad, isBad := errors.AsType[*pduError](err)
	switch {
	case isBad:
		a.reason = bad.reason
		a.broken.Store(true)
		act, _ := a.fire(e19, nil) // named in every state in which something is read
		return a.end(a.sent(act, err))
	case errors.Is(err, ErrClosed):
		_, _ = a.fire(e17, nil)
		return a.end(err)
	case a.possible(e18): // all that is read in these states is read under ARTIM
		_, _ = a.fire(e18, nil)
		return a.end(err)
	}
	return a.abort(err)
}

// abort is the local user's A-ABORT request, for a reason that the result tells.
func (a *Association) abort(why error) error {
	if !a.possible(e15) {
		return a.end(why)
	}
	a.broken.Store(true)
	_, does, err := a.transit(e15)
	if err != nil {
		return a.end(why)
	}
	err = a.end(&Abort{Source: SourceUser, Err: why}) // before the peer can close, so that this is the reason
	_ = a.perform(does, nil)
	return err
}

// readPDU reads the next PDU, or the header of a P-DATA-TF.
func (a *Association) readPDU() (*pdu, error) {
	if a.left > 0 { // of a P-DATA-TF that nobody wants
		if err := a.t.discard(a.left); err != nil {
			return nil, err
		}
		a.left = 0
	}
	var head [pduHeader]byte
	if err := a.t.full(head[:1]); err != nil {
		return nil, err
	}
	a.t.patience = a.t.times.Read
	if err := a.t.full(head[1:]); err != nil {
		return nil, err
	}
	typ, length := head[0], binary.BigEndian.Uint32(head[2:])
	limit, err := a.limit(typ)
	if err != nil {
		return nil, err
	}
	if uint64(length) > uint64(limit) {
		return nil, invalid("PDU type %02X of %d bytes, at most %d are taken", typ, length, limit)
	}
	if typ == typeData {
		a.left = int(length)
		return &pdu{typ: typ}, nil
	}
	body, err := a.t.body(int(length))
	if err != nil {
		return nil, err
	}
	return decodePDU(typ, body)
}

// limit is the longest PDU of a type that is taken.
func (a *Association) limit(typ byte) (int, error) {
	switch typ {
	case typeAssociateRQ, typeAssociateAC:
		return maxAssociate, nil
	case typeData:
		return a.maxLength, nil
	case typeAssociateRJ, typeReleaseRQ, typeReleaseRP, typeAbort:
		return 4, nil
	}
	return 0, &pduError{ReasonUnrecognizedPDU, fmt.Sprintf("type %02X", typ)}
}

// decodePDU decodes the body of any PDU but a P-DATA-TF.
func decodePDU(typ byte, body []byte) (p *pdu, err error) {
	p = &pdu{typ: typ}
	switch typ {
	case typeAssociateRQ, typeAssociateAC:
		p.associate, err = decodeAssociate(typ, body)
	case typeAssociateRJ:
		p.reject, err = decodeReject(body)
	case typeAbort:
		p.abort, err = decodeAbort(body)
	case typeReleaseRQ, typeReleaseRP:
		if len(body) != 4 {
			err = invalid("A-RELEASE of %d bytes", len(body))
		}
	}
	return p, err
}
