package client

import (
	"github.com/pion/webrtc/v4"

	"yilian/signaling/protocol"
)

// openLooking opens the data channel for looking together on a new transport, ahead of its first offer.
func (c *Client) openLooking(pc *webrtc.PeerConnection) error {
	ordered := true
	dc, err := pc.CreateDataChannel(protocol.ChannelLooking, &webrtc.DataChannelInit{Ordered: &ordered})
	if err != nil {
		return err
	}
	dc.OnMessage(func(raw webrtc.DataChannelMessage) {
		// Messages that this version does not know are a newer server's.
		if m, err := protocol.DecodeServer(raw.Data); err == nil {
			c.hand(m)
		}
	})
	c.mu.Lock()
	c.looking = dc
	c.mu.Unlock()
	return nil
}

// Share sends a value of looking together over the data channel if that is open, else over the socket; it tells which.
func (c *Client) Share(m protocol.Share) (channel bool, err error) {
	c.mu.Lock()
	dc := c.looking
	c.mu.Unlock()
	if dc == nil || dc.ReadyState() != webrtc.DataChannelStateOpen {
		return false, c.Send(m)
	}
	data, err := protocol.Encode(m)
	if err != nil {
		return true, err
	}
	return true, dc.SendText(string(data))
}
