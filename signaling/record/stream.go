package record

import (
	"sync"
	"sync/atomic"
	"time"

	"yilian/signaling/sfu"
	"yilian/signaling/sfu/packet"
)

// How many packets of one stream may wait for the recorder, which looks every drainEvery: at 12 Mbit/s a tenth of that comes.
const (
	queuedVideo = 1024
	queuedAudio = 256
	drainEvery  = 40 * time.Millisecond
)

// intake is the queue between the read loop of a stream and the recorder. The read loop never waits: what does not fit is counted.
type intake struct {
	mu      sync.Mutex
	queue   []rtp // length bounded by most
	spare   [][]byte
	most    int
	dropped int
	reports []report
}

// report is what a sender says of its clock: a timestamp belongs to a moment of its own time.
type report struct {
	at time.Time
	ts uint32
}

const reportsMost = 16

// put copies a packet into the queue.
func (q *intake) put(p packet.Packet, arrived time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.queue) >= q.most {
		q.dropped++
		return
	}
	var buf []byte
	if n := len(q.spare); n > 0 {
		buf, q.spare = q.spare[n-1], q.spare[:n-1]
	}
	q.queue = append(q.queue, rtp{seq: p.Seq, ts: p.Timestamp, marker: p.Marker, arrived: arrived, payload: append(buf[:0], p.Payload...)})
}

func (q *intake) report(r report) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.reports) < reportsMost {
		q.reports = append(q.reports, r)
	}
}

// take empties the queue into a slice that the caller gives back.
func (q *intake) take(into []rtp) (all []rtp, reports []report, dropped int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	all, reports, dropped = append(into, q.queue...), q.reports, q.dropped
	clear(q.queue)
	q.queue, q.reports, q.dropped = q.queue[:0], nil, 0
	return all, reports, dropped
}

// free gives a payload's memory back.
func (q *intake) free(p rtp) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.spare) < q.most/4 && cap(p.payload) <= packet.MaxSize {
		q.spare = append(q.spare, p.payload)
	}
}

// stream is one encoding of what one peer sends. Read loops touch only its intake and flags; the rest belongs to the session's worker.
type stream struct {
	info   sfu.TapStream
	intake intake
	ended  atomic.Bool

	order   order
	reports []report
	clock   clock
	picture assembler // of video
	reel    *reel
	missed  int // dropped here, and not yet seen as missing numbers
	area    int // pixels of the last key frame
	last    time.Time
	key     time.Time // arrival of the last key frame
	asked   time.Time // when one was asked for
	gap     Gap       // under way; Cause "" for none
}

// newStream makes a stream, or nil if it is in no format that can be recorded.
func newStream(info sfu.TapStream) *stream {
	s := &stream{info: info, clock: clock{rate: int64(info.ClockRate)}}
	s.intake.most = queuedAudio
	if info.ClockRate == 0 {
		return nil
	}
	if info.Keyframe == nil {
		s.info.Keyframe = func() {}
	}
	if info.Kind == sfu.Video {
		s.intake.most = queuedVideo
		if s.picture.codec = newDepacketizer(info.MIME); s.picture.codec == nil {
			return nil
		}
	} else if info.MIME != "audio/opus" {
		return nil
	}
	return s
}
