package sfu

import (
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"yilian/signaling/sfu/packet"
)

const (
	transportCCURI  = sdp.TransportCCURI
	absSendTimeURI  = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
	dependencyURI   = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
	playoutDelayURI = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"

	mimeRTX  = "video/rtx"
	mimeRED  = "audio/red"
	mimeOpus = "audio/opus"
	mimeVP8  = "video/vp8"
	mimeVP9  = "video/vp9"
	mimeH264 = "video/h264"
	mimeAV1  = "video/av1"
)

// known are the codecs that are forwarded, the preferred first. As the server always answers, the payload types are the client's.
var known = [...]struct {
	mime string
	fmtp string
	pt   webrtc.PayloadType
	rtx  webrtc.PayloadType // 0: none
}{
	{webrtc.MimeTypeOpus, "minptime=10;useinbandfec=1;usedtx=1", 111, 0},
	{mimeRED, "111/111", 63, 0},
	{webrtc.MimeTypeVP8, "", 96, 97},
	{webrtc.MimeTypeH264, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f", 102, 103},
	{webrtc.MimeTypeH264, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f", 104, 105},
	{webrtc.MimeTypeVP9, "profile-id=0", 98, 99},
	{webrtc.MimeTypeAV1, "profile=0;level-idx=5;tier=0", 45, 46},
}

func newMediaEngine(layered bool) (*webrtc.MediaEngine, error) {
	m := &webrtc.MediaEngine{}
	audioFeedback := []webrtc.RTCPFeedback{{Type: "transport-cc"}}
	videoFeedback := []webrtc.RTCPFeedback{
		{Type: "transport-cc"}, {Type: "goog-remb"}, {Type: "ccm", Parameter: "fir"}, {Type: "nack"}, {Type: "nack", Parameter: "pli"},
	}
	for _, c := range known {
		capability := webrtc.RTPCodecCapability{MimeType: c.mime, ClockRate: 90000, SDPFmtpLine: c.fmtp, RTCPFeedback: videoFeedback}
		kind := webrtc.RTPCodecTypeVideo
		if strings.HasPrefix(c.mime, "audio/") {
			capability.ClockRate, capability.Channels, capability.RTCPFeedback = 48000, 2, audioFeedback
			kind = webrtc.RTPCodecTypeAudio
		}
		if err := m.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: capability, PayloadType: c.pt}, kind); err != nil {
			return nil, err
		}
		if c.rtx == 0 {
			continue
		}
		rtx := webrtc.RTPCodecCapability{MimeType: mimeRTX, ClockRate: 90000, SDPFmtpLine: "apt=" + strconv.Itoa(int(c.pt))}
		if err := m.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: rtx, PayloadType: c.rtx}, kind); err != nil {
			return nil, err
		}
	}
	if layered {
		if err := m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: dependencyURI}, webrtc.RTPCodecTypeVideo); err != nil {
			return nil, err
		}
	}
	return m, registerExtensions(m)
}

func registerExtensions(m *webrtc.MediaEngine) error {
	both := []string{sdp.SDESMidURI, sdp.TransportCCURI, absSendTimeURI}
	pictures := []string{sdp.SDESRTPStreamIDURI, sdp.SDESRepairRTPStreamIDURI, playoutDelayURI}
	for _, uri := range append(both, sdp.AudioLevelURI) {
		if err := m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: uri}, webrtc.RTPCodecTypeAudio); err != nil {
			return err
		}
	}
	for _, uri := range append(both, pictures...) {
		if err := m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: uri}, webrtc.RTPCodecTypeVideo); err != nil {
			return err
		}
	}
	return nil
}

// extensionID finds the number of a header extension, 0 if it was not negotiated.
func extensionID(p webrtc.RTPParameters, uri string) uint8 {
	return extensionOf(p.HeaderExtensions, uri)
}

func extensionOf(all []webrtc.RTPHeaderExtensionParameter, uri string) uint8 {
	for _, e := range all {
		if e.URI == uri {
			return uint8(e.ID)
		}
	}
	return 0
}

// payloads are the payload types of one codec on one m-line.
type payloads struct {
	media, rtx uint8 // 0: not negotiated
}

// payloadTypes finds the payload types of every codec of an m-line, by lower-case MIME type; the first of several profiles counts.
func payloadTypes(codecs []webrtc.RTPCodecParameters) map[string]payloads {
	out := map[string]payloads{}
	for _, c := range codecs {
		mime := strings.ToLower(c.MimeType)
		if mime == mimeRTX {
			continue
		}
		if _, ok := out[mime]; !ok {
			out[mime] = payloads{media: uint8(c.PayloadType), rtx: rtxOf(codecs, c.PayloadType)}
		}
	}
	return out
}

func rtxOf(codecs []webrtc.RTPCodecParameters, media webrtc.PayloadType) uint8 {
	for _, c := range codecs {
		if strings.EqualFold(c.MimeType, mimeRTX) && c.SDPFmtpLine == "apt="+strconv.Itoa(int(media)) {
			return uint8(c.PayloadType)
		}
	}
	return 0
}

// unit is a packet of a stream with what its forwarding depends on: read once, for all receivers.
type unit struct {
	packet.Packet
	key      bool // a decoder can start with it
	begin    bool // first packet of a frame
	end      bool // last packet of a frame of its spatial layer
	up       bool // its temporal layer can be decoded from here on
	step     bool // it can, where the one below already goes out
	spatial  uint8
	temporal uint8
	picture  uint16 // number of the VP8 picture
	// Of AV1 with a dependency descriptor, else nil; they belong to the source.
	told       *packet.Dependency
	descriptor []byte
	targets    uint16 // one bit for each choice of layers (see targetBit): whether that needs the frame; 0: all up to it
	switches   uint16 // likewise: whether that can be decoded from the frame on
}

// describe reads the payload descriptor of a codec into a unit.
type describe func(u *unit)

// describing gives the reader for a codec: nil for sound, where every packet may be the first.
func describing(mime string) describe {
	switch mime {
	case mimeVP8:
		return func(u *unit) {
			if d, ok := packet.ParseVP8(u.Payload); ok {
				u.key, u.begin, u.up, u.temporal, u.picture = d.Keyframe, d.Start, d.Sync || d.TID == 0, d.TID, d.PictureID
			}
		}
	case mimeVP9:
		return func(u *unit) {
			if d, ok := packet.ParseVP9(u.Payload); ok {
				u.key, u.begin, u.end, u.up, u.spatial, u.temporal = d.Keyframe(), d.Begin, d.End, d.Up || d.TID == 0, d.Spatial, d.TID
			}
		}
	case mimeH264:
		return new(h264Layers).describe
	}
	if strings.HasPrefix(mime, "video/") {
		return func(u *unit) { u.key = packet.AV1Keyframe(u.Payload) }
	}
	return nil
}
