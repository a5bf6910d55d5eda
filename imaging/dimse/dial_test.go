package dimse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

const ctImage = "1.2.840.10008.5.1.4.1.1.2"

func instance(uid, syntax string, data io.Reader, size int64) Instance {
	return Instance{SOPClass: ctImage, SOPInstance: uid, TransferSyntax: syntax, Data: data, Size: size}
}

// dialTo lets script play the acceptor and gives the requestor's association.
func dialTo(t *testing.T, script func(*rawPeer)) (*Association, error) {
	t.Helper()
	here, there := tcpPair(t)
	_ = there.SetDeadline(time.Now().Add(20 * time.Second))
	done := make(chan struct{})
	go func() {
		defer close(done)
		script(&rawPeer{t, there})
		_ = there.Close()
	}()
	t.Cleanup(func() { <-done })
	a, err := Dial(t.Context(), "peer", Options{
		Calling: "TESTER", Called: "PEER", Timeouts: short(),
		Contexts: []Proposal{{Verification, []string{ImplicitVRLittleEndian}}, {ctImage, []string{ExplicitVRLittleEndian}}},
		Dial:     func(context.Context, string, string) (net.Conn, error) { return here, nil },
	})
	if err == nil {
		t.Cleanup(func() { _ = a.Close() })
	}
	return a, err
}

// accept reads the request and accepts everything, with a maximum length.
func (p *rawPeer) accept(maxLength uint32) {
	p.t.Helper()
	rq, err := decodeAssociate(typeAssociateRQ, p.expect(typeAssociateRQ))
	if err != nil {
		p.t.Error(err)
		return
	}
	ac := &Associate{Version: 1, Called: rq.Called, Calling: rq.Calling, ApplicationContext: ApplicationContext, User: User{MaxLength: maxLength, ImplementationName: "SCRIPT"}}
	for _, c := range rq.Proposed {
		ac.Answered = append(ac.Answered, Answered{ID: c.ID, TransferSyntax: c.TransferSyntaxes[0]})
	}
	p.send(ac.encode(typeAssociateAC)...)
}

// message reads a message to its end: its command, its data set and the longest PDU.
func (p *rawPeer) message() (c *Command, data []byte, longest int) {
	p.t.Helper()
	var command []byte
	for {
		body := p.expect(typeData)
		if len(body) < pdvHeader {
			return &Command{}, nil, 0
		}
		longest = max(longest, len(body))
		for len(body) > 0 {
			n := int(body[0])<<24 | int(body[1])<<16 | int(body[2])<<8 | int(body[3])
			control, fragment := body[5], body[pdvHeader:4+n]
			body = body[4+n:]
			if control&pdvCommand == 0 {
				data = append(data, fragment...)
				if control&pdvLast != 0 {
					return c, data, longest
				}
				continue
			}
			command = append(command, fragment...)
			if control&pdvLast != 0 {
				var err error
				if c, err = decodeCommand(command); err != nil {
					p.t.Error(err)
				}
				if !c.HasData {
					return c, nil, longest
				}
			}
		}
	}
}

func (p *rawPeer) respond(context byte, c *Command) {
	p.send(dataTF(pdv(context, cmdLast, c.encode()))...)
}

