package dimse

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// Message is a DIMSE message that came: a command set and, for some, a data set.
type Message struct {
	Context Context
	Command *Command
	// Data is the data set, nil when there is none. It comes from the connection as it is read, and is gone with the next call
	// of the association's methods. Its errors, other than io.EOF, end the association.
	Data io.Reader

	data *incoming // Data, as long as it comes from the connection
}

// errReleaseAsked: the peer wants to release the association; released answers it.
var errReleaseAsked = errors.New("release requested")

// Next waits for the next message of the peer. An error is final: io.EOF after the peer released the association and was
// answered, *Abort after an abort by either side, or what broke the connection. The end of ctx interrupts only the
// waiting, not a message that has begun; the association can then be closed.
func (a *Association) Next(ctx context.Context) (*Message, error) {
	if err := a.fault(); err != nil {
		return nil, err
	}
	a.reading <- struct{}{}
	defer func() { <-a.reading }()
	m, err := a.next(ctx, a.t.times.Idle)
	if errors.Is(err, errReleaseAsked) {
		return nil, a.released()
	}
	return m, err
}

// next reads the next message for who holds the reading token.
func (a *Association) next(ctx context.Context, patience time.Duration) (*Message, error) {
	if err := a.message.finish(); err != nil {
		return nil, err
	}
	if a.left == 0 {
		if err := a.t.idle(ctx, patience); err != nil {
			return nil, a.failed(err)
		}
	}
	return a.read()
}

// ready tells whether messages can be exchanged, after reading on what is left of the last one, unless another goroutine reads.
func (a *Association) ready() error {
	if err := a.fault(); err != nil {
		return err
	}
	select {
	case a.reading <- struct{}{}:
		defer func() { <-a.reading }()
		return a.message.finish()
	default:
		return nil
	}
}

// read reads a message from its first fragment on.
func (a *Association) read() (*Message, error) {
	a.t.begin()
	if a.left == 0 {
		act, err := a.receive()
		if err != nil {
			return nil, err
		}
		if act == ar2 {
			return nil, errReleaseAsked
		}
	}
	if err := a.fragmentHeader(); err != nil {
		return nil, err
	}
	command, context, err := a.readCommand()
	if err != nil {
		return nil, err
	}
	m := &Message{Context: context, Command: command}
	a.message = nil
	if command.HasData {
		a.message = newIncoming(a, context.ID)
		m.Data, m.data = a.message, a.message
	}
	return m, nil
}

// released answers an A-RELEASE-RQ.
func (a *Association) released() error {
	if _, err := a.fire(e14, encodeRelease(typeReleaseRP)); err != nil {
		return a.end(err)
	}
	return a.end(io.EOF)
}

// Reply sends a response without data set, as one PDU in one write.
func (a *Association) Reply(to *Message, response *Command) error {
	return a.respond(to, response, nil)
}

// respond sends a response once the request has come in whole.
func (a *Association) respond(to *Message, response *Command, data io.Reader) error {
	if err := a.fault(); err != nil {
		return err
	}
	if err := to.data.finish(); err != nil {
		return err
	}
	return a.send(to.Context.ID, response, data)
}

// send sends a message. data is read to its end; a failure of it aborts the association, since the peer could not tell the
// fragments sent so far from a whole data set.
func (a *Association) send(id byte, c *Command, data io.Reader) error {
	a.out.Lock()
	defer a.out.Unlock()
	a.t.beginWrite()
	c.HasData = data != nil
	head := a.commandPDUs(id, c.encode())
	if data == nil {
		return a.write(head)
	}
	return a.sendData(id, head, data)
}

func (a *Association) write(out []byte) error {
	_, err := a.fire(e9, out)
	if err == nil {
		return nil
	}
	if errors.Is(err, errNotNow) { // the goroutine that reads has just ended the association, and knows why
		select {
		case <-a.over:
		case <-time.After(time.Second):
		}
	}
	return a.end(err)
}

// commandPDUs puts a command set into as few P-DATA-TFs as the peer takes: one.
func (a *Association) commandPDUs(id byte, command []byte) []byte {
	room := a.maxSend - pdvHeader
	out := make([]byte, 0, len(command)+pduHeader+pdvHeader)
	for {
		n := min(len(command), room)
		control := byte(pdvCommand)
		if n == len(command) {
			control |= pdvLast
		}
		out = appendDataHeader(out, id, control, n)
		out = append(out, command[:n]...)
		command = command[n:]
		if len(command) == 0 {
			return out
		}
	}
}

// appendDataHeader begins a P-DATA-TF of one PDV with a fragment of n bytes (PS3.8 9.3.5).
func appendDataHeader(b []byte, id, control byte, n int) []byte {
	b = append(b, typeData, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(n+pdvHeader))
	b = binary.BigEndian.AppendUint32(b, uint32(n+2))
	return append(b, id, control)
}

// sendData sends a data set, one P-DATA-TF a write, the first together with the command before it. One byte is read ahead
// to know which fragment is the last.
func (a *Association) sendData(id byte, head []byte, data io.Reader) error {
	const header = pduHeader + pdvHeader
	room := (a.maxSend - pdvHeader) &^ 1
	if known, ok := data.(interface{ Len() int }); ok { // of an identifier, which is small
		room = max(2, min(room, known.Len()+known.Len()%2))
	}
	buf := make([]byte, len(head)+header+room+1)
	body := buf[len(head)+header:]
	copy(buf, head)
	from, ahead := 0, 0
	for {
		n, err := io.ReadFull(data, body[ahead:])
		n += ahead
		last := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !last {
			return a.abort(fmt.Errorf("reading the data set to send: %w", err))
		}
		control := byte(0)
		if last {
			control = pdvLast
		} else {
			n = room
		}
		appendDataHeader(buf[len(head):len(head)], id, control, n)
		if err := a.write(buf[from : len(head)+header+n]); err != nil {
			return err
		}
		if last {
			return nil
		}
		body[0], ahead, from = body[room], 1, len(head)
	}
}

// Release ends the association in order and closes the connection (PS3.8 7.2). Nothing else may be under way.
func (a *Association) Release(ctx context.Context) error {
	if err := a.ready(); err != nil {
		return err
	}
	a.reading <- struct{}{}
	err := a.release(ctx)
	<-a.reading
	if err != nil {
		return err
	}
	_ = a.end(io.EOF)
	return a.Close()
}

func (a *Association) release(ctx context.Context) error {
	defer a.t.bind(ctx)()
	a.t.begin()
	a.t.limit(time.Now().Add(a.t.times.ARTIM)) // not asked for by the standard, which waits for ever
	if _, err := a.fire(e11, encodeRelease(typeReleaseRQ)); err != nil {
		return a.end(err)
	}
	for a.at() != sta1 {
		act, err := a.receive()
		if err != nil {
			return err
		}
		switch act {
		case ar8: // collision: this side's answer is due now (requestor) or after the peer's (acceptor)
			if a.requestor {
				_, err = a.fire(e14, encodeRelease(typeReleaseRP))
			}
		case ar10:
			_, err = a.fire(e14, encodeRelease(typeReleaseRP))
		}
		if err != nil {
			return a.end(err)
		}
		if a.at() == sta13 {
			break
		}
	}
	return nil
}
