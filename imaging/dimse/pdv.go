package dimse

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// maxEmpty is how many fragments without a byte may follow one another.
const maxEmpty = 64

// errReleasedWithin: an A-RELEASE-RQ came where a fragment had to come.
var errReleasedWithin = errors.New("released within a message")

// fragment is the presentation data value being read (PS3.8 9.3.5.1, Annex E).
type fragment struct {
	context byte
	command bool
	last    bool
	left    int // bytes not yet read
}

// nextFragment reads on to the header of the next PDV, into the next P-DATA-TF where one ends. Within a message nothing
// but P-DATA-TF (or an abort) may come.
func (a *Association) nextFragment() error {
	if a.left == 0 {
		act, err := a.receive()
		if err != nil {
			return err
		}
		if act != dt2 {
			return a.abort(errReleasedWithin)
		}
	}
	return a.fragmentHeader()
}

func (a *Association) fragmentHeader() error {
	if a.left < pdvHeader {
		return a.failed(invalid("%d bytes of P-DATA-TF left, no PDV", a.left))
	}
	var head [pdvHeader]byte
	if err := a.t.full(head[:]); err != nil {
		return a.failed(err)
	}
	a.left -= pdvHeader
	length := binary.BigEndian.Uint32(head[:])
	if length < 2 || uint64(length-2) > uint64(a.left) {
		return a.failed(invalid("PDV of %d bytes, %d of the PDU left", length, a.left+2))
	}
	a.pdv = fragment{context: head[4], command: head[5]&pdvCommand != 0, last: head[5]&pdvLast != 0, left: int(length - 2)}
	if _, ok := a.contextOf(a.pdv.context); !ok {
		return a.failed(invalid("PDV of presentation context %d, which was not accepted", a.pdv.context))
	}
	return nil
}

// readFragment reads from the present fragment; it must have something left.
func (a *Association) readFragment(p []byte) (int, error) {
	n, err := a.t.in.Read(p[:min(len(p), a.pdv.left)])
	a.pdv.left -= n
	a.left -= n
	if err != nil {
		return n, a.failed(err)
	}
	return n, nil
}

// incoming is the data set of a message, read straight from the connection by whoever performs the operation.
type incoming struct {
	a       *Association
	context byte
	begun   bool // its first fragment has been met
	done    bool
	over    chan struct{} // closed when nothing more of it will be read from the connection
}

func newIncoming(a *Association, context byte) *incoming {
	return &incoming{a: a, context: context, over: make(chan struct{})}
}

// Read gives the data set's bytes. An error other than io.EOF means that the association is over.
func (d *incoming) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for empty := 0; !d.ended(); {
		if d.begun && d.a.pdv.left > 0 {
			n, err := d.a.readFragment(p)
			if err != nil {
				d.end(false)
			}
			return n, err
		}
		if d.begun && d.a.pdv.last {
			d.end(true)
			break
		}
		if empty++; empty > maxEmpty {
			d.end(false)
			return 0, d.a.failed(invalid("more than %d empty fragments", maxEmpty))
		}
		if err := d.next(); err != nil {
			d.end(false)
			return 0, err
		}
	}
	if !d.done {
		if err := d.a.fault(); err != nil {
			return 0, err
		}
		return 0, errors.New("dimse: data set read after its message")
	}
	return 0, io.EOF
}

func (d *incoming) ended() bool {
	select {
	case <-d.over:
		return true
	default:
		return false
	}
}

// end tells that no more is read from the connection; whole: to the data set's end.
func (d *incoming) end(whole bool) {
	if d != nil && !d.ended() {
		d.done = whole
		close(d.over)
	}
}

// finish reads on what nobody read, up to the drain limit.
func (d *incoming) finish() error {
	if d == nil || d.done {
		return nil
	}
	n, err := io.Copy(io.Discard, io.LimitReader(d, d.a.drain))
	if err != nil {
		return err
	}
	if !d.done && n == d.a.drain {
		err := d.a.abort(fmt.Errorf("a data set that was not wanted is longer than %d bytes", d.a.drain))
		d.end(false)
		return err
	}
	return nil
}

func (d *incoming) next() error {
	if err := d.a.nextFragment(); err != nil {
		return err
	}
	d.begun = true
	if f := d.a.pdv; f.command || f.context != d.context {
		return d.a.failed(invalid("fragment of a command or of another context within a data set"))
	}
	return nil
}

// readCommand reads the fragments of a command set, from the first one's header on.
func (a *Association) readCommand() (*Command, Context, error) {
	first := a.pdv
	if !first.command {
		return nil, Context{}, a.failed(invalid("data set without a command"))
	}
	var b []byte
	for empty := 0; ; empty++ {
		if a.pdv.context != first.context || !a.pdv.command {
			return nil, Context{}, a.failed(invalid("fragment of a data set or of another context within a command"))
		}
		if len(b)+a.pdv.left > maxCommand || empty > maxCommand {
			return nil, Context{}, a.abort(fmt.Errorf("command set longer than %d bytes", maxCommand))
		}
		at := len(b)
		b = append(b, make([]byte, a.pdv.left)...)
		for at < len(b) {
			n, err := a.readFragment(b[at:])
			if err != nil {
				return nil, Context{}, err
			}
			at += n
		}
		if a.pdv.last {
			break
		}
		if err := a.nextFragment(); err != nil {
			return nil, Context{}, err
		}
	}
	command, err := decodeCommand(b)
	if err != nil {
		return nil, Context{}, a.abort(err)
	}
	context, _ := a.contextOf(first.context)
	return command, context, nil
}
