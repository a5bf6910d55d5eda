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

// benchViewerCmd opens studies in the page's viewer and in OHIF over bad lines: web/e2e/bench-viewer.mjs does, this prints what came out
// and which targets were met.
type benchViewerCmd struct {
	Only   []string `help:"Runs whose name contains one of these texts: ct lan, ct 20M, ct 4M, ct 4M-1%, cold lan, cold 4M, loop lan, loop 4M." placeholder:"TEXT"`
	Rounds int      `help:"Runs of each; the medians count." default:"1"`
	Slices int      `help:"Slices of the CT." default:"300"`
	Loop   int      `help:"Frames of the loop." default:"500"`
	Watch  int      `help:"Seconds that a poor line is watched after the click." default:"20"`
	OHIF   string   `name:"ohif" help:"Folder of OHIF's pages, as deploy/ohif.sh prints it." type:"path" required:"" placeholder:"FOLDER"`
	Raw    string   `help:"Keep every run's figures in this file, one JSON object a line." type:"path" placeholder:"FILE"`
}

// viewerRun is one opening, as bench-viewer.mjs prints it. Times are in ms from the click.
type viewerRun struct {
	Name, Viewer string
	Error        string
	First        float64 // picture
	FirstBytes   float64
	All          *float64 // every slice can be seen; nil: not while it was watched
	AllBytes     *float64
	Lossless     *float64
	Seen, Whole  int // slices, when the watch ended
	Watched      float64
	Bytes        float64
	FPS          *float64
	Longest      *float64 // frame while scrolling or playing, ms
	Played       *float64 // frames a second of the loop
	Tenth        *float64 // picture of the loop, ms from the key that plays it
	Came         *float64 // frames that had come by then, small or whole
	PSNR         *float64 // of the small picture against the whole one on the screen, both at 256 pixels across, dB
	Enlarged     *float64 // the same as they stand on the screen, dB
}

// Run measures and prints.
func (c *benchViewerCmd) Run(ctx context.Context, log *slog.Logger) error {
	if err := lines.Missing(); err != nil {
		return err
	}
	script, err := linesScript()
	if err != nil {
		return err
	}
	runs, names, err := c.measure(ctx, filepath.Join(filepath.Dir(script), "bench-viewer.mjs"), log)
	return errors.Join(err, c.print(runs, names))
}

func (c *benchViewerCmd) measure(ctx context.Context, script string, log *slog.Logger) (runs map[string]map[string][]viewerRun, names []string, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	args := []string{
		script, "--rounds", strconv.Itoa(c.Rounds), "--slices", strconv.Itoa(c.Slices), "--loop", strconv.Itoa(c.Loop), "--watch", strconv.Itoa(c.Watch),
	}
	if len(c.Only) > 0 {
		args = append(args, "--only", strings.Join(c.Only, ","))
	}
	node := exec.CommandContext(ctx, "node", args...)
	node.Env, node.Stderr = append(os.Environ(), "YILIAN="+self, "OHIF="+c.OHIF), os.Stderr
	node.Cancel = func() error { return node.Process.Signal(os.Interrupt) } // it has browsers to close
	node.WaitDelay = 20 * time.Second
	out, err := node.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := node.Start(); err != nil {
		return nil, nil, err
	}
	runs = map[string]map[string][]viewerRun{}
	scan := bufio.NewScanner(out)
	scan.Buffer(nil, 16<<20)
	var raw []byte
	for scan.Scan() {
		var r viewerRun
		if err := json.Unmarshal(scan.Bytes(), &r); err != nil {
			return nil, nil, errors.Join(fmt.Errorf("%s: %.200s", script, scan.Text()), node.Cancel(), node.Wait())
		}
		raw = append(append(raw, scan.Bytes()...), '\n')
		if r.Error != "" {
			log.Error("not measured", "run", r.Name, "viewer", r.Viewer, "err", r.Error)
			continue
		}
		log.Info("measured", "run", r.Name, "viewer", r.Viewer, "first", r.First)
		if runs[r.Name] == nil {
			runs[r.Name], names = map[string][]viewerRun{}, append(names, r.Name)
		}
		runs[r.Name][r.Viewer] = append(runs[r.Name][r.Viewer], r)
	}
	err = errors.Join(scan.Err(), node.Wait())
	if c.Raw != "" {
		err = errors.Join(err, os.WriteFile(c.Raw, raw, 0o600))
	}
	return runs, names, err
}

// median of a figure; ok is false if it was not measured in half of the runs.
func median(all []viewerRun, of func(viewerRun) *float64) (m float64, ok bool) {
	var values []float64
	for _, r := range all {
		if v := of(r); v != nil {
			values = append(values, *v)
		}
	}
	if 2*len(values) < len(all) || len(values) == 0 {
		return 0, false
	}
	slices.Sort(values)
	return values[len(values)/2], true
}

