package dimse

import (
	"bytes"
	"errors"
	"io"
	"net"
	"runtime"
	"testing"
	"time"
)

// length gives a PDU header that declares a length.
func length(typ byte, n uint32) []byte {
	return []byte{typ, 0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
}

// TestHostileBeforeAssociation: what comes instead of a good A-ASSOCIATE-RQ is answered as Sta2 says: AA-1, an A-ABORT with
// the service user as source.
func TestHostileBeforeAssociation(t *testing.T) {
	good := hello().encode(typeAssociateRQ)
	twice := hello()
	twice.Proposed[1].ID = 1
	evenID := hello()
	evenID.Proposed[1].ID = 2
	tiny := hello()
	tiny.User.MaxLength = 12
	cut := bytes.Clone(good[:100])
	copy(cut, length(typeAssociateRQ, 94))
	lying := bytes.Clone(good)
	lying[pduHeader+68+2] = 0xff // the application context item says it is longer than the PDU

	for name, bytes := range map[string][]byte{
		"HTTP":                                   []byte("GET / HTTP/1.1\r\nHost: example\r\n\r\n"),
		"unknown PDU type":                       length(0x42, 0),
		"PDU type 0":                             length(0, 0),
		"request of 4 GiB":                       length(typeAssociateRQ, 0xffffffff),
		"request over the limit":                 length(typeAssociateRQ, maxAssociate+1),
		"request cut short":                      cut,
		"empty request":                          length(typeAssociateRQ, 0),
		"item longer than the PDU":               lying,
		"context ID twice":                       twice.encode(typeAssociateRQ),
		"context ID even":                        evenID.encode(typeAssociateRQ),
		"maximum length without room":            tiny.encode(typeAssociateRQ),
		"acceptance instead of a request":        hello().encode(typeAssociateAC),
		"rejection instead of a request":         (&Reject{1, 1, 1}).encode(),
		"data before association":                dataTF(pdv(1, cmdLast, echoRQ(1))),
		"release before association":             encodeRelease(typeReleaseRQ),
		"release answer before association":      encodeRelease(typeReleaseRP),
		"rejection of a wrong length":            length(typeAssociateRJ, 5),
		"release of a wrong length":              append(length(typeReleaseRQ, 3), 0, 0, 0),
		"abort of a wrong length, not shortened": length(typeAbort, 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			got := serve(t, AcceptOptions{}, func(p *rawPeer) {
				p.send(bytes...)
				p.expectAbort(SourceUser, ReasonNotSpecified)
				p.gone()
			})
			if !isAbort(got.accept, SourceUser, ReasonNotSpecified, false) {
				t.Errorf("Accept: %v", got.accept)
			}
		})
	}
}

// gone closes the peer's half and expects nothing more.
func (p *rawPeer) gone() {
	p.t.Helper()
	if err := p.conn.(*net.TCPConn).CloseWrite(); err != nil {
		p.t.Error(err)
	}
	p.outwaited()
}

// outwaited expects that the connection is closed by ARTIM, without a word.
func (p *rawPeer) outwaited() {
	p.t.Helper()
	if n, err := io.Copy(io.Discard, p.conn); n > 0 && err == nil {
		p.t.Errorf("peer got %d bytes more", n)
	}
}

func TestEndsBeforeAssociation(t *testing.T) {
	for name, c := range map[string]struct {
		bytes []byte
		want  error
	}{
		"nothing at all":             {nil, ErrTimeout},
		"half a header":              {[]byte{1, 0, 0}, ErrTimeout},
		"half a request":             {hello().encode(typeAssociateRQ)[:80], ErrTimeout},
		"4 KiB of a declared 200 Ki": {append(length(typeAssociateRQ, 200<<10), make([]byte, 4096)...), ErrTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			got := serve(t, AcceptOptions{}, func(p *rawPeer) {
				p.send(c.bytes...)
				p.outwaited() // AA-2: ARTIM has expired, the connection is closed without a word
			})
			if !errors.Is(got.accept, c.want) {
				t.Errorf("Accept: %v, want %v", got.accept, c.want)
			}
		})
	}
	got := serve(t, AcceptOptions{}, func(p *rawPeer) { p.send(hello().encode(typeAssociateRQ)[:80]...) })
	if !errors.Is(got.accept, ErrClosed) {
		t.Errorf("closed within the request: %v", got.accept)
	}
	got = serve(t, AcceptOptions{}, func(p *rawPeer) { p.send((&Abort{Source: 2, Reason: 1}).encode()...) })
	if !isAbort(got.accept, 2, 1, true) {
		t.Errorf("aborted instead of a request: %v", got.accept)
	}
}

