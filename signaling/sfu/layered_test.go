package sfu

import (
	"encoding/hex"
	"strings"
	"testing"

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
		answer := negotiate(t, r, pc, 1)
		if got := strings.Contains(answer, dependencyURI); got != (first == webrtc.MimeTypeAV1) {
			t.Errorf("%s first: the descriptor is agreed on: %v\n%s", first, got, answer)
		}
	}
}
