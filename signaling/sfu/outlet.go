package sfu

import (
	"context"
	"encoding/binary"
	"sync"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"yilian/signaling/sfu/bwe"
)

// class orders what waits for a receiver's line. Sound never waits.
type class int

const (
	classSound class = iota - 1
	classAgain       // what is sent again
	classScreen
	classCamera
	classProbe // what is sent to find out what the line carries
	classes    = 4
)

// item is one packet on its way out.
type item struct {
	to      webrtc.TrackLocalWriter
	class   class
	video   bool
	marker  bool
	pt      uint8
	seq     uint16
	ts      uint32
	ssrc    uint32
	padding uint8  // bytes of nothing instead of a payload
	delay   uint32 // playout delay as it is sent: 12 bits least, 12 bits most, in 10 ms
	payload []byte
	layers  []byte // dependency descriptor, if any
}

// overhead is what a packet takes on the wire besides its payload: IP, UDP, RTP with extensions, and the SRTP tag.
const overhead = 20 + 8 + 12 + 12 + 16

func (it *item) size() int { return len(it.payload) + len(it.layers) + int(it.padding) + overhead }

// outlet is the way out to one receiver: it numbers every packet for transport-wide feedback, estimates the line from what comes back, and lets no more of the
// picture onto the line than that carries, so that sound does not stand behind it in a queue. It is safe for concurrent use.
type outlet struct {
	wake chan struct{}

	mu           sync.Mutex
	sound        rtp.Header // reused for every packet
	picture      rtp.Header
	layered      rtp.Header // of pictures with a dependency descriptor
	layersID     uint8      // number of that extension, 0 if not negotiated
	number       []byte     // transport-wide number inside the headers' extension, nil if not negotiated
	sent24       []byte     // abs-send-time, where there is no transport-wide number
	playout      []byte     // playout delay
	seq          uint16
	est          *bwe.Estimator // nil without transport-wide feedback
	began        time.Time      // when the estimate did
	rate         float64        // bits/s at which the picture may leave, 0: no limit
	tokens       float64        // bytes that may leave now
	head         int            // bytes that may leave at once while the line is not known yet
	filled       time.Time
	queues       [classes]fifo
	queued       int // bytes in them
	soundBytes   uint64
	pictureBytes uint64
}

func newOutlet() *outlet {
	return &outlet{
		wake: make(chan struct{}, 1), sound: rtp.Header{Version: 2}, picture: rtp.Header{Version: 2},
		// A descriptor with a structure is too long for one-byte headers (RFC 8285 4.2).
		layered: rtp.Header{Version: 2, Extension: true, ExtensionProfile: rtp.ExtensionProfileTwoByte},
	}
}

// negotiated takes the extensions of an m-line: the same on all, as all go over one transport.
func (o *outlet) negotiated(kind Kind, extensions []webrtc.RTPHeaderExtensionParameter) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	h := &o.sound
	if kind == Video {
		h = &o.picture
	}
	ids := map[string]uint8{}
	for _, e := range extensions {
		ids[e.URI] = uint8(e.ID)
	}
	set := func(uri string, value *[]byte, size int) error {
		id, ok := ids[uri]
		if !ok {
			return nil
		}
		if *value == nil {
			*value = make([]byte, size)
		}
		if kind == Video {
			if err := o.layered.SetExtension(id, *value); err != nil {
				return err
			}
		}
		return h.SetExtension(id, *value)
	}
	if kind == Video {
		o.layersID = ids[dependencyURI]
	}
	if err := set(transportCCURI, &o.number, 2); err != nil {
		return err
	}
	if o.number == nil {
		if err := set(absSendTimeURI, &o.sent24, 3); err != nil {
			return err
		}
	}
	if kind == Video {
		return set(playoutDelayURI, &o.playout, 3)
	}
	return nil
}

// begin starts the estimate of a line that has come up, with a guess.
func (o *outlet) begin(guess float64, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.number != nil && o.est == nil {
		o.est, o.began, o.head = bwe.New(guess, now), now, headStart
		o.pace()
	}
}

// headStart is how many bytes of a first picture leave at once: a low guess must not be what it waits for. A line of 0.4 Mbit/s takes 160 ms for it, which is
// less than what stands before any of them.
const headStart = 8000

// send lets a packet out, now or in its turn; it is not ok if the queue is full. The payload may be used again afterwards.
func (o *outlet) send(it item, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if it.class == classSound {
		o.write(&it, now)
		return true
	}
	o.fill(now)
	if o.rate == 0 || o.queued == 0 && (o.tokens > 0 || o.head > 0) {
		o.write(&it, now)
		return true
	}
	if o.queued+it.size() > o.limit() || it.class == classAgain && o.queues[classAgain].bytes+it.size() > o.limitAgain() {
		return false
	}
	o.queued += it.size()
	o.queues[it.class].push(it)
	if o.queued == it.size() {
		select {
		case o.wake <- struct{}{}:
		default:
		}
	}
	return true
}

