package bwe

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/interceptor/pkg/twcc"

	"yilian/signaling/sfu/packet"
)

// line is a bottleneck with a queue that drops at its tail, some random loss, and a delay each way.
type line struct {
	bits   float64       // bits/s
	delay  time.Duration // one way
	queue  time.Duration // at most
	loss   float64
	jitter time.Duration
	busy   time.Duration // the receiver's computer reads up to so much late
}

// run is a sender on a line: it sends what the estimate allows, up to what it has.
type run struct {
	e       *Estimator
	now     time.Time
	start   time.Time
	free    time.Duration // when the line has sent everything
	seq     uint16
	owed    float64
	flight  []flying
	back    []returning
	rec     *twcc.Recorder
	random  *rand.Rand
	arrived int64 // bytes
	worst   time.Duration
	dropped int
	size    float64 // bytes of a packet
}

type flying struct {
	at  time.Duration
	seq uint16
}

type returning struct {
	at  time.Duration
	raw []byte
}

func newRun(start float64) *run {
	now := time.Unix(1_800_000_000, 0)
	return &run{e: New(start, now), now: now, start: now, rec: twcc.NewRecorder(1), random: rand.New(rand.NewPCG(1, 2)), size: 600}
}

// play lets time pass; offered is what the sender has, in bits/s.
func (r *run) play(t testing.TB, over time.Duration, l line, offered float64) {
	const step = 5 * time.Millisecond
	r.worst, r.arrived, r.dropped = 0, 0, 0
	for end := r.now.Add(over); r.now.Before(end); r.now = r.now.Add(step) {
		now := r.now.Sub(r.start)
		more := min(offered, r.e.Target()*0.95) * step.Seconds() / 8
		r.owed = min(r.owed+more, max(5000, 1.5*more))
		for r.owed >= r.size {
			r.send(l, now, int(r.size))
		}
		keep := r.flight[:0]
		for _, f := range r.flight {
			if f.at <= now {
				r.rec.Record(1, f.seq, f.at.Microseconds()+77_000_000)
				r.arrived += int64(r.size)
			} else {
				keep = append(keep, f)
			}
		}
		r.flight = keep
		if now%(100*time.Millisecond) == 0 {
			r.feedback(t, l, now)
		}
		if now%time.Second == 0 {
			r.e.Tick(r.now)
		}
	}
}

func (r *run) send(l line, now time.Duration, size int) {
	r.owed -= float64(size)
	r.seq++
	r.e.Sent(r.seq, size, r.now)
	r.free = max(r.free, now)
	if wait := r.free - now; wait > l.queue {
		r.dropped++
		return
	}
	r.free += time.Duration(float64(size) * 8 / l.bits * float64(time.Second))
	r.worst = max(r.worst, r.free-now)
	if r.random.Float64() < l.loss {
		return
	}
	jitter := time.Duration(r.random.Float64() * float64(l.jitter))
	at := r.free + l.delay + jitter
	if l.busy > 0 { // later and later, and then sooner again
		const half = 700 * time.Millisecond
		late := l.busy * (at % half) / half
		if at/half%2 == 1 {
			late = l.busy - late
		}
		at += late
	}
	r.flight = append(r.flight, flying{at, r.seq})
}

func (r *run) feedback(t testing.TB, l line, now time.Duration) {
	for _, p := range r.rec.BuildFeedbackPacket() {
		raw, err := p.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		r.back = append(r.back, returning{now + l.delay, raw})
	}
	for len(r.back) > 0 && r.back[0].at <= now {
		if !r.e.Feedback(r.back[0].raw, 2*l.delay, r.now) {
			t.Fatal("feedback was not read")
		}
		r.back = r.back[1:]
	}
}

const ms1 = time.Millisecond

