package main

import (
	"testing"
	"time"
)

func TestStudyTime(t *testing.T) {
	for _, c := range []struct{ date, clock, want string }{
		{"20261121", "221210.123", "2026-11-21 22:12:10"},
		{"20261121", "2212", "2026-11-21 22:12:00"},
		{"20261121", "", "2026-11-21 00:00:00"},
		{"20261121", "nonsense", "2026-11-21 00:00:00"},
		{"", "221210", "0001-01-01 00:00:00"},
		{"2026", "", "0001-01-01 00:00:00"},
	} {
		if got := studyTime(c.date, c.clock).Format(time.DateTime); got != c.want {
			t.Errorf("%q %q: %s, want %s", c.date, c.clock, got, c.want)
		}
	}
}
