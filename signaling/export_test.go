package signaling

import "yilian/signaling/sfu"

// NewOver makes a server over a given forwarder, such as one on a virtual network.
func NewOver(c Config, engine *sfu.Engine) (*Server, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	return newServer(c, engine), nil
}
