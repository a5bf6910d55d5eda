package main

import (
	"bufio"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"yilian/signaling/load"
)

// TestSoak: hundreds come into the calls of the real program, leave, are killed and come back. It forgets them: after each wave it has as many goroutines
// and open files as after the first.
func TestSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	data := t.TempDir()
	desk, err := openTicketDesk(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	p := newProgram(t, "serve", data)
	p.start()
	api, err := load.NewAPI(true)
	if err != nil {
		t.Fatal(err)
	}
	y := &load.Yilian{URL: "ws://" + p.http + "/rtc", API: api, Ticket: desk.ticket}
	var first map[string]float64
	for wave := range uint64(4) {
		c := load.Churn{People: 120, Rooms: 15, Media: 6, AtOnce: 24, Seed: wave, Stay: 300 * time.Millisecond}
		if _, err := c.Run(t.Context(), y); err != nil {
			t.Fatalf("wave %d: %v; the program's log:\n%s", wave+1, err, p.log)
		}
		if first == nil {
			time.Sleep(8 * time.Second) // longer than any seat is kept
			first = p.metrics()
			continue
		}
		var now map[string]float64
		p.await("forgotten", 30*time.Second, func() bool {
			now = p.metrics()
			return now["yilian_call_sockets"] == 0 && now["go_goroutines"] <= first["go_goroutines"]+5 && now["process_open_fds"] <= first["process_open_fds"]+5
		})
		t.Logf("after wave %d: %.0f goroutines (%.0f after the first), %.0f open files (%.0f), %.0f MB", wave+1,
			now["go_goroutines"], first["go_goroutines"], now["process_open_fds"], first["process_open_fds"], now["process_resident_memory_bytes"]/1e6)
	}
	if log := p.log.String(); strings.Contains(log, "panic") || strings.Contains(log, "level=ERROR") {
		t.Errorf("in the log:\n%.3000s", log)
	}
}

// metrics reads what the program tells without labels.
func (p *program) metrics() map[string]float64 {
	p.t.Helper()
	res, err := http.Get("http://" + p.http + "/metrics")
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	all := map[string]float64{}
	for s := bufio.NewScanner(res.Body); s.Scan(); {
		name, value, _ := strings.Cut(s.Text(), " ")
		if v, err := strconv.ParseFloat(value, 64); err == nil && !strings.HasPrefix(name, "#") {
			all[name] = v
		}
	}
	return all
}
