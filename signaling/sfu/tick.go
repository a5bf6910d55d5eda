package sfu

import (
	"context"
	"time"

	"github.com/pion/rtcp"

	"yilian/signaling/sfu/speaker"
)

// tick does what is due: five times a second the choice of layers, once a second reports and the bit rates that senders may use.
func (r *Room) tick(ctx context.Context) {
	t := time.NewTicker(time.Second / ticksASecond)
	defer t.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case now := <-t.C:
			r.mu.Lock()
			if n%ticksASecond == 0 {
				r.second(now)
			}
			r.listen(now)
			r.allocate(now)
			r.mu.Unlock()
		}
	}
}

const ticksASecond = 5

// listen finds out who speaks; mu is held.
func (r *Room) listen(now time.Time) {
	var scores []speaker.Score
	for _, g := range r.published() {
		if s := g.encodings[0]; g.kind == Audio && inStep(g.key.name) && !s.muted.Load() {
			scores = append(scores, speaker.Score{ID: g.key.peer, Loud: s.loudness(now)})
		}
	}
	if r.speaker.Next(scores, now) && r.speaker.Speaker() != "" {
		r.notify(Event{Speaker: r.speaker.Speaker()})
	}
}

// second sends reports and looks at the lines; mu is held.
func (r *Room) second(now time.Time) {
	for _, p := range r.peers {
		if p.state != Connected {
			continue
		}
		p.observe(now)
		p.line = p.line.next(p.lastSecond())
		var reports []rtcp.Packet
		for _, s := range p.slots {
			if sr := s.senderReport(now); sr != nil {
				reports = append(reports, sr)
			}
		}
		reports = append(reports, p.receiverReports(now)...)
		if len(reports) > 0 {
			p.sendRTCP(reports...)
		}
	}
	r.limit()
}

// receiverReports tell a sender how its streams arrive.
func (p *Peer) receiverReports(now time.Time) []rtcp.Packet {
	const each = 31 // blocks of one packet (RFC 3550 6.4.2)
	var out []rtcp.Packet
	var blocks []rtcp.ReceptionReport
	for _, s := range p.sources {
		if block, ok := s.receptionReport(now); ok && len(out) < 4 {
			blocks = append(blocks, block)
		}
		if len(blocks) == each {
			out, blocks = append(out, &rtcp.ReceiverReport{SSRC: 1, Reports: blocks}), nil
		}
	}
	if len(blocks) > 0 {
		out = append(out, &rtcp.ReceiverReport{SSRC: 1, Reports: blocks})
	}
	return out
}