func TestFindsTheLine(t *testing.T) {
	for name, c := range map[string]struct {
		line     line
		start    float64
		low      float64 // share of the line that is used in the end
		worst    time.Duration
		settling time.Duration
	}{
		"narrow":               {line{400_000, 150 * ms1, 200 * ms1, 0.02, 0, 0}, 400_000, 0.6, 160 * ms1, 30 * time.Second},
		"narrow, guessed high": {line{400_000, 150 * ms1, 200 * ms1, 0.02, 0, 0}, 1_200_000, 0.6, 160 * ms1, 30 * time.Second},
		"township":             {line{2_000_000, 150 * ms1, 200 * ms1, 0.05, 0, 0}, 400_000, 0.6, 160 * ms1, 40 * time.Second},
		"mobile with jitter":   {line{3_000_000, 40 * ms1, 300 * ms1, 0.01, 15 * ms1, 0}, 400_000, 0.5, 200 * ms1, 30 * time.Second},
		"half of it gets lost": {line{2_000_000, 50 * ms1, 300 * ms1, 0.3, 0, 0}, 400_000, 0.3, 200 * ms1, 60 * time.Second},
		"good":                 {line{20_000_000, 10 * ms1, 200 * ms1, 0, 0, 0}, 1_200_000, 0.3, 100 * ms1, 20 * time.Second},
		"satellite":            {line{1_000_000, 300 * ms1, 500 * ms1, 0.005, 3 * ms1, 0}, 400_000, 0.6, 200 * ms1, 40 * time.Second},
		"almost nothing":       {line{100_000, 100 * ms1, 300 * ms1, 0, 0, 0}, 400_000, 0.5, 250 * ms1, 40 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRun(c.start)
			r.play(t, c.settling, c.line, 10e6)
			const last = 20 * time.Second
			r.play(t, last, c.line, 10e6)
			used := float64(r.arrived) * 8 / last.Seconds() / c.line.bits / (1 - c.line.loss)
			if testing.Verbose() {
				fmt.Printf("%-22s uses %.2f, worst queue %v, dropped %d, target %.0f\n", name, used, r.worst, r.dropped, r.e.Target())
			}
			if used < c.low || used > 1.01 {
				t.Errorf("%.2f of the line is used", used)
			}
			if r.worst > c.worst {
				t.Errorf("the queue grew to %v", r.worst)
			}
		})
	}
}

func TestFollowsTheLine(t *testing.T) {
	r := newRun(1_200_000)
	wide, narrow := line{3_000_000, 50 * ms1, 300 * ms1, 0, 0, 0}, line{400_000, 50 * ms1, 300 * ms1, 0, 0, 0}
	r.play(t, 20*time.Second, wide, 2e6)
	if r.e.Target() < 1.8e6 {
		t.Errorf("a wide line is taken for %.0f", r.e.Target())
	}
	r.play(t, 2*time.Second, narrow, 2e6)
	if r.e.Target() > 450_000 {
		t.Errorf("2 s after it became narrow it is taken for %.0f", r.e.Target())
	}
	r.play(t, 20*time.Second, narrow, 2e6)
	r.play(t, 20*time.Second, wide, 2e6)
	if r.e.Target() < 1.6e6 {
		t.Errorf("20 s after it became wide again it is taken for %.0f", r.e.Target())
	}
}

func TestLittleIsSent(t *testing.T) {
	r := newRun(400_000)
	r.play(t, 20*time.Second, line{5e6, 50 * ms1, 300 * ms1, 0, 0, 0}, 40_000)
	if got := r.e.Target(); got < 400_000 || got > 450_000 {
		t.Errorf("sound alone made %.0f of 400000", got)
	}
	if !r.e.Calm(r.now, time.Second) {
		t.Error("the line is not calm")
	}
}

func TestBlackOut(t *testing.T) {
	r := newRun(1_200_000)
	l := line{3_000_000, 50 * ms1, 300 * ms1, 0, 0, 0}
	r.play(t, 10*time.Second, l, 2e6)
	dead := l
	dead.loss = 1
	for range 1000 { // nothing comes back at all
		r.e.Sent(r.seq, 600, r.now)
		r.seq++
		r.now = r.now.Add(10 * ms1)
		if r.now.Sub(r.start)%time.Second == 0 {
			r.e.Tick(r.now)
		}
	}
	if got := r.e.Target(); got > 100_000 {
		t.Errorf("after 10 s of silence %.0f", got)
	}
	r.play(t, 20*time.Second, l, 2e6)
	if got := r.e.Target(); got < 700_000 {
		t.Errorf("20 s after the black-out %.0f", got)
	}
}

// TestFalseAlarm lets a computer be busy for a moment while a third of what the line carries is sent: that is forgotten soon, and what is offered again is found.
func TestFalseAlarm(t *testing.T) {
	r := newRun(1_000_000)
	l := line{1_500_000, 100 * ms1, 300 * ms1, 0, 0, 0}
	r.play(t, 10*time.Second, l, 400_000)
	busy := l
	for i := range 30 { // what comes is read later and later
		busy.delay = l.delay + time.Duration(i)*5*ms1
		r.play(t, 100*ms1, busy, 400_000)
	}
	r.play(t, time.Second, l, 400_000)
	if r.e.Ceiling() == 0 {
		t.Fatal("that was no alarm at all")
	}
	r.play(t, 12*time.Second, l, 400_000)
	if r.e.Ceiling() > 0 {
		t.Errorf("after 12 s %.0f is still taken for the end of the line", r.e.Ceiling())
	}
	r.play(t, 20*time.Second, l, 1_200_000)
	if got := r.e.Target(); got < 1_100_000 {
		t.Errorf("20 s later %.0f", got)
	}
}

