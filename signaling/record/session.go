package record

import (
	"context"
	"slices"
	"sync"
	"time"

	"yilian/signaling/sfu"
	"yilian/signaling/sfu/packet"
)

// Session is one recording under way. It is a sfu.Tap: all that it is shown is recorded. It is safe for concurrent use; one goroutine makes pieces and one stores them, and both end with Stop or with the first piece that cannot be stored.
type Session struct {
	cfg   Config
	start Start

	mu      sync.Mutex // guards all up to the blank line
	streams map[uint64]*stream
	events  []Event
	stopped bool
	reason  string

	reels   map[string]*reel // by person and source; the worker's, as all below
	order   []*reel
	senders map[string]*sender
	gaps    []Gap
	files   int
	number  int   // of the last piece
	until   int64 // where it ends
	wrote   time.Time
	scratch []rtp

	stop    chan struct{}
	queue   chan piece
	failing chan struct{} // closed when a piece could not be stored
	done    chan struct{} // closed when all is over
	err     error         // why it failed; read after done
}

type piece struct {
	entry    entry
	clusters []byte
}

// Begin begins a recording: when it returns, its first piece is stored, so that the store is known to take some.
func (r *Recorder) Begin(ctx context.Context, start Start) (*Session, error) {
	start.Zero = r.cfg.Now().UTC().Truncate(time.Millisecond)
	s := &Session{
		cfg: r.cfg, start: start, streams: map[uint64]*stream{},
		reels: map[string]*reel{}, senders: map[string]*sender{},
		stop: make(chan struct{}), queue: make(chan piece, 2), failing: make(chan struct{}), done: make(chan struct{}),
	}
	if err := s.store(ctx, piece{entry: entry{Start: &start}}); err != nil {
		return nil, err
	}
	s.wrote = s.cfg.Now()
	var both sync.WaitGroup
	both.Go(s.work)
	both.Go(s.keep)
	go func() {
		both.Wait()
		close(s.done)
	}()
	return s, nil
}

// Zero is the beginning of the time line.
func (s *Session) Zero() time.Time { return s.start.Zero }

// Done is closed when the recording is over, by Stop or by itself.
func (s *Session) Done() <-chan struct{} { return s.done }

// Stop ends the recording, waits until its last piece is stored, and tells why it failed if it did. What is stored can be joined in any case.
func (s *Session) Stop(reason string) error {
	s.mu.Lock()
	if !s.stopped {
		s.stopped, s.reason = true, reason
		close(s.stop)
	}
	s.mu.Unlock()
	<-s.done
	return s.err
}

// eventsMost bounds what waits for the next piece.
const eventsMost = 4096

// Note puts something that happens now into the index.
func (s *Session) Note(e Event) {
	e.At = max(s.cfg.Now().Sub(s.start.Zero), 0).Milliseconds()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.events) < eventsMost {
		s.events = append(s.events, e)
	}
}

var _ sfu.Tap = (*Session)(nil)

// Begin implements sfu.Tap.
func (s *Session) Begin(info sfu.TapStream) {
	st := newStream(info)
	if st == nil {
		s.cfg.Log.Warn("a stream is not recorded: unknown format", "mime", info.MIME)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.streams[info.ID] = st
}

func (s *Session) stream(id uint64) *stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.streams[id]
}

// Packet implements sfu.Tap.
func (s *Session) Packet(id uint64, p packet.Packet, arrived time.Time) {
	if st := s.stream(id); st != nil {
		st.intake.put(p, arrived)
	}
}

// Clock implements sfu.Tap.
func (s *Session) Clock(id uint64, at time.Time, ts uint32) {
	if st := s.stream(id); st != nil {
		st.intake.report(report{at: at, ts: ts})
	}
}

// End implements sfu.Tap.
func (s *Session) End(id uint64) {
	if st := s.stream(id); st != nil {
		st.ended.Store(true)
	}
}