// TestHostileInAssociation: what breaks the upper layer's rules in Sta6 is answered by AA-8, an A-ABORT of the provider with
// its reason; what breaks DIMSE's rules on top of it, by the user's A-ABORT.
func TestHostileInAssociation(t *testing.T) {
	store := dataTF(pdv(3, cmdLast, storeRQ(1)))
	huge := make([]byte, 0, 80<<10)
	for len(huge) <= maxCommand {
		huge = append(huge, dataTF(pdv(1, cmdMore, make([]byte, 16000)))...)
	}
	noise := func(b ...[]byte) []byte { return bytes.Join(b, nil) }
	for name, c := range map[string]struct {
		bytes          []byte
		source, reason byte
	}{
		"unknown PDU type":                  {length(0x99, 4), SourceProvider, ReasonUnrecognizedPDU},
		"second request":                    {hello().encode(typeAssociateRQ), SourceProvider, ReasonUnexpectedPDU},
		"acceptance":                        {hello().encode(typeAssociateAC), SourceProvider, ReasonUnexpectedPDU},
		"rejection":                         {(&Reject{1, 1, 1}).encode(), SourceProvider, ReasonUnexpectedPDU},
		"release answer":                    {encodeRelease(typeReleaseRP), SourceProvider, ReasonUnexpectedPDU},
		"P-DATA longer than negotiated":     {length(typeData, DefaultMaxLength+1), SourceProvider, ReasonInvalidPDUParam},
		"P-DATA of 4 GiB":                   {length(typeData, 0xffffffff), SourceProvider, ReasonInvalidPDUParam},
		"P-DATA without PDV":                {dataTF(), SourceProvider, ReasonInvalidPDUParam},
		"P-DATA too short for a PDV":        {append(length(typeData, 5), 0, 0, 0, 1, 1), SourceProvider, ReasonInvalidPDUParam},
		"PDV longer than its PDU":           {append(length(typeData, 6), 0, 0, 0, 3, 1, 3), SourceProvider, ReasonInvalidPDUParam},
		"PDV of 4 GiB":                      {append(length(typeData, 6), 0xff, 0xff, 0xff, 0xff, 1, 3), SourceProvider, ReasonInvalidPDUParam},
		"PDV of length 0":                   {append(length(typeData, 6), 0, 0, 0, 0, 1, 3), SourceProvider, ReasonInvalidPDUParam},
		"PDV of length 1":                   {append(length(typeData, 6), 0, 0, 0, 1, 1, 3), SourceProvider, ReasonInvalidPDUParam},
		"context that was refused":          {dataTF(pdv(5, cmdLast, echoRQ(1))), SourceProvider, ReasonInvalidPDUParam},
		"context that nobody proposed":      {dataTF(pdv(77, cmdLast, echoRQ(1))), SourceProvider, ReasonInvalidPDUParam},
		"data set before a command":         {dataTF(pdv(3, dsLast, []byte{1, 2})), SourceProvider, ReasonInvalidPDUParam},
		"data set within a command":         {noise(dataTF(pdv(3, cmdMore, storeRQ(1)[:8])), dataTF(pdv(3, dsLast, nil))), SourceProvider, ReasonInvalidPDUParam},
		"command changes its context":       {noise(dataTF(pdv(3, cmdMore, storeRQ(1)[:8])), dataTF(pdv(1, cmdLast, storeRQ(1)[8:]))), SourceProvider, ReasonInvalidPDUParam},
		"command within a data set":         {noise(store, dataTF(pdv(3, dsMore, []byte{1, 2})), dataTF(pdv(3, cmdLast, echoRQ(2)))), SourceProvider, ReasonInvalidPDUParam},
		"data set changes its context":      {noise(store, dataTF(pdv(3, dsMore, []byte{1, 2})), dataTF(pdv(1, dsLast, []byte{3, 4}))), SourceProvider, ReasonInvalidPDUParam},
		"empty fragments without end":       {noise(store, bytes.Repeat(dataTF(pdv(3, dsMore, nil)), maxEmpty+1)), SourceProvider, ReasonInvalidPDUParam},
		"release within a data set":         {noise(store, dataTF(pdv(3, dsMore, []byte{1, 2})), encodeRelease(typeReleaseRQ)), SourceUser, 0},
		"command set longer than the limit": {huge, SourceUser, 0},
		"command set that is no data set":   {dataTF(pdv(1, cmdLast, []byte("certainly not a command"))), SourceUser, 0},
		"command set cut short":             {dataTF(pdv(1, cmdLast, echoRQ(1)[:20])), SourceUser, 0},
		"empty command set":                 {dataTF(pdv(1, cmdLast, nil)), SourceUser, 0},
		"C-STORE without its elements":      {dataTF(pdv(3, cmdLast, echoRQ(1)[:len(echoRQ(1))-10])), SourceUser, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := serve(t, AcceptOptions{}, func(p *rawPeer) {
				p.send(hello().encode(typeAssociateRQ)...)
				p.expect(typeAssociateAC)
				p.send(c.bytes...)
				p.expectAbort(c.source, c.reason)
				p.gone()
			})
			if !isAbort(got.end, c.source, c.reason, false) {
				t.Errorf("ended with %v", got.end)
			}
		})
	}
}

