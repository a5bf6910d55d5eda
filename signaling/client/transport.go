package client

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pion/webrtc/v4"

	"yilian/signaling/protocol"
)

// newTransport opens the next generation of the transport and gives its first offer.
func (c *Client) newTransport() (*protocol.Offer, error) {
	api := c.o.API
	if api == nil {
		media := &webrtc.MediaEngine{}
		if err := media.RegisterDefaultCodecs(); err != nil {
			return nil, err
		}
		api = webrtc.NewAPI(webrtc.WithMediaEngine(media))
	}
	pc, err := api.NewPeerConnection(webrtc.Configuration{ICEServers: c.o.ICE, ICETransportPolicy: c.o.Policy})
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	old := c.pc
	c.pc = pc
	c.gen++
	gen := c.gen
	c.mu.Unlock()
	if old != nil {
		if err := old.GracefulClose(); err != nil {
			return nil, err
		}
	}
	if err := c.addLines(pc); err != nil {
		return nil, err
	}
	if c.o.Looking {
		if err := c.openLooking(pc); err != nil {
			return nil, err
		}
	}
	pc.OnTrack(func(track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
		for _, t := range pc.GetTransceivers() {
			if t.Receiver() == receiver && c.o.OnTrack != nil {
				c.o.OnTrack(c, t.Mid(), track)
			}
		}
	})
	pc.OnICECandidate(func(candidate *webrtc.ICECandidate) {
		m := protocol.Candidate{Gen: gen}
		if candidate != nil {
			init := candidate.ToJSON()
			m.Candidate, m.SDPMid, m.SDPMLineIndex = init.Candidate, init.SDPMid, init.SDPMLineIndex
		}
		_ = c.Send(m) // before the socket is open: the server finds the client by its checks
	})
	return c.makeOffer(pc, gen, nil)
}

func (c *Client) addLines(pc *webrtc.PeerConnection) error {
	for _, name := range slices.Sorted(maps.Keys(c.o.Send)) {
		init := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendrecv}
		t, err := pc.AddTransceiverFromTrack(c.o.Send[name], init)
		if err != nil {
			return err
		}
		c.drain(t.Sender())
	}
	if err := c.addSimulcasts(pc); err != nil {
		return err
	}
	return errors.Join(receive(pc, webrtc.RTPCodecTypeAudio, c.o.Audio), receive(pc, webrtc.RTPCodecTypeVideo, c.o.Video))
}

// drain reads a sender's RTCP, which pion needs.
func (c *Client) drain(sender *webrtc.RTPSender) {
	c.wg.Go(func() {
		buf := make([]byte, 1500)
		for {
			if _, _, err := sender.Read(buf); err != nil {
				return
			}
		}
	})
}

func (c *Client) addSimulcasts(pc *webrtc.PeerConnection) error {
	for _, name := range slices.Sorted(maps.Keys(c.o.Simulcast)) {
		encodings := c.o.Simulcast[name]
		if len(encodings) == 0 {
			return errNoEncodings
		}
		t, err := pc.AddTransceiverFromTrack(encodings[0], webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendrecv})
		if err != nil {
			return err
		}
		for _, more := range encodings[1:] {
			if err := t.Sender().AddEncoding(more); err != nil {
				return err
			}
		}
		c.drain(t.Sender())
	}
	return nil
}

func receive(pc *webrtc.PeerConnection, kind webrtc.RTPCodecType, n int) error {
	for range n {
		init := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}
		if _, err := pc.AddTransceiverFromKind(kind, init); err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) makeOffer(pc *webrtc.PeerConnection, gen int, options *webrtc.OfferOptions) (*protocol.Offer, error) {
	offer, err := pc.CreateOffer(options)
	if err != nil {
		return nil, err
	}
	if err := pc.SetLocalDescription(offer); err != nil {
		return nil, err
	}
	out := &protocol.Offer{Gen: gen, SDP: offer.SDP}
	for _, t := range pc.GetTransceivers() {
		if t.Sender() == nil || t.Sender().Track() == nil {
			continue
		}
		if name := c.sourceOf(t.Sender().Track()); name != "" {
			out.Tracks = append(out.Tracks, protocol.Track{Mid: t.Mid(), Source: name})
		}
	}
	return out, nil
}

// sourceOf gives the name under which a track is sent.
func (c *Client) sourceOf(track webrtc.TrackLocal) string {
	for name, own := range c.o.Send {
		if own == track {
			return name
		}
	}
	for name, encodings := range c.o.Simulcast {
		if slices.Contains(encodings, track) {
			return name
		}
	}
	return ""
}

func (c *Client) awaitAnswer(ctx context.Context) error {
	for {
		select {
		case a := <-c.answers:
			c.mu.Lock()
			pc, gen := c.pc, c.gen
			c.mu.Unlock()
			if a.Gen != gen || pc == nil {
				continue
			}
			return pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: a.SDP})
		case <-ctx.Done():
			return fmt.Errorf("no answer: %w", ctx.Err())
		}
	}
}

// Renegotiate offers again on the same transport, with more slots or new ICE credentials.
func (c *Client) Renegotiate(ctx context.Context, audio, video int, restartICE bool) error {
	c.mu.Lock()
	pc, gen := c.pc, c.gen
	c.mu.Unlock()
	if pc == nil {
		return errors.New("no transport")
	}
	if err := errors.Join(receive(pc, webrtc.RTPCodecTypeAudio, audio), receive(pc, webrtc.RTPCodecTypeVideo, video)); err != nil {
		return err
	}
	offer, err := c.makeOffer(pc, gen, &webrtc.OfferOptions{ICERestart: restartICE})
	if err != nil {
		return err
	}
	if err := c.Send(offer); err != nil {
		return err
	}
	return c.awaitAnswer(ctx)
}
