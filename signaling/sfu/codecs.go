package sfu

import (
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"yilian/signaling/sfu/packet"
)

const (
	absSendTimeURI = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
	rtxMime        = "video/rtx"
)

// newMediaEngine registers what is forwarded: Opus, VP8, H.264. As the server always answers, the payload types are the client's.
func newMediaEngine() (*webrtc.MediaEngine, error) {
	m := &webrtc.MediaEngine{}
	audioFeedback := []webrtc.RTCPFeedback{{Type: "transport-cc"}}
	videoFeedback := []webrtc.RTCPFeedback{
		{Type: "transport-cc"}, {Type: "goog-remb"}, {Type: "ccm", Parameter: "fir"}, {Type: "nack"}, {Type: "nack", Parameter: "pli"},
	}
	add := func(kind webrtc.RTPCodecType, mime string, rate uint32, channels uint16, fmtp string, feedback []webrtc.RTCPFeedback, pt webrtc.PayloadType) error {
		return m.RegisterCodec(webrtc.RTPCodecParameters{
			RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: mime, ClockRate: rate, Channels: channels, SDPFmtpLine: fmtp, RTCPFeedback: feedback},
			PayloadType:        pt,
		}, kind)
	}
	video, audio := webrtc.RTPCodecTypeVideo, webrtc.RTPCodecTypeAudio
	for _, err := range []error{
		add(audio, webrtc.MimeTypeOpus, 48000, 2, "minptime=10;useinbandfec=1", audioFeedback, 111),
		add(video, webrtc.MimeTypeVP8, 90000, 0, "", videoFeedback, 96),
		add(video, rtxMime, 90000, 0, "apt=96", nil, 97),
		add(video, webrtc.MimeTypeH264, 90000, 0, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f", videoFeedback, 102),
		add(video, rtxMime, 90000, 0, "apt=102", nil, 103),
		add(video, webrtc.MimeTypeH264, 90000, 0, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f", videoFeedback, 104),
		add(video, rtxMime, 90000, 0, "apt=104", nil, 105),
	} {
		if err != nil {
			return nil, err
		}
	}
	for _, kind := range []webrtc.RTPCodecType{audio, video} {
		for _, uri := range []string{sdp.SDESMidURI, sdp.TransportCCURI, absSendTimeURI} {
			if err := m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: uri}, kind); err != nil {
				return nil, err
			}
		}
	}
	return m, nil
}

// payloads are the payload types of one codec on one m-line.
type payloads struct {
	media, rtx uint8 // rtx 0: not negotiated
}

// payloadTypes finds the payload types of every codec of an m-line, by lower-case MIME type; the first of several profiles counts.
func payloadTypes(codecs []webrtc.RTPCodecParameters) map[string]payloads {
	out := map[string]payloads{}
	for _, c := range codecs {
		mime := strings.ToLower(c.MimeType)
		if mime == rtxMime {
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
		if strings.EqualFold(c.MimeType, rtxMime) && c.SDPFmtpLine == "apt="+strconv.Itoa(int(media)) {
			return uint8(c.PayloadType)
		}
	}
	return 0
}

// keyframes gives the test for a codec; nil where every packet may be the first (audio).
func keyframes(mime string) packet.KeyframeFunc {
	switch {
	case strings.EqualFold(mime, webrtc.MimeTypeVP8):
		return packet.VP8Keyframe
	case strings.EqualFold(mime, webrtc.MimeTypeH264):
		return packet.H264Keyframe
	}
	return nil
}
