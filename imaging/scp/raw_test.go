package scp

import (
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"
)

// rawConn is an association made of bytes, with one context: CT image storage in implicit VR little endian, ID 1.
type rawConn struct {
	t    *testing.T
	conn net.Conn
}

func dialRaw(t *testing.T, d *door) *rawConn {
	t.Helper()
	return dialRawFor(t, d, ctImage)
}

// dialRawFor is dialRaw for another SOP class.
func dialRawFor(t *testing.T, d *door, class string) *rawConn {
	t.Helper()
	conn, err := net.Dial("tcp", d.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	item := func(typ byte, value string) string {
		return string([]byte{typ, 0, byte(len(value) >> 8), byte(len(value))}) + value
	}
	body := "\x00\x01\x00\x00" + "YILIAN          " + "TESTER          " + string(make([]byte, 32)) +
		item(0x10, "1.2.840.10008.3.1.1.1") +
		item(0x20, "\x01\x00\x00\x00"+item(0x30, class)+item(0x40, "1.2.840.10008.1.2")) +
		item(0x50, item(0x51, "\x00\x00\x40\x00")+item(0x52, "1.2.3"))
	c := &rawConn{t, conn}
	c.send(1, body)
	if typ, _ := c.receive(); typ != 2 {
		t.Fatalf("PDU type %d instead of an acceptance", typ)
	}
	return c
}

func (c *rawConn) send(typ byte, body string) {
	c.t.Helper()
	head := binary.BigEndian.AppendUint32([]byte{typ, 0}, uint32(len(body)))
	if _, err := c.conn.Write(append(head, body...)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *rawConn) receive() (byte, []byte) {
	c.t.Helper()
	head := make([]byte, 6)
	if _, err := io.ReadFull(c.conn, head); err != nil {
		c.t.Fatal(err)
	}
	body := make([]byte, binary.BigEndian.Uint32(head[2:]))
	if _, err := io.ReadFull(c.conn, body); err != nil {
		c.t.Fatal(err)
	}
	return head[0], body
}

// cmd is a request about CT images without a data set.
func cmd(field uint16, more string) string {
	f := string([]byte{byte(field), byte(field >> 8)})
	return "\x00\x00\x02\x00\x1a\x00\x00\x00" + ctImage + "\x00" + "\x00\x00\x00\x01\x02\x00\x00\x00" + f +
		"\x00\x00\x10\x01\x02\x00\x00\x00\x01\x00" + more + "\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01"
}

// exchange sends a command and gives the status of the answer.
func (c *rawConn) exchange(command string, answered bool) int {
	c.t.Helper()
	c.send(4, string(binary.BigEndian.AppendUint32(nil, uint32(len(command)+2)))+"\x01\x03"+command)
	if !answered {
		return -1
	}
	return c.status()
}

// status reads a response and gives its status.
func (c *rawConn) status() int {
	c.t.Helper()
	typ, body := c.receive()
	if typ != 4 {
		c.t.Fatalf("PDU type %d, % X", typ, body)
	}
	for at := 6; at+8 <= len(body); {
		n := int(binary.LittleEndian.Uint32(body[at+4:]))
		if binary.LittleEndian.Uint16(body[at+2:]) == 0x0900 {
			return int(binary.LittleEndian.Uint16(body[at+8:]))
		}
		at += 8 + n
	}
	c.t.Fatalf("no status in % X", body)
	return 0
}
