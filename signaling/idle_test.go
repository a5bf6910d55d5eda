package signaling_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"yilian"
	"yilian/signaling"
	"yilian/signaling/protocol"
)

// bare is a client that costs next to nothing, so that what is measured in this process is the server: a TCP connection with a WebSocket handshake and
// masked frames written by hand (RFC 6455 5.2).
type bare struct{ conn net.Conn }

// dialBare opens a socket.
func dialBare(address string) (*bare, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	b := &bare{conn}
	request := "GET /rtc HTTP/1.1\r\nHost: " + address + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " +
		"AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
	if _, err = conn.Write([]byte(request)); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return b, nil
}

func maskedText(data []byte) []byte {
	frame := []byte{0x81, 0x80 | 126, 0, 0, 0, 0, 0, 0} // a mask of zeros leaves the data as they are
	binary.BigEndian.PutUint16(frame[2:], uint16(len(data)))
	return append(frame, data...)
}

// welcomed reads the handshake's answer, says hello and reads the first message.
func (b *bare) welcomed(hello []byte) error {
	if err := b.conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return err
	}
	r := bufio.NewReader(b.conn)
	res, err := http.ReadResponse(r, nil)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	if _, err := b.conn.Write(maskedText(hello)); err != nil {
		return err
	}
	head := make([]byte, 2)
	for head[1] == 0 { // pings
		if _, err := io.ReadFull(r, head); err != nil {
			return err
		}
	}
	if head[1] != 126 {
		return fmt.Errorf("frame of %d bytes", head[1])
	}
	if _, err := io.ReadFull(r, head); err != nil {
		return err
	}
	data := make([]byte, binary.BigEndian.Uint16(head))
	if _, err := io.ReadFull(r, data); err != nil {
		return err
	}
	m, err := protocol.DecodeServer(data)
	if _, ok := m.(*protocol.Welcome); !ok {
		return fmt.Errorf("%.100s: %w", data, err)
	}
	return nil
}

// crowd brings in people, so many a room, some at a time, and answers how long each took to be welcomed. In larger rooms than of two they are listeners.
func crowd(t testing.TB, h *house, from, n, aRoom int) (people []*bare, took []time.Duration) {
	t.Helper()
	address := strings.TrimPrefix(h.web, "http://")
	people, took = make([]*bare, n), make([]time.Duration, n)
	var all sync.WaitGroup
	work := make(chan int)
	for range 16 {
		all.Go(func() {
			for i := range work {
				ticket, err := h.Ticket(signaling.TicketRequest{
					Room: fmt.Sprintf("lecture %d", (from+i)/aRoom), Person: yilian.PersonID(fmt.Sprint(from + i)), Name: "听众", Listener: aRoom > 2, CanSend: aRoom <= 2,
				})
				if err != nil {
					t.Error(err)
					continue
				}
				hello, err := protocol.Encode(protocol.Hello{Version: protocol.Version, Ticket: ticket})
				if err != nil {
					t.Error(err)
					continue
				}
				began := time.Now()
				if people[i], err = dialBare(address); err == nil {
					err = people[i].welcomed(hello)
				}
				if took[i] = time.Since(began); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	all.Wait()
	t.Cleanup(func() {
		for _, p := range people {
			if p != nil {
				_ = p.conn.Close()
			}
		}
	})
	return people, took
}

// inUse is heap and stacks after a collection. Stacks shrink by halves with each.
func inUse() int64 {
	var m runtime.MemStats
	for range 4 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// idle measures what n idle connections take, each, and how long their joins took at the 99th percentile.
func idle(t testing.TB, n, aRoom int) (bytesEach int64, p50, p99 time.Duration) {
	t.Helper()
	h := openFor(t, func(c *signaling.Config) { c.SampleEvery = time.Minute })
	_, _ = crowd(t, h, 1_000_000, 200, aRoom) // what is made once
	before := inUse()
	_, took := crowd(t, h, 0, n, aRoom)
	time.Sleep(300 * time.Millisecond) // until everything that was said is written
	each := (inUse() - before) / int64(n)
	if got := h.Stats().Sockets; got != n+200 {
		t.Errorf("%d sockets", got)
	}
	slices.Sort(took)
	return each, took[n/2], took[n*99/100]
}

// TestIdleConnectionsAreCheap bounds what an idle connection takes: heap and stacks of the server in this process, with next to nothing of the client.
func TestIdleConnectionsAreCheap(t *testing.T) {
	for _, aRoom := range []int{2, 100} {
		each, _, p99 := idle(t, 600, aRoom)
		t.Logf("%d a room: %d bytes each, joins p99 %v", aRoom, each, p99)
		if raceDetector {
			continue // which needs memory of its own
		}
		if each > 11<<10 { // of the heap; what is resident is about twice that, as the heap grows to twice what is in use before it is swept
			t.Errorf("%d a room: an idle connection takes %d bytes", aRoom, each)
		}
	}
}

// BenchmarkIdleConnections prints the figures for 2 000 of them, a hundred in each of twenty rooms, and two in each of a thousand:
//
//	go test -run - -bench IdleConnections -benchtime 1x ./signaling
func BenchmarkIdleConnections(b *testing.B) {
	for _, aRoom := range []int{2, 100} {
		b.Run(fmt.Sprint(aRoom), func(b *testing.B) {
			for range b.N {
				each, p50, p99 := idle(b, 2000, aRoom)
				b.ReportMetric(float64(each), "B/conn")
				b.ReportMetric(float64(p50.Microseconds())/1000, "ms-p50/join")
				b.ReportMetric(float64(p99.Microseconds())/1000, "ms-p99/join")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// TestAudienceIsToldOnceASecond fills a lecture with a hundred listeners within one: the speaker hears few messages of it.
func TestAudienceIsToldOnceASecond(t *testing.T) {
	h := open(t, nil)
	ticket, err := h.Ticket(signaling.TicketRequest{Room: "lecture 0", Person: "speaker", Name: "讲者", CanSend: true, Chair: true})
	if err != nil {
		t.Fatal(err)
	}
	speaker := silent(t, h, ticket)
	crowd(t, h, 0, 100, 100)
	speaker.waitMessage(t, "all listeners", func(m protocol.Message) bool {
		a, ok := m.(*protocol.Audience)
		return ok && a.Count == 100
	})
	speaker.mu.Lock()
	defer speaker.mu.Unlock()
	var told int
	for _, m := range speaker.messages {
		if _, ok := m.(*protocol.Audience); ok {
			told++
		}
		if j, ok := m.(*protocol.Joined); ok {
			t.Errorf("%s is listed", j.Participant.ID)
		}
	}
	if told > 20 {
		t.Errorf("told %d times", told)
	}
}
