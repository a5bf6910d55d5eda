package pixel

import "math/bits"

// lsParams are the preset coding parameters of a scan (ISO 14495-1 C.2.4.1.1) and what follows from them.
type lsParams struct {
	maxVal, t1, t2, t3, resetAt int
	near                        int
	rng, qbpp, limit            int
}

// derive fills in the defaults and the dependent values (A.2.1, C.2.4.1.1.1).
func (p *lsParams) derive(precision int) error {
	if p.maxVal == 0 {
		p.maxVal = 1<<precision - 1
	}
	if p.maxVal >= 1<<precision || p.near > min(255, p.maxVal/2) {
		return invalid("JPEG-LS of %d bits with a largest value of %d and a deviation of %d", precision, p.maxVal, p.near)
	}
	p.thresholds()
	if p.resetAt == 0 {
		p.resetAt = 64
	}
	if p.t1 <= p.near || p.t2 < p.t1 || p.t3 < p.t2 || p.t3 > p.maxVal || p.resetAt < 3 {
		return invalid("JPEG-LS thresholds %d, %d, %d and reset %d", p.t1, p.t2, p.t3, p.resetAt)
	}
	p.rng = p.maxVal + 1
	if p.near > 0 {
		p.rng = (p.maxVal+2*p.near)/(2*p.near+1) + 1
	}
	p.qbpp = bits.Len(uint(p.rng - 1))
	bpp := max(2, bits.Len(uint(p.maxVal)))
	p.limit = 2 * (bpp + max(8, bpp))
	return nil
}

// thresholds gives the defaults to those that are 0.
func (p *lsParams) thresholds() {
	limit := func(i, low int) int {
		if i > p.maxVal || i < low {
			return low
		}
		return i
	}
	var d1, d2, d3 int
	if p.maxVal >= 128 {
		f := (min(p.maxVal, 4095) + 128) / 256
		d1, d2, d3 = f*(3-2)+2, f*(7-3)+3, f*(21-4)+4
	} else {
		f := 256 / (p.maxVal + 1)
		d1, d2, d3 = max(2, 3/f), max(3, 7/f), max(4, 21/f)
	}
	if p.t1 == 0 {
		p.t1 = limit(d1+3*p.near, p.near+1)
	}
	if p.t2 == 0 {
		p.t2 = limit(d2+5*p.near, p.t1)
	}
	if p.t3 == 0 {
		p.t3 = limit(d3+7*p.near, p.t2)
	}
}

// golomb gives the Golomb parameter k of A.5.1: the least for which n<<k is not below a.
func golomb(n, a int) uint {
	k := bits.Len(uint(a)) - bits.Len(uint(n))
	if k < 0 {
		return 0
	}
	if n<<k < a {
		k++
	}
	return uint(k)
}
