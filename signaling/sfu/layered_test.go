package sfu

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"yilian/signaling/sfu/packet"
)

// keyed is the first packet's descriptor of two sizes by two rates, where the larger needs the smaller only at key frames (L2T2_KEY); its templates are 60
// to 63, 0 and 1: small key, small, small fluent, large key, large, large fluent.
const keyed = "bc03e88783187aaa0100a0a014d1413451890909090909404fc02cc09fc059c0"

// TestLayersOfAV1 chooses layers by decode target: between key frames the large picture goes without the small one, and the way back is a key frame.
func TestLayersOfAV1(t *testing.T) {
	structure, err := hex.DecodeString(keyed)
	if err != nil {
		t.Fatal(err)
	}
	s := &source{mime: mimeAV1}
	frame := func(template byte) []byte { return []byte{0xc0 | template, 0, 9} }
	f := everything
	f.start()
	play := func(raw []byte) bool {
		u := unit{Packet: packet.Packet{Payload: []byte{0, 1}}}
		s.layered(&u, raw)
		ok, _ := f.pass(&u)
		return ok
	}
	all := [][]byte{structure, frame(0), frame(62), frame(1), frame(61), frame(0)}
	for _, c := range []struct {
		name              string
		spatial, temporal int
		want              string // of all of the above
		waits             bool
	}{
		{"everything", 3, 3, "xx.x.x", false},
		{"less fluent", 1, 0, "xx...x", false},
		{"small", 0, 2, "x.x.x.", false},
		{"small and slow", 0, 0, "x...x.", false},
	} {
		f.aim(filter{maxSpatial: c.spatial, maxTemporal: c.temporal})
		got := ""
		for _, raw := range all {
			got += map[bool]string{true: "x", false: "."}[play(raw)]
		}
		if got != c.want || f.waits() != c.waits {
			t.Errorf("%s: %s, want %s; waits %v", c.name, got, c.want, f.waits())
		}
	}
	if s.height.Load() != 360 {
		t.Errorf("%d lines", s.height.Load())
	}

	f.aim(filter{maxSpatial: 1, maxTemporal: 1})
	play(structure)
	play(frame(61)) // the small one is left out
	f.aim(filter{maxSpatial: 0, maxTemporal: 1})
	if play(frame(61)) || !play(frame(0)) || !f.waits() {
		t.Error("went down to a picture that lacks frames")
	}
	play(structure)
	if !play(frame(61)) || play(frame(0)) || f.waits() {
		t.Error("a key frame does not lead down")
	}
	if play([]byte{1}); f.spatial != 0 { // cut off
		t.Error("a malformed descriptor changed the layers")
	}
}

func TestPrefersAV1(t *testing.T) {
	offer := func(formats string) string {
		return "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF " + formats + "\r\na=mid:0\r\na=rtpmap:45 AV1/90000\r\na=rtpmap:96 VP8/90000\r\n"
	}
	if prefersAV1(offer("96 45")) || !prefersAV1(offer("45 96")) || prefersAV1("x") {
		t.Error("which codec comes first")
	}
}

