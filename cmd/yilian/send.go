package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"

	"yilian/imaging/dimse"
)

// sendCmd pushes files to any storage SCP.
type sendCmd struct {
	Paths     []string      `arg:"" name:"path" help:"Folders (searched to the bottom) and files." type:"existingpath"`
	To        string        `required:"" help:"Where to send." placeholder:"HOST:PORT"`
	Called    string        `help:"AE title of the receiver." default:"YILIAN"`
	Calling   string        `help:"Our AE title: the receiver must know it." default:"YILIAN-SEND"`
	Jobs      int           `help:"Associations at the same time." default:"2"`
	Retries   int           `help:"How often to try again what may succeed later." default:"4"`
	Timeout   time.Duration `help:"Longest wait for an answer." default:"2m"`
	State     string        `help:"Remember in this file what was sent, and leave it out the next time." type:"path" placeholder:"FILE"`
	Announce  string        `help:"Tell the service at this address beforehand how many images each study has, so that it knows when one is complete." placeholder:"URL"`
	TokenFile string        `help:"File with the token for --announce, of scope dicomweb:store; else YILIAN_TOKEN in the environment." type:"existingfile" placeholder:"FILE"`
	Each      bool          `help:"Print a line for each file, not only for those that failed."`
}

// Validate is called by kong.
func (c *sendCmd) Validate() error {
	if c.Jobs < 1 || c.Jobs > 64 {
		return errors.New("--jobs: from 1 to 64")
	}
	if c.Retries < 0 {
		return errors.New("--retries: not negative")
	}
	return errors.Join(checkTitle("called", c.Called), checkTitle("calling", c.Calling), checkAddress(c.To))
}

func checkTitle(flag, title string) error {
	if err := dimse.CheckAETitle(title); err != nil {
		return fmt.Errorf("--%s: %w", flag, err)
	}
	return nil
}

// Run sends and says what became of it. The exit code is 0 only when every DICOM file has arrived.
func (c *sendCmd) Run(ctx context.Context, log *slog.Logger) error {
	files, skipped, err := findInstances(c.Paths)
	if err != nil {
		return err
	}
	for _, s := range skipped {
		log.Info("file left out", "path", s.path, "why", s.why)
	}
	if len(files) == 0 {
		return fmt.Errorf("no DICOM file in %v", c.Paths)
	}
	state, err := openSendState(c.State)
	if err != nil {
		return err
	}
	defer state.close(log)
	told, err := newManifests(c.Announce, c.TokenFile)
	if err != nil {
		return err
	}
	announced := told.announce(ctx, files, log)
	total := len(files)
	files = state.remaining(files)

	report := &sendReport{each: c.Each, out: os.Stdout, state: state, began: time.Now(), before: total - len(files), announced: announced}
	report.bar = newSendBar(files)
	err = c.push(ctx, files, report.take, log)
	report.finish(len(skipped))
	if err != nil {
		return err
	}
	if report.failed > 0 {
		return fmt.Errorf("%d of %d files were not taken", report.failed, len(files))
	}
	return nil
}

func (c *sendCmd) push(ctx context.Context, files []instanceFile, result func(sendResult), log *slog.Logger) error {
	p := pusher{
		addr:    c.To,
		options: dimse.Options{Called: c.Called, Calling: c.Calling, Timeouts: dimse.Timeouts{Response: c.Timeout}},
		jobs:    c.Jobs, retries: c.Retries, log: log,
	}
	return p.push(ctx, files, result)
}

// sendReport counts and prints results. take is called from one goroutine at a time.
type sendReport struct {
	each  bool
	out   io.Writer
	bar   *progressbar.ProgressBar
	state *sendState
	began time.Time

	before, sent, warned, failed int
	announced                    int // studies
	bytes                        int64
}

func (r *sendReport) take(res sendResult) {
	ok := res.err == nil && res.answer.Status.OK()
	switch {
	case !ok:
		r.failed++
	case res.answer.Status.Warning():
		r.warned++
		fallthrough
	default:
		r.sent++
		r.bytes += res.file.size
		r.state.done(res.file)
	}
	_ = r.bar.Add64(res.file.size) // a bar that cannot be drawn is no reason to stop
	if ok && !r.each && !res.answer.Status.Warning() {
		return
	}
	_ = r.bar.Clear()
	_, _ = fmt.Fprintf(r.out, "%s\t%s\n", res.verdict(), res.file.path)
}

func (r *sendReport) finish(skipped int) {
	_ = r.bar.Finish()
	took := time.Since(r.began).Seconds()
	if r.announced > 0 {
		_, _ = fmt.Fprintf(r.out, "announced %d studies\n", r.announced)
	}
	_, _ = fmt.Fprintf(r.out, "sent %d (%d with a warning), failed %d, sent before %d, no DICOM %d: %.1f MB in %.1f s, %.0f instances/s\n",
		r.sent, r.warned, r.failed, r.before, skipped, float64(r.bytes)/1e6, took, float64(r.sent)/max(took, 1e-3))
}

// newSendBar draws a bar on a terminal, and nothing elsewhere.
func newSendBar(files []instanceFile) *progressbar.ProgressBar {
	var bytes int64
	for _, f := range files {
		bytes += f.size
	}
	info, err := os.Stderr.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return progressbar.NewOptions64(bytes,
		progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetVisibility(terminal), progressbar.OptionClearOnFinish(),
		progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetDescription(fmt.Sprintf("%d files", len(files))))
}
