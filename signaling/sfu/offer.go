package sfu

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pion/sdp/v3"
)

// Offer is what a client offers.
type Offer struct {
	Gen     int
	SDP     string
	Tracks  map[string]string // mid → source name, for what the client sends
	CanSend bool              // what it sends is forwarded
}

// RefusedError tells that an offer cannot be used, and why; the text may be shown to the client.
type RefusedError struct{ Err error }

func (e *RefusedError) Error() string { return "offer refused: " + e.Err.Error() }
func (e *RefusedError) Unwrap() error { return e.Err }

func refuse(err error) error { return &RefusedError{err} }

const maxLines = 32

// line is one m-line of an offer.
type line struct {
	mid      string
	kind     Kind
	receives bool     // the client is ready to receive on it
	rids     []string // of the encodings that the client sends on it (RFC 8851), worst first; none without simulcast
}

// readOffer checks an offer against the rules of the protocol and lists its media lines.
func readOffer(text string) ([]line, error) {
	var d sdp.SessionDescription
	if err := d.UnmarshalString(text); err != nil {
		return nil, refuse(fmt.Errorf("not SDP: %w", err))
	}
	if len(d.MediaDescriptions) == 0 || len(d.MediaDescriptions) > maxLines {
		return nil, refuse(fmt.Errorf("an offer has 1 to %d m-lines", maxLines))
	}
	var lines []line
	seen := map[string]bool{}
	for _, m := range d.MediaDescriptions {
		mid, _ := m.Attribute("mid")
		if mid == "" || seen[mid] {
			return nil, refuse(errors.New("every m-line has a mid of its own"))
		}
		seen[mid] = true
		kind := Kind(m.MediaName.Media)
		if m.MediaName.Media == "application" {
			continue
		}
		if kind != Audio && kind != Video {
			return nil, refuse(fmt.Errorf("unknown kind of m-line %.16q", m.MediaName.Media))
		}
		// An m-line that is offered only within a bundle has the port 0, too (RFC 9143 6; Firefox does so), and is not rejected.
		_, bundled := m.Attribute("bundle-only")
		if _, inactive := m.Attribute("inactive"); inactive || m.MediaName.Port.Value == 0 && !bundled {
			return nil, refuse(errors.New("m-lines do not become inactive"))
		}
		_, sendonly := m.Attribute("sendonly")
		lines = append(lines, line{mid: mid, kind: kind, receives: !sendonly, rids: ridsOf(m)})
	}
	return lines, nil
}

// ridsOf lists the encodings of an m-line.
func ridsOf(m *sdp.MediaDescription) []string {
	var out []string
	for _, a := range m.Attributes {
		if rid, way, _ := strings.Cut(a.Value, " "); a.Key == "rid" && strings.HasPrefix(way, "send") && ridRank(rid) > 0 && len(out) < maxEncodings {
			out = append(out, rid)
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return ridRank(a) - ridRank(b) })
	return slices.Compact(out)
}

// prefersAV1 tells that an offer names AV1 first for a picture: only then its packets are asked to tell of their layers, which costs bytes in each.
func prefersAV1(text string) bool {
	var d sdp.SessionDescription
	if err := d.UnmarshalString(text); err != nil {
		return false
	}
	for _, m := range d.MediaDescriptions {
		if m.MediaName.Media != "video" || len(m.MediaName.Formats) == 0 {
			continue
		}
		for _, a := range m.Attributes {
			if pt, codec, _ := strings.Cut(a.Value, " "); a.Key == "rtpmap" && pt == m.MediaName.Formats[0] && strings.HasPrefix(strings.ToUpper(codec), "AV1/") {
				return true
			}
		}
	}
	return false
}

// allowsMixed tells that packets may have long header extensions and short ones on one stream (RFC 8285 4.1.2): the descriptor of a key frame is a long one.
func allowsMixed(offer string) bool { return strings.Contains(offer, "\na=extmap-allow-mixed\r\n") }
