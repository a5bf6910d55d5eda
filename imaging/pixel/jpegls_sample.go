package pixel

import "math/bits"

// regular decodes one sample in its context (A.4, A.5, A.6).
func (d *lsDecoder) regular(q, a, b, c int) int {
	sign := 1
	if q < 0 {
		q, sign = -q, -1
	}
	ctx := &d.contexts[q]
	px := a + b - c
	switch {
	case c >= max(a, b):
		px = min(a, b)
	case c <= min(a, b):
		px = max(a, b)
	}
	px = min(max(px+sign*ctx.c, 0), d.maxVal)
	k := golomb(ctx.n, ctx.a)
	m := d.golombValue(k, d.limit)
	e := m >> 1
	if m&1 != 0 {
		e = -e - 1
	}
	if d.near == 0 && k == 0 && 2*ctx.b <= -ctx.n {
		e = -e - 1 // A.5.2: the map is turned over
	}
	ctx.update(e, d.near, d.reset)
	return d.reconstruct(px, sign*e)
}

// golomb gives the Golomb parameter k of A.5.1.
func golomb(n, a int) uint {
	k := uint(0)
	for n<<k < a && k < 24 {
		k++
	}
	return k
}

// golombValue reads a limited-length Golomb code (A.5.3).
func (d *lsDecoder) golombValue(k uint, limit int) int {
	escape := limit - d.qbpp - 1
	zeros := 0
	for zeros < escape {
		v := d.r.peek(24)
		if v != 0 {
			z := bits.LeadingZeros32(v << 8)
			if zeros+z >= escape {
				break
			}
			zeros += z
			d.r.skip(uint(z) + 1)
			if k == 0 {
				return zeros
			}
			return zeros<<k | int(d.r.read(k))
		}
		n := min(24, escape-zeros)
		zeros += n
		d.r.skip(uint(n))
		if d.r.overrun() {
			return 0
		}
	}
	return d.escaped(escape - zeros)
}

// escaped reads the rest of the zeros, the one, and the value as it is.
func (d *lsDecoder) escaped(zeros int) int {
	d.r.read(uint(zeros))
	d.r.read(1)
	return int(d.r.read(uint(d.qbpp))) + 1
}

// update keeps the counters of a context (A.6.1, A.6.2).
func (c *lsContext) update(e, near, reset int) {
	c.b += e * (2*near + 1)
	c.a += max(e, -e)
	if c.n == reset {
		c.a >>= 1
		c.b >>= 1
		c.n >>= 1
	}
	c.n++
	switch {
	case c.b <= -c.n:
		c.b = max(c.b+c.n, 1-c.n)
		c.c = max(c.c-1, -128)
	case c.b > 0:
		c.b = min(c.b-c.n, 0)
		c.c = min(c.c+1, 127)
	}
}

// reconstruct adds the error, undoing quantisation and the modulo (A.4.4, A.4.5).
func (d *lsDecoder) reconstruct(px, e int) int {
	step := 2*d.near + 1
	v := px + e*step
	switch {
	case v < -d.near:
		v += d.rng * step
	case v > d.maxVal+d.near:
		v -= d.rng * step
	}
	return min(max(v, 0), d.maxVal)
}

// lsRunOrder is J of A.2.1.
var lsRunOrder = [32]uint{0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15}

// run reads the length of a run (A.7.1); more tells that a sample which ends it follows before the end of the line.
func (d *lsDecoder) run(component, left int) (n int, more bool) {
	index := &d.runIndex[component]
	for d.r.read(1) == 1 {
		step := 1 << lsRunOrder[*index]
		if step <= left-n {
			n += step
			*index = min(*index+1, 31)
		} else {
			n = left
		}
		if n == left {
			return n, false
		}
	}
	n += int(d.r.read(lsRunOrder[*index]))
	if n >= left { // only damaged data say so
		return left, false
	}
	return n, true
}

func (d *lsDecoder) interruption(component, a, b int) int {
	kind := 0
	if diff := a - b; max(diff, -diff) <= d.near {
		kind = 1
	}
	return d.interruptionOf(component, kind, a, b)
}

// interruptionOf decodes the sample that ends a run (A.7.2).
func (d *lsDecoder) interruptionOf(component, kind, a, b int) int {
	ctx := &d.runs[kind]
	t := ctx.a
	if kind == 1 {
		t += ctx.n >> 1
	}
	k := golomb(ctx.n, t)
	m := d.golombValue(k, d.limit-int(lsRunOrder[d.runIndex[component]])-1)
	v := m + kind
	odd := v&1 != 0
	e := (v + 1) >> 1
	if (k != 0 || 2*ctx.c >= ctx.n) == odd {
		e = -e
	}
	if e < 0 {
		ctx.c++
	}
	ctx.a += (m + 1 - kind) >> 1
	if ctx.n == d.reset {
		ctx.a >>= 1
		ctx.n >>= 1
		ctx.c >>= 1
	}
	ctx.n++
	switch {
	case kind == 1:
		return d.reconstruct(a, e)
	case a > b:
		return d.reconstruct(b, -e)
	}
	return d.reconstruct(b, e)
}
