package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"yilian/signaling/load"
)

// benchMediaCmd measures the call server: what a forwarded packet costs, what a receiver costs, and how long packets take. The
// server runs as a process of its own; those who send and receive run in this one, on the same cores, so that times are upper bounds.
type benchMediaCmd struct {
	Rooms   []string `help:"Shapes of rooms, senders×receivers: 1x40 is a lecture, 12x12 a meeting where everybody sends." default:"1x10,1x40,1x100,12x12" placeholder:"NxM"`
	Seconds int      `help:"Length of the measured window." default:"15"`
	Rounds  int      `help:"Runs of each row, servers interleaved." default:"3"`
	Idle    int      `help:"People that are only there, without media; 0 leaves these rows out." default:"2000"`
	Joins   int      `help:"People who come in while the idle ones are there." default:"200"`
	Only    []string `help:"Servers, of yilian and janus." placeholder:"NAME"`
}

// Validate is called by kong.
func (c *benchMediaCmd) Validate() error {
	if c.Seconds < 2 || c.Seconds > 600 || c.Rounds < 1 || c.Rounds > 20 || c.Idle < 0 || c.Idle > 4000 || c.Joins < 0 || c.Joins > 1000 {
		return errors.New("2 to 600 seconds, 1 to 20 rounds, up to 4000 idle people, up to 1000 joins")
	}
	for _, text := range c.Rooms {
		if _, err := shapeOf(text); err != nil {
			return err
		}
	}
	return nil
}

// Bars of the call server, for two cores.
const (
	packetBar   = 8.0  // µs of the server's CPU for a forwarded packet, at 1→100
	receiverBar = 0.6  // MB of the server's memory for a receiver more
	delayBar    = 10.0 // ms, the 99th percentile, at 1→100
	idleBar     = 25.0 // KB for a signalling connection
	joinBar     = 100.0
)

// othersMedia are measurements of other servers on a machine like the one this bench was written on, with the same streams (November 2026; two cores
// shared with the clients; 1→100). Not measured again by this program.
var othersMedia = []string{
	"LiveKit 1.11.0: 16.3 µs (12.2 with batched I/O), 2.2–2.5 MB a receiver",
	"Galene 9e03b36: 12.4 µs, 0.6 MB a receiver",
	"least forwarder on pion v4.2: 10.4 µs; with sendmmsg and GSO 8.7 µs (1 ms of batching), 7.9 µs (3 ms)",
}

// shape is how many send and how many receive.
type shape struct{ senders, receivers int }

func shapeOf(text string) (s shape, err error) {
	if _, err := fmt.Sscanf(text, "%dx%d", &s.senders, &s.receivers); err != nil {
		return s, fmt.Errorf("%q is not such as 1x40", text)
	}
	if s.senders < 1 || s.senders > 12 || s.receivers < 1 || s.receivers > 400 || s.senders > 1 && s.senders != s.receivers {
		return s, fmt.Errorf("%q: one sender and up to 400 receivers, or up to 12 who all send", text)
	}
	return s, nil
}

func (s shape) String() string {
	if s.senders == 1 {
		return fmt.Sprintf("1→%d", s.receivers)
	}
	return fmt.Sprintf("%d×%d", s.senders, s.receivers)
}

// flows is how many packets a second have to be forwarded.
func (s shape) flows() int {
	if s.senders == 1 {
		return s.receivers * load.PacketsSecond
	}
	return s.senders * (s.senders - 1) * load.PacketsSecond
}

// mediaRun is what one run showed.
type mediaRun struct {
	perPacket float64 // µs
	memory    float64 // MB resident at the end
	p50, p99  float64 // ms
	arrived   float64 // share of what should have come
}

// mediaServer is one kind of server.
type mediaServer struct {
	name  string
	start func(ctx context.Context, dir string) (*callServer, error)
}

// callServer is a running one.
type callServer struct {
	*benchPeer
	url    string // of the sockets
	ticket func(room, person string, sends bool) (string, error)
	fill   func(ctx context.Context, room string, parties []load.Party) (leave func() error, err error)
}