// work makes frames of packets and pieces of frames until the recording is stopped or fails.
func (s *Session) work() {
	defer close(s.queue)
	drain, flush := time.NewTicker(drainEvery), time.NewTicker(s.cfg.PieceEvery)
	defer drain.Stop()
	defer flush.Stop()
	for {
		select {
		case <-drain.C:
			s.drain(false)
		case <-flush.C:
			if len(s.queue) < cap(s.queue) { // else the store is slow, and frames wait as far as they may
				s.flush(s.cfg.Now().Sub(s.start.Zero) - s.cfg.Hold)
			}
		case <-s.failing:
			return
		case <-s.stop:
			s.drain(true)
			s.finish()
			return
		}
	}
}

// drain takes what has arrived.
func (s *Session) drain(all bool) {
	s.mu.Lock()
	streams := make([]*stream, 0, len(s.streams))
	for id, st := range s.streams {
		streams = append(streams, st)
		if st.ended.Load() {
			delete(s.streams, id)
		}
	}
	s.mu.Unlock()
	now := s.cfg.Now()
	for _, st := range streams {
		ended := all || st.ended.Load()
		s.read(st, now)
		if st.reel != nil {
			st.reel.seen = now
		}
		emit := func(p rtp, lost int) { s.packet(st, p, lost) }
		if ended {
			st.order.flush(emit)
			s.closeGap(st)
		} else {
			st.order.release(now, emit)
		}
	}
}

// read puts the packets of a stream in order and makes frames of them.
func (s *Session) read(st *stream, now time.Time) {
	queue, reports, dropped := st.intake.take(s.scratch[:0])
	st.missed += dropped
	if st.reports = append(st.reports, reports...); len(st.reports) > reportsMost {
		st.reports = st.reports[len(st.reports)-reportsMost:]
	}
	for _, p := range queue {
		st.order.push(p, func(p rtp, lost int) { s.packet(st, p, lost) }, st.intake.free)
	}
	if st.gap.Cause != "" && now.Sub(s.start.Zero).Milliseconds()-st.gap.Until > gapApart {
		s.closeGap(st)
	}
	clear(queue)
	s.scratch = queue[:0]
}

// packet takes a packet in order, behind so many that are lost.
func (s *Session) packet(st *stream, p rtp, lost int) {
	defer st.intake.free(p)
	at := s.place(st, p).Sub(s.start.Zero)
	st.last = p.arrived
	if st.info.Kind == sfu.Audio {
		s.lost(st, at, lost)
		if opusSamples(p.payload) > 0 {
			s.add(st, frame{at: at, track: audioTrack, key: true, data: slices.Clone(p.payload)})
		}
		return
	}
	s.lost(st, at, lost)
	pic, ok := st.picture.push(p, lost)
	s.askKey(st)
	if !ok {
		return
	}
	if pic.key {
		st.key = p.arrived
		v := st.picture.codec.video()
		st.area = v.Width * v.Height
	}
	s.add(st, frame{at: at, track: videoTrack, key: pic.key, data: pic.data})
}

// How long a recording goes without a key frame: only there can a player begin. And how often one is asked for again.
const (
	keyEvery = 20 * time.Second
	keyAgain = time.Second
)

// askKey asks for a key frame when nothing can be decoded, or nobody could seek to here; of several encodings only the one that is recorded.
func (s *Session) askKey(st *stream) {
	if st.key.IsZero() {
		st.key = st.last // as it began, it was asked for
	}
	used := st.reel == nil || st.reel.from == nil || st.reel.from == st
	if now := s.cfg.Now(); (st.picture.broken || used && st.last.Sub(st.key) >= keyEvery) && now.Sub(st.asked) >= keyAgain {
		st.asked = now
		st.info.Keyframe()
	}
}

