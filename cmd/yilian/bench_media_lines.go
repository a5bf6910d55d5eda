package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"yilian/signaling/lines"
)

// benchLinesCmd holds calls between real browsers over bad lines: web/e2e/lines.mjs does, this prints what came out beside what others
// did on the same lines.
type benchLinesCmd struct {
	Only    []string `help:"Lines whose name contains one of these texts." placeholder:"TEXT"`
	Seconds int      `help:"Length of the measured window." default:"30"`
	Rounds  int      `help:"Runs of each line; the median counts, the worst is printed too." default:"3"`
	More    bool     `help:"Also lines for which there are no figures of others: 30 % lost, bursts, jitter, reordering, 120 kbit/s, no UDP."`
	Raw     string   `help:"Keep every run's figures in this file, one JSON object a line." type:"path" placeholder:"FILE"`
}

// Validate is called by kong.
func (c *benchLinesCmd) Validate() error {
	if c.Seconds < 5 || c.Seconds > 600 || c.Rounds < 1 || c.Rounds > 20 {
		return errors.New("5 to 600 seconds, 1 to 20 rounds")
	}
	return nil
}

// lineRun is one measured call, as lines.mjs prints it.
type lineRun struct {
	Name      string   `json:"name"`
	Error     string   `json:"error"`
	First     float64  `json:"firstFrame"` // ms
	FPS       float64  `json:"fps"`
	Freezes   float64  `json:"freezes"`
	Frozen    float64  `json:"frozen"`    // s
	Concealed float64  `json:"concealed"` // % of the sound that the decoder made up
	Audible   float64  `json:"audible"`   // % of it that was not silence
	Kbps      float64  `json:"kbps"`
	RTT       float64  `json:"rtt"` // ms
	Path      string   `json:"path"`
	Took      *float64 `json:"acceptToFrame"` // ms
	Audio     *float64 `json:"audioBack"`     // ms; nil: not within the watch
	Video     *float64 `json:"videoBack"`
}

// Run measures and prints.
func (c *benchLinesCmd) Run(ctx context.Context, log *slog.Logger) error {
	if err := lines.Missing(); err != nil {
		return err
	}
	script, err := linesScript()
	if err != nil {
		return err
	}
	runs, err := c.measure(ctx, script, log)
	if err != nil {
		return err
	}
	return errors.Join(printCalls(runs, c.Seconds), printReturns(runs))
}

// linesScript finds the driver in the sources above the working folder.
func linesScript() (string, error) {
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		script := filepath.Join(dir, "web", "e2e", "lines.mjs")
		if _, err := os.Stat(script); err == nil {
			return script, nil
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	return "", errors.Join(err, errors.New("web/e2e/lines.mjs is not there: run this inside the sources, with web/app's packages installed"))
}

func (c *benchLinesCmd) measure(ctx context.Context, script string, log *slog.Logger) (map[string][]lineRun, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := []string{script, "--seconds", strconv.Itoa(c.Seconds), "--rounds", strconv.Itoa(c.Rounds)}
	if c.More {
		args = append(args, "--more", "1")
	}
	if len(c.Only) > 0 {
		args = append(args, "--only", strings.Join(c.Only, ","))
	}
	node := exec.CommandContext(ctx, "node", args...)
	node.Env, node.Stderr = append(os.Environ(), "YILIAN="+self), os.Stderr
	node.Cancel = func() error { return node.Process.Signal(os.Interrupt) } // it has browsers to close
	node.WaitDelay = 20 * time.Second
	out, err := node.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := node.Start(); err != nil {
		return nil, err
	}
	runs := map[string][]lineRun{}
	scan := bufio.NewScanner(out)
	scan.Buffer(nil, 16<<20)
	var raw []byte
	for scan.Scan() {
		var r lineRun
		if err := json.Unmarshal(scan.Bytes(), &r); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %.200s", script, scan.Text()), node.Cancel(), node.Wait())
		}
		raw = append(append(raw, scan.Bytes()...), '\n')
		if r.Error != "" {
			log.Error("not measured", "line", r.Name, "err", r.Error)
			continue
		}
		log.Info("measured", "line", r.Name, "run", len(runs[r.Name])+1)
		runs[r.Name] = append(runs[r.Name], r)
	}
	err = errors.Join(scan.Err(), node.Wait())
	if c.Raw != "" {
		err = errors.Join(err, os.WriteFile(c.Raw, raw, 0o600))
	}
	return runs, err
}