// viewerColumns are the figures of the table.
var viewerColumns = []struct {
	title  string
	format string
	scale  float64
	of     func(viewerRun) *float64
}{
	{"first picture s", "%.2f", 1000, func(r viewerRun) *float64 { return &r.First }},
	{"MB until then", "%.2f", 1e6, func(r viewerRun) *float64 { return &r.FirstBytes }},
	{"all can be seen s", "%.1f", 1000, func(r viewerRun) *float64 { return r.All }},
	{"MB until then", "%.1f", 1e6, func(r viewerRun) *float64 { return r.AllBytes }},
	{"all lossless s", "%.1f", 1000, func(r viewerRun) *float64 { return r.Lossless }},
	{"seen", "%.0f", 1, func(r viewerRun) *float64 { v := float64(r.Seen); return &v }},
	{"lossless", "%.0f", 1, func(r viewerRun) *float64 { v := float64(r.Whole); return &v }},
	{"MB in all", "%.1f", 1e6, func(r viewerRun) *float64 { return &r.Bytes }},
	{"fps scrolling", "%.0f", 1, func(r viewerRun) *float64 { return r.FPS }},
	{"longest frame ms", "%.0f", 1, func(r viewerRun) *float64 { return r.Longest }},
	{"fps playing", "%.0f", 1, func(r viewerRun) *float64 { return r.Played }},
	{"10th picture s", "%.2f", 1000, func(r viewerRun) *float64 { return r.Tenth }},
	{"small one dB", "%.1f", 1, func(r viewerRun) *float64 { return r.PSNR }},
	{"enlarged dB", "%.1f", 1, func(r viewerRun) *float64 { return r.Enlarged }},
}

func (c *benchViewerCmd) print(runs map[string]map[string][]viewerRun, names []string) error {
	fmt.Printf("\nHeadless Chromium behind the line; a CT of %d slices, a loop of %d frames; times from the click, medians of %d\n", c.Slices, c.Loop, c.Rounds)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprint(w, "\t")
	for _, col := range viewerColumns {
		_, _ = fmt.Fprint(w, col.title, "\t")
	}
	_, _ = fmt.Fprintln(w)
	for _, name := range names {
		for _, viewer := range []string{"yilian", "ohif"} {
			if len(runs[name][viewer]) == 0 {
				continue
			}
			_, _ = fmt.Fprintf(w, "%s %s\t", name, viewer)
			for _, col := range viewerColumns {
				text := "–"
				if v, ok := median(runs[name][viewer], col.of); ok {
					text = fmt.Sprintf(col.format, v/col.scale)
				}
				_, _ = fmt.Fprint(w, text, "\t")
			}
			_, _ = fmt.Fprintln(w)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Println()
	for _, t := range viewerTargets(runs, c.Loop) {
		fmt.Println(t)
	}
	return nil
}

// viewerTargets says of each target that was measured whether it was met.
func viewerTargets(runs map[string]map[string][]viewerRun, loop int) (said []string) {
	get := func(name, viewer string, of func(viewerRun) *float64) (float64, bool) {
		return median(runs[name][viewer], of)
	}
	first, all := viewerColumns[0].of, viewerColumns[2].of
	fps := func(r viewerRun) *float64 { return r.FPS }
	longest := func(r viewerRun) *float64 { return r.Longest }
	say := func(met bool, format string, args ...any) {
		verdict := "MISSED"
		if met {
			verdict = "met   "
		}
		said = append(said, verdict+" "+fmt.Sprintf(format, args...))
	}
	if own, ok := get("ct lan", "yilian", first); ok {
		if other, ok := get("ct lan", "ohif", first); ok {
			say(own <= other/2, "first picture on a LAN: %.2f s, at most half of OHIF's %.2f s", own/1000, other/1000)
		}
	}
	if len(runs["ct 4M"]["yilian"]) > 0 {
		own, _ := get("ct 4M", "yilian", first)
		say(own <= 2000, "first picture at 4 Mbit/s, 120 ms: %.2f s, at most 2 s", own/1000)
		own, ok := get("ct 4M", "yilian", all)
		say(ok && own <= 15_000, "every slice can be seen at 4 Mbit/s, 120 ms: %.1f s, at most 15 s", own/1000)
	}
	if own, ok := get("ct lan", "yilian", fps); ok {
		if other, ok := get("ct lan", "ohif", fps); ok {
			say(own >= other, "scrolling: %.0f pictures a second, at least OHIF's %.0f", own, other)
		}
		slow, _ := get("ct lan", "yilian", longest)
		say(slow <= 100, "longest frame while scrolling: %.0f ms, at most 100 ms", slow)
	}
	if own, ok := get("loop lan", "yilian", first); ok {
		say(own <= 1000, "a loop starts on a LAN in %.2f s, at most 1 s", own/1000)
	}
	for _, name := range []string{"loop lan", "loop 4M"} {
		came, ok := get(name, "yilian", func(r viewerRun) *float64 { return r.Came })
		tenth, _ := get(name, "yilian", func(r viewerRun) *float64 { return r.Tenth })
		switch {
		case ok:
			say(came < float64(loop), "%s: the tenth picture of a loop of %d plays after %.2f s, when %.0f have come", name, loop, tenth/1000, came)
		case len(runs[name]["yilian"]) > 0:
			say(false, "%s: no tenth picture of a loop of %d played while it was watched", name, loop)
		}
	}
	if dB, ok := get("ct 4M", "yilian", func(r viewerRun) *float64 { return r.PSNR }); ok {
		say(dB >= 35, "a small picture, 256 pixels across in the shown window, is like the whole one to %.1f dB, at least 35", dB)
	}
	return said
}
