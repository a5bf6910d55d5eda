package lines

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// play is what runs inside the namespaces: an echo server that ends with its standard input, and a probe that sends one packet every 10 ms.
func play(role string) {
	network, part, _ := strings.Cut(role, "-")
	err := map[string]func() error{"udp-server": echoUDP, "tcp-server": echoTCP, "udp-probe": probe, "tcp-probe": probe}[network+"-"+part]()
	if err != nil {
		fmt.Fprintln(os.Stderr, role, err)
		os.Exit(1)
	}
}

const echoAddr = "10.77.0.1:9000"

func echoUDP() error {
	conn, err := net.ListenPacket("udp4", echoAddr)
	if err != nil {
		return err
	}
	var from []string
	over := make(chan struct{})
	go func() {
		defer close(over)
		buf := make([]byte, 1500)
		for {
			n, addr, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if !slices.Contains(from, addr.String()) {
				from = append(from, addr.String())
			}
			_, _ = conn.WriteTo(buf[:n], addr)
		}
	}()
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	_ = conn.Close()
	<-over
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"from": from})
}

func echoTCP() error {
	ln, err := net.Listen("tcp4", echoAddr)
	if err != nil {
		return err
	}
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(conn, conn) }()
		}
	}()
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"from": []string{}})
}

func probe() error {
	network, _, _ := strings.Cut(os.Getenv("LINES_TEST_ROLE"), "-")
	probes, err := strconv.Atoi(os.Getenv("LINES_TEST_PROBES"))
	if err != nil {
		return err
	}
	conn, err := net.Dial(network+"4", echoAddr)
	if err != nil {
		return err
	}
	h := heard{Sent: probes}
	began := time.Now() // a probe carries the time it was sent at
	over := make(chan struct{})
	go func() {
		defer close(over)
		one := make([]byte, 10)
		for len(h.RTT) < probes {
			if _, err := io.ReadFull(conn, one); err != nil {
				return
			}
			sent, _ := strconv.Atoi(strings.TrimSpace(string(one)))
			h.RTT = append(h.RTT, float64(int(time.Since(began).Microseconds())-sent)/1000)
		}
	}()
	for range probes {
		if _, err := fmt.Fprintf(conn, "%10d", time.Since(began).Microseconds()); err != nil {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	wait := time.Second
	if network == "tcp" {
		wait = 20 * time.Second // it repeats, after longer and longer pauses
	}
	_ = conn.SetReadDeadline(time.Now().Add(wait))
	<-over
	return json.NewEncoder(os.Stdout).Encode(h)
}
