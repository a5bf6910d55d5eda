package dimse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"yilian/imaging/dicom"
)

const findClass = "1.2.840.10008.5.1.4.1.2.2.1"

// pair connects a requestor with an acceptor that serves with perform. ended gives how Serve ended.
func pair(t *testing.T, o Options, g Agreement, perform func(context.Context, *Operation)) (a *Association, ended chan error) {
	t.Helper()
	here, there := tcpPair(t)
	ended = make(chan error, 1)
	go func() {
		negotiate := func(_ context.Context, rq *Associate) (Agreement, *Reject) {
			for _, p := range rq.Proposed {
				g.Contexts = append(g.Contexts, Answered{ID: p.ID, TransferSyntax: p.TransferSyntaxes[0]})
			}
			return g, nil
		}
		a, err := Accept(t.Context(), here, AcceptOptions{Negotiate: negotiate, Timeouts: short()})
		if err != nil {
			ended <- err
			return
		}
		err = a.Serve(t.Context(), t.Context(), perform)
		ended <- errors.Join(err, a.Close())
	}()
	o.Calling, o.Called = "TESTER", "PEER"
	if o.Timeouts == (Timeouts{}) {
		o.Timeouts = short()
	}
	o.Contexts = append(o.Contexts, Proposal{Verification, []string{ImplicitVRLittleEndian}}, Proposal{ctImage, []string{ExplicitVRLittleEndian}}, Proposal{findClass, []string{ExplicitVRLittleEndian}})
	o.Dial = func(context.Context, string, string) (net.Conn, error) { return there, nil }
	a, err := Dial(t.Context(), "peer", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a, ended
}

func released(t *testing.T, a *Association, ended <-chan error) {
	t.Helper()
	if err := a.Release(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, io.EOF) {
		t.Errorf("served until %v", err)
	}
}

// TestWindowIsUsed: as many C-STOREs are under way at the same time as was agreed on, never more, and each gets its own answer.
func TestWindowIsUsed(t *testing.T) {
	for _, c := range []struct {
		proposed, offered, want uint16
	}{{0, 0, 1}, {4, 0, 1}, {4, 8, 4}, {8, 3, 3}} {
		t.Run(fmt.Sprintf("%d of %d", c.proposed, c.offered), func(t *testing.T) {
			var now, most atomic.Int32
			gate := make(chan struct{})
			a, ended := pair(t, Options{Window: AsyncOps{Invoked: c.proposed, Performed: 1}}, Agreement{Window: AsyncOps{Invoked: c.offered}}, func(_ context.Context, op *Operation) {
				n := now.Add(1)
				for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
				}
				b, _ := io.ReadAll(op.Data)
				if n == int32(c.want) {
					select {
					case <-gate:
					default:
						close(gate)
					}
				}
				<-gate
				now.Add(-1)
				r := op.Command.Response(Success)
				r.ErrorComment = string(b)
				_ = op.Reply(r, nil)
			})
			var all sync.WaitGroup
			for i := range 20 {
				all.Go(func() {
					text := fmt.Sprintf("instance %02d", i)
					o, err := a.Store(t.Context(), instance(fmt.Sprintf("1.2.%d", i+1), ExplicitVRLittleEndian, strings.NewReader(text), int64(len(text))))
					if err != nil || o.Comment != text {
						t.Errorf("%+v, %v; want %s", o, err, text)
					}
				})
			}
			all.Wait()
			released(t, a, ended)
			if got := most.Load(); got != int32(c.want) {
				t.Errorf("%d at a time, want %d", got, c.want)
			}
		})
	}
}

// TestInOrderByDefault: without a window operations do not overtake one another.
func TestInOrderByDefault(t *testing.T) {
	var order []string
	a, ended := pair(t, Options{}, Agreement{Window: AsyncOps{Invoked: 8}}, func(_ context.Context, op *Operation) {
		order = append(order, op.Command.AffectedSOPInstance)
		_ = op.Reply(op.Command.Response(Success), nil)
	})
	for i := range 5 {
		if _, err := a.Store(t.Context(), instance(fmt.Sprintf("1.2.%d", i+1), ExplicitVRLittleEndian, strings.NewReader("ab"), 2)); err != nil {
			t.Fatal(err)
		}
	}
	released(t, a, ended)
	if !slices.Equal(order, []string{"1.2.1", "1.2.2", "1.2.3", "1.2.4", "1.2.5"}) {
		t.Errorf("%v", order)
	}
}

func identifierOf(text string) *dicom.Dataset {
	d := dicom.New("ISO_IR 192")
	d.SetString(dicom.PatientName, text)
	return d
}

