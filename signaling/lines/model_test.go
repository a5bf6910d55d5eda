package lines

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const ms = time.Millisecond

func udp(size int) Packet { return Packet{Size: size, Protocol: ProtocolUDP, Src: 5000, Dst: 7882} }

func conditions(t *testing.T, text string) Conditions {
	t.Helper()
	c, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTimes(t *testing.T) {
	type step struct {
		now  time.Duration
		size int
		at   time.Duration
		fate Fate
	}
	for _, v := range []struct {
		name, conditions string
		steps            []step
	}{
		{"perfect", "", []step{{5 * ms, 1000, 5 * ms, Delivered}, {5 * ms, 1000, 5 * ms, Delivered}}},
		{"delay", "delay=150ms", []step{{0, 1000, 150 * ms, Delivered}, {20 * ms, 50, 170 * ms, Delivered}}},
		{"rate", "rate=1M", []step{
			{0, 1250, 10 * ms, Delivered},
			{0, 1250, 20 * ms, Delivered},
			{50 * ms, 1250, 60 * ms, Delivered}, // the line was idle: nothing was saved up
		}},
		{"rate and delay", "rate=1M delay=100ms", []step{{0, 1250, 110 * ms, Delivered}}},
		{"queue", "rate=1M queue=15ms", []step{
			{0, 1250, 10 * ms, Delivered},
			{0, 1250, 20 * ms, Delivered},
			{0, 1250, 0, Overflowed},
			{0, 100, 0, Overflowed},
			{5 * ms, 1250, 30 * ms, Delivered},
		}},
		{"all lost", "loss=100%", []step{{0, 100, 0, Lost}}},
		{"all overtaken", "delay=10ms reorder=100%/7ms", []step{{0, 100, 17 * ms, Delivered}}},
		{"walled", "udp=off", []step{{0, 100, 0, Walled}}},
	} {
		t.Run(v.name, func(t *testing.T) {
			m := NewModel(conditions(t, v.conditions), 1)
			for i, s := range v.steps {
				if at, fate := m.Take(s.now, udp(s.size)); at != s.at || fate != s.fate {
					t.Errorf("packet %d: %v %v, want %v %v", i, at, fate, s.at, s.fate)
				}
			}
		})
	}
}

func TestLossIsAsAsked(t *testing.T) {
	const n = 100_000
	for _, v := range []struct {
		conditions string
		want       float64
		bursts     float64 // mean length of runs of losses
	}{
		{"loss=5%", 0.05, 1 / 0.95},
		{"loss=30%", 0.3, 1 / 0.7},
		// Stationary share of the bad state: enter / (enter + leave).
		{"burst=1%/25%", 0.01 / 0.26, 4},
	} {
		m := NewModel(conditions(t, v.conditions), 7)
		lost, runs, before := 0, 0, false
		for range n {
			_, fate := m.Take(0, udp(100))
			if fate != Delivered {
				lost++
				if !before {
					runs++
				}
			}
			before = fate != Delivered
		}
		if got := float64(lost) / n; math.Abs(got-v.want) > 0.1*v.want {
			t.Errorf("%s: %.4f lost, want %.4f", v.conditions, got, v.want)
		}
		if got := float64(lost) / float64(runs); math.Abs(got-v.bursts) > 0.1*v.bursts {
			t.Errorf("%s: runs of %.2f, want %.2f", v.conditions, got, v.bursts)
		}
	}
}

func TestRateIsKept(t *testing.T) {
	m := NewModel(conditions(t, "rate=400k queue=200ms"), 1)
	through := 0
	for now := time.Duration(0); now < 10*time.Second; now += 5 * ms { // 1.92 Mbit/s offered
		if _, fate := m.Take(now, udp(1200)); fate == Delivered {
			through += 1200 * 8
		}
	}
	if got := float64(through) / 10; got < 395e3 || got > 412e3 { // with what is still in the queue
		t.Errorf("%.0f bit/s", got)
	}
}

func TestBlackOut(t *testing.T) {
	m := NewModel(Conditions{}, 1)
	m.Darken(10*time.Second, 20*time.Second)
	m.Darken(15*time.Second, 21*time.Second)
	for _, v := range []struct {
		at   time.Duration
		want Fate
	}{{9 * time.Second, Delivered}, {10 * time.Second, InTheDark}, {20 * time.Second, InTheDark}, {21 * time.Second, Delivered}} {
		if _, fate := m.Take(v.at, udp(100)); fate != v.want {
			t.Errorf("at %v: %v", v.at, fate)
		}
	}
	if got := m.Counts()["dark"]; got != 2 {
		t.Errorf("%d counted", got)
	}
}

func TestWalls(t *testing.T) {
	tcp := func(src, dst uint16) Packet { return Packet{Size: 60, Protocol: ProtocolTCP, Src: src, Dst: dst} }
	icmp := Packet{Size: 60, Protocol: ProtocolICMP}
	for _, v := range []struct {
		conditions string
		p          Packet
		through    bool
	}{
		{"", udp(100), true},
		{"udp=off", udp(100), false},
		{"udp=off", tcp(5000, 7882), true},
		{"udp=off", icmp, true},
		{"only=443", tcp(5000, 443), true},
		{"only=443", tcp(443, 5000), true},
		{"only=443", tcp(5000, 7882), false},
		{"only=443", Packet{Size: 100, Protocol: ProtocolUDP, Src: 5000, Dst: 443}, false},
		{"only=443", icmp, false},
	} {
		if _, fate := NewModel(conditions(t, v.conditions), 1).Take(0, v.p); (fate == Delivered) != v.through {
			t.Errorf("%q: %+v %v", v.conditions, v.p, fate)
		}
	}
}

func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Conditions{
			Delay:  time.Duration(rapid.IntRange(0, 300).Draw(t, "delay")) * ms,
			Jitter: time.Duration(rapid.IntRange(0, 50).Draw(t, "jitter")) * ms,
			Loss:   rapid.Float64Range(0, 0.5).Draw(t, "loss"),
			Rate:   rapid.SampledFrom([]int{0, 400e3, 2e6}).Draw(t, "rate"),
			Burst:  Burst{Enter: rapid.Float64Range(0, 0.1).Draw(t, "enter"), Leave: 0.3},
		}
		seed := rapid.Uint64().Draw(t, "seed")
		gaps := rapid.SliceOfN(rapid.IntRange(0, 30), 1, 200).Draw(t, "gaps")
		one, two := NewModel(c, seed), NewModel(c, seed)
		now, last := time.Duration(0), time.Duration(0)
		for _, gap := range gaps {
			now += time.Duration(gap) * ms
			at, fate := one.Take(now, udp(1000))
			if again, other := two.Take(now, udp(1000)); again != at || other != fate {
				t.Fatalf("the same seed: %v %v and %v %v", at, fate, again, other)
			}
			if fate != Delivered {
				continue
			}
			if at < last {
				t.Fatalf("overtaken without reordering: %v after %v", at, last)
			}
			bound := now + c.Delay + c.Jitter
			if c.Rate != 0 {
				bound += defaultQueue + time.Duration(8000*1e9/c.Rate)
			}
			if at < now+c.Delay || at > max(bound, last) {
				t.Fatalf("sent at %v, out at %v, want %v to %v", now, at, now+c.Delay, bound)
			}
			last = at
		}
	})
}

func TestParse(t *testing.T) {
	got := conditions(t, "rate=2M delay=150ms jitter=10ms loss=5% burst=1%/20% queue=100ms reorder=2%/30ms udp=off only=443")
	want := Conditions{
		Delay: 150 * ms, Jitter: 10 * ms, Loss: 0.05, Burst: Burst{Enter: 0.01, Leave: 0.2}, Rate: 2e6, Queue: 100 * ms,
		Reorder: 0.02, ReorderBy: 30 * ms, NoUDP: true, OnlyTCP: 443,
	}
	if got != want {
		t.Errorf("%+v", got)
	}
	for _, bad := range []string{"speed=1", "loss=101%", "loss=x", "rate=-1", "delay=1", "delay=-1s", "udp=maybe", "only=70000", "burst=1%", "loss=NaN", "rate=NaN"} {
		if _, err := Parse(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("rate=2M delay=150ms loss=5%")
	f.Add("burst=1%/20% reorder=2%/30ms udp=off only=443")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse(text)
		if err != nil {
			return
		}
		m := NewModel(c, 1)
		if at, fate := m.Take(time.Second, udp(1200)); fate == Delivered && at < time.Second {
			t.Errorf("out at %v, before it was sent", at)
		}
	})
}