// write puts a packet onto the transport; mu is held.
func (o *outlet) write(it *item, now time.Time) {
	h := &o.sound
	if it.video {
		h = &o.picture
	}
	if len(it.layers) > 0 && o.layersID > 0 && o.layered.SetExtension(o.layersID, it.layers) == nil {
		h = &o.layered
	}
	h.Marker, h.PayloadType, h.SequenceNumber, h.Timestamp, h.SSRC = it.marker, it.pt, it.seq, it.ts, it.ssrc
	h.Padding, h.PaddingSize = it.padding > 0, it.padding
	if o.number != nil {
		o.seq++
		binary.BigEndian.PutUint16(o.number, o.seq)
	}
	if o.sent24 != nil { // 6.18 fixed point, in 24 bits
		v := uint32((uint64(now.UnixNano()) << 18) / 1e9 & 0xffffff)
		o.sent24[0], o.sent24[1], o.sent24[2] = byte(v>>16), byte(v>>8), byte(v)
	}
	if it.video && o.playout != nil {
		o.playout[0], o.playout[1], o.playout[2] = byte(it.delay>>16), byte(it.delay>>8), byte(it.delay)
	}
	size := it.size()
	if it.video && o.head > 0 {
		o.head -= size
	} else {
		o.tokens -= float64(size)
	}
	// A failed write is the transport's to notice.
	if n, err := it.to.WriteRTP(h, it.payload); err != nil || n == 0 {
		return
	}
	if o.est != nil {
		o.est.Sent(o.seq, size, now)
	}
	switch {
	case !it.video:
		o.soundBytes += uint64(size)
	case it.class != classProbe:
		o.pictureBytes += uint64(size)
	}
}

// Pacing.
const (
	paceStep      = 5 * time.Millisecond
	paceFast      = 2 * time.Millisecond // where a step lets out more than some packets
	fastRate      = 8_000_000            // bits/s
	paceTight     = 1.1                  // times the estimate: a key frame must not stand before sound
	paceFair      = 1.15                 // where its packets take little time
	paceWide      = 2.5                  // where the line is good
	fairLine      = 600_000
	wideLine      = 1_500_000
	burstTime     = 10 * time.Millisecond
	burstFast     = 25 * time.Millisecond // where that is over before sound would notice
	burstRate     = 20_000_000            // bits/s
	minBurst      = 2600                  // bytes
	maxWait       = 600 * time.Millisecond
	maxAgain      = 250 * time.Millisecond
	minQueue      = 40_000 // bytes: a key frame
	maxQueue      = 160_000
	minAgainBytes = 8_000
)

// pace follows the estimate; mu is held.
func (o *outlet) pace() {
	target := o.est.Target()
	switch {
	case target >= wideLine:
		o.rate = target * paceWide
	case target >= fairLine:
		o.rate = target * paceFair
	default:
		o.rate = target * paceTight
	}
}

func (o *outlet) limit() int {
	return int(min(max(o.rate/8*maxWait.Seconds(), minQueue), maxQueue))
}

// limitAgain bounds what is sent again: more than that takes longer than a key frame, before which nothing new comes through. mu is held.
func (o *outlet) limitAgain() int { return int(max(o.rate/8*maxAgain.Seconds(), minAgainBytes)) }

// outdated drops what waits to be sent again on the way out of one slot: a key frame makes it good.
func (o *outlet) outdated(to webrtc.TrackLocalWriter) {
	o.mu.Lock()
	defer o.mu.Unlock()
	q := &o.queues[classAgain]
	for n := q.len(); n > 0; n-- {
		it := q.pop()
		if it.to != to {
			q.push(it)
		} else {
			o.queued -= it.size()
		}
		q.free(it)
	}
}

// fill lets time pass; mu is held.
func (o *outlet) fill(now time.Time) {
	burst := max(o.rate/8*burstTime.Seconds(), minBurst)
	if o.rate >= burstRate {
		burst = o.rate / 8 * burstFast.Seconds()
	}
	elapsed := now.Sub(o.filled).Seconds()
	o.filled = now
	// Sound that went out in between is owed, but not for long.
	o.tokens = max(min(o.tokens+o.rate/8*elapsed, burst), -burst)
}

// run lets out what waits, in its order, until the transport is closed.
func (o *outlet) run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.wake:
		case <-timer.C:
		}
		if again := o.drain(time.Now()); again > 0 {
			timer.Reset(again)
		}
	}
}

// drain lets out what may go now, and tells when to come again for what is left; 0 if nothing is.
func (o *outlet) drain(now time.Time) (again time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fill(now)
	for c := range o.queues {
		q := &o.queues[c]
		for o.tokens > 0 && q.len() > 0 {
			it := q.pop()
			o.queued -= it.size()
			o.write(&it, now)
			q.free(it)
		}
	}
	switch {
	case o.queued == 0:
		return 0
	case o.rate >= fastRate:
		return paceFast
	}
	return paceStep
}

// feedback takes transport-wide feedback.
func (o *outlet) feedback(raw []byte, rtt time.Duration, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.est != nil && o.est.Feedback(raw, rtt, now) {
		o.pace()
	}
}

// carried tells what was sent since the last call, in bytes, without probes.
func (o *outlet) carried() (sound, picture uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	sound, picture = o.soundBytes, o.pictureBytes
	o.soundBytes, o.pictureBytes = 0, 0
	return sound, picture
}

// fifo is a queue of copies.
type fifo struct {
	items []item
	head  int
	bytes int
	spare [][]byte // payloads to use again
}

const maxSpare = 32

func (f *fifo) len() int { return len(f.items) - f.head }

func (f *fifo) push(it item) {
	var b []byte
	if n := len(f.spare); n > 0 {
		b, f.spare = f.spare[n-1], f.spare[:n-1]
	}
	n := len(it.payload)
	b = append(append(b[:0], it.payload...), it.layers...)
	it.payload, it.layers = b[:n], b[n:]
	f.bytes += it.size()
	f.items = append(f.items, it)
}

func (f *fifo) pop() item {
	it := f.items[f.head]
	f.items[f.head] = item{}
	f.bytes -= it.size()
	switch f.head++; {
	case f.head == len(f.items):
		f.items, f.head = f.items[:0], 0
	case f.head >= 64:
		n := copy(f.items, f.items[f.head:])
		clear(f.items[n:])
		f.items, f.head = f.items[:n], 0
	}
	return it
}

func (f *fifo) free(it item) {
	if len(f.spare) < maxSpare {
		f.spare = append(f.spare, it.payload)
	}
}