// endless answers a C-FIND until it is cancelled.
func endless(ctx context.Context, op *Operation) {
	b, _ := op.Context.Encode(identifierOf("张^三"))
	for ctx.Err() == nil {
		if err := op.Reply(op.Command.Response(Pending), b); err != nil {
			return
		}
	}
	if errors.Is(context.Cause(ctx), ErrCancelled) {
		_ = op.Reply(op.Command.Response(Cancelled), nil)
	}
}

func TestCancelReachesARunningOperation(t *testing.T) {
	a, ended := pair(t, Options{}, Agreement{}, endless)
	enough := errors.New("enough")
	n := 0
	o, err := a.Find(t.Context(), findClass, identifierOf("*"), func(d *dicom.Dataset) error {
		if d.String(dicom.PatientName) != "张^三" {
			t.Error(d.String(dicom.PatientName))
		}
		if n++; n == 100 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || o.Status != Cancelled || n != 100 {
		t.Errorf("%+v, %v after %d", o, err, n)
	}
	released(t, a, ended)
}

// TestReleaseEndsWhatRuns: nobody is left to answer to.
func TestReleaseEndsWhatRuns(t *testing.T) {
	stopped := make(chan error, 1)
	here, there := tcpPair(t)
	done := make(chan error, 1)
	go func() {
		a, err := Accept(t.Context(), here, AcceptOptions{Negotiate: acceptFirst, Timeouts: short()})
		if err == nil {
			err = a.Serve(t.Context(), t.Context(), func(ctx context.Context, _ *Operation) {
				<-ctx.Done()
				stopped <- context.Cause(ctx)
			})
			_ = a.Close()
		}
		done <- err
	}()
	p := &rawPeer{t, there}
	p.send(hello().encode(typeAssociateRQ)...)
	p.expect(typeAssociateAC)
	p.send(dataTF(pdv(1, cmdLast, echoRQ(1)))...)
	p.send(encodeRelease(typeReleaseRQ)...)
	p.expect(typeReleaseRP)
	_ = there.Close()
	if err := <-stopped; !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	if err := <-done; !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// TestServeOddities: what a peer may send beside good requests, each with what it gets.
func TestServeOddities(t *testing.T) {
	cancel := func(id uint16) []byte { return (&Command{Field: CCancelRQ, RespondedTo: id}).encode() }
	release := make(chan struct{})
	here, there := tcpPair(t)
	done := make(chan error, 1)
	go func() {
		a, err := Accept(t.Context(), here, AcceptOptions{Timeouts: short(), Negotiate: func(ctx context.Context, rq *Associate) (Agreement, *Reject) {
			g, r := acceptFirst(ctx, rq)
			g.Window = AsyncOps{Invoked: 4}
			return g, r
		}})
		if err == nil {
			err = a.Serve(t.Context(), t.Context(), func(ctx context.Context, op *Operation) {
				if op.Command.MessageID == 7 {
					select {
					case <-release:
					case <-ctx.Done():
						_ = op.Reply(op.Command.Response(Cancelled), nil)
						return
					}
				}
				_ = op.Reply(op.Command.Response(Success), nil)
			})
			_ = a.Close()
		}
		done <- err
	}()
	p := &rawPeer{t, there}
	_ = there.SetDeadline(time.Now().Add(10 * time.Second))
	rq := hello()
	rq.User.AsyncOps = &AsyncOps{Invoked: 0, Performed: 1}
	p.send(rq.encode(typeAssociateRQ)...)
	p.expect(typeAssociateAC)
	p.send(dataTF(pdv(1, cmdLast, cancel(99)))...)                                                                       // of nothing
	p.send(dataTF(pdv(1, cmdLast, (&Command{Field: CEchoRQ | responseTo, RespondedTo: 3}).encode()))...)                 // to nothing
	p.send(dataTF(pdv(3, cmdLast, (&Command{Field: CStoreRQ | responseTo, RespondedTo: 3, HasData: true}).encode()))...) // to nothing, with data
	p.send(dataTF(pdv(3, dsLast, make([]byte, 1000)))...)
	p.send(dataTF(pdv(1, cmdLast, echoRQ(7)))...) // runs
	p.send(dataTF(pdv(1, cmdLast, echoRQ(7)))...) // the same number again, while it runs
	if c := p.response(1); c.RespondedTo != 7 || c.Status != DuplicateInvocation {
		t.Errorf("%+v", c)
	}
	p.send(dataTF(pdv(1, cmdLast, echoRQ(8)))...) // overtakes
	if c := p.response(1); c.RespondedTo != 8 || c.Status != Success {
		t.Errorf("%+v", c)
	}
	p.send(dataTF(pdv(1, cmdLast, cancel(7)))...)
	if c := p.response(1); c.RespondedTo != 7 || c.Status != Cancelled {
		t.Errorf("%+v", c)
	}
	close(release)
	p.send(dataTF(pdv(1, cmdLast, echoRQ(7)))...) // the number is free again
	if c := p.response(1); c.RespondedTo != 7 || c.Status != Success {
		t.Errorf("%+v", c)
	}
	p.send(encodeRelease(typeReleaseRQ)...)
	p.expect(typeReleaseRP)
	_ = there.Close()
	if err := <-done; !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// TestBusyIsNotIdle: time in which an operation is performed does not count as the peer's idleness.
func TestBusyIsNotIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		done := make(chan error, 1)
		go func() {
			a, err := Accept(t.Context(), here, AcceptOptions{Negotiate: acceptFirst})
			if err == nil {
				err = a.Serve(t.Context(), t.Context(), func(_ context.Context, op *Operation) {
					time.Sleep(17 * time.Minute)
					_ = op.Reply(op.Command.Response(Success), nil)
				})
				_ = a.Close()
			}
			done <- err
		}()
		p := &rawPeer{t, there}
		p.send(hello().encode(typeAssociateRQ)...)
		p.expect(typeAssociateAC)
		p.send(dataTF(pdv(1, cmdLast, echoRQ(1)))...)
		p.response(1)
		began := time.Now()
		p.expectAbort(SourceUser, 0)
		if waited := time.Since(began); waited < 5*time.Minute || waited > 5*time.Minute+time.Second {
			t.Errorf("idle after %v", waited)
		}
		_ = there.Close()
		if err := <-done; !errors.Is(err, ErrTimeout) {
			t.Error(err)
		}
	})
}

// TestStopFinishesOperations: after the end of ctx what runs is finished and answered, and then nothing more is taken.
func TestStopFinishesOperations(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	here, there := tcpPair(t)
	begun := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		a, err := Accept(t.Context(), here, AcceptOptions{Negotiate: acceptFirst, Timeouts: short()})
		if err == nil {
			err = a.Serve(ctx, t.Context(), func(opctx context.Context, op *Operation) {
				close(begun)
				<-ctx.Done()
				if opctx.Err() != nil {
					t.Error("the operation was ended")
				}
				_ = op.Reply(op.Command.Response(Success), nil)
			})
			_ = a.Close()
		}
		done <- err
	}()
	p := &rawPeer{t, there}
	p.send(hello().encode(typeAssociateRQ)...)
	p.expect(typeAssociateAC)
	p.send(dataTF(pdv(1, cmdLast, echoRQ(1)))...)
	<-begun
	stop()
	p.response(1)
	p.expectAbort(SourceUser, 0)
	_ = there.Close()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestUserIdentityIsAnswered(t *testing.T) {
	for name, c := range map[string]struct {
		identity *Identity
		answer   []byte
		want     []byte
	}{
		"a name":             {&Identity{Type: 1, AnswerRequested: true, Primary: []byte("wang")}, []byte{}, []byte{}},
		"a ticket":           {&Identity{Type: 3, AnswerRequested: true, Primary: []byte("ticket")}, []byte("server ticket"), []byte("server ticket")},
		"no answer asked":    {&Identity{Type: 5, Primary: []byte("a.b.c")}, []byte("x"), nil},
		"nobody looks at it": {&Identity{Type: 2, AnswerRequested: true, Primary: []byte("wang"), Secondary: []byte("secret")}, nil, nil},
	} {
		a, ended := pair(t, Options{Identity: c.identity}, Agreement{Identity: c.answer}, func(context.Context, *Operation) {})
		if got := a.Peer.IdentityAnswer; !bytes.Equal(got, c.want) || (got == nil) != (c.want == nil) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		released(t, a, ended)
	}
}

func TestPeerThatTakesSlowlyIsCut(t *testing.T) {
	err := piped(t, func(a *Association) error {
		m, err := a.Next(context.Background())
		if err != nil {
			return err
		}
		return a.respond(m, m.Command.Response(Pending), bytes.NewReader(make([]byte, 400_000)))
	}, func(p *rawPeer) {
		p.send(dataTF(pdv(1, cmdLast, echoRQ(1)))...)
		for b := make([]byte, 100); ; {
			if _, err := p.conn.Read(b); err != nil {
				return
			}
			time.Sleep(50 * time.Second)
		}
	})
	if !errors.Is(err, ErrTooSlow) && !errors.Is(err, ErrTimeout) {
		t.Error(err)
	}
}
