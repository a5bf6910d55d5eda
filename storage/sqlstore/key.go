package sqlstore

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"yilian"
)

// maxKey bounds every text that stands in an index, in bytes: PostgreSQL refuses index rows over about 2,700 bytes, and the widest
// index has five such columns.
const maxKey = 512

// checkKey refuses what cannot stand in an index of both engines.
func checkKey(what, s string) error {
	if s == "" {
		return yilian.Errorf(yilian.Invalid, "store.key", "The %s is empty.", what)
	}
	return checkText(what, s)
}

// checkText is checkKey for texts that may be empty.
func checkText(what, s string) error {
	switch {
	case len(s) > maxKey:
		return yilian.Errorf(yilian.Invalid, "store.key", "The %s is longer than %d bytes.", what, maxKey)
	case !utf8.ValidString(s):
		return yilian.Errorf(yilian.Invalid, "store.key", "The %s is not valid UTF-8.", what)
	case strings.ContainsFunc(s, unicode.IsControl):
		return yilian.Errorf(yilian.Invalid, "store.key", "The %s contains control characters.", what)
	}
	return nil
}

// checkProse refuses free text that PostgreSQL cannot keep.
func checkProse(what, s string) error {
	if !utf8.ValidString(s) || strings.Contains(s, "\x00") {
		return yilian.Errorf(yilian.Invalid, "store.text", "The %s is not valid text.", what)
	}
	return nil
}

// nanos gives the stored form of a moment; the zero time is 0.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// moment is the inverse of nanos.
func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// optional gives the stored form of bytes that may be missing.
func optional(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return b
}

// list writes n parameters starting with $from, separated by commas.
func list(from, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(from + i))
	}
	return b.String()
}

// pad repeats the last of some values until their number is a power of two, so that few different lists have to be prepared.
func pad(values []any) []any {
	for n := len(values); n&(n-1) != 0; n++ {
		values = append(values, values[len(values)-1])
	}
	return values
}
