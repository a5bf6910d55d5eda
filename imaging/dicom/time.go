package dicom

import (
	"strconv"
	"strings"
	"time"
)

// Date reads a DA element as midnight UTC. The forms of older editions, 2026.11.21, and of careless devices, 2026-11-21, are
// read too; false when there is no valid date.
func (d *Dataset) Date(t Tag) (time.Time, bool) { return ParseDate(d.String(t)) }

// ParseDate reads a DA value, see Dataset.Date.
func ParseDate(s string) (time.Time, bool) {
	s = strings.NewReplacer(".", "", "-", "", "/", "").Replace(s)
	v, err := time.Parse("20060102", s)
	return v, err == nil
}

// TimeOfDay reads a TM element as the time since midnight. Missing parts are zero.
func (d *Dataset) TimeOfDay(t Tag) (time.Duration, bool) { return ParseTimeOfDay(d.String(t)) }

// ParseTimeOfDay reads a TM value: HH, HHMM, HHMMSS or HHMMSS.FFFFFF, with colons in the older form.
func ParseTimeOfDay(s string) (time.Duration, bool) {
	s = strings.ReplaceAll(s, ":", "")
	whole, fraction, _ := strings.Cut(s, ".")
	if len(whole) < 2 || len(whole) > 6 || len(whole)%2 != 0 {
		return 0, false
	}
	var parts [3]int
	for i := 0; i < len(whole); i += 2 {
		v, err := strconv.ParseUint(whole[i:i+2], 10, 8)
		if err != nil {
			return 0, false
		}
		parts[i/2] = int(v)
	}
	if parts[0] > 23 || parts[1] > 59 || parts[2] > 60 { // 60 is a leap second
		return 0, false
	}
	out := time.Duration(parts[0])*time.Hour + time.Duration(parts[1])*time.Minute + time.Duration(parts[2])*time.Second
	if fraction != "" {
		v, err := strconv.ParseFloat("0."+fraction, 64)
		if err != nil || len(fraction) > 6 {
			return 0, false
		}
		out += time.Duration(v * float64(time.Second)).Round(time.Microsecond)
	}
	return out, true
}

// Time joins a DA and a TM element in the given zone; Timezone Offset From UTC (0008,0201) of the data set goes before it.
func (d *Dataset) Time(date, clock Tag, zone *time.Location) (time.Time, bool) {
	day, ok := d.Date(date)
	if !ok {
		return time.Time{}, false
	}
	if z, ok := parseZone(d.String(TimezoneOffsetFromUTC)); ok {
		zone = z
	}
	since, _ := d.TimeOfDay(clock)
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone).Add(since), true
}

// DateTime reads a DT element; a value without a zone is taken in the given one.
func (d *Dataset) DateTime(t Tag, zone *time.Location) (time.Time, bool) {
	return parseDateTime(d.String(t), zone)
}

func parseDateTime(s string, zone *time.Location) (time.Time, bool) {
	if i := strings.LastIndexAny(s, "+-"); i > 0 {
		z, ok := parseZone(s[i:])
		if !ok {
			return time.Time{}, false
		}
		zone, s = z, s[:i]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	const layout = "20060102150405"
	if len(whole) < 4 || len(whole) > len(layout) || len(whole)%2 != 0 {
		return time.Time{}, false
	}
	v, err := time.ParseInLocation(layout[:len(whole)], whole, zone)
	if err != nil {
		return time.Time{}, false
	}
	if fraction != "" {
		f, err := strconv.ParseFloat("0."+fraction, 64)
		if err != nil {
			return time.Time{}, false
		}
		v = v.Add(time.Duration(f * float64(time.Second)).Round(time.Microsecond))
	}
	return v, true
}

func parseZone(s string) (*time.Location, bool) {
	if len(s) != 5 || s[0] != '+' && s[0] != '-' {
		return nil, false
	}
	v, err := strconv.ParseUint(s[1:], 10, 16)
	if err != nil || v/100 > 14 || v%100 > 59 {
		return nil, false
	}
	seconds := int(v/100)*3600 + int(v%100)*60
	if s[0] == '-' {
		seconds = -seconds
	}
	return time.FixedZone(s, seconds), true
}
