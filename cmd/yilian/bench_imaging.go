package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// benchImagingCmd measures this archive beside others on this machine, interleaved. Where the sender is DCMTK's storescu it is measured
// as it comes ("stock"), and with TCP_NODELAY=1 in the environment of both sides, since Nagle's algorithm otherwise is what is
// measured of a peer that does not work around it.
type benchImagingCmd struct {
	Instances int      `help:"CT slices of 512 × 512 × 16 bit in one run." default:"200"`
	Rounds    int      `help:"Runs of each row, peers interleaved." default:"5"`
	Jobs      int      `help:"Senders at the same time, beside one." default:"8"`
	Only      []string `help:"Rows whose name contains one of these texts." placeholder:"TEXT"`
}

// Validate is called by kong.
func (c *benchImagingCmd) Validate() error {
	if c.Instances < 10 || c.Instances > 10000 || c.Rounds < 1 || c.Rounds > 100 || c.Jobs < 1 || c.Jobs > 16 {
		return errors.New("10 to 10000 instances, 1 to 100 rounds, 1 to 16 jobs")
	}
	return nil
}

// benchSender is one way to send.
type benchSender struct {
	name    string
	nodelay bool
}

// benchRow is one thing that is measured of each peer.
type benchRow struct {
	name  string
	unit  string
	bars  map[string]float64 // by kind of peer: ours is to be so many times as fast
	peers []*benchPeer
	run   func(ctx context.Context, round int, p *benchPeer) (rate float64, err error)
}

// Run measures and prints a table. Peers that are not installed are left out with a line that says so.
func (c *benchImagingCmd) Run(ctx context.Context, log *slog.Logger) (err error) {
	if _, err := exec.LookPath("storescu"); err != nil {
		return errors.New("storescu is not installed (Debian: apt-get install dcmtk)")
	}
	dir, err := os.MkdirTemp("", "yilian-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	files := filepath.Join(dir, "files")
	size, err := makeSlices(files, c.Instances)
	if err != nil {
		return err
	}
	peers, err := c.startPeers(ctx, dir, log)
	defer func() {
		for _, p := range peers {
			err = errors.Join(err, p.stop())
		}
	}()
	if err != nil {
		return err
	}
	rows := slices.DeleteFunc(c.rows(files, size, peers), func(r benchRow) bool { return !c.wanted(r.name) })
	fmt.Printf("%d instances of %d bytes, %d rounds; rates are medians, the worst in brackets\n", c.Instances, size, c.Rounds)
	for _, r := range rows {
		rates, err := c.measure(ctx, r)
		if err != nil {
			return err
		}
		if err := r.print(rates); err != nil {
			return err
		}
	}
	return nil
}

func (c *benchImagingCmd) wanted(name string) bool {
	return len(c.Only) == 0 || slices.ContainsFunc(c.Only, func(text string) bool { return strings.Contains(name, text) })
}

// measure runs a row round after round, in each of them every peer, so that what else the machine does befalls all of them. Nobody waits
// for what another one has left the disk to write.
func (c *benchImagingCmd) measure(ctx context.Context, r benchRow) (map[*benchPeer][]float64, error) {
	rates := map[*benchPeer][]float64{}
	for round := range c.Rounds {
		for _, p := range r.peers {
			_ = exec.CommandContext(ctx, "sync").Run() // where there is no such program, they wait
			rate, err := r.run(ctx, round, p)
			if err != nil {
				return nil, fmt.Errorf("%s, round %d, %s: %w", r.name, round+1, p.title(), err)
			}
			rates[p] = append(rates[p], rate)
			if err := p.tidy(); err != nil {
				return nil, err
			}
		}
	}
	return rates, nil
}

// rows are the lines of the table, with the bars that this project has set itself.
func (c *benchImagingCmd) rows(files string, size int, peers []*benchPeer) []benchRow {
	stock := slices.DeleteFunc(slices.Clone(peers), func(p *benchPeer) bool { return p.sender.nodelay })
	nodelay := slices.DeleteFunc(slices.Clone(peers), func(p *benchPeer) bool { return !p.sender.nodelay })
	web := slices.DeleteFunc(slices.Clone(nodelay), func(p *benchPeer) bool { return p.web == "" })
	send := func(jobs int) func(context.Context, int, *benchPeer) (float64, error) {
		return func(ctx context.Context, _ int, p *benchPeer) (float64, error) {
			took, err := p.send(ctx, files, jobs)
			return float64(c.Instances*jobs) / took.Seconds(), err
		}
	}
	w := &webBench{files: files, instances: c.Instances, size: size, studies: map[*benchPeer]string{}}
	return []benchRow{
		{"C-STORE, 1 association, stock", "instances/s", map[string]float64{orthancName: 20}, stock, send(1)},
		{"C-STORE, 1 association, TCP_NODELAY", "instances/s", map[string]float64{orthancName: 3, bareName: 0.85}, nodelay, send(1)},
		{fmt.Sprintf("C-STORE, %d associations, TCP_NODELAY", c.Jobs), "instances/s", map[string]float64{orthancName: 4}, nodelay, send(c.Jobs)},
		{"STOW-RS, requests of 20", "instances/s", map[string]float64{orthancName: 4}, web, w.stow},
		{"WADO-RS frame", "frames/s", map[string]float64{orthancName: 2}, web, w.frames},
		{"WADO-RS rendered JPEG", "frames/s", map[string]float64{orthancName: 3}, web, w.rendered},
		{"WADO-RS whole study", "instances/s", map[string]float64{orthancName: 1.5}, web, w.study},
		{"WADO-RS series metadata", "series/s", map[string]float64{orthancName: 20}, web, w.metadata},
	}
}

// send runs the senders against a peer and answers how long all of them took. Every run sends new instances: storescu gives
// each slice a new UID on the way.
func (p *benchPeer) send(ctx context.Context, files string, jobs int) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	began := time.Now()
	errs := make(chan error, jobs)
	for range jobs {
		cmd := exec.CommandContext(ctx, "storescu", "-q", "-aet", p.calling, "-aec", p.called, "+sd", "+II", p.host, p.port, files)
		cmd.Env = senderEnv(p.sender)
		go func() {
			out, err := cmd.CombinedOutput()
			if err != nil {
				err = fmt.Errorf("storescu: %w: %s", err, out)
			}
			errs <- err
		}()
	}
	var all error
	for range jobs {
		all = errors.Join(all, <-errs)
	}
	return time.Since(began), all
}

