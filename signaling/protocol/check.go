package protocol

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// LimitError tells that a well-formed message is over a limit; it is answered by a Problem and otherwise ignored.
type LimitError struct {
	Kind string // type of the message
	What string
}

func (e *LimitError) Error() string { return e.Kind + ": " + e.What }

// check holds the limits that do not depend on a room's state.
func check(m Message) error {
	fail := func(format string, args ...any) error {
		return &LimitError{Kind: m.Kind(), What: fmt.Sprintf(format, args...)}
	}
	switch m := m.(type) {
	case *Hello:
		if len(m.Client) > 128 || len(m.Device) > 128 || len(m.Ref) > 64 {
			return fail("client and device have at most 128 bytes, a ref at most 64")
		}
		if m.Offer != nil {
			return checkOffer(m.Offer, fail)
		}
	case *Offer:
		return checkOffer(m, fail)
	case *Candidate:
		if len(m.Candidate) > 512 {
			return fail("a candidate has at most 512 bytes")
		}
	case *Say:
		if m.Text = strings.TrimSpace(m.Text); m.Text == "" || utf8.RuneCountInString(m.Text) > MaxChat {
			return fail("a text has 1 to %d characters", MaxChat)
		}
		if m.Ref == "" || len(m.Ref) > 64 {
			return fail("a ref has 1 to 64 bytes")
		}
	case *Share:
		if m.Topic == "" || len(m.Topic) > MaxTopic {
			return fail("a topic has 1 to %d bytes", MaxTopic)
		}
		if m.N < 0 || m.N > MaxNumber {
			return fail("a number is 0 to 2^53")
		}
		if len(m.Data) == 0 || len(m.Data) > MaxData {
			return fail("data has 1 to %d bytes", MaxData)
		}
		if m.Keep && m.To != "" {
			return fail("a kept value goes to all")
		}
	case *Leave:
		if len(m.Reason) > 64 {
			return fail("a reason has at most 64 bytes")
		}
	case *Views:
		return checkViews(m, fail)
	case *Control:
		if m.Action == "" || len(m.Action) > 32 || len(m.Target) > MaxID || len(m.Source) > MaxSource || len(m.Ref) > 64 {
			return fail("an action has 1 to 32, a target at most %d, a source at most %d, a ref at most 64 bytes", MaxID, MaxSource)
		}
	case *Mark:
		if m.Text = strings.TrimSpace(m.Text); m.Text == "" || utf8.RuneCountInString(m.Text) > MaxMark {
			return fail("a mark has 1 to %d characters", MaxMark)
		}
	}
	return nil
}

func checkViews(m *Views, fail func(string, ...any) error) error {
	if len(m.Views) > MaxViews {
		return fail("at most %d views", MaxViews)
	}
	for _, v := range m.Views {
		if v.From == "" || len(v.From) > MaxID || v.Source == "" || len(v.Source) > MaxSource {
			return fail("a view has a from of 1 to %d and a source of 1 to %d bytes", MaxID, MaxSource)
		}
		if v.Height < 0 || v.Height > MaxHeight || v.Priority < 0 || v.Priority > MaxPriority {
			return fail("a height is 0 to %d, a priority 0 to %d", MaxHeight, MaxPriority)
		}
	}
	return nil
}

func checkOffer(o *Offer, fail func(string, ...any) error) error {
	if o.Gen < 1 || o.Gen > 1<<30 {
		return fail("gen counts from 1")
	}
	if o.SDP == "" {
		return fail("sdp is empty")
	}
	if len(o.Tracks) > MaxSlots {
		return fail("at most %d tracks", MaxSlots)
	}
	seen := map[string]bool{}
	for _, t := range o.Tracks {
		if t.Mid == "" || len(t.Mid) > 16 || t.Source == "" || len(t.Source) > MaxSource {
			return fail("a track has a mid of 1 to 16 and a source of 1 to %d bytes", MaxSource)
		}
		if seen["m"+t.Mid] || seen["s"+t.Source] {
			return fail("mid and source are named once")
		}
		seen["m"+t.Mid], seen["s"+t.Source] = true, true
	}
	return nil
}