// TestDescriptorIsAgreedOn answers a client that prefers AV1, and one that does not.
func TestDescriptorIsAgreedOn(t *testing.T) {
	for _, first := range []string{webrtc.MimeTypeAV1, webrtc.MimeTypeVP8} {
		m := &webrtc.MediaEngine{}
		for i, mime := range []string{first, webrtc.MimeTypeH264} {
			codec := webrtc.RTPCodecParameters{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: mime, ClockRate: 90000}, PayloadType: webrtc.PayloadType(100 + i)}
			if err := m.RegisterCodec(codec, webrtc.RTPCodecTypeVideo); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: dependencyURI}, webrtc.RTPCodecTypeVideo); err != nil {
			t.Fatal(err)
		}
		pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(m)).NewPeerConnection(webrtc.Configuration{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := pc.GracefulClose(); err != nil {
				t.Error(err)
			}
		})
		if _, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo); err != nil {
			t.Fatal(err)
		}
		r, _ := newRoom(t, newEngine(t, Config{}))
		offer, err := pc.CreateOffer(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := pc.SetLocalDescription(offer); err != nil {
			t.Fatal(err)
		}
		for gen, sdp := range []string{strings.Replace(offer.SDP, "a=extmap-allow-mixed\r\n", "", 1), offer.SDP} {
			answer, err := r.Answer(t.Context(), "p", Offer{Gen: gen + 1, SDP: sdp, CanSend: true})
			if err != nil {
				t.Fatal(err)
			}
			want := first == webrtc.MimeTypeAV1 && gen == 1
			if got := strings.Contains(answer, dependencyURI); got != want || allowsMixed(answer) != (gen == 1) {
				t.Errorf("%s first, mixed %d: the descriptor is agreed on: %v\n%s", first, gen, got, answer)
			}
			if gen == 1 {
				if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

// TestDescriptorGoesOn forwards AV1 of two people, one after the other, to somebody who takes descriptors: frames go on counting, and what is left out of the
// layers is told, until everything goes out again.
func TestDescriptorGoesOn(t *testing.T) {
	const id = 9
	structure, err := hex.DecodeString(keyed)
	if err != nil {
		t.Fatal(err)
	}
	s, out, a, b := stage(t)
	s.types[mimeAV1], s.describes = payloads{media: 45, rtx: 46}, true
	s.peer.out.layersID = id
	now := time.Now()
	seq := map[*group]uint16{a: 65530, b: 7}
	play := func(g *group, number uint16, descriptor []byte) {
		src := g.encodings[0]
		src.mime, src.describe, src.depends = mimeAV1, describing(mimeAV1), id
		seq[g]++
		descriptor = append([]byte(nil), descriptor...)
		descriptor[1], descriptor[2] = byte(number>>8), byte(number)
		h := rtp.Header{Version: 2, Extension: true, ExtensionProfile: rtp.ExtensionProfileTwoByte, SequenceNumber: seq[g], Timestamp: uint32(number) * 3000, Marker: true}
		if err := h.SetExtension(id, descriptor); err != nil {
			t.Fatal(err)
		}
		raw, err := (&rtp.Packet{Header: h, Payload: []byte{0x10, 0x32, 1, 2}}).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		src.cache.Put(seq[g], raw)
		p, err := packet.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		src.slots.Store(&[]*slot{s})
		src.peer.room = &Room{}
		src.take(p, packet.Extension(raw, id), now)
	}
	frame := func(template byte) []byte { return []byte{0xc0 | template, 0, 0} }
	s.put(a)
	play(a, 65535, structure)
	play(a, 0, frame(1))
	s.aim(a.encodings[0], filter{maxSpatial: 1})
	play(a, 1, frame(0))
	play(a, 2, frame(1)) // is left out
	s.put(b)
	s.aim(b.encodings[0], filter{maxSpatial: 1})
	play(b, 500, structure) // less than everything from the beginning
	s.aim(b.encodings[0], filter{maxSpatial: 1, maxTemporal: 1})
	play(b, 501, frame(1)) // is left out, as nothing leads up to it
	play(b, 502, frame(0)) // from here on it would not be
	play(b, 503, frame(1))
	play(b, 504, structure)
	play(b, 505, frame(0))
	var scratch [packet.MaxSize + 2]byte
	s.resendOne(out.headers[7].SequenceNumber, now, 0, scratch[:])

	var known *packet.Structure
	for i, want := range []struct {
		number uint16
		active uint32
	}{{65535, 0}, {0, 0}, {1, 0b0100}, {2, 0b0100}, {4, 0b1111}, {5, 0b1111}, {6, 0}, {7, 0}, {7, 0}} {
		if i >= len(out.headers) {
			t.Fatalf("%d packets: %v", len(out.headers), out.headers)
		}
		d, err := packet.ParseDependency(out.headers[i].GetExtension(id), known)
		if err != nil || d.Number != want.number || d.Active != want.active {
			t.Errorf("packet %d: number %d, active %04b, want %d, %04b; %v", i, d.Number, d.Active, want.number, want.active, err)
		}
		if d.Structure != nil {
			known = d.Structure
		}
	}
	s.describes = false
	play(b, 506, frame(0))
	if h := out.headers[len(out.headers)-1]; h.GetExtension(id) != nil {
		t.Error("somebody gets descriptors who does not take them")
	}
}

// TestFluentAgain leaves out a temporal layer that nothing relies on, and lets it in again where the sender says that this may begin.
func TestFluentAgain(t *testing.T) {
	structure, err := hex.DecodeString(keyed)
	if err != nil {
		t.Fatal(err)
	}
	s := &source{mime: mimeAV1}
	f := everything
	f.start()
	got := ""
	for i, raw := range [][]byte{structure, {0xc1, 0, 1}, {0xc0, 0, 2}, {0xc1, 0, 3}, {0xc1, 0, 4}, {0xc0, 0, 5}, {0xc1, 0, 6}} {
		f.aim(filter{maxSpatial: 1, maxTemporal: map[bool]int{true: 0, false: 1}[i == 2 || i == 3]})
		u := unit{Packet: packet.Packet{Payload: []byte{0, 1}}}
		s.layered(&u, raw)
		ok, _ := f.pass(&u)
		got += map[bool]string{true: "x", false: "."}[ok]
	}
	if got != "xxx..xx" {
		t.Errorf("%s", got)
	}
}