func senderEnv(s benchSender) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TCP_NODELAY=") })
	if s.nodelay {
		env = append(env, "TCP_NODELAY=1")
	}
	return env
}

// print writes a line for each peer, the fastest first, with how many times as fast this archive is, and what it was to be.
func (r benchRow) print(rates map[*benchPeer][]float64) error {
	type line struct {
		peer          *benchPeer
		median, worst float64
	}
	var lines []line
	ours := 0.0
	for p, all := range rates {
		slices.Sort(all)
		lines = append(lines, line{p, all[len(all)/2], all[0]})
		if p.name == ownTitle {
			ours = all[len(all)/2]
		}
	}
	slices.SortFunc(lines, func(a, b line) int { return cmp.Compare(b.median, a.median) })
	fmt.Printf("\n%s (%s)\n", r.name, r.unit)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, l := range lines {
		ratio, verdict := "", ""
		if l.peer.name != ownTitle && ours > 0 {
			ratio = fmt.Sprintf("× %.2f", ours/l.median)
			if bar := r.bars[l.peer.name]; bar > 0 {
				verdict = fmt.Sprintf("bar %.2f: met", bar)
				if ours < bar*l.median {
					verdict = fmt.Sprintf("bar %.2f: MISSED", bar)
				}
			}
		}
		_, _ = fmt.Fprintf(w, "%.1f\t(%.1f)\t%s\t%s\t  %s\t\n", l.median, l.worst, ratio, verdict, l.peer.name)
	}
	return w.Flush()
}