// Run measures and prints.
func (c *benchMediaCmd) Run(ctx context.Context, log *slog.Logger) (err error) {
	dir, err := os.MkdirTemp("", "yilian-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	servers := c.servers(log)
	runs := map[string]map[shape][]mediaRun{}
	var shapes []shape
	for _, text := range c.Rooms {
		s, err := shapeOf(text)
		if err != nil {
			return err
		}
		shapes = append(shapes, s)
		for round := range c.Rounds {
			for _, server := range servers {
				r, err := c.one(ctx, server, fmt.Sprintf("%s/%s-%s-%d", dir, server.name, text, round), s)
				if err != nil {
					return fmt.Errorf("%s, %v: %w", server.name, s, err)
				}
				log.Info("measured", "server", server.name, "room", s.String(), "µs", r.perPacket, "MB", r.memory, "p50", r.p50, "p99", r.p99, "arrived", r.arrived)
				if runs[server.name] == nil {
					runs[server.name] = map[shape][]mediaRun{}
				}
				runs[server.name][s] = append(runs[server.name][s], r)
			}
		}
	}
	if err := c.print(servers, shapes, runs); err != nil {
		return err
	}
	if c.Idle == 0 || !c.wanted(ownTitle) {
		return nil
	}
	return c.idle(ctx, dir, log)
}

func (c *benchMediaCmd) wanted(name string) bool {
	return len(c.Only) == 0 || slices.Contains(c.Only, name)
}

// one runs a fresh server and a room of a shape.
func (c *benchMediaCmd) one(ctx context.Context, server mediaServer, dir string, s shape) (r mediaRun, err error) {
	running, err := server.start(ctx, dir)
	if err != nil {
		return r, err
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, running.lastWords())
		}
		err = errors.Join(err, running.stop())
	}()
	clock := load.NewClock()
	parties, sinks, err := partiesOf(s, clock)
	if err != nil {
		return r, err
	}
	play, stop := context.WithCancel(ctx)
	var sources sync.WaitGroup
	failed := make(chan error, s.senders)
	defer func() {
		stop()
		sources.Wait()
	}()
	for _, p := range parties {
		if p.Source != nil {
			sources.Go(func() { failed <- p.Source.Run(play) })
		}
	}
	leave, err := running.fill(ctx, "bench", parties)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, leave()) }()
	if err := c.settle(ctx, s, sinks); err != nil {
		return r, err
	}
	return c.window(ctx, running, s, sinks)
}

// partiesOf are those of a room. In a meeting everybody does both.
func partiesOf(s shape, clock load.Clock) (parties []load.Party, sinks []*load.Sink, err error) {
	for i := range s.senders {
		source, err := load.NewSource(clock, fmt.Sprintf("sender-%d", i))
		if err != nil {
			return nil, nil, err
		}
		p := load.Party{Name: fmt.Sprintf("sender-%d", i), Source: source}
		if s.senders > 1 {
			p.Sink = load.NewSink(clock)
			sinks = append(sinks, p.Sink)
		}
		parties = append(parties, p)
	}
	for i := range s.receivers {
		if s.senders > 1 {
			break
		}
		sink := load.NewSink(clock)
		sinks = append(sinks, sink)
		parties = append(parties, load.Party{Name: fmt.Sprintf("receiver-%d", i), Sink: sink})
	}
	return parties, sinks, nil
}

