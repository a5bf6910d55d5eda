package sfu

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"yilian/signaling/sfu/bwe"
)

// wire keeps what an outlet lets out, and when.
type wire struct {
	mu   sync.Mutex
	sent []class
	at   []time.Time
}

func (w *wire) WriteRTP(h *rtp.Header, payload []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, class(int32(h.SSRC)))
	w.at = append(w.at, time.Now())
	return len(payload) + 12, nil
}

func (w *wire) Write(b []byte) (int, error) { return len(b), nil }

func packetOf(w webrtc.TrackLocalWriter, c class, size int) item {
	return item{to: w, class: c, video: c != classSound, ssrc: uint32(c), payload: make([]byte, size)}
}

// narrow is an outlet onto a line of 400 kbit/s.
func narrow(t testing.TB) *outlet {
	t.Helper()
	o := newOutlet()
	extensions := []webrtc.RTPHeaderExtensionParameter{{URI: transportCCURI, ID: 3}, {URI: absSendTimeURI, ID: 4}, {URI: playoutDelayURI, ID: 5}}
	for _, kind := range []Kind{Audio, Video} {
		if err := o.negotiated(kind, extensions); err != nil {
			t.Fatal(err)
		}
	}
	o.begin(400_000, time.Now())
	o.head = 0
	return o
}

// TestHeadStart lets a first picture go at once, and what is beyond it no faster than the line is guessed to be.
func TestHeadStart(t *testing.T) {
	o, w := narrow(t), &wire{}
	o.head = headStart
	for range 20 {
		o.send(packetOf(w, classCamera, 1100), time.Unix(1, 0))
	}
	if n := len(w.sent); n < headStart/1200 || n > (headStart+minBurst)/1100+1 {
		t.Errorf("%d packets left at once", n)
	}
}

// TestSoundIsNeverBehind fills the way out with pictures: sound goes at once, the rest in its order and no faster than the line.
func TestSoundIsNeverBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, w := narrow(t), &wire{}
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { o.run(ctx) })
		start := time.Now()
		for _, c := range []class{classProbe, classCamera, classScreen, classAgain} {
			for range 6 {
				if !o.send(packetOf(w, c, 1100), time.Now()) {
					t.Fatal("the queue is full")
				}
			}
		}
		for range 20 {
			o.send(packetOf(w, classSound, 100), time.Now())
			w.mu.Lock()
			if last := w.sent[len(w.sent)-1]; last != classSound {
				t.Errorf("sound waits behind %d", last)
			}
			w.mu.Unlock()
			time.Sleep(20 * time.Millisecond)
		}
		time.Sleep(3 * time.Second)
		cancel()
		running.Wait()
		pictures := slices.DeleteFunc(slices.Clone(w.sent), func(c class) bool { return c == classSound })
		if len(pictures) != 24 || !slices.IsSorted(pictures[3:]) {
			t.Errorf("out of order: %v", pictures)
		}
		took := w.at[len(w.at)-1].Sub(start)
		bits := float64(24*(1100+overhead)+20*(100+overhead)) * 8
		if rate := bits / took.Seconds(); rate > 400_000*paceTight*1.2 || rate < 300_000 {
			t.Errorf("%.0f bit/s", rate)
		}
	})
}

func TestOutletIsBounded(t *testing.T) {
	o, w := narrow(t), &wire{}
	now := time.Now()
	taken := 0
	for o.send(packetOf(w, classCamera, 1100), now) {
		if taken++; taken > 1000 {
			t.Fatal("no end")
		}
	}
	if o.queued > maxQueue {
		t.Errorf("%d bytes wait", o.queued)
	}
	for range 3 * taken { // a queue that is never quite empty does not grow
		now = now.Add(25 * time.Millisecond)
		o.drain(now)
		o.send(packetOf(w, classCamera, 1100), now)
	}
	if got := cap(o.queues[classCamera].items); got > 1024 {
		t.Errorf("%d items are kept", got)
	}
}

