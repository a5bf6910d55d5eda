package lines

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Conditions are those of one direction of a line. The zero value is a perfect one.
type Conditions struct {
	Delay  time.Duration // one way
	Jitter time.Duration // up to so much more, evenly spread; the order is kept
	Loss   float64       // share of packets lost at random, 0…1
	Burst  Burst         // losses that come together, besides Loss

	Rate  int           // bit/s of IP packets; 0: no bound
	Queue time.Duration // the longest wait in front of Rate, what would wait longer is dropped; 200 ms if zero

	Reorder   float64       // share of packets that are overtaken
	ReorderBy time.Duration // how much later these are; 20 ms if zero

	NoUDP   bool
	OnlyTCP uint16 // nothing comes through but TCP from or to this port; 0: no such wall
}

// Burst is the Gilbert–Elliott model: a line that changes between a good and a bad state with every packet.
type Burst struct {
	Enter float64 // probability of good → bad
	Leave float64 // probability of bad → good: bursts are 1/Leave packets long on average
	Lost  float64 // share lost while bad; 1 if zero
}

const (
	defaultQueue   = 200 * time.Millisecond
	defaultReorder = 20 * time.Millisecond
)

// Parse reads conditions as a person writes them: "rate=2M delay=150ms jitter=10ms loss=5% burst=1%/20% queue=200ms reorder=2%/30ms
// udp=off only=443". Each may be absent; "" and "clear" are a perfect line. burst is enter/leave.
func Parse(text string) (Conditions, error) {
	var c Conditions
	for _, word := range strings.Fields(text) {
		if word == "clear" {
			continue
		}
		key, value, _ := strings.Cut(word, "=")
		set, known := conditionKeys[key]
		if !known {
			return c, fmt.Errorf("line conditions: %q is none of delay, jitter, loss, burst, rate, queue, reorder, udp, only", key)
		}
		if err := set(&c, value); err != nil {
			return c, fmt.Errorf("line conditions: %s: %w", key, err)
		}
	}
	return c, nil
}

var conditionKeys = map[string]func(*Conditions, string) error{
	"delay":  func(c *Conditions, v string) (err error) { c.Delay, err = span(v); return err },
	"jitter": func(c *Conditions, v string) (err error) { c.Jitter, err = span(v); return err },
	"queue":  func(c *Conditions, v string) (err error) { c.Queue, err = span(v); return err },
	"loss":   func(c *Conditions, v string) (err error) { c.Loss, err = share(v); return err },
	"rate":   func(c *Conditions, v string) (err error) { c.Rate, err = rate(v); return err },
	"burst": func(c *Conditions, v string) (err error) {
		enter, leave, _ := strings.Cut(v, "/")
		if c.Burst.Enter, err = share(enter); err != nil {
			return err
		}
		c.Burst.Leave, err = share(leave)
		return err
	},
	"reorder": func(c *Conditions, v string) (err error) {
		part, by, timed := strings.Cut(v, "/")
		if timed {
			if c.ReorderBy, err = span(by); err != nil {
				return err
			}
		}
		c.Reorder, err = share(part)
		return err
	},
	"udp": func(c *Conditions, v string) error {
		if v != "off" && v != "on" {
			return errors.New("on or off")
		}
		c.NoUDP = v == "off"
		return nil
	},
	"only": func(c *Conditions, v string) error {
		port, err := strconv.ParseUint(v, 10, 16)
		c.OnlyTCP = uint16(port)
		return err
	},
}

func span(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err == nil && (d < 0 || d > time.Minute) {
		err = errors.New("0 to 1 minute")
	}
	return d, err
}

// share reads "5%" and "0.05".
func share(text string) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(number, 64)
	if percent {
		v /= 100
	}
	if err == nil && !(v >= 0 && v <= 1) {
		err = errors.New("0 to 100 %")
	}
	return v, err
}

// rate reads bit/s: "400k", "2M", "1.5M".
func rate(text string) (int, error) {
	unit := 1.0
	if number, ok := strings.CutSuffix(text, "k"); ok {
		text, unit = number, 1e3
	} else if number, ok := strings.CutSuffix(text, "M"); ok {
		text, unit = number, 1e6
	}
	v, err := strconv.ParseFloat(text, 64)
	if err == nil && !(v >= 0 && v*unit <= 1e9) {
		err = errors.New("0 to 1000M")
	}
	return int(v * unit), err
}
