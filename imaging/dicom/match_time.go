package dicom

import (
	"slices"
	"strings"
	"time"
)

// interval is a span of time, both ends included. A zero end is open.
type interval struct{ from, to time.Time }

func (i interval) has(t time.Time) bool {
	return (i.from.IsZero() || !t.Before(i.from)) && (i.to.IsZero() || !t.After(i.to))
}

// inRange matches a DA, TM or DT: single value and range matching (PS3.4 C.2.2.2.1, C.2.2.2.5). A bound covers all that its
// precision leaves open: 10 to 12 is 10:00:00 to 12:59:59.999999.
func (m Matcher) inRange(vr VR, key, v string) bool {
	wanted, ok := m.keyInterval(vr, key)
	is, ok2 := m.moment(vr, v)
	if !ok || !ok2 {
		return key == v
	}
	return wanted.has(is.from)
}

// keyInterval reads a key: one value, or A-B, A-, -B.
func (m Matcher) keyInterval(vr VR, key string) (interval, bool) {
	i := dash(vr, key)
	if i < 0 {
		return m.moment(vr, key)
	}
	var out interval
	from, to := strings.TrimSpace(key[:i]), strings.TrimSpace(key[i+1:])
	if from != "" {
		v, ok := m.moment(vr, from)
		if !ok {
			return out, false
		}
		out.from = v.from
	}
	if to != "" {
		v, ok := m.moment(vr, to)
		if !ok {
			return out, false
		}
		out.to = v.to
	}
	return out, from != "" || to != ""
}

// dash finds the hyphen of a range. In a DT a hyphen and four digits that may be a zone are one, unless that leaves no valid range.
func dash(vr VR, key string) int {
	if vr == DA && len(key) == len("2026-11-21") && strings.Count(key, "-") == 2 {
		return -1
	}
	if vr != DT {
		return strings.IndexByte(key, '-')
	}
	for i := range len(key) {
		if key[i] != '-' {
			continue
		}
		zone := i > 0 && len(key) >= i+5 && (len(key) == i+5 || key[i+5] == '-')
		if zone {
			_, zone = parseZone(key[i : i+5])
		}
		if !zone {
			return i
		}
	}
	return -1
}

// moment reads a value as the interval that its precision leaves open.
func (m Matcher) moment(vr VR, s string) (interval, bool) {
	switch vr {
	case DA:
		day, ok := ParseDate(s)
		return interval{day, day.AddDate(0, 0, 1).Add(-time.Microsecond)}, ok
	case TM:
		since, ok := ParseTimeOfDay(s)
		from := time.Time{}.AddDate(1, 0, 0).Add(since) // not zero, which is open
		return interval{from, from.Add(precision(strings.ReplaceAll(s, ":", "")))}, ok
	}
	zone := m.Zone
	if zone == nil {
		zone = time.UTC
	}
	from, ok := parseDateTime(s, zone)
	if !ok {
		return interval{}, false
	}
	if i := strings.LastIndexAny(s, "+-"); i > 0 {
		s = s[:i]
	}
	to := from
	switch len(s) {
	case 4:
		to = from.AddDate(1, 0, 0)
	case 6:
		to = from.AddDate(0, 1, 0)
	case 8:
		to = from.AddDate(0, 0, 1)
	default:
		return interval{from, from.Add(precision(s[8:]))}, true
	}
	return interval{from, to.Add(-time.Microsecond)}, true
}

// precision gives the time that a TM leaves open.
func precision(s string) time.Duration {
	switch {
	case len(s) == 2:
		return time.Hour - time.Microsecond
	case len(s) == 4:
		return time.Minute - time.Microsecond
	case len(s) == 6:
		return time.Second - time.Microsecond
	}
	return 0
}

// pair is a date and the time beside it.
type pair struct{ date, time Tag }

// pairs of attributes that queries ask for together.
var pairs = []pair{
	{0x00080012, 0x00080013}, // Instance Creation
	{StudyDate, StudyTime},
	{SeriesDate, SeriesTime},
	{AcquisitionDate, AcquisitionTime},
	{ContentDate, ContentTime},
	{PatientBirthDate, 0x00100032},
	{0x00400002, 0x00400003}, // Scheduled Procedure Step Start
	{0x00400004, 0x00400005}, // Scheduled Procedure Step End
	{0x00400244, 0x00400245}, // Performed Procedure Step Start
	{0x00400250, 0x00400251}, // Performed Procedure Step End
	{0x00402004, 0x00402005}, // Issue of Imaging Service Request
}

// spans gives the pairs that the identifier has ranges of, for both.
func (m Matcher) spans(identifier *Dataset) []pair {
	if !m.Combined {
		return nil
	}
	var out []pair
	for _, p := range pairs {
		if slices.Contains([]bool{isRange(identifier.String(p.date)), isRange(identifier.String(p.time))}, false) {
			continue
		}
		out = append(out, p)
	}
	return out
}

func isRange(s string) bool { return strings.Contains(s, "-") && len(s) > 1 }

// span matches the date and time of an item with the span from the earlier bounds to the later ones.
func (m Matcher) span(identifier, item *Dataset, p pair) bool {
	dates, ok := m.keyInterval(DA, identifier.String(p.date))
	times, ok2 := m.keyInterval(TM, identifier.String(p.time))
	day, ok3 := item.Date(p.date)
	if !ok || !ok2 {
		return false
	}
	if !ok3 {
		return m.Unknown && item.Has(p.date) && item.String(p.date) == ""
	}
	midnight := time.Time{}.AddDate(1, 0, 0)
	var wanted interval
	if !dates.from.IsZero() {
		wanted.from = dates.from
		if !times.from.IsZero() {
			wanted.from = wanted.from.Add(times.from.Sub(midnight))
		}
	}
	if !dates.to.IsZero() {
		wanted.to = dates.to
		if !times.to.IsZero() {
			wanted.to = dates.to.AddDate(0, 0, -1).Add(times.to.Sub(midnight) + time.Microsecond)
		}
	}
	since, _ := item.TimeOfDay(p.time)
	return wanted.has(day.Add(since))
}
