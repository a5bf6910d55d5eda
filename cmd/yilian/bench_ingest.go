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
	"text/tabwriter"
	"time"
)

// benchIngestCmd measures C-STORE with DCMTK's storescu as the sender: as it comes ("stock"), and with TCP_NODELAY=1 in the
// environment of both sides, since Nagle's algorithm otherwise is what is measured of a peer that does not work around it.
type benchIngestCmd struct {
	To        string `help:"A running yilian to measure; without it one is started." placeholder:"HOST:PORT"`
	Called    string `help:"Its AE title." default:"YILIAN"`
	Calling   string `help:"The AE title of the sender, which it must know if it is at --to." default:"BENCH"`
	Instances int    `help:"CT slices of 512 × 512 × 16 bit in one run." default:"200"`
	Rounds    int    `help:"Runs of each pair of peer and sender, interleaved." default:"5"`
	Jobs      int    `help:"Senders at the same time." default:"1"`
}

// Validate is called by kong.
func (c *benchIngestCmd) Validate() error {
	if c.Instances < 1 || c.Instances > 10000 || c.Rounds < 1 || c.Rounds > 100 || c.Jobs < 1 || c.Jobs > 16 {
		return errors.New("1 to 10000 instances, 1 to 100 rounds, 1 to 16 jobs")
	}
	return errors.Join(checkTitle("called", c.Called), checkTitle("calling", c.Calling), checkAddress(c.To))
}

// benchSender is one way to send.
type benchSender struct {
	name    string
	nodelay bool
}

// Run measures and prints a table. Peers that are not installed are left out with a line that says so.
func (c *benchIngestCmd) Run(ctx context.Context, log *slog.Logger) (err error) {
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
	fmt.Printf("%d instances of %d bytes, %d sender(s), %d rounds; medians, worst in brackets\n", c.Instances, size, c.Jobs, c.Rounds)

	senders := []benchSender{{"stock", false}, {"TCP_NODELAY=1", true}}
	peers, err := c.startPeers(ctx, dir, senders, log)
	defer func() {
		for _, p := range peers {
			err = errors.Join(err, p.stop())
		}
	}()
	if err != nil {
		return err
	}
	rates := map[string][]float64{}
	for round := range c.Rounds {
		rate, err := durableWrites(filepath.Join(dir, "fsync"), size)
		if err != nil {
			return err
		}
		rates[diskLimit] = append(rates[diskLimit], rate)
		for _, p := range peers {
			took, err := c.send(ctx, p, files)
			if err != nil {
				return fmt.Errorf("round %d, %s: %w", round+1, p.title(), err)
			}
			rates[p.title()] = append(rates[p.title()], float64(c.Instances*c.Jobs)/took.Seconds())
			if err := p.tidy(); err != nil {
				return err
			}
		}
	}
	return printRates(rates, size)
}

// send runs the senders against a peer and answers how long all of them took. Every run sends new instances: storescu gives
// each slice a new UID on the way.
func (c *benchIngestCmd) send(ctx context.Context, p *benchPeer, files string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	began := time.Now()
	errs := make(chan error, c.Jobs)
	for range c.Jobs {
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
	for range c.Jobs {
		all = errors.Join(all, <-errs)
	}
	return time.Since(began), all
}

func senderEnv(s benchSender) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return len(v) > 12 && v[:12] == "TCP_NODELAY=" })
	if s.nodelay {
		env = append(env, "TCP_NODELAY=1")
	}
	return env
}

// diskLimit is the row that says what this disk allows one writer that keeps the promise of durability.
const diskLimit = "disk: write, fsync file and folder"

// durableWrites answers how many files of a size a second one writer makes durable, measured over 50.
func durableWrites(dir string, size int) (perSecond float64, err error) {
	const n = 50
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	folder, err := os.Open(dir)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, folder.Close(), os.RemoveAll(dir)) }()
	data := make([]byte, size)
	began := time.Now()
	for i := range n {
		f, err := os.Create(filepath.Join(dir, fmt.Sprint(i)))
		if err != nil {
			return 0, err
		}
		_, err = f.Write(data)
		if err := errors.Join(err, f.Sync(), f.Close(), folder.Sync()); err != nil {
			return 0, err
		}
	}
	return n / time.Since(began).Seconds(), nil
}

// printRates prints a row for each pair, the best first, with its ratio to ours from a stock sender.
func printRates(rates map[string][]float64, size int) error {
	type row struct {
		title         string
		median, worst float64
	}
	var rows []row
	for title, r := range rates {
		slices.Sort(r)
		rows = append(rows, row{title, r[len(r)/2], r[0]})
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(b.median, a.median) })
	ours := 0.0
	for _, r := range rows {
		if r.title == ownTitle+", stock" {
			ours = r.median
		}
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "instances/s\tworst\tMB/s\tours is\t  \t")
	for _, r := range rows {
		ratio := ""
		if ours > 0 {
			ratio = fmt.Sprintf("× %.2f", ours/r.median)
		}
		_, _ = fmt.Fprintf(w, "%.0f\t(%.0f)\t%.0f\t%s\t  %s\t\n", r.median, r.worst, r.median*float64(size)/1e6, ratio, r.title)
	}
	return w.Flush()
}
