package load

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/webrtc/v4"

	"yilian/signaling/client"
)

// Yilian is a running call server of this service.
type Yilian struct {
	URL    string // ws://host:port/rtc
	API    *webrtc.API
	Ticket func(room, person string, sends bool) (string, error)
}

const (
	joinWithin  = 20 * time.Second
	joinsAtOnce = 4
)

// Fill puts all parties into a room and answers when every one is welcome; leave takes them out. Who only receives is a listener.
func (y *Yilian) Fill(ctx context.Context, room string, parties []Party) (leave func() error, err error) {
	senders := 0
	for _, p := range parties {
		if p.Source != nil {
			senders++
		}
	}
	var mu sync.Mutex
	var inside []*Member
	err = each(parties, joinsAtOnce, func(p Party) error {
		m, err := y.Enter(ctx, room, p, senders)
		if err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
		mu.Lock()
		defer mu.Unlock()
		inside = append(inside, m)
		return nil
	})
	leave = func() error { return each(inside, joinsAtOnce, (*Member).Close) }
	if err != nil {
		return nil, errors.Join(err, leave())
	}
	return leave, nil
}

// Member is a party that is in.
type Member struct {
	*client.Client
	wg sync.WaitGroup
}

// Close ends the party without a word, and waits for its readers.
func (m *Member) Close() error {
	err := m.Client.Close()
	m.wg.Wait()
	return err
}

// Enter puts one party in; senders is how many there will be in the room, itself among them.
func (y *Yilian) Enter(ctx context.Context, room string, p Party, senders int) (*Member, error) {
	ctx, cancel := context.WithTimeout(ctx, joinWithin)
	defer cancel()
	ticket, err := y.Ticket(room, p.Name, p.Source != nil || p.Sink == nil)
	if err != nil {
		return nil, err
	}
	m := &Member{}
	o := client.Options{
		URL: y.URL, Ticket: ticket, API: y.API, Device: "load", Dialer: &websocket.Dialer{HandshakeTimeout: joinWithin},
		OnTrack: func(_ *client.Client, _ string, track *webrtc.TrackRemote) {
			if p.Sink != nil {
				m.wg.Go(func() { p.Sink.Read(track) })
			}
		},
	}
	slots := 0
	if p.Sink != nil {
		slots = senders
	}
	if p.Source != nil {
		o.Send = map[string]webrtc.TrackLocal{"mic": p.Source.Mic, "camera": p.Source.Camera}
		slots = max(0, slots-2) // its own m-lines take another's streams too, and it does not see itself
	}
	o.Audio, o.Video = slots, slots
	m.Client, err = client.Join(ctx, o)
	return m, err
}

// each calls f for all, some at a time.
func each[T any](all []T, atOnce int, f func(T) error) error {
	var wg sync.WaitGroup
	errs, slots := make([]error, len(all)), make(chan struct{}, atOnce)
	for i, one := range all {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			errs[i] = f(one)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
