package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"yilian/signaling/protocol"
)

// greet says hello by POST, takes what is answered, and gives the hello with which the socket takes over.
func (c *Client) greet(ctx context.Context, hello protocol.Hello) (protocol.Hello, error) {
	data, err := protocol.Encode(hello)
	if err != nil {
		return hello, err
	}
	address := "http" + strings.TrimPrefix(c.o.URL, "ws")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(data))
	if err != nil {
		return hello, err
	}
	req.Header = c.o.Header.Clone()
	res, err := c.o.Post.Do(req)
	if err != nil {
		return hello, fmt.Errorf("hello by POST: %w", err)
	}
	var reply protocol.Reply
	err = json.NewDecoder(res.Body).Decode(&reply)
	if err = errors.Join(err, res.Body.Close()); err != nil || res.StatusCode != http.StatusOK {
		return hello, fmt.Errorf("hello by POST: status %d: %w", res.StatusCode, err)
	}
	var last protocol.Problem
	for _, raw := range reply.Messages {
		m, err := protocol.DecodeServer(raw)
		if err != nil {
			return hello, err
		}
		if p, ok := m.(*protocol.Problem); ok {
			last = *p
		}
		c.take(m)
		c.hand(m)
	}
	if reply.Close != 0 {
		return hello, &ClosedError{Code: reply.Close, Problem: last}
	}
	return protocol.Hello{Version: protocol.Version, Resume: c.Token(), Client: hello.Client, Device: hello.Device}, nil
}
