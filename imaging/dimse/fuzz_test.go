package dimse

import (
	"bytes"
	"context"
	"io"
	"net"
	"reflect"
	"testing"
	"time"
)

// FuzzAssociate: what is understood is written and understood the same again.
func FuzzAssociate(f *testing.F) {
	f.Add(byte(typeAssociateRQ), hello().encode(typeAssociateRQ)[pduHeader:])
	full := hello()
	full.User.AsyncOps, full.User.Identity = &AsyncOps{1, 1}, &Identity{2, true, []byte("name"), []byte("secret")}
	full.User.Roles, full.User.Extended = []Role{{Verification, true, false}}, []Extended{{Verification, []byte{1}}}
	f.Add(byte(typeAssociateRQ), full.encode(typeAssociateRQ)[pduHeader:])
	f.Add(byte(typeAssociateAC), (&Associate{Version: 1, Answered: []Answered{{1, 0, ImplicitVRLittleEndian}, {3, 3, ""}}}).encode(typeAssociateAC)[pduHeader:])
	f.Add(byte(typeAbort), []byte{0, 0, 2, 1})
	f.Fuzz(func(t *testing.T, typ byte, body []byte) {
		if len(body) > maxAssociate {
			return
		}
		p, err := decodePDU(typ, body)
		if err != nil || p.associate == nil {
			return
		}
		b := p.associate.encode(typ)
		if len(b) > 2*maxAssociate { // items cut to 64 KiB would not come back
			return
		}
		again, err := decodePDU(typ, b[pduHeader:])
		if err != nil || !reflect.DeepEqual(again, p) {
			t.Fatalf("%v\n%+v\n%+v", err, p.associate, again)
		}
	})
}

// FuzzCommand: the same for command sets.
func FuzzCommand(f *testing.F) {
	f.Add(echoRQ(1))
	f.Add(storeRQ(65535))
	f.Add((&Command{Field: CMoveRQ | responseTo, Status: Pending, SubOperations: &SubOperations{1, 2, 3, 4}, OffendingElements: []uint32{0x00100010}}).encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := decodeCommand(b)
		if err != nil {
			return
		}
		again, err := decodeCommand(c.encode())
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Fatalf("%v\n%+v\n%+v", err, c, again)
		}
	})
}

// recorded is a connection whose peer has sent everything and reads everything.
type recorded struct {
	io.Reader
	closed bool
}

func (*recorded) Write(p []byte) (int, error)      { return len(p), nil }
func (r *recorded) Close() error                   { r.closed = true; return nil }
func (*recorded) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (*recorded) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (*recorded) SetDeadline(time.Time) error      { return nil }
func (*recorded) SetReadDeadline(time.Time) error  { return nil }
func (*recorded) SetWriteDeadline(time.Time) error { return nil }

// FuzzAcceptor: whatever a peer sends, the association ends, closed, without a panic.
func FuzzAcceptor(f *testing.F) {
	open := hello().encode(typeAssociateRQ)
	f.Add([]byte{}, false)
	f.Add(open, false)
	f.Add(dataTF(pdv(1, cmdLast, echoRQ(1))), true)
	f.Add(bytes.Join([][]byte{dataTF(pdv(3, cmdMore, storeRQ(1)[:9])), dataTF(pdv(3, cmdLast, storeRQ(1)[9:]), pdv(3, dsMore, []byte("data"))), dataTF(pdv(3, dsLast, nil)), encodeRelease(typeReleaseRQ)}, nil), true)
	f.Add(append((&Abort{Source: 2, Reason: 6}).encode(), open...), true)
	f.Fuzz(func(t *testing.T, b []byte, established bool) {
		if established {
			b = append(bytes.Clone(open), b...)
		}
		conn := &recorded{Reader: bytes.NewReader(b)}
		s := serveOne(t.Context(), conn, AcceptOptions{})
		if s.accept == nil && s.end == nil || !conn.closed {
			t.Fatalf("%+v, closed %v", s, conn.closed)
		}
	})
}