// spread is the median of some runs and the worst of them.
type spread struct{ median, worst float64 }

func spreadOf(runs []lineRun, of func(lineRun) float64, moreIsBetter bool) spread {
	var all []float64
	for _, r := range runs {
		all = append(all, of(r))
	}
	slices.Sort(all)
	if moreIsBetter {
		return spread{all[len(all)/2], all[0]}
	}
	return spread{all[(len(all)-1)/2], all[len(all)-1]}
}

func (s spread) text(format string) string {
	return fmt.Sprintf(format+" ("+format+")", s.median, s.worst)
}

// othersOnLines are measurements of other servers: Chromium 156 at both ends, 640 × 480 at 20 frames a second, windows of 30 s, made in November 2026 on the same
// lines on a machine like the one this bench was written on. Galene at 9e03b36, LiveKit server 1.11.0 with its JavaScript SDK 2.23 and RED.
// Not measured again by this program.
var othersOnLines = map[string][][]string{ // server, first frame s, fps, freezes, frozen s, audio concealed %, of it audible, kbit/s
	"clear":        {{"Galene", "", "20", "0", "0", "0.00", "", ""}, {"LiveKit", "", "20", "0", "0", "0.00", "", ""}},
	"publisher-5":  {{"Galene", "", "7.7–12.4", "13–25", "8.0–10.1", "3.5–4.6", "", "143–344"}, {"LiveKit", "2.7–6.4", "19.8–20.1", "41–54", "20.1–21.2", "0.03–0.44", "", "479–513"}},
	"viewer-5":     {{"Galene", "4.3–5.3", "11.8", "18", "7.7", "3.85", "", ""}, {"LiveKit", "2.4", "17.9", "37", "13.1", "0.07", "", ""}},
	"viewer-04":    {{"Galene", "", "14.8–17.2", "4–12", "1.3–3.7", "1.6–1.8", "", ""}, {"LiveKit", "", "3.8–10.6", "", "", "10.7–12.8", "", ""}},
	"publisher-04": {{"Galene", "", "17.8", "5", "2.0", "2.0", "", ""}, {"LiveKit", "12.7", "20 at 160 px", "11", "4.8", "0.05", "", ""}},
}

// callLines are the lines of the table in their order, with the bars that this project has set itself.
var callLines = []struct {
	name, text            string
	first, minFPS, frozen float64 // s, 1/s, s; 0: no bar
}{
	{"clear", "no impairment", 0, 0, 0},
	{"publisher-5", "publisher behind 2 Mbit/s, 150 ms each way, 5 %", 2, 15, 4},
	{"viewer-5", "viewer behind 2 Mbit/s, 150 ms each way, 5 %", 2, 15, 4},
	{"viewer-04", "viewer behind 0.4 Mbit/s, 150 ms each way, 2 %", 2, 0, 0},
	{"publisher-04", "publisher behind 0.4 Mbit/s, 150 ms each way, 2 %", 2, 0, 0},
	{"loss-30", "viewer behind 2 Mbit/s, 30 ms each way, 30 %", 0, 0, 0},
	{"bursts", "viewer behind 2 Mbit/s, 50 ms each way, 7 % in bursts of 5", 0, 0, 0},
	{"jitter", "viewer behind 2 Mbit/s, 50 to 170 ms each way", 0, 0, 0},
	{"reordered", "viewer behind 2 Mbit/s, 50 ms each way, 10 % overtaken by 40 ms", 0, 0, 0},
	{"narrow", "viewer behind 0.12 Mbit/s, 100 ms each way, 1 %", 0, 0, 0},
	{"no-udp", "viewer behind 2 Mbit/s, 50 ms each way, 1 %, no UDP", 0, 0, 0},
}

const concealedBar = 0.5 // % of the audio, on each of the first five lines

