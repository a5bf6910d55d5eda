package pixel

// Interleave is the order of samples in JPEG-LS (ISO 14495-1 C.2.3, ILV).
type Interleave int

// The orders. The zero value codes a line of each component in turn.
const (
	ByLine Interleave = iota
	BySample
	ByPlane
)

// The orders as they stand in a codestream.
const (
	ilvPlane  = 0
	ilvLine   = 1
	ilvSample = 2
)

const lsContexts = 365

// lsContext holds the counters of a context (A.2.1): sum of errors, magnitudes, occurrences, and the prediction's correction.
type lsContext struct{ a, b, c, n int }

// lsModel is what encoder and decoder of ISO 14495-1 have in common: the parameters and the counters of a scan.
type lsModel struct {
	lsParams
	contexts  [lsContexts]lsContext
	runs      [2]lsContext // c counts negative errors
	runIndex  [4]int       // by component of the scan
	quantised []int8       // of gradients from -t3 to t3
}

// lsScan is what a scan header says.
type lsScan struct{ first, n, mode, near int }

// begin sets the parameters of a scan and tabulates the quantisation of gradients (A.3.3).
func (m *lsModel) begin(p lsParams) {
	m.lsParams = p
	m.quantised = make([]int8, 2*p.t3+1)
	for i := range m.quantised {
		m.quantised[i] = m.quantise(i - p.t3)
	}
	m.reset()
}

// reset sets the counters as at the beginning of a scan, or of a restart interval (A.8 step 1).
func (m *lsModel) reset() {
	a := max(2, (m.rng+32)/64)
	for i := range m.contexts {
		m.contexts[i] = lsContext{a: a, n: 1}
	}
	m.runs = [2]lsContext{{a: a, n: 1}, {a: a, n: 1}}
	m.runIndex = [4]int{}
}

func (m *lsModel) quantise(g int) int8 {
	abs, sign := g, int8(1)
	if g < 0 {
		abs, sign = -g, -1
	}
	switch {
	case abs <= m.near:
		return 0
	case abs < m.t1:
		return sign
	case abs < m.t2:
		return 2 * sign
	case abs < m.t3:
		return 3 * sign
	}
	return 4 * sign
}

// context quantises the gradients and joins them (A.3.3, A.3.4); its sign is that of the context.
func (m *lsModel) context(a, b, c, d int) int {
	t, q := m.t3, m.quantised
	return 81*int(q[min(max(d-b, -t), t)+t]) + 9*int(q[min(max(b-c, -t), t)+t]) + int(q[min(max(c-a, -t), t)+t])
}

// predict is the median edge detector (A.4.1).
func (m *lsModel) predict(a, b, c int) int {
	low, high := min(a, b), max(a, b)
	return min(max(a+b-c, low), high)
}

// update keeps the counters of a context (A.6.1, A.6.2).
func (c *lsContext) update(e, near, reset int) {
	a, b, n := c.a+max(e, -e), c.b+e*(2*near+1), c.n
	if n == reset {
		a >>= 1
		b >>= 1
		n >>= 1
	}
	n++
	switch {
	case b <= -n:
		b = max(b+n, 1-n)
		c.c = max(c.c-1, -128)
	case b > 0:
		b = min(b-n, 0)
		c.c = min(c.c+1, 127)
	}
	c.a, c.b, c.n = a, b, n
}

// updateRun keeps the counters of a run interruption (A.7.2): m is the mapped error, kind 1 where the samples beside and above agree.
func (c *lsContext) updateRun(e, m, kind, reset int) {
	if e < 0 {
		c.c++
	}
	c.a += (m + 1 - kind) >> 1
	if c.n == reset {
		c.a >>= 1
		c.n >>= 1
		c.c >>= 1
	}
	c.n++
}

// runGolomb gives the Golomb parameter of a run interruption.
func (c *lsContext) runGolomb(kind int) uint {
	if kind == 1 {
		return golomb(c.n, c.a+c.n>>1)
	}
	return golomb(c.n, c.a)
}

// reconstruct adds an error to a prediction, undoing quantisation and the modulo (A.4.4, A.4.5).
func (m *lsModel) reconstruct(px, e int) int {
	step := 2*m.near + 1
	v := px + e*step
	switch {
	case v < -m.near:
		v += m.rng * step
	case v > m.maxVal+m.near:
		v -= m.rng * step
	}
	return min(max(v, 0), m.maxVal)
}

// lsRunOrder is J of A.2.1.
var lsRunOrder = [32]uint{0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15}

// lsLines are two lines of the components of a scan, by pixel, with a pixel more at both ends (A.2.1).
type lsLines struct {
	n, cols     int
	above, line []uint16
}

func newLSLines(n, cols int) *lsLines {
	buffer := make([]uint16, 2*n*(cols+2))
	return &lsLines{n, cols, buffer[:n*(cols+2)], buffer[n*(cols+2):]}
}

// advance makes the line that is done the one above, and sets the pixels at the ends.
func (l *lsLines) advance() {
	l.above, l.line = l.line, l.above
	n, end := l.n, l.n*(l.cols+1)
	copy(l.line[:n], l.above[n:2*n])
	copy(l.above[end:], l.above[end-n:end])
}

// clear stands at the beginning of a restart interval: above it is nothing.
func (l *lsLines) clear() {
	clear(l.above)
	clear(l.line)
}

// samples are those of the line, without the ends.
func (l *lsLines) samples() []uint16 { return l.line[l.n : l.n*(l.cols+1)] }