// TestBusyReceiver has a receiver whose computer has other things to do, on a line that carries twice what is sent: that is no reason to believe that it carries little.
func TestBusyReceiver(t *testing.T) {
	for _, busy := range []time.Duration{40 * ms1, 80 * ms1, 160 * ms1, 250 * ms1} {
		r := newRun(420_000)
		l := line{400_000, 150 * ms1, 200 * ms1, 0.02, 0, 0}
		r.play(t, 10*time.Second, l, 200_000)
		l.busy = busy
		least := r.e.Target()
		for range 60 {
			r.play(t, time.Second, l, 200_000)
			least = min(least, r.e.Target())
		}
		t.Logf("busy for %v: at least %.0f, in the end %.0f", busy, least, r.e.Target())
		if least < 200_000 {
			t.Errorf("busy for %v: %.0f", busy, least)
		}
	}
}

// TestNarrowWhileLittleIsSent lets a line become narrower than what is sent, which is a fraction of what it carried: a queue that stays is believed.
func TestNarrowWhileLittleIsSent(t *testing.T) {
	for _, queue := range []time.Duration{150 * ms1, 300 * ms1, 2 * time.Second} {
		r := newRun(1_500_000)
		l := line{3_000_000, 50 * ms1, queue, 0, 0, 0}
		r.play(t, 10*time.Second, l, 250_000)
		l.bits = 120_000
		r.play(t, 3*time.Second, l, 250_000)
		t.Logf("a queue of %v: %.0f after 3 s, %v waited at most", queue, r.e.Target(), r.worst)
		if r.e.Target() > 130_000 {
			t.Errorf("a queue of %v: %.0f after 3 s", queue, r.e.Target())
		}
	}
}

// TestSuddenlyNarrow lets a line carry a tenth of what is sent, so little that a single packet takes long: its queue is seen whenever that happens, empties soon,
// and what gets lost in it is not taken for what the line always loses.
func TestSuddenlyNarrow(t *testing.T) {
	for at := range 40 {
		r := newRun(1_200_000)
		r.size = 1200
		wide, narrow := line{5e6, 10 * ms1, 400 * ms1, 0, 0, 0}, line{130_000, 100 * ms1, 400 * ms1, 0, 0, 0}
		r.play(t, 5*time.Second+time.Duration(at)*15*ms1, wide, 1.1e6)
		r.play(t, 10*time.Second, narrow, 1.1e6)
		r.play(t, 10*time.Second, narrow, 1.1e6)
		if r.e.Target() > 160_000 || r.worst > 330*ms1 || r.dropped > 0 || r.e.loss.usual > 0.1 {
			t.Errorf("%d: %.0f, %v waited at most, %d dropped, %.2f usual", at, r.e.Target(), r.worst, r.dropped, r.e.loss.usual)
		}
		r.play(t, 20*time.Second, wide, 1.1e6)
		if r.e.Target() < 250_000 {
			t.Errorf("%d: wide again, %.0f", at, r.e.Target())
		}
	}
}

// TestQueueOfFewPackets lets packets come so rarely that there are stretches without one: the queue is that of the last ones, and a single late packet makes none.
func TestQueueOfFewPackets(t *testing.T) {
	for _, every := range []time.Duration{40 * ms1, 75 * ms1, 110 * ms1, 190 * ms1, 450 * ms1} {
		d, at := delays{}, 5*time.Second
		for range 30 {
			at += every
			d.add(20*ms1, at)
		}
		d.add(420*ms1, at+every)
		if every < 200*ms1 && d.queue() != 0 {
			t.Errorf("every %v: a late one makes a queue of %v", every, d.queue())
		}
		for late := time.Duration(0); late < 200*ms1; late += every {
			at += every
			d.add(420*ms1, at+every)
		}
		if d.queue() != 400*ms1 {
			t.Errorf("every %v: all are late for 200 ms, and that makes a queue of %v", every, d.queue())
		}
	}
}

