package dimse

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// piped runs an acceptor with default timeouts on a pipe, in fake time. serve gets its association, script plays the peer
// after the association is established.
func piped(t *testing.T, serve func(*Association) error, script func(*rawPeer)) (err error) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		done := make(chan error, 1)
		go func() {
			a, err := Accept(t.Context(), here, AcceptOptions{Negotiate: acceptFirst})
			if err != nil {
				done <- err
				return
			}
			done <- serve(a)
			_ = a.Close()
		}()
		p := &rawPeer{t, there}
		p.send(hello().encode(typeAssociateRQ)...)
		p.expect(typeAssociateAC)
		script(p)
		err = <-done
		_ = there.Close()
		synctest.Wait()
	})
	return err
}

// swallow reads one message with its data set.
func swallow(a *Association) error {
	m, err := a.Next(context.Background())
	if err != nil || m.Data == nil {
		return err
	}
	_, err = io.Copy(io.Discard, m.Data)
	return err
}

func TestIdleAssociationIsAborted(t *testing.T) {
	began := time.Now()
	err := piped(t, swallow, func(p *rawPeer) {
		began = time.Now()
		p.expectAbort(SourceUser, 0)
		if waited := time.Since(began); waited != 5*time.Minute {
			t.Errorf("after %v", waited)
		}
	})
	if !errors.Is(err, ErrTimeout) {
		t.Error(err)
	}
}

func TestHalfOpenMessageIsAborted(t *testing.T) {
	err := piped(t, swallow, func(p *rawPeer) {
		time.Sleep(4 * time.Minute) // not idle too long
		p.send(dataTF(pdv(3, cmdLast, storeRQ(1)))...)
		p.send(dataTF(pdv(3, dsMore, make([]byte, 1000)))[:500]...)
		began := time.Now()
		p.expectAbort(SourceUser, 0)
		if waited := time.Since(began); waited != 30*time.Second {
			t.Errorf("after %v", waited)
		}
	})
	if !errors.Is(err, ErrTimeout) {
		t.Error(err)
	}
}

// TestSlowSenderIsCut: a byte now and then keeps no association open.
func TestSlowSenderIsCut(t *testing.T) {
	err := piped(t, swallow, func(p *rawPeer) {
		bytes := append(dataTF(pdv(3, cmdLast, storeRQ(1))), dataTF(pdv(3, dsMore, make([]byte, 1000)))...)
		began := time.Now()
		cut := make(chan struct{})
		go func() {
			p.expectAbort(SourceUser, 0)
			close(cut)
		}()
		for _, b := range bytes {
			if _, err := p.conn.Write([]byte{b}); err != nil {
				break
			}
			select {
			case <-cut:
				if waited := time.Since(began); waited > time.Minute {
					t.Errorf("after %v", waited)
				}
				return
			case <-time.After(29 * time.Second):
			}
		}
		t.Error("not cut")
	})
	if !errors.Is(err, ErrTooSlow) {
		t.Error(err)
	}
}

// TestSlowLineIsNotCut: 4 kbit/s is little, but it is what a bad line may have.
func TestSlowLineIsNotCut(t *testing.T) {
	err := piped(t, swallow, func(p *rawPeer) {
		p.send(dataTF(pdv(3, cmdLast, storeRQ(1)))...)
		for range 200 {
			time.Sleep(2 * time.Second)
			p.send(dataTF(pdv(3, dsMore, make([]byte, 1024)))...)
		}
		p.send(dataTF(pdv(3, dsLast, nil))...)
	})
	if err != nil {
		t.Error(err)
	}
}