func TestEndsInAssociation(t *testing.T) {
	store := dataTF(pdv(3, cmdLast, storeRQ(1)))
	part := dataTF(pdv(3, dsMore, make([]byte, 100)))
	for name, c := range map[string]struct {
		bytes []byte
		want  func(error) bool
	}{
		"closed between messages":  {nil, func(err error) bool { return errors.Is(err, ErrClosed) }},
		"closed within a header":   {[]byte{4, 0, 0}, func(err error) bool { return errors.Is(err, ErrClosed) }},
		"closed within a fragment": {append(store, part[:50]...), func(err error) bool { return errors.Is(err, ErrClosed) }},
		"closed within a message":  {append(store, part...), func(err error) bool { return errors.Is(err, ErrClosed) }},
		"aborted within a message": {append(store, (&Abort{Source: 0}).encode()...), func(err error) bool { return isAbort(err, 0, 0, true) }},
	} {
		t.Run(name, func(t *testing.T) {
			got := serve(t, AcceptOptions{}, func(p *rawPeer) {
				p.send(hello().encode(typeAssociateRQ)...)
				p.expect(typeAssociateAC)
				p.send(c.bytes...)
			})
			if !c.want(got.end) {
				t.Errorf("ended with %v", got.end)
			}
			for _, err := range got.reads {
				if err == nil {
					t.Error("an incomplete data set was read without an error")
				}
			}
		})
	}
}

func TestGarbageAfterRelease(t *testing.T) {
	got := serve(t, AcceptOptions{}, func(p *rawPeer) {
		p.send(hello().encode(typeAssociateRQ)...)
		p.expect(typeAssociateAC)
		p.send(encodeRelease(typeReleaseRQ)...)
		p.expect(typeReleaseRP)
		p.send(dataTF(pdv(1, cmdLast, echoRQ(1)))...) // AA-6: ignored
		p.send(hello().encode(typeAssociateRQ)...)    // AA-7
		p.expectAbort(SourceProvider, ReasonUnexpectedPDU)
		p.send([]byte("garbage, and more of it")...) // AA-7
		p.expectAbort(SourceProvider, ReasonUnrecognizedPDU)
		p.outwaited() // ARTIM
	})
	if !errors.Is(got.end, io.EOF) {
		t.Errorf("ended with %v", got.end)
	}
}

// TestMemoryIsBoundedByTheFragment sends a data set of 64 MiB to a reader that keeps nothing.
func TestMemoryIsBoundedByTheFragment(t *testing.T) {
	const size = 64 << 20
	here, there := tcpPair(t)
	fragment := dataTF(pdv(3, dsMore, make([]byte, DefaultMaxLength-pdvHeader)))
	sent := make(chan error, 1)
	go func() {
		p := &rawPeer{t, there}
		p.send(hello().encode(typeAssociateRQ)...)
		p.expect(typeAssociateAC)
		p.send(dataTF(pdv(3, cmdLast, storeRQ(1)))...)
		for range size / (DefaultMaxLength - pdvHeader) {
			p.send(fragment...)
		}
		p.send(dataTF(pdv(3, dsLast, nil))...)
		sent <- there.Close()
	}()
	a, err := Accept(t.Context(), here, AcceptOptions{Negotiate: acceptFirst, Timeouts: short()})
	if err != nil {
		t.Fatal(err)
	}
	m, err := a.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n, err := io.Copy(io.Discard, m.Data)
	runtime.ReadMemStats(&after)
	if err != nil || n < size-DefaultMaxLength {
		t.Fatalf("%d bytes, %v", n, err)
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 1<<20 {
		t.Errorf("%d bytes allocated for a data set of %d", allocated, n)
	}
	_ = a.Close()
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

func TestDrainIsBounded(t *testing.T) {
	negotiate := AcceptOptions{Negotiate: acceptFirst, Timeouts: short(), Drain: 100_000}
	for _, c := range []struct {
		fragments int
		aborted   bool
	}{{5, false}, {20, true}} {
		here, there := tcpPair(t)
		ended := make(chan error, 1)
		go func() {
			a, err := Accept(t.Context(), here, negotiate)
			if err != nil {
				ended <- err
				return
			}
			m, err := a.Next(t.Context())
			if err == nil {
				err = a.Reply(m, m.Command.Response(OutOfResources)) // without reading
			}
			ended <- errors.Join(err, a.Close())
		}()
		p := &rawPeer{t, there}
		_ = there.SetDeadline(time.Now().Add(10 * time.Second))
		p.send(hello().encode(typeAssociateRQ)...)
		p.expect(typeAssociateAC)
		p.send(dataTF(pdv(3, cmdLast, storeRQ(1)))...)
		for range c.fragments {
			p.send(dataTF(pdv(3, dsMore, make([]byte, 10_000)))...)
		}
		p.send(dataTF(pdv(3, dsLast, nil))...)
		if c.aborted {
			p.expectAbort(SourceUser, 0)
		} else if r := p.response(3); r.Status != OutOfResources {
			t.Errorf("status %v", r.Status)
		}
		_ = there.Close()
		if err := <-ended; (err != nil) != c.aborted {
			t.Errorf("%d fragments: %v", c.fragments, err)
		}
	}
}
