package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	calling "yilian/signaling/client"
)

// idle measures signalling alone: what somebody costs who is only there, and how long it takes to come in beside them.
func (c *benchMediaCmd) idle(ctx context.Context, dir string, log *slog.Logger) (err error) {
	server, err := startOwnCalls(ctx, dir+"/idle")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	pid := server.process.Process.Pid
	warm, err := c.comeIn(ctx, server, "warm", 20, 4) // what is made once is made now
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, warm.close()) }()
	_, before, err := memoryOf(pid)
	if err != nil {
		return err
	}
	there, err := c.comeIn(ctx, server, "idle", c.Idle, 16)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, there.close()) }()
	if err := pause(ctx, 3*time.Second); err != nil {
		return err
	}
	_, after, err := memoryOf(pid)
	if err != nil {
		return err
	}
	log.Info("there", "people", len(there.clients))
	late, err := c.comeIn(ctx, server, "late", c.Joins, 4)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, late.close()) }()
	each := (after - before) * 1e3 / float64(c.Idle)
	fmt.Printf("\n%d people in rooms of two, without media: %.1f KB each  %s\n", c.Idle, each, verdictOf("memory", each, idleBar))
	if len(late.took) > 0 {
		slices.Sort(late.took)
		at := func(p float64) float64 { return late.took[int(p*float64(len(late.took)-1))].Seconds() * 1e3 }
		fmt.Printf("%d more, 4 at a time, from dialling to welcome: p50 %.1f ms, p99 %.1f ms  %s\n", c.Joins, at(0.5), at(0.99), verdictOf("p99", at(0.99), joinBar))
	}
	return nil
}

// crowd are people without media.
type crowd struct {
	clients []*calling.Client
	took    []time.Duration // to come in
}

func (g *crowd) close() error {
	var errs []error
	for _, c := range g.clients {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// comeIn lets people in, two to a room, some at a time.
func (c *benchMediaCmd) comeIn(ctx context.Context, server *callServer, name string, people, atOnce int) (*crowd, error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	g, slots, errs := &crowd{}, make(chan struct{}, atOnce), []error(nil)
	for i := range people {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			began := time.Now()
			one, err := server.attend(ctx, fmt.Sprintf("%s-%d", name, i/2), fmt.Sprintf("%s-%d", name, i))
			took := time.Since(began)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, err)
				return
			}
			g.clients, g.took = append(g.clients, one), append(g.took, took)
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, errors.Join(err, g.close())
	}
	return g, nil
}

// attend enters a room without media.
func (s *callServer) attend(ctx context.Context, room, person string) (*calling.Client, error) {
	ticket, err := s.ticket(room, person, true)
	if err != nil {
		return nil, err
	}
	return calling.Join(ctx, calling.Options{URL: s.url, Ticket: ticket, Dialer: &websocket.Dialer{HandshakeTimeout: 20 * time.Second, ReadBufferSize: 1024, WriteBufferSize: 1024}})
}
