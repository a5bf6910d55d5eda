package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"yilian"
	"yilian/signaling"
	"yilian/signaling/load"
	"yilian/storage/sqlstore"
)

// startOwnCalls runs this program with an empty installation. Tickets are made here, with the key of its installation: any node may.
func startOwnCalls(ctx context.Context, dir string) (*callServer, error) {
	api, err := load.NewAPI(true)
	if err != nil {
		return nil, err
	}
	desk, err := openTicketDesk(ctx, filepath.Join(dir, "data"))
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	p := &benchPeer{name: ownTitle, host: "127.0.0.1", port: port}
	err = p.start(ctx, benchSender{}, "", self, "serve", "--data", filepath.Join(dir, "data"), "--http", net.JoinHostPort(p.host, port), "--https", "",
		"--dicom", "", "--media-udp", "127.0.0.1:0", "--media-tcp", "", "--turn", "")
	if err != nil {
		return nil, err
	}
	ready := func() bool {
		res, err := http.Get("http://" + net.JoinHostPort(p.host, port) + "/readyz")
		if err != nil {
			return false
		}
		return errors.Join(res.Body.Close()) == nil && res.StatusCode == http.StatusOK
	}
	if err := p.await(ctx, ready); err != nil {
		return nil, err
	}
	y := &load.Yilian{URL: "ws://" + net.JoinHostPort(p.host, port) + "/rtc", API: api, Ticket: desk.ticket}
	return &callServer{benchPeer: p, url: y.URL, ticket: desk.ticket, fill: y.Fill}, nil
}

// await waits until a started server can be used, or ends it.
func (p *benchPeer) await(ctx context.Context, ready func() bool) error {
	for range 200 {
		if ready() {
			return nil
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return errors.Join(err, p.stop())
		}
	}
	return fmt.Errorf("%s does not come up:\n%s", p.name, p.lastWords())
}

// ticketDesk makes tickets for an installation.
type ticketDesk struct{ rooms *signaling.Server }

// openTicketDesk makes the installation's key, or reads it. Nothing else may have the folder open.
func openTicketDesk(ctx context.Context, data string) (*ticketDesk, error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, err
	}
	db, err := sqlstore.Open(ctx, sqlstore.Options{Path: filepath.Join(data, "yilian.db"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	key, err := secret(ctx, db.Flow(), "calls")
	if err := errors.Join(err, db.Close()); err != nil {
		return nil, err
	}
	rooms, err := signaling.New(signaling.Config{Key: key, MediaUDP: "127.0.0.1:0", Loopback: true})
	if err != nil {
		return nil, err
	}
	// It never has a room: only its signature is wanted.
	over, end := context.WithCancel(ctx)
	end()
	return &ticketDesk{rooms}, rooms.Run(over)
}

func (d *ticketDesk) ticket(room, person string, sends bool) (string, error) {
	return d.rooms.Ticket(signaling.TicketRequest{
		Room: room, Person: yilian.PersonID(person), Name: person, CanSend: sends, Listener: !sends, Grace: 5 * time.Second,
	})
}

func janusInstalled() bool {
	_, err := exec.LookPath("janus")
	return err == nil
}

// startJanus runs Debian's Janus with its video room alone.
func startJanus(ctx context.Context, dir string) (*callServer, error) {
	api, err := load.NewAPI(false)
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	for name, text := range load.JanusConfig(dir, port) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	p := &benchPeer{name: "janus", host: "127.0.0.1", port: port}
	if err := p.start(ctx, benchSender{}, dir, "janus", "-F", dir, "-o"); err != nil {
		return nil, err
	}
	up := func() bool {
		c, err := net.DialTimeout("tcp", net.JoinHostPort(p.host, port), time.Second)
		return err == nil && c.Close() == nil
	}
	if err := p.await(ctx, up); err != nil {
		return nil, err
	}
	j := &load.Janus{URL: "ws://" + net.JoinHostPort(p.host, port), API: api}
	return &callServer{benchPeer: p, fill: j.Fill}, nil
}

// cpuOf reads how much processor time a process has used, all its threads, in steps of 10 ms (proc(5), fields 14 and 15 of stat).
func cpuOf(pid int) (time.Duration, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0, err
	}
	// The name in brackets may have anything in it.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	user, e1 := strconv.Atoi(fields[11])
	system, e2 := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(e1, e2)
}
