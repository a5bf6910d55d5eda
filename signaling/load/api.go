package load

import (
	"io"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/report"
	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/logging"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

// NewAPI makes transports on loopback, or on the machine's own addresses for a server that does not use loopback: packets between these do
// not leave the machine either. They report what they receive as a browser does: transport-wide feedback every 100 ms, and receiver
// reports; a server has to read these.
func NewAPI(loopback bool) (*webrtc.API, error) {
	media := &webrtc.MediaEngine{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		return nil, err
	}
	quiet := &logging.DefaultLoggerFactory{Writer: io.Discard}
	registry := &interceptor.Registry{}
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		media.RegisterFeedback(webrtc.RTCPFeedback{Type: webrtc.TypeRTCPFBTransportCC}, kind)
		if err := media.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: sdp.TransportCCURI}, kind); err != nil {
			return nil, err
		}
	}
	feedback, err := twcc.NewSenderInterceptor(twcc.WithLoggerFactory(quiet))
	if err != nil {
		return nil, err
	}
	reports, err := report.NewReceiverInterceptor(report.WithReceiverLoggerFactory(quiet))
	if err != nil {
		return nil, err
	}
	registry.Add(feedback)
	registry.Add(reports)
	s := webrtc.SettingEngine{LoggerFactory: quiet}
	s.SetIncludeLoopbackCandidate(loopback)
	s.SetInterfaceFilter(func(name string) bool { return !loopback || name == "lo" })
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	return webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(registry), webrtc.WithSettingEngine(s)), nil
}

// Party is one person of a room: what it sends and what it receives, nil for nothing.
type Party struct {
	Name   string
	Source *Source
	Sink   *Sink
}