// place says when a packet was made, on the time line.
func (s *Session) place(st *stream, p rtp) time.Time {
	st.clock.arrive(p.ts, p.arrived)
	who := s.senders[st.info.Peer]
	if who == nil {
		who = &sender{}
		s.senders[st.info.Peer] = who
	}
	for _, r := range st.reports {
		st.clock.report(r.ts, who.local(r.at, st.clock.arrival(r.ts)))
	}
	st.reports = st.reports[:0]
	return st.clock.at(p.ts)
}

// add puts a frame into its file, unless another stream of the same source is the better one.
func (s *Session) add(st *stream, f frame) {
	if f.at < 0 {
		return // from before the recording
	}
	r := s.reelOf(st)
	if f.track == videoTrack && !s.chosen(st, r, f.key) {
		return
	}
	if f.track == videoTrack {
		if v := st.picture.codec.video(); f.key && !r.shows(v) {
			r = s.replace(st, r, v)
		}
	}
	if s.waiting() >= s.cfg.Pending {
		s.miss(st, f.at, 1, GapStore)
		st.picture.broken = true
		return
	}
	r.add(f)
}

func (s *Session) waiting() (n int) {
	for _, r := range s.order {
		n += r.bytes
	}
	return n
}

// Gaps of a stream that are closer than this are one.
const gapApart = 2000 // ms

func (s *Session) lost(st *stream, at time.Duration, n int) {
	if n <= 0 {
		return
	}
	here := min(n, st.missed)
	st.missed -= here
	s.miss(st, at, here, GapServer)
	s.miss(st, at, n-here, GapLine)
}

func (s *Session) miss(st *stream, at time.Duration, n int, cause string) {
	if n <= 0 {
		return
	}
	ms := max(at, 0).Milliseconds()
	if st.gap.Cause != cause || ms-st.gap.Until > gapApart {
		s.closeGap(st)
		st.gap = Gap{At: ms, Person: st.info.Peer, Source: st.info.Source, Cause: cause}
	}
	st.gap.Until, st.gap.Lost = max(st.gap.Until, ms), st.gap.Lost+n
}

// gapsMost bounds the gaps that wait for the next piece.
const gapsMost = 1024

func (s *Session) closeGap(st *stream) {
	if st.gap.Cause != "" && len(s.gaps) < gapsMost {
		s.gaps = append(s.gaps, st.gap)
	}
	st.gap = Gap{}
}

// finish writes everything that is left, and that it is the end.
func (s *Session) finish() {
	s.flushAs(time.Duration(1<<62), true)
}

// heartbeat is how often a piece comes at least: who looks from outside sees by it that the recording lives.
const heartbeat = 10 * time.Second

func (s *Session) flush(until time.Duration) { s.flushAs(until, false) }

func (s *Session) flushAs(until time.Duration, last bool) {
	var p piece
	now := s.cfg.Now()
	end := min(until, now.Sub(s.start.Zero))
	for _, r := range slices.Clone(s.order) {
		var chunks []chunk
		p.clusters, chunks = r.cut(p.clusters, until, r.soundTo(end, now))
		p.entry.Chunks = append(p.entry.Chunks, chunks...)
		if len(chunks) > 0 {
			p.entry.Files = append(p.entry.Files, r.file)
		}
		s.retire(r, now)
	}
	s.mu.Lock()
	p.entry.Events, s.events = s.events, nil
	p.entry.Why = s.reason
	s.mu.Unlock()
	p.entry.Gaps, s.gaps = s.gaps, nil
	p.entry.Last, p.entry.From, p.entry.Until = last, s.until, max(end, 0).Milliseconds()
	quiet := len(p.entry.Chunks)+len(p.entry.Events)+len(p.entry.Gaps) == 0
	if quiet && !last && now.Sub(s.wrote) < heartbeat {
		return
	}
	s.wrote, s.until = now, p.entry.Until
	s.number++
	p.entry.Number = s.number
	select {
	case s.queue <- p:
	case <-s.failing:
	}
}