// TestSlowArchiveIsNotTheSendersFault: time in which nobody reads does not count against the sender.
func TestSlowArchiveIsNotTheSendersFault(t *testing.T) {
	err := piped(t, func(a *Association) error {
		m, err := a.Next(context.Background())
		if err != nil {
			return err
		}
		for p := make([]byte, 100); err == nil; _, err = m.Data.Read(p) {
			time.Sleep(3 * time.Minute)
		}
		if !errors.Is(err, io.EOF) {
			return err
		}
		return a.Reply(m, m.Command.Response(Success))
	}, func(p *rawPeer) {
		p.send(dataTF(pdv(3, cmdLast, storeRQ(1)))...)
		for range 10 {
			p.send(dataTF(pdv(3, dsMore, make([]byte, 200)))...)
		}
		p.send(dataTF(pdv(3, dsLast, nil))...)
		p.response(3)
	})
	if err != nil {
		t.Error(err)
	}
}

func TestPeerThatDoesNotReadIsGivenUp(t *testing.T) {
	err := piped(t, func(a *Association) error {
		m, err := a.Next(context.Background())
		if err != nil {
			return err
		}
		return a.Reply(m, m.Command.Response(Success))
	}, func(p *rawPeer) {
		p.send(dataTF(pdv(1, cmdLast, echoRQ(1)))...)
		time.Sleep(10 * time.Minute)
	})
	if !errors.Is(err, ErrTimeout) {
		t.Error(err)
	}
}

// TestStopBetweenMessages: the end of Next's context ends the waiting at once.
func TestStopBetweenMessages(t *testing.T) {
	err := piped(t, func(a *Association) error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := a.Next(ctx)
		return err
	}, func(p *rawPeer) {
		began := time.Now()
		p.expectAbort(SourceUser, 0)
		if waited := time.Since(began); waited > 1001*time.Millisecond {
			t.Errorf("after %v", waited)
		}
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// TestStopLetsAMessageEnd: a message that has begun is received to its end and answered.
func TestStopLetsAMessageEnd(t *testing.T) {
	err := piped(t, func(a *Association) error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		m, err := a.Next(ctx)
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, m.Data); err != nil {
			return err
		}
		if ctx.Err() == nil {
			t.Error("the message ended before the stop")
		}
		if err := a.Reply(m, m.Command.Response(Success)); err != nil {
			return err
		}
		_, err = a.Next(ctx)
		return err
	}, func(p *rawPeer) {
		for _, part := range [][]byte{dataTF(pdv(3, cmdLast, storeRQ(1))), dataTF(pdv(3, dsMore, make([]byte, 1000))), dataTF(pdv(3, dsLast, nil))} {
			p.send(part[:7]...)
			time.Sleep(2 * time.Second)
			p.send(part[7:]...)
		}
		p.response(3)
		p.expectAbort(SourceUser, 0)
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// TestKillWithinAMessage: the end of Accept's context ends everything.
func TestKillWithinAMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		ctx, kill := context.WithTimeout(t.Context(), 10*time.Second)
		defer kill()
		done := make(chan error, 1)
		go func() {
			a, err := Accept(ctx, here, AcceptOptions{Negotiate: acceptFirst})
			if err == nil {
				err = swallow(a)
				_ = a.Close()
			}
			done <- err
		}()
		p := &rawPeer{t, there}
		p.send(hello().encode(typeAssociateRQ)...)
		p.expect(typeAssociateAC)
		p.send(dataTF(pdv(3, cmdLast, storeRQ(1)))...)
		began := time.Now()
		p.expectAbort(SourceUser, 0)
		if waited := time.Since(began); waited != 10*time.Second {
			t.Errorf("after %v", waited)
		}
		if err := <-done; !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

func TestRequestorGivesUpWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, there) }()
		began := time.Now()
		_, err := Dial(t.Context(), "peer", Options{
			Calling: "TESTER", Called: "SILENT",
			Contexts: []Proposal{{Verification, []string{ImplicitVRLittleEndian}}},
			Dial:     func(context.Context, string, string) (net.Conn, error) { return here, nil },
		})
		if !errors.Is(err, ErrTimeout) {
			t.Error(err)
		}
		// the answer, then ARTIM for the peer to close after the abort
		if waited := time.Since(began); waited != 2*time.Minute+15*time.Second {
			t.Errorf("after %v", waited)
		}
	})
}
