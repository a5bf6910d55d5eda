package dimse

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"testing"
	"time"
)

func TestAssociationEchoStoreRelease(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789"), 5000)
	got := serve(t, AcceptOptions{}, func(p *rawPeer) {
		p.send(hello().encode(typeAssociateRQ)...)
		ac, err := decodeAssociate(typeAssociateAC, p.expect(typeAssociateAC))
		if err != nil {
			t.Fatal(err)
		}
		if ac.User.MaxLength != DefaultMaxLength || len(ac.Answered) != 3 || ac.Answered[2].Result == ContextAccepted || ac.Called != "YILIAN" {
			t.Errorf("acceptance %+v", ac)
		}
		p.send(dataTF(pdv(1, cmdLast, echoRQ(7)))...)
		if c := p.response(1); c.Field != CEchoRQ|responseTo || c.RespondedTo != 7 || c.Status != Success {
			t.Errorf("response %+v", c)
		}
		// a command in two fragments, the data set in many, two of them with the command's end in one PDU
		rq := storeRQ(8)
		p.send(dataTF(pdv(3, cmdMore, rq[:20]))...)
		p.send(dataTF(pdv(3, cmdLast, rq[20:]), pdv(3, dsMore, body[:10]), pdv(3, dsMore, nil))...)
		for at := 10; at < len(body); at += 4990 {
			p.send(dataTF(pdv(3, dsMore, body[at:min(at+4990, len(body))]))...)
		}
		p.send(dataTF(pdv(3, dsLast, nil))...)
		if c := p.response(3); c.RespondedTo != 8 || c.AffectedSOPInstance != "1.2.3.4" {
			t.Errorf("response %+v", c)
		}
		p.send(encodeRelease(typeReleaseRQ)...)
		p.expect(typeReleaseRP)
	})
	if got.accept != nil || !errors.Is(got.end, io.EOF) {
		t.Errorf("ended with %v, %v", got.accept, got.end)
	}
	if len(got.data) != 1 || !bytes.Equal(got.data[0], body) {
		t.Errorf("%d data sets", len(got.data))
	}
}

// response reads a response: it must be one PDU with one PDV.
func (p *rawPeer) response(context byte) *Command {
	p.t.Helper()
	body := p.expect(typeData)
	if len(body) < pdvHeader || body[4] != context || body[5] != cmdLast {
		p.t.Fatalf("response PDV % X", body)
	}
	c, err := decodeCommand(body[pdvHeader:])
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

func TestAcceptAnswersWhatWasProposed(t *testing.T) {
	rq := hello()
	rq.User.AsyncOps = &AsyncOps{Invoked: 0, Performed: 8}
	rq.User.Roles = []Role{{SOPClass: "1.2.840.10008.5.1.4.1.1.2", SCU: true, SCP: true}}
	rq.User.Identity = &Identity{Type: 2, AnswerRequested: true, Primary: []byte("user"), Secondary: []byte("secret")}
	serve(t, AcceptOptions{MaxLength: 4096}, func(p *rawPeer) {
		p.send(rq.encode(typeAssociateRQ)...)
		ac, err := decodeAssociate(typeAssociateAC, p.expect(typeAssociateAC))
		if err != nil {
			t.Fatal(err)
		}
		if w := ac.User.AsyncOps; w == nil || *w != (AsyncOps{1, 1}) {
			t.Errorf("asynchronous operations window %v", w)
		}
		if len(ac.User.Roles) != 1 || ac.User.Roles[0] != (Role{SOPClass: "1.2.840.10008.5.1.4.1.1.2", SCU: true}) {
			t.Errorf("roles %v", ac.User.Roles)
		}
		if ac.User.IdentityAnswer != nil || ac.User.MaxLength != 4096 {
			t.Errorf("user %+v", ac.User)
		}
	})
}

func TestAcceptRejects(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Associate)
		want   Reject
	}{
		"protocol version":         {func(a *Associate) { a.Version = 2 }, rejectProtocolVersion},
		"application context":      {func(a *Associate) { a.ApplicationContext = "1.2.3" }, rejectApplicationContext},
		"no application context":   {func(a *Associate) { a.ApplicationContext = "" }, rejectApplicationContext},
		"by the user of the layer": {func(a *Associate) { a.Called = "OTHER" }, RejectCalledAE},
	} {
		t.Run(name, func(t *testing.T) {
			rq := hello()
			c.change(rq)
			negotiate := func(ctx context.Context, rq *Associate) (Agreement, *Reject) {
				if rq.Called != "YILIAN" {
					return Agreement{}, new(RejectCalledAE)
				}
				return acceptFirst(ctx, rq)
			}
			got := serve(t, AcceptOptions{Negotiate: negotiate}, func(p *rawPeer) {
				p.send(rq.encode(typeAssociateRQ)...)
				if body := p.expect(typeAssociateRJ); len(body) == 4 && (Reject{body[1], body[2], body[3]}) != c.want {
					t.Errorf("rejected with % X, want %+v", body, c.want)
				}
			})
			if r, ok := errors.AsType[*Reject](got.accept); !ok || *r != c.want {
				t.Errorf("Accept: %v", got.accept)
			}
		})
	}
}

// watched is a context that counts who waits for its end.
type watched struct {
	context.Context
	waiting int
}

func (w *watched) AfterFunc(func()) (stop func() bool) {
	w.waiting++
	return func() bool { w.waiting--; return true }
}

// TestClosedAssociationIsForgotten: nothing of it hangs on a context that lives as long as the server.
func TestClosedAssociationIsForgotten(t *testing.T) {
	ctx := watched{Context: t.Context()}
	for range 3 {
		here, there := tcpPair(t)
		p := &rawPeer{t, there}
		p.send(hello().encode(typeAssociateRQ)...)
		p.send(encodeRelease(typeReleaseRQ)...)
		a, err := Accept(&ctx, here, AcceptOptions{Negotiate: acceptFirst, Timeouts: short()})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Next(&ctx); !errors.Is(err, io.EOF) {
			t.Error(err)
		}
		_ = there.Close()
		_ = a.Close()
	}
	if ctx.waiting != 0 {
		t.Errorf("%d closed associations wait for the end of the context", ctx.waiting)
	}
}

// TestOverTLS: the same on a connection that was made secure before; the TCP options reach what is below.
func TestOverTLS(t *testing.T) {
	here, there := tcpPair(t)
	secure := tls.Server(here, &tls.Config{Certificates: []tls.Certificate{selfSigned(t)}})
	if tcpOf(secure) != here.(*net.TCPConn) {
		t.Error("the TCP connection is not found below TLS")
	}
	done := make(chan served, 1)
	go func() { done <- serveOne(t.Context(), secure, AcceptOptions{}) }()
	a, err := Dial(t.Context(), "peer", Options{
		Calling: "TESTER", Called: "YILIAN", Timeouts: short(), Contexts: []Proposal{{Verification, []string{ImplicitVRLittleEndian}}},
		Dial: func(context.Context, string, string) (net.Conn, error) {
			return tls.Client(there, &tls.Config{InsecureSkipVerify: true}), nil //nolint:gosec // the test's own certificate
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if status, err := a.Echo(t.Context()); err != nil || status != Success {
		t.Errorf("%v, %v", status, err)
	}
	if err := a.Release(t.Context()); err != nil {
		t.Error(err)
	}
	if s := <-done; !errors.Is(s.end, io.EOF) {
		t.Errorf("%+v", s)
	}
}

func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
