package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	pionturn "github.com/pion/turn/v5"

	"yilian/signaling/turn"
)

// oneDoor is a port with the page, a WebSocket and a relay behind it.
type oneDoor struct {
	addr  string
	roots *x509.CertPool
	relay *turn.Server
	media net.PacketConn
}

func openOneDoor(t *testing.T) *oneDoor {
	t.Helper()
	ca, err := openAuthority(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := ca.leaf([]string{"127.0.0.1"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &oneDoor{addr: ln.Addr().String(), roots: x509.NewCertPool()}
	d.roots.AddCert(ca.cert)
	if d.media, err = net.ListenPacket("udp4", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	door := newHanded(ln.Addr())
	d.relay, err = turn.New(turn.Config{
		Listeners: []net.Listener{door}, Secret: bytes.Repeat([]byte("s"), 32), Loopback: true, Hosts: []string{"127.0.0.1"},
		MediaPort: d.media.LocalAddr().(*net.UDPAddr).Port,
	})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	p := newOnePort(ln, &tls.Config{Certificates: []tls.Certificate{leaf}, MinVersion: tls.VersionTLS12}, door, log)
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "%s secure=%v", r.Proto, r.TLS != nil)
	})
	mux.HandleFunc("/rtc", func(w http.ResponseWriter, r *http.Request) {
		up := websocket.Upgrader{}
		if ws, err := up.Upgrade(w, r, nil); err == nil {
			kind, data, _ := ws.ReadMessage()
			_ = ws.WriteMessage(kind, data)
			_ = ws.Close()
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := p.run(ctx); err != nil {
			t.Error(err)
		}
	})
	running.Go(func() { _ = serveWeb(ctx, p.web, mux, p.conf, time.Second, log) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
		if err := d.relay.Close(); err != nil {
			t.Error(err)
		}
		_ = d.media.Close()
	})
	return d
}

func (d *oneDoor) client(protocols ...string) *tls.Config {
	return &tls.Config{RootCAs: d.roots, NextProtos: protocols, MinVersion: tls.VersionTLS12}
}

func (d *oneDoor) dial(t *testing.T, protocols ...string) *tls.Conn {
	t.Helper()
	conn, err := tls.Dial("tcp", d.addr, d.client(protocols...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestOnePort: HTTP/2, HTTP/1.1 with and without ALPN, a WebSocket and TURN over TLS come through the same port.
func TestOnePort(t *testing.T) {
	d := openOneDoor(t)
	for name, c := range map[string]struct {
		transport *http.Transport
		want      string
	}{
		"h2":      {&http.Transport{TLSClientConfig: d.client(), ForceAttemptHTTP2: true}, "HTTP/2.0 secure=true"},
		"http":    {&http.Transport{TLSClientConfig: d.client("http/1.1")}, "HTTP/1.1 secure=true"},
		"no alpn": {&http.Transport{DialTLSContext: func(context.Context, string, string) (net.Conn, error) { return d.dial(t), nil }}, "HTTP/1.1 secure=true"},
	} {
		res, err := (&http.Client{Transport: c.transport, Timeout: 10 * time.Second}).Get("https://" + d.addr)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		c.transport.CloseIdleConnections()
		if string(body) != c.want {
			t.Errorf("%s: %s", name, body)
		}
	}
	for _, protocols := range [][]string{nil, {"http/1.1"}} {
		dialer := websocket.Dialer{NetDialTLSContext: func(context.Context, string, string) (net.Conn, error) { return d.dial(t, protocols...), nil }}
		ws, res, err := dialer.Dial("wss://"+d.addr+"/rtc", nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if err := ws.WriteMessage(websocket.TextMessage, []byte("hello")); err != nil {
			t.Fatal(err)
		}
		if _, data, err := ws.ReadMessage(); err != nil || string(data) != "hello" {
			t.Errorf("echo %q, %v", data, err)
		}
		_ = ws.Close()
	}
	d.relays(t)
}

// relays allocates over TLS and sends a packet to the media port.
func (d *oneDoor) relays(t *testing.T) {
	t.Helper()
	ice := d.relay.ICE("p")
	if len(ice) != 0 { // no URL was given: only the page's side knows the names
		t.Errorf("ICE servers %v", ice)
	}
	user, password := d.relay.Credentials("p")
	client, err := pionturn.NewClient(&pionturn.ClientConfig{
		STUNServerAddr: d.addr, TURNServerAddr: d.addr, Conn: pionturn.NewSTUNConn(d.dial(t)), Username: user, Password: password,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Listen(); err != nil {
		t.Fatal(err)
	}
	relayed, err := client.Allocate()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = relayed.Close() }()
	if _, err := relayed.WriteTo([]byte("media"), d.media.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	if err := d.media.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if n, _, err := d.media.ReadFrom(buf); err != nil || string(buf[:n]) != "media" {
		t.Errorf("%q, %v", buf[:n], err)
	}
}

// TestOnePortWithStrangers: what is neither is answered as bad HTTP or dropped, and harms nobody.
func TestOnePortWithStrangers(t *testing.T) {
	d := openOneDoor(t)
	cookie := "\x21\x12\xa4\x42"
	for name, c := range map[string]struct{ sends, answer string }{
		"zeros":                     {"\x00\x00\x00\x00\x00\x00\x00\x00\x00\r\n\r\n", "HTTP/1.1 400"},
		"not HTTP":                  {"\x80hello, who is there?\r\n\r\n", "HTTP/1.1 400"},
		"the cookie elsewhere":      {"GET " + cookie + " HTTP/1.1\r\n\r\n", "HTTP/1.1 400"},
		"one byte at a time":        {"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 200"},
		"STUN of an endless length": {"\x00\x01\xff\xff" + cookie + strings.Repeat("x", 100), ""},
	} {
		t.Run(name, func(t *testing.T) {
			conn := d.dial(t)
			for i := range len(c.sends) {
				if _, err := conn.Write([]byte(c.sends[i : i+1])); err != nil {
					break
				}
			}
			if c.answer == "" {
				_ = conn.CloseWrite()
			}
			line, _ := bufio.NewReader(conn).ReadString('\n')
			if !strings.HasPrefix(line, c.answer) {
				t.Errorf("answered %q", line)
			}
		})
	}
	raw, err := net.Dial("tcp", d.addr) // never shakes hands; the end does not wait for it
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	d.dial(t) // shakes hands and says nothing
}

func TestIsSTUN(t *testing.T) {
	for text, want := range map[string]bool{
		"\x00\x01\x00\x00\x21\x12\xa4\x42": true, "\x00\x03\x00\x08\x21\x12\xa4\x42\x00": true,
		"\x00\x01\x00\x00\x21\x12\xa4": false, "\x40\x01\x00\x00\x21\x12\xa4\x42": false, "GET / HT": false, "": false, "PRI * HTTP/2.0": false,
	} {
		if got := isSTUN([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
