package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"yilian/signaling/lines"
)

// benchLineCmd joins two network namespaces by an emulated line, for people and tests, until its standard input ends.
type benchLineCmd struct {
	Up   string `help:"Conditions from the far end to the near one." placeholder:"'rate=2M delay=150ms loss=5%'"`
	Down string `help:"The other way." placeholder:"CONDITIONS"`
	NAT  bool   `name:"nat" help:"Address translation at the far end, for rebind."`
	Seed uint64 `help:"The same losses again for the same packets." default:"1"`
}

// Run prints the names of the namespaces, then answers each command with a line of JSON.
func (c *benchLineCmd) Run(ctx context.Context, _ *slog.Logger) (err error) {
	up, down, err := conditionsOf(c.Up, c.Down)
	if err != nil {
		return err
	}
	link, err := lines.Open(ctx, lines.Config{Up: up, Down: down, NAT: c.NAT, Seed: c.Seed})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, link.Close()) }()
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(map[string]any{"near": link.Near, "far": link.Far, "nearAddr": link.NearAddr(), "farAddr": link.FarAddr()}); err != nil {
		return err
	}
	desk := lineDesk{link: link, up: up, down: down}
	for command := range commandLines(ctx, os.Stdin) {
		answer, err := desk.do(ctx, command)
		if err != nil {
			answer = map[string]string{"error": err.Error()}
		}
		if err := out.Encode(answer); err != nil {
			return err
		}
	}
	return nil
}

func conditionsOf(up, down string) (u, d lines.Conditions, err error) {
	u, e1 := lines.Parse(up)
	d, e2 := lines.Parse(down)
	return u, d, errors.Join(e1, e2)
}

// commandLines gives lines until the input or the context ends.
func commandLines(ctx context.Context, in io.Reader) <-chan string {
	all := make(chan string)
	go func() {
		defer close(all)
		for s := bufio.NewScanner(in); s.Scan(); {
			select {
			case all <- s.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	out := make(chan string)
	go func() {
		defer close(out)
		for {
			select {
			case <-ctx.Done():
				return
			case line, more := <-all:
				if !more {
					return
				}
				out <- line
			}
		}
	}()
	return out
}

// lineDesk carries out commands on a line.
type lineDesk struct {
	link     *lines.Link
	up, down lines.Conditions
}

func (d *lineDesk) do(ctx context.Context, command string) (answer any, err error) {
	verb, rest, _ := strings.Cut(strings.TrimSpace(command), " ")
	switch verb {
	case "up", "down", "both":
		c, err := lines.Parse(rest)
		if err != nil {
			return nil, err
		}
		if verb != "down" {
			d.up = c
		}
		if verb != "up" {
			d.down = c
		}
		d.link.Set(d.up, d.down)
	case "dark":
		t, err := time.ParseDuration(rest)
		if err != nil {
			return nil, err
		}
		d.link.Dark(t)
	case "rebind":
		d.link.Rebind()
	case "move":
		err = d.link.Move(ctx)
	case "stats":
		return d.link.Stats(), nil
	default:
		return nil, fmt.Errorf("%q is none of up, down, both, dark, rebind, move, stats", verb)
	}
	return struct{}{}, err
}
