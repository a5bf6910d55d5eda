package sfu

import (
	"errors"
	"io"
	"slices"
	"time"

	"github.com/pion/webrtc/v4"
)

// LabelLooking is the label of the one data channel that a client may open, ordered and reliable: what is looked at together.
const LabelLooking = "looking"

// Data is a message that came on a peer's data channel. The payload is whoever's is told of it.
type Data struct {
	Label   string
	Payload []byte
}

// Bounds of data channels.
const (
	maxMessage    = 64 << 10  // bytes of one message, either way
	maxUnsent     = 256 << 10 // bytes that wait for one receiver
	maxUnreadData = 256 << 10 // bytes of one sender that wait to be read
	maxChannels   = 64        // that one transport may open in its life
	firstRead     = 2 << 10   // bytes that a buffer begins with

	// What is lost of a handshake or at the end of a message is not waited for as long as SCTP does by itself (RFC 9260 6.3.1: 1 to 60 s): the operations of
	// later offers stand behind the handshake.
	longestTimeout = 1500 * time.Millisecond
)

// channel is an open data channel.
type channel struct {
	*webrtc.DataChannel
	raw interface {
		ReadDataChannel(b []byte) (n int, text bool, err error)
		WriteDataChannel(b []byte, text bool) (n int, err error)
		Close() error
	}
}

// admit takes a data channel that the client opens: the one for looking together. Any other is closed; who opens one after the other loses the transport.
func (p *Peer) admit(dc *webrtc.DataChannel) {
	if p.channels.Add(1) > maxChannels {
		_ = p.pc.SCTP().Stop() // with it goes what it runs over
		return
	}
	if dc.Label() != LabelLooking || !dc.Ordered() || dc.MaxRetransmits() != nil || dc.MaxPacketLifeTime() != nil {
		_ = dc.Close()
		return
	}
	dc.OnOpen(func() {
		if raw, err := dc.Detach(); err == nil {
			p.converse(&channel{dc, raw})
		}
	})
}

// converse reads a channel from now on, in place of an earlier one.
func (p *Peer) converse(c *channel) {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	if p.closed.Err() != nil {
		return
	}
	if old := p.looking.Swap(c); old != nil {
		_ = old.raw.Close()
	}
	p.loops.Go(func() { p.hearData(c) })
}

// hearData reads a channel until it ends. Who says more than may be said is read no faster: SCTP tells the sender to wait.
func (p *Peer) hearData(c *channel) {
	defer p.looking.CompareAndSwap(c, nil)
	buf := make([]byte, firstRead)
	var may allowance
	for {
		n, _, err := c.raw.ReadDataChannel(buf)
		switch {
		case errors.Is(err, io.ErrShortBuffer) && len(buf) < maxMessage:
			buf = make([]byte, min(8*len(buf), maxMessage))
			continue
		case err != nil:
			_ = c.raw.Close()
			return
		case n > 0:
			p.room.hand(p, c, slices.Clone(buf[:n]))
		}
		if wait := may.take(worth(n), savedUp, time.Now()); wait > 0 {
			p.pause(wait)
		}
	}
}

// pause waits, or until the transport is closed.
func (p *Peer) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.closed.Done():
	}
}

// hand tells of a message, if it came on the channel in use of the transport in use.
func (r *Room) hand(p *Peer, c *channel, payload []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.peers[p.id] == p && p.looking.Load() == c {
		r.notify(Event{Peer: p.id, Gen: p.gen, Data: &Data{Label: c.Label(), Payload: payload}})
	}
}

// SendData sends a message of at most 64 KB as text on the data channel with that label, in order behind those before. It does not wait: it is not ok if the
// peer has no such channel open, or if more than 256 KB are still on their way to it.
func (r *Room) SendData(peer, label string, payload []byte) bool {
	if label != LabelLooking || len(payload) > maxMessage {
		return false
	}
	r.mu.Lock()
	p := r.peers[peer]
	r.mu.Unlock()
	if p == nil {
		return false
	}
	c := p.looking.Load()
	if c == nil || c.BufferedAmount()+uint64(len(payload)) > maxUnsent {
		return false
	}
	_, err := c.raw.WriteDataChannel(payload, true)
	return err == nil
}

// Unsent tells how many bytes are on their way to a peer on its data channel, sent or not.
func (r *Room) Unsent(peer string) int {
	r.mu.Lock()
	p := r.peers[peer]
	r.mu.Unlock()
	if p == nil {
		return 0
	}
	if c := p.looking.Load(); c != nil {
		return int(c.BufferedAmount())
	}
	return 0
}

// What one peer may say: so many messages and bytes a second, and those of a second that were not used before.
const (
	messagesASecond = 250
	dataASecond     = 512 << 10
	savedUp         = time.Second
)

// worth is the time that a message takes.
func worth(bytes int) time.Duration {
	return max(time.Second/messagesASecond, time.Duration(bytes)*time.Second/dataASecond)
}
