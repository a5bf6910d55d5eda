package dimse

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rawPeer is a peer that sends whatever bytes a test says.
type rawPeer struct {
	t    *testing.T
	conn net.Conn
}

func (p *rawPeer) send(b ...byte) {
	p.t.Helper()
	if _, err := p.conn.Write(b); err != nil {
		p.t.Errorf("peer: %v", err)
	}
}

// pdu reads one PDU, or nothing when the connection has ended.
func (p *rawPeer) pdu() (typ byte, body []byte) {
	p.t.Helper()
	var head [pduHeader]byte
	if _, err := io.ReadFull(p.conn, head[:]); err != nil {
		return 0, nil
	}
	body = make([]byte, binary.BigEndian.Uint32(head[2:]))
	if _, err := io.ReadFull(p.conn, body); err != nil {
		p.t.Errorf("peer: %v", err)
	}
	return head[0], body
}

// expect reads PDUs up to one of a type and gives its body.
func (p *rawPeer) expect(want byte) []byte {
	p.t.Helper()
	typ, body := p.pdu()
	if typ != want {
		p.t.Errorf("peer got PDU type %02X % X, want %02X", typ, body, want)
	}
	return body
}

// expectAbort reads an A-ABORT.
func (p *rawPeer) expectAbort(source, reason byte) {
	p.t.Helper()
	body := p.expect(typeAbort)
	if len(body) == 4 && (body[2] != source || body[3] != reason) {
		p.t.Errorf("A-ABORT source %d reason %d, want %d %d", body[2], body[3], source, reason)
	}
}

// hello is a request for verification and CT image storage in implicit VR little endian, contexts 1 and 3.
func hello() *Associate {
	return &Associate{
		Version: 1, Called: "YILIAN", Calling: "TESTER", ApplicationContext: ApplicationContext,
		Proposed: []Proposed{
			{ID: 1, AbstractSyntax: Verification, TransferSyntaxes: []string{ImplicitVRLittleEndian}},
			{ID: 3, AbstractSyntax: "1.2.840.10008.5.1.4.1.1.2", TransferSyntaxes: []string{ImplicitVRLittleEndian}},
			{ID: 5, AbstractSyntax: "1.2.840.10008.5.1.4.1.1.4", TransferSyntaxes: []string{ImplicitVRLittleEndian}},
		},
		User: User{MaxLength: 16384, ImplementationClass: "1.2.3", ImplementationName: "RAW"},
	}
}

// acceptFirst accepts the contexts 1 and 3.
func acceptFirst(_ context.Context, rq *Associate) (Agreement, *Reject) {
	var answers []Answered
	for _, p := range rq.Proposed {
		if p.ID < 5 {
			answers = append(answers, Answered{ID: p.ID, Result: ContextAccepted, TransferSyntax: p.TransferSyntaxes[0]})
		}
	}
	return Agreement{Contexts: answers}, nil
}

// served is what became of an association on the accepting side.
type served struct {
	accept error    // of Accept
	end    error    // of the last Next
	data   [][]byte // the data sets, as far as they came
	reads  []error  // how reading each ended
}

// short are timeouts that no test waits for, but for those that mean to.
func short() Timeouts {
	return Timeouts{ARTIM: 500 * time.Millisecond, Idle: 5 * time.Second, Read: 2 * time.Second, Write: 2 * time.Second, Response: 2 * time.Second}
}

// serve accepts on one end of a TCP connection, answers every message with success, and lets script play the peer on the
// other end.
func serve(t *testing.T, o AcceptOptions, script func(*rawPeer)) served {
	t.Helper()
	here, there := tcpPair(t)
	done := make(chan served, 1)
	go func() { done <- serveOne(t.Context(), here, o) }()
	_ = there.SetDeadline(time.Now().Add(20 * time.Second))
	script(&rawPeer{t, there})
	_ = there.Close()
	return <-done
}

func serveOne(ctx context.Context, conn net.Conn, o AcceptOptions) (s served) {
	if o.Negotiate == nil {
		o.Negotiate = acceptFirst
	}
	if o.Timeouts == (Timeouts{}) {
		o.Timeouts = short()
	}
	a, err := Accept(ctx, conn, o)
	if err != nil {
		return served{accept: err}
	}
	defer func() { _ = a.Close() }()
	for {
		m, err := a.Next(ctx)
		if err != nil {
			s.end = err
			return s
		}
		if m.Data != nil {
			b, err := io.ReadAll(m.Data)
			s.data, s.reads = append(s.data, b), append(s.reads, err)
		}
		if err := a.Reply(m, m.Command.Response(Success)); err != nil {
			s.end = err
			return s
		}
	}
}

func tcpPair(t *testing.T) (here, there net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	there, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if here, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return here, there
}

// Pieces of messages.

func echoRQ(id uint16) []byte {
	return (&Command{Field: CEchoRQ, AffectedSOPClass: Verification, MessageID: id}).encode()
}

func storeRQ(id uint16) []byte {
	return (&Command{Field: CStoreRQ, AffectedSOPClass: "1.2.840.10008.5.1.4.1.1.2", AffectedSOPInstance: "1.2.3.4", MessageID: id, HasData: true}).encode()
}

// pdv makes a PDV; control is the message control header.
func pdv(context, control byte, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)+2))
	return append(append(b, context, control), data...)
}

// dataTF makes a P-DATA-TF of PDVs.
func dataTF(pdvs ...[]byte) []byte {
	b := []byte{typeData, 0, 0, 0, 0, 0}
	for _, v := range pdvs {
		b = append(b, v...)
	}
	binary.BigEndian.PutUint32(b[2:], uint32(len(b)-pduHeader))
	return b
}

const (
	cmdLast = pdvCommand | pdvLast
	cmdMore = pdvCommand
	dsLast  = pdvLast
	dsMore  = 0
)

func isAbort(err error, source, reason byte, remote bool) bool {
	a, ok := errors.AsType[*Abort](err)
	return ok && a.Source == source && a.Reason == reason && a.Remote == remote
}
