package dicom

import (
	"slices"
	"unicode/utf8"
)

const (
	maxSamples     = 64
	maxSampleBytes = 4096
)

// sample keeps text beyond ASCII for the guess; b must stay unchanged until then.
func (c *charset) sample(b []byte) {
	if c.sampled >= maxSampleBytes || len(c.samples) >= maxSamples || isASCII(b) {
		return
	}
	b = b[:min(len(b), maxSampleBytes)]
	c.samples = append(c.samples, b)
	c.sampled += len(b)
}

// settle decides whether the sampled bytes belie the declaration. It is careful: a declaration stands unless the bytes cannot be
// what it says, or, under a single-byte set that any bytes fit, unless they are plainly UTF-8 or plainly Chinese.
//
// known is what the sender is known to write where it declares nothing or something wrong, "" if nothing is known.
func (c *charset) settle(known string) {
	samples := c.samples
	c.samples = nil
	if len(samples) == 0 {
		return
	}
	if known != "" && c.doubtful(samples) && newCharset([]string{known}).fits(samples) {
		c.assume(known)
		return
	}
	all := func(f func([]byte) bool) bool {
		return !slices.ContainsFunc(samples, func(b []byte) bool { return !f(b) })
	}
	switch {
	case c.form == formUTF8:
		if !all(validUTF8) && all(validGB) {
			c.assume("GB18030")
		}
	case c.form == formGB18030:
		if !all(validGB) && all(validUTF8) {
			c.assume("ISO_IR 192")
		}
	case slices.ContainsFunc(samples, hasEscape):
	case c.sets[0].number == "13" || c.sets[0].double:
	case all(validUTF8):
		c.assume("ISO_IR 192")
	case c.sets[0] == setASCII && all(validGB) && chinese(samples, 0.5):
		c.assume("GB18030")
	case c.sets[0] == setASCII && len(c.sets) == 1:
		c.assume("ISO_IR 100")
	case c.sets[0].number == "100" && all(validGB) && chinese(samples, 0.7):
		c.assume("GB18030")
	}
}

// doubtful: the declaration says nothing about the bytes, is one that any bytes fit, or does not fit them.
func (c *charset) doubtful(samples [][]byte) bool {
	if c.form == formISO2022 {
		return (c.sets[0] == setASCII || c.sets[0].number == "100") && !slices.ContainsFunc(samples, hasEscape)
	}
	return !c.fits(samples)
}

// fits tells whether the bytes can be what the declaration says.
func (c *charset) fits(samples [][]byte) bool {
	valid := func([]byte) bool { return true }
	switch c.form {
	case formUTF8:
		valid = validUTF8
	case formGB18030:
		valid = validGB
	}
	return !slices.ContainsFunc(samples, func(b []byte) bool { return !valid(b) })
}

func (c *charset) assume(term string) {
	n := newCharset([]string{term})
	c.guess, c.form, c.sets = term, n.form, n.sets
}

func hasEscape(b []byte) bool { return slices.Contains(b, escape) }

// validUTF8 accepts a sample that was cut in the middle of its last character.
func validUTF8(b []byte) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			return !utf8.FullRune(b)
		}
		b = b[n:]
	}
	return true
}

func validGB(b []byte) bool {
	for len(b) > 0 {
		n := gbLength(b)
		if n == 0 {
			return false
		}
		b = b[n:]
	}
	return true
}

// chinese tells whether at least the given share of the characters beyond ASCII are among the hanzi and the punctuation of
// GB 2312, whose both bytes are above 0xA0: in Latin-1 text two accented letters seldom stand side by side, and never in pairs only.
func chinese(samples [][]byte, share float64) bool {
	var hanzi, beyond int
	for _, b := range samples {
		for len(b) > 0 {
			n := gbLength(b)
			if n == 0 {
				break
			}
			if n >= 2 {
				beyond++
				if n == 2 && b[1] >= 0xA1 && (b[0] >= 0xB0 && b[0] <= 0xF7 || b[0] >= 0xA1 && b[0] <= 0xA3) {
					hanzi++
				}
			}
			b = b[n:]
		}
	}
	return beyond > 0 && float64(hanzi) >= share*float64(beyond)
}