// settle waits until everybody receives everything.
func (c *benchMediaCmd) settle(ctx context.Context, s shape, sinks []*load.Sink) error {
	streams := 2 * max(1, s.senders-1)
	whole := func() (n int) {
		for _, sink := range sinks {
			if sink.Streams() >= streams {
				n++
			}
		}
		return n
	}
	for end := time.Now().Add(30 * time.Second); whole() < len(sinks); {
		if time.Now().After(end) {
			return fmt.Errorf("only %d of %d receive all %d streams", whole(), len(sinks), streams)
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	return pause(ctx, 3*time.Second)
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// window measures.
func (c *benchMediaCmd) window(ctx context.Context, running *callServer, s shape, sinks []*load.Sink) (r mediaRun, err error) {
	pid := running.process.Process.Pid
	count := func() (n int64) {
		for _, sink := range sinks {
			n += sink.Packets()
		}
		return n
	}
	for _, sink := range sinks {
		sink.Measure(true)
	}
	before, used, began := count(), time.Duration(0), time.Now()
	if used, err = cpuOf(pid); err != nil {
		return r, err
	}
	if err := pause(ctx, time.Duration(c.Seconds)*time.Second); err != nil {
		return r, err
	}
	later, err := cpuOf(pid)
	if err != nil {
		return r, err
	}
	packets, took := count()-before, time.Since(began)
	for _, sink := range sinks {
		sink.Measure(false)
	}
	if packets == 0 {
		return r, errors.New("nothing arrived")
	}
	_, r.memory, err = memoryOf(pid)
	delays := load.Percentiles(sinks, 0.5, 0.99)
	r.p50, r.p99 = delays[0].Seconds()*1e3, delays[1].Seconds()*1e3
	r.perPacket = float64((later - used).Microseconds()) / float64(packets)
	r.arrived = float64(packets) / (float64(s.flows()) * took.Seconds())
	return r, err
}

// print writes a row for each server and room.
func (c *benchMediaCmd) print(servers []mediaServer, shapes []shape, runs map[string]map[shape][]mediaRun) error {
	fmt.Printf("\n1.5 Mbit/s of video and a voice from each sender, windows of %d s, %d rounds; medians, the worst in brackets; clients on the same cores\n", c.Seconds, c.Rounds)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "server\troom\tµs a packet\tdelay p50 ms\tp99 ms\tarrived\tresident MB\t")
	middle := func(all []mediaRun, of func(mediaRun) float64, lessIsWorse bool) spread {
		var v []float64
		for _, r := range all {
			v = append(v, of(r))
		}
		slices.Sort(v)
		if lessIsWorse {
			return spread{v[len(v)/2], v[0]}
		}
		return spread{v[(len(v)-1)/2], v[len(v)-1]}
	}
	type key struct {
		server string
		s      shape
	}
	memory := map[key]float64{}
	for _, s := range shapes {
		for _, server := range servers {
			all := runs[server.name][s]
			cost := middle(all, func(r mediaRun) float64 { return r.perPacket }, false)
			p99 := middle(all, func(r mediaRun) float64 { return r.p99 }, false)
			resident := middle(all, func(r mediaRun) float64 { return r.memory }, false)
			memory[key{server.name, s}] = resident.median
			var verdicts []string
			if server.name == ownTitle && s == (shape{1, 100}) {
				verdicts = append(verdicts, verdictOf("cost", cost.median, packetBar), verdictOf("p99", p99.median, delayBar))
			}
			_, _ = fmt.Fprintf(w, "%s\t%v\t%s\t%s\t%s\t%s\t%s\t%s\n", server.name, s, cost.text("%.1f"),
				middle(all, func(r mediaRun) float64 { return r.p50 }, false).text("%.1f"), p99.text("%.1f"),
				middle(all, func(r mediaRun) float64 { return r.arrived }, true).text("%.2f"), resident.text("%.0f"), strings.Join(verdicts, ", "))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	few, many := shape{1, 40}, shape{1, 100}
	for _, server := range servers {
		a, b := memory[key{server.name, few}], memory[key{server.name, many}]
		if a == 0 || b == 0 {
			continue
		}
		slope, verdict := (b-a)/float64(many.receivers-few.receivers), ""
		if server.name == ownTitle {
			verdict = verdictOf("memory", slope, receiverBar)
		}
		fmt.Printf("%s: %.2f MB for a receiver more, between 40 and 100  %s\n", server.name, slope, verdict)
	}
	for _, o := range othersMedia {
		fmt.Println("  as published: " + o)
	}
	return nil
}

func verdictOf(what string, value, bar float64) string {
	if value > bar {
		return fmt.Sprintf("%s bar %g: MISSED", what, bar)
	}
	return fmt.Sprintf("%s bar %g: met", what, bar)
}

// servers are those to measure. One that is not installed is left out with a line that says so.
func (c *benchMediaCmd) servers(log *slog.Logger) (all []mediaServer) {
	if c.wanted(ownTitle) {
		all = append(all, mediaServer{ownTitle, startOwnCalls})
	}
	if c.wanted("janus") {
		if janusInstalled() {
			all = append(all, mediaServer{"janus", startJanus})
		} else {
			log.Warn("peer left out: not installed (Debian: apt-get install janus)", "peer", "janus")
		}
	}
	return all
}