// TestLossLearntWrongly begins with a line that is believed to lose a third anyway: what came through tells more than what it carries, until a queue that loses less teaches better.
func TestLossLearntWrongly(t *testing.T) {
	r := newRun(250_000)
	l := line{130_000, 100 * ms1, 400 * ms1, 0, 0, 0}
	r.e.loss.usual = 0.33
	r.play(t, 15*time.Second, l, 1e6)
	r.play(t, 10*time.Second, l, 1e6)
	if r.e.loss.usual > 0.1 || r.dropped > 0 || r.e.Target() > 160_000 {
		t.Errorf("%.2f usual, %d dropped, %.0f", r.e.loss.usual, r.dropped, r.e.Target())
	}
}

// TestOutage lets nothing through for a moment, shorter than what counts as silence: that is not the end of the line.
func TestOutage(t *testing.T) {
	for _, gone := range []time.Duration{400 * ms1, 700 * ms1, 950 * ms1} {
		r := newRun(400_000)
		l := line{3_000_000, 50 * ms1, 300 * ms1, 0.005, 0, 0}
		r.play(t, 10*time.Second, l, 250_000)
		before := r.e.Target()
		dead := l
		dead.loss = 1
		r.play(t, gone, dead, 250_000)
		r.play(t, time.Second, l, 250_000)
		if got := r.e.Target(); got < before*0.65 {
			t.Errorf("after %v without anything %.0f of %.0f", gone, got, before)
		}
	}
}

// TestNoFeedback has a receiver that numbers were agreed on with, and that never tells of them: nothing is concluded.
func TestNoFeedback(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	e := New(400_000, now)
	for i := range 1000 {
		e.Sent(uint16(i), 600, now.Add(time.Duration(i)*10*ms1))
		e.Tick(now.Add(time.Duration(i) * 10 * ms1))
	}
	if e.Heard() || e.Target() != 400_000 {
		t.Errorf("%v %.0f", e.Heard(), e.Target())
	}
}

func FuzzFeedback(f *testing.F) {
	f.Add([]byte{0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0, 1, 0, 0, 0, 0, 0x40, 0x01, 0xf9, 0x00}) // before the beginning of time
	f.Add([]byte{0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0, 2, 0, 0, 1, 0, 0x20, 0x02, 4, 4})
	f.Fuzz(func(t *testing.T, raw []byte) {
		now := time.Unix(1_800_000_000, 0)
		e := New(400_000, now)
		for i := range 100 {
			e.Sent(uint16(i), 1200, now.Add(time.Duration(i)*ms1))
		}
		for range 3 {
			e.Feedback(raw, 0, now.Add(200*ms1))
			e.Tick(now.Add(3 * time.Second))
		}
		if got := e.Target(); got < Min || got > Max {
			t.Fatalf("%.0f", got)
		}
	})
}

var _ = packet.Arrival{}

// TestNearLineIsFoundSoon begins with a guess on a line whose far end answers at once: what a meeting of twelve takes is allowed within seconds, and where the
// line ends before that, no queue grows that sound would stand in.
func TestNearLineIsFoundSoon(t *testing.T) {
	for _, c := range []struct {
		name  string
		line  line
		start float64
		after time.Duration
		want  float64
		worst time.Duration
	}{
		{"a wide one", line{50_000_000, ms1, 200 * ms1, 0, 0, 0}, 3_500_000, 3 * time.Second, 14_000_000, 30 * ms1},
		{"a wide one farther away", line{50_000_000, 40 * ms1, 200 * ms1, 0, 0, 0}, 1_200_000, 6 * time.Second, 10_000_000, 30 * ms1},
		{"a narrow one", line{2_000_000, 5 * ms1, 400 * ms1, 0, 0, 0}, 1_200_000, 5 * time.Second, 1_200_000, 130 * ms1},
		{"a narrow one farther away", line{2_000_000, 40 * ms1, 400 * ms1, 0, 0, 0}, 1_200_000, 5 * time.Second, 1_200_000, 140 * ms1},
	} {
		r := newRun(c.start)
		r.play(t, c.after, c.line, 18e6)
		t.Logf("%s: %.1f Mbit/s, worst queue %v, dropped %d", c.name, r.e.Target()/1e6, r.worst, r.dropped)
		if r.e.Target() < c.want || r.worst > c.worst {
			t.Errorf("%s: %.0f bit/s after %v, the queue grew to %v", c.name, r.e.Target(), c.after, r.worst)
		}
	}
}
