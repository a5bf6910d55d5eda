package bwe

import "time"

// rate measures what came through, over the receiver's clock, in buckets.
type rate struct {
	bucket [rateBuckets]struct {
		slot  int64
		bytes int
	}
	first time.Duration
	begun bool
}

const (
	rateBuckets = 10
	rateBucket  = rateWindow / rateBuckets
	peakBuckets = 4
	peakBytes   = 6000 // of a few packets nothing can be said
)

func (r *rate) add(at time.Duration, bytes int) {
	if at < 0 {
		return
	}
	if !r.begun {
		r.first, r.begun = at, true
	}
	slot := int64(at / rateBucket)
	b := &r.bucket[slot%rateBuckets]
	if b.slot != slot {
		b.slot, b.bytes = slot, 0
	}
	b.bytes += bytes
}

// bits gives bits/s over the window that ends at a time, 0 as long as there is too little to judge by.
func (r *rate) bits(at time.Duration) float64 {
	if !r.begun || at-r.first < rateWindow/2 {
		return 0
	}
	last := int64(at / rateBucket)
	total := 0
	for _, b := range r.bucket {
		if last-b.slot < rateBuckets {
			total += b.bytes
		}
	}
	over := min(rateWindow-rateBucket+at%rateBucket, at-r.first)
	return float64(total) * 8 / over.Seconds()
}

// peak gives bits/s over the best stretch of the window: where a queue has just begun to stand, that is what the line carries, while the window still has some of
// the time before, when less was sent.
func (r *rate) peak(at time.Duration) float64 {
	last, most := int64(at/rateBucket), 0
	for end := last - rateBuckets + peakBuckets; end < last; end++ { // the last one is not over
		total := 0
		for slot := max(end-peakBuckets+1, 0); slot <= end; slot++ {
			if b := r.bucket[slot%rateBuckets]; b.slot == slot {
				total += b.bytes
			}
		}
		most = max(most, total)
	}
	if most < peakBytes {
		return 0
	}
	return float64(most) * 8 / (peakBuckets * rateBucket).Seconds()
}

// delays keeps the one-way delay of the empty line and of late: their difference is the queue.
type delays struct {
	base, next time.Duration // smallest of this period and the one before; on two clocks with any offset
	turned     time.Duration
	recent     [8]time.Duration // smallest of the last stretches of 50 ms
	stretch    int64
	begun      bool
}

func (d *delays) add(delay, at time.Duration) {
	stretch := int64(at / (50 * time.Millisecond))
	if !d.begun {
		d.begun, d.base, d.next, d.turned, d.stretch = true, delay, delay, at, stretch
		for i := range d.recent {
			d.recent[i] = delay
		}
		return
	}
	if at-d.turned > baseForget { // clocks drift, routes change
		d.base, d.next, d.turned = d.next, delay, at
	}
	d.base, d.next = min(d.base, delay), min(d.next, delay)
	const n = int64(len(d.recent))
	if stretch <= d.stretch {
		if stretch > d.stretch-n {
			d.recent[stretch%n] = min(d.recent[stretch%n], delay)
		}
		return
	}
	between := min(d.recent[d.stretch%n], delay) // where nothing came; what the ring has there is long ago
	for s := max(d.stretch+1, stretch-n+1); s < stretch; s++ {
		d.recent[s%n] = between
	}
	d.recent[stretch%n] = delay
	d.stretch = stretch
}

// queue is the smallest delay of the last stretches above that of the empty line: what a single late packet adds does not count.
func (d *delays) queue() time.Duration {
	if !d.begun {
		return 0
	}
	smallest := d.recent[0]
	for i := int64(0); i < 4; i++ {
		j := (d.stretch - i) % int64(len(d.recent))
		if j < 0 {
			j += int64(len(d.recent))
		}
		if i == 0 || d.recent[j] < smallest {
			smallest = d.recent[j]
		}
	}
	return smallest - d.base
}

// losses tells the loss that our own sending makes from the loss that a line has anyway.
type losses struct {
	began          time.Duration
	received, lost int
	last           float64
	usual          float64 // of the line when its queue is empty
}

func (l *losses) add(received bool, now time.Duration) {
	if l.received+l.lost == 0 {
		l.began = now
	}
	if received {
		l.received++
	} else {
		l.lost++
	}
}

// excess gives the share that is lost beyond what is usual, once for every stretch that has enough packets; 0 in between.
func (l *losses) excess(now, queue time.Duration) float64 {
	n := l.received + l.lost
	if n < lossPackets || now-l.began < lossWindow {
		return 0
	}
	l.last = float64(l.lost) / float64(n)
	over := float64(l.lost-1)/float64(n) - l.limit() // one of a few is no share
	l.received, l.lost = 0, 0
	if queue < standing/4 || l.last < l.usual { // loss without a queue is the line's own, or a policer's; with one the line's own is no more than it
		l.usual += (l.last - l.usual) * 0.4
	}
	if queue < standing/4 {
		if l.last < 0.5 {
			over -= 0.15
		}
	}
	return max(over, 0)
}

// limit is the loss that is no sign of a full line.
func (l *losses) limit() float64 { return max(highLoss, 1.5*l.usual+0.04) }