func TestStoreIsSentAsItIs(t *testing.T) {
	for _, maxLength := range []uint32{minLength, 129, 4096, 16384, 0, 1 << 30} {
		for _, size := range []int{0, 2, 122, 4090, 4092, 100_000, maxFragment - pdvHeader, maxFragment - pdvHeader + 2, 300_000} {
			t.Run(fmt.Sprintf("%d in %d", size, maxLength), func(t *testing.T) {
				data := bytes.Repeat([]byte{1, 2, 3, 4, 5, 6, 7}, size/7+1)[:size]
				a, err := dialTo(t, func(p *rawPeer) {
					p.accept(maxLength)
					c, got, longest := p.message()
					if c.AffectedSOPInstance != "1.2.3" || c.MessageID != 1 || !bytes.Equal(got, data) {
						t.Errorf("%+v with %d bytes", c, len(got))
					}
					if maxLength > 0 && longest > int(maxLength) || longest > maxFragment {
						t.Errorf("PDU of %d bytes", longest)
					}
					p.respond(3, c.Response(Success))
					p.expect(typeReleaseRQ)
					p.send(encodeRelease(typeReleaseRP)...)
				})
				if err != nil {
					t.Fatal(err)
				}
				// a reader that gives a byte now and then must make no difference
				answer, err := a.Store(t.Context(), instance("1.2.3", ExplicitVRLittleEndian, iotest.HalfReader(bytes.NewReader(data)), int64(size)))
				if err != nil || answer.Status != Success {
					t.Errorf("%+v, %v", answer, err)
				}
				if err := a.Release(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestStoreFaults(t *testing.T) {
	big := strings.NewReader(strings.Repeat("x", 4<<20))
	for name, c := range map[string]struct {
		script func(*rawPeer)
		in     Instance
		want   func(Outcome, error) bool
	}{
		"a status and a comment": {
			func(p *rawPeer) {
				c, _, _ := p.message()
				r := c.Response(OutOfResources)
				r.ErrorComment = "disk full"
				p.respond(3, r)
			},
			instance("1.2.3", ExplicitVRLittleEndian, strings.NewReader("ab"), -1),
			func(o Outcome, err error) bool {
				return err == nil && o.Status.Transient() && !o.Status.OK() && o.Comment == "disk full"
			},
		},
		"context not accepted": {
			func(*rawPeer) {},
			instance("1.2.3", "1.2.840.10008.1.2.4.201", strings.NewReader("ab"), 2),
			func(_ Outcome, err error) bool { return errors.Is(err, ErrNoContext) },
		},
		"the file has become shorter": {
			func(p *rawPeer) { p.expectAbort(SourceUser, 0) },
			instance("1.2.3", ExplicitVRLittleEndian, strings.NewReader("ab"), 4),
			func(_ Outcome, err error) bool { return isAbort(err, SourceUser, 0, false) },
		},
		"the file has become longer": {
			func(p *rawPeer) { p.expectAbort(SourceUser, 0) },
			instance("1.2.3", ExplicitVRLittleEndian, strings.NewReader("abcdef"), 4),
			func(_ Outcome, err error) bool { return isAbort(err, SourceUser, 0, false) },
		},
		"the file cannot be read": {
			func(p *rawPeer) { p.expectAbort(SourceUser, 0) },
			instance("1.2.3", ExplicitVRLittleEndian, iotest.ErrReader(io.ErrNoProgress), -1),
			func(_ Outcome, err error) bool { return errors.Is(err, io.ErrNoProgress) },
		},
		"answer to another message": {
			func(p *rawPeer) {
				c, _, _ := p.message()
				c.MessageID = 99
				p.respond(3, c.Response(Success))
				p.expectAbort(SourceUser, 0)
			},
			instance("1.2.3", ExplicitVRLittleEndian, strings.NewReader("ab"), 2),
			func(_ Outcome, err error) bool { return isAbort(err, SourceUser, 0, false) },
		},
		"answer of another kind": {
			func(p *rawPeer) {
				c, _, _ := p.message()
				c.Field = CEchoRQ
				p.respond(3, c.Response(Success))
				p.expectAbort(SourceUser, 0)
			},
			instance("1.2.3", ExplicitVRLittleEndian, strings.NewReader("ab"), 2),
			func(_ Outcome, err error) bool { return isAbort(err, SourceUser, 0, false) },
		},
		"aborted while sending": {
			func(p *rawPeer) { p.send((&Abort{Source: SourceProvider, Reason: 6}).encode()...) },
			instance("1.2.3", ExplicitVRLittleEndian, big, big.Size()),
			func(_ Outcome, err error) bool {
				return isAbort(err, SourceProvider, 6, true) || errors.Is(err, ErrClosed) // the abort may be lost with the connection
			},
		},
		"closed instead of an answer": {
			func(p *rawPeer) { p.message() },
			instance("1.2.3", ExplicitVRLittleEndian, strings.NewReader("ab"), 2),
			func(_ Outcome, err error) bool { return errors.Is(err, ErrClosed) },
		},
		"released instead of an answer": {
			func(p *rawPeer) {
				p.message()
				p.send(encodeRelease(typeReleaseRQ)...)
				p.expect(typeReleaseRP)
			},
			instance("1.2.3", ExplicitVRLittleEndian, strings.NewReader("ab"), 2),
			func(_ Outcome, err error) bool { return errors.Is(err, io.EOF) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := dialTo(t, func(p *rawPeer) {
				p.accept(16384)
				c.script(p)
			})
			if err != nil {
				t.Fatal(err)
			}
			if o, err := a.Store(t.Context(), c.in); !c.want(o, err) {
				t.Errorf("%+v, %v", o, err)
			}
			_ = a.Close()
		})
	}
}

func TestDialFaults(t *testing.T) {
	for name, c := range map[string]struct {
		script func(*rawPeer)
		want   func(error) bool
	}{
		"rejected for good": {
			func(p *rawPeer) { p.send(RejectCallingAE.encode()...) },
			func(err error) bool {
				r, ok := errors.AsType[*Reject](err)
				return ok && *r == RejectCallingAE && !r.Transient()
			},
		},
		"rejected for now": {
			func(p *rawPeer) { p.send(RejectLimit.encode()...) },
			func(err error) bool { r, ok := errors.AsType[*Reject](err); return ok && r.Transient() },
		},
		"aborted": {
			func(p *rawPeer) { p.send((&Abort{Source: SourceProvider, Reason: 1}).encode()...) },
			func(err error) bool { return isAbort(err, SourceProvider, 1, true) },
		},
		"closed": {func(*rawPeer) {}, func(err error) bool { return errors.Is(err, ErrClosed) }},
		"data instead of an answer": {
			func(p *rawPeer) {
				p.send(dataTF(pdv(1, cmdLast, echoRQ(1)))...)
				p.expectAbort(SourceProvider, ReasonUnexpectedPDU)
			},
			func(err error) bool { return isAbort(err, SourceProvider, ReasonUnexpectedPDU, false) },
		},
		"HTTP": {
			func(p *rawPeer) {
				p.send([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")...)
				p.expectAbort(SourceProvider, ReasonUnrecognizedPDU)
			},
			func(err error) bool { return isAbort(err, SourceProvider, ReasonUnrecognizedPDU, false) },
		},
		"context ID twice": {
			func(p *rawPeer) {
				p.send((&Associate{Version: 1, Answered: []Answered{{ID: 1}, {ID: 1}}}).encode(typeAssociateAC)...)
				p.expectAbort(SourceProvider, ReasonInvalidPDUParam)
			},
			func(err error) bool { return isAbort(err, SourceProvider, ReasonInvalidPDUParam, false) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := dialTo(t, func(p *rawPeer) {
				p.expect(typeAssociateRQ)
				c.script(p)
			})
			if !c.want(err) {
				t.Error(err)
			}
		})
	}
	for name, o := range map[string]Options{
		"no contexts":     {Calling: "A", Called: "B"},
		"too many":        {Calling: "A", Called: "B", Contexts: make([]Proposal, 129)},
		"no calling AE":   {Called: "B", Contexts: []Proposal{{Verification, []string{ImplicitVRLittleEndian}}}},
		"AE title of 17":  {Calling: "A", Called: "12345678901234567", Contexts: []Proposal{{Verification, []string{ImplicitVRLittleEndian}}}},
		"nothing to send": {Calling: "A", Called: "B", Contexts: []Proposal{{Verification, nil}}},
	} {
		if _, err := Dial(t.Context(), "127.0.0.1:1", o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestReleaseCollision: both sides ask at once (PS3.8 9.2, Sta9 to Sta12).
func TestReleaseCollision(t *testing.T) {
	a, err := dialTo(t, func(p *rawPeer) {
		p.accept(0)
		p.expect(typeReleaseRQ)
		p.send(encodeRelease(typeReleaseRQ)...)
		p.expect(typeReleaseRP) // AR-9: the requestor answers first
		p.send(encodeRelease(typeReleaseRP)...)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Release(t.Context()); err != nil {
		t.Error(err)
	}

	here, there := tcpPair(t)
	done := make(chan error, 1)
	go func() {
		a, err := Accept(t.Context(), here, AcceptOptions{Negotiate: acceptFirst, Timeouts: short()})
		if err == nil {
			err = a.Release(t.Context())
		}
		done <- err
	}()
	p := &rawPeer{t, there}
	p.send(hello().encode(typeAssociateRQ)...)
	p.expect(typeAssociateAC)
	p.expect(typeReleaseRQ)
	p.send(dataTF(pdv(1, cmdLast, echoRQ(1)))...) // AR-6: still comes, and is not wanted
	p.send(encodeRelease(typeReleaseRQ)...)
	p.send(encodeRelease(typeReleaseRP)...) // the acceptor waits for it before it answers (AR-10)
	p.expect(typeReleaseRP)
	p.gone()
	_ = there.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestContextEndsARequest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	a, err := dialTo(t, func(p *rawPeer) {
		p.accept(0)
		p.message()
		cancel()
		p.expectAbort(SourceUser, 0)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Store(ctx, instance("1.2.3", ExplicitVRLittleEndian, strings.NewReader("ab"), 2)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := a.Echo(t.Context()); !errors.Is(err, context.Canceled) {
		t.Errorf("an association that is over still works: %v", err)
	}
}

func TestEvenPadding(t *testing.T) {
	for _, text := range []string{"", "a", "ab", "abc", strings.Repeat("x", 511), strings.Repeat("x", 512), strings.Repeat("x", 513)} {
		want := text
		if len(text)%2 == 1 {
			want += "\x00"
		}
		for name, reader := range map[string]func() io.Reader{
			"at once":  func() io.Reader { return strings.NewReader(text) },
			"byte":     func() io.Reader { return iotest.OneByteReader(strings.NewReader(text)) },
			"data+EOF": func() io.Reader { return iotest.DataErrReader(strings.NewReader(text)) },
		} {
			for _, size := range []int{1, 2, 3, 512} {
				var got bytes.Buffer
				_, err := io.CopyBuffer(struct{ io.Writer }{&got}, &even{r: reader()}, make([]byte, size))
				if got.String() != want || err != nil {
					t.Errorf("%q %s by %d: %q %v", text, name, size, got.String(), err)
				}
			}
		}
	}
}