// printCalls writes the table of the five lines.
func printCalls(runs map[string][]lineRun, seconds int) error {
	fmt.Printf("\nChromium at both ends, 640 × 480, windows of %d s; medians, the worst in brackets; of other servers as measured in November 2026 on the same lines\n", seconds)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "\tfirst frame s\tfps\tfreezes\tfrozen s\taudio concealed %\tof it audible\tkbit/s\tRTT ms\t")
	for _, l := range callLines {
		all := runs[l.name]
		if len(all) == 0 {
			continue
		}
		first := spreadOf(all, func(r lineRun) float64 { return r.First / 1000 }, false)
		fps := spreadOf(all, func(r lineRun) float64 { return r.FPS }, true)
		frozen := spreadOf(all, func(r lineRun) float64 { return r.Frozen }, false)
		concealed := spreadOf(all, func(r lineRun) float64 { return r.Concealed }, false)
		var missed []string
		for what, bad := range map[string]bool{
			"first frame": l.first > 0 && first.median >= l.first, "fps": fps.median < l.minFPS, "frozen": l.frozen > 0 && frozen.median >= l.frozen,
			"concealed": othersOnLines[l.name] != nil && concealed.median >= concealedBar,
		} {
			if bad {
				missed = append(missed, what)
			}
		}
		slices.Sort(missed)
		verdict := "met"
		if othersOnLines[l.name] == nil {
			verdict = "" // no bar
		}
		if len(missed) > 0 {
			verdict = "MISSED: " + strings.Join(missed, ", ")
		}
		_, _ = fmt.Fprintf(w, "%s\n", l.text)
		_, _ = fmt.Fprintf(w, "  yilian\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%.0f\t%s\n", first.text("%.2f"), fps.text("%.1f"),
			spreadOf(all, func(r lineRun) float64 { return r.Freezes }, false).text("%.0f"), frozen.text("%.1f"), concealed.text("%.2f"),
			spreadOf(all, func(r lineRun) float64 { return r.Audible }, false).text("%.2f"),
			spreadOf(all, func(r lineRun) float64 { return r.Kbps }, true).text("%.0f"), spreadOf(all, func(r lineRun) float64 { return r.RTT }, false).median, verdict)
		for _, o := range othersOnLines[l.name] {
			_, _ = fmt.Fprintf(w, "  %s\t\n", strings.Join(o, "\t"))
		}
	}
	return w.Flush()
}

// returns are how soon a call has to be there, or back again.
var returns = []struct {
	name, text string
	of         func(lineRun) *float64
	bar        float64 // ms
}{
	{"first-frame", "first frame at 150 ms there and back, 5 % lost", func(r lineRun) *float64 { return &r.First }, 2000},
	{"accept", "accepted to first frame, no impairment", func(r lineRun) *float64 { return r.Took }, 700},
	{"black-out", "sound after 10 s of black-out", func(r lineRun) *float64 { return r.Audio }, 2000},
	{"black-out", "picture after 10 s of black-out", func(r lineRun) *float64 { return r.Video }, 4000},
	{"moved", "sound after a change of address", func(r lineRun) *float64 { return r.Audio }, 3000},
	{"moved", "picture after a change of address", func(r lineRun) *float64 { return r.Video }, 3000},
	{"rebound", "sound after a NAT forgot", func(r lineRun) *float64 { return r.Audio }, 3000},
	{"rebound", "picture after a NAT forgot", func(r lineRun) *float64 { return r.Video }, 3000},
	{"only-443", "first frame through TCP port 443 alone", func(r lineRun) *float64 { return &r.First }, 2000},
}

const never = 1e9 // ms: not back while it was watched

func printReturns(runs map[string][]lineRun) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "\nms\tmedian\tworst\tbar\t")
	for _, b := range returns {
		all := runs[b.name]
		if len(all) == 0 {
			continue
		}
		s := spreadOf(all, func(r lineRun) float64 {
			if v := b.of(r); v != nil {
				return *v
			}
			return never
		}, false)
		verdict := "met"
		if s.median > b.bar {
			verdict = "MISSED"
		}
		shown := func(v float64) string {
			if v == never {
				return "not back"
			}
			return fmt.Sprintf("%.0f", v)
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%.0f\t%s\n", b.text, shown(s.median), shown(s.worst), b.bar, verdict)
	}
	return w.Flush()
}