func TestOutletAllocatesNothing(t *testing.T) {
	o := narrow(t)
	o.est = bwe.New(bwe.Max, time.Now())
	o.pace()
	out := &sink{quiet: true}
	now := time.Now()
	it := packetOf(out, classCamera, 1100)
	if n := testing.AllocsPerRun(200, func() { now = now.Add(time.Millisecond); o.send(it, now) }); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

// TestOutletCarriesDescriptors sends packets with a dependency descriptor at once and in their turn: each has its own, and none is made for it.
func TestOutletCarriesDescriptors(t *testing.T) {
	const id = 9
	o, out := narrow(t), &sink{}
	o.layersID = id
	now := time.Now()
	for i := range byte(12) {
		it := packetOf(out, classCamera, 1100)
		if i%3 > 0 {
			it.layers = []byte{i, 2, 3}
		}
		if !o.send(it, now) {
			t.Fatal("the queue is full")
		}
		if len(it.layers) > 0 {
			it.layers[0] = 99 // the memory is used again
		}
	}
	for len(out.headers) < 12 {
		now = now.Add(10 * ms)
		o.drain(now)
	}
	for i, h := range out.headers {
		got := h.GetExtension(id)
		if i%3 > 0 && (len(got) != 3 || got[0] != byte(i)) || i%3 == 0 && got != nil || h.GetExtension(3) == nil {
			t.Errorf("packet %d: % x, %+v", i, got, h)
		}
		if len(out.payload[i]) != 1100 {
			t.Errorf("packet %d has %d bytes", i, len(out.payload[i]))
		}
	}
	o.est, out.quiet = bwe.New(bwe.Max, now), true
	o.pace()
	it := packetOf(out, classCamera, 1100)
	it.layers = []byte{1, 2, 3}
	if n := testing.AllocsPerRun(200, func() { now = now.Add(time.Millisecond); o.send(it, now) }); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

func TestFilter(t *testing.T) {
	svc := func(key, begin bool, spatial, temporal uint8, up, end bool) *unit {
		return &unit{key: key, begin: begin, end: end, up: up, spatial: spatial, temporal: temporal}
	}
	f := filter{maxSpatial: 1, maxTemporal: 0}
	type step struct {
		aim      *filter
		u        *unit
		ok, last bool
	}
	for i, s := range []step{
		{nil, svc(true, true, 0, 0, true, true), true, false},
		{nil, svc(false, true, 1, 0, true, true), true, true},
		{nil, svc(false, true, 2, 0, true, true), false, false},
		{nil, svc(false, true, 0, 1, true, true), false, false},
		{&filter{maxSpatial: 2, maxTemporal: 2}, svc(false, true, 0, 2, false, true), false, false}, // not where the layer may come in
		{nil, svc(false, true, 0, 1, true, true), true, false},
		{nil, svc(false, true, 2, 1, true, true), false, false}, // waits for a key frame
		{nil, svc(true, true, 0, 0, true, true), true, false},
		{nil, svc(false, true, 2, 0, true, true), true, true},
		{&filter{maxSpatial: 0, maxTemporal: 2}, svc(false, false, 2, 0, true, true), true, true}, // the frame is ended
		{nil, svc(false, true, 0, 0, true, true), true, true},
		{nil, svc(false, true, 1, 0, true, true), false, false},
	} {
		if s.aim != nil {
			f.aim(*s.aim)
		}
		if ok, last := f.pass(s.u); ok != s.ok || ok && last != s.last {
			t.Errorf("step %d: %v %v, want %v %v", i, ok, last, s.ok, s.last)
		}
	}
}

func TestCare(t *testing.T) {
	for _, c := range []struct {
		loss, line float64
		want       int
	}{{0, 1e6, 1}, {0.05, 1e6, 2}, {0.3, 1e6, 3}, {0.3, 150_000, 2}, {0.3, 90_000, 1}} {
		if got := repeats(c.loss, c.line); got != c.want {
			t.Errorf("a loss of %v at %.0f: %d", c.loss, c.line, got)
		}
	}
	for _, c := range []struct {
		up, down       float64
		upRTT, downRTT time.Duration
		want           time.Duration
	}{
		{0, 0, 300 * ms, 300 * ms, 0},
		{0.01, 0, 100 * ms, 300 * ms, 185 * ms},
		{0, 0.05, 100 * ms, 200 * ms, 410 * ms},
		{0.05, 0.05, 300 * ms, 300 * ms, maxDelay},
	} {
		if got := playout(c.up, c.upRTT, c.down, c.downRTT); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// TestFastLineIsServedOften looks at how soon the way out comes again for what is left: a wide line would run empty in between.
func TestFastLineIsServedOften(t *testing.T) {
	for bits, want := range map[float64]time.Duration{400_000: paceStep, 12_000_000: paceFast} {
		o, w := narrow(t), &wire{}
		now := time.Now()
		o.est = bwe.New(bits, now)
		o.pace()
		for range 100 {
			o.send(packetOf(w, classCamera, 1100), now)
		}
		if got := o.drain(now); got != want {
			t.Errorf("at %.0f bit/s again after %v, want %v", bits, got, want)
		}
		if got := o.drain(now.Add(2 * time.Second)); bits > fastRate && got != 0 {
			t.Errorf("nothing is left, and again after %v", got)
		}
	}
}

// TestHolding wants pictures to be held back for times that come and go with single losses.
func TestHolding(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	var h holding
	changes := 0
	step := func(want time.Duration) {
		now = now.Add(200 * ms)
		before := h.asked
		if h = h.next(want, now); h.asked != before {
			changes++
		}
	}
	for i := range 300 { // a minute in which something is lost now and then
		want := time.Duration(0)
		if i%17 < 3 {
			want = 400*ms + time.Duration(i%3)*10*ms
		}
		step(want)
	}
	if h.asked < 400*ms || h.asked > 420*ms || changes != 1 {
		t.Errorf("%v after %d changes", h.asked, changes)
	}
	step(480 * ms)
	if h.asked != 480*ms {
		t.Errorf("a longer time is not asked for: %v", h.asked)
	}
	for range 40 * 5 {
		step(100 * ms)
	}
	if h.asked != 100*ms {
		t.Errorf("after 40 s %v", h.asked)
	}
	for range 40 * 5 {
		step(0)
	}
	if h.asked != 0 {
		t.Errorf("nothing gets lost, and %v are asked for", h.asked)
	}
}