// FuzzServe: the same with operations that run beside the reading, some of which answer, ask back or are cancelled.
func FuzzServe(f *testing.F) {
	rq := hello()
	rq.User.AsyncOps = &AsyncOps{Invoked: 3, Performed: 1}
	rq.User.Roles = []Role{{SOPClass: ctImage, SCU: true, SCP: true}}
	open := rq.encode(typeAssociateRQ)
	find := (&Command{Field: CFindRQ, AffectedSOPClass: ctImage, MessageID: 5, HasData: true}).encode()
	cancel := (&Command{Field: CCancelRQ, RespondedTo: 5}).encode()
	ok := (&Command{Field: CStoreRQ | responseTo, RespondedTo: 1}).encode()
	f.Add(dataTF(pdv(1, cmdLast, echoRQ(1)), pdv(1, cmdLast, echoRQ(2)), pdv(1, cmdLast, echoRQ(1))))
	f.Add(bytes.Join([][]byte{dataTF(pdv(3, cmdLast, find), pdv(3, dsLast, []byte("key"))), dataTF(pdv(3, cmdLast, ok)), dataTF(pdv(3, cmdLast, cancel)), encodeRelease(typeReleaseRQ)}, nil))
	f.Add(bytes.Join([][]byte{dataTF(pdv(3, cmdLast, storeRQ(1)), pdv(3, dsMore, []byte("data"))), dataTF(pdv(3, dsLast, nil)), dataTF(pdv(3, cmdLast, cancel))}, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		conn := &recorded{Reader: bytes.NewReader(append(bytes.Clone(open), b...))}
		a, err := Accept(t.Context(), conn, AcceptOptions{Timeouts: short(), Negotiate: func(ctx context.Context, rq *Associate) (Agreement, *Reject) {
			g, r := acceptFirst(ctx, rq)
			g.Window, g.Roles = AsyncOps{Invoked: 3, Performed: 1}, rq.User.Roles
			return g, r
		}})
		if err != nil {
			t.Fatal(err)
		}
		err = a.Serve(t.Context(), t.Context(), func(ctx context.Context, op *Operation) {
			switch op.Command.Field {
			case CStoreRQ:
				_, _ = io.Copy(io.Discard, op.Data)
			case CFindRQ, CGetRQ:
				_, _ = op.Identifier()
				_, _ = a.Store(op.Life(), instance("1.2.3", ImplicitVRLittleEndian, bytes.NewReader(make([]byte, 10)), 10))
				_ = op.Reply(op.Command.Response(Pending), []byte("match"))
			}
			if ctx.Err() == nil {
				_ = op.Reply(op.Command.Response(Success), nil)
			}
		})
		if err == nil || a.Close() != nil || !conn.closed {
			t.Fatalf("%v, closed %v", err, conn.closed)
		}
	})
}

// FuzzRequestor: the same for what an acceptor answers.
func FuzzRequestor(f *testing.F) {
	ac := hello()
	ac.Proposed, ac.Answered = nil, []Answered{{1, 0, ImplicitVRLittleEndian}, {3, 0, ImplicitVRLittleEndian}}
	open := ac.encode(typeAssociateAC)
	ok := (&Command{Field: CStoreRQ | responseTo, RespondedTo: 1}).encode()
	f.Add(open)
	f.Add(append(bytes.Clone(open), dataTF(pdv(3, cmdLast, ok))...))
	f.Add(append(bytes.Clone(open), append(dataTF(pdv(3, cmdLast, ok)), encodeRelease(typeReleaseRP)...)...))
	f.Add(RejectLimit.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		conn := &recorded{Reader: bytes.NewReader(b)}
		rq := hello()
		a, err := request(t.Context(), conn, rq, Options{Timeouts: short()})
		if err == nil {
			_, err = a.Store(t.Context(), instance("1.2.3", ImplicitVRLittleEndian, bytes.NewReader(make([]byte, 300_000)), 300_000))
			if err == nil {
				_ = a.Release(t.Context()) // whatever it answers, it ends
			}
			_ = a.Close()
		}
		if !conn.closed {
			t.Fatal("not closed")
		}
	})
}
