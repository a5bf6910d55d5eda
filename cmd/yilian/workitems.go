package main

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"yilian/consult/flow"
	"yilian/imaging/ups"
)

// joinWorkitems makes the worklist of Unified Procedure Steps, for programs such as a quantification engine.
func (s *service) joinWorkitems() {
	s.workitems = ups.New(s.db.Worklist(), time.Now, s.log)
}

// workitemDoor is UPS-RS, beside the rest of DICOMweb.
func (s *service) workitemDoor() http.Handler {
	door := &ups.Door{Service: s.workitems, Authenticate: s.api.Authenticate, Prefix: "/dicom-web", Origins: s.settings.Origins, Logger: s.log}
	return door.Handler()
}

// tellWorkitems hands the news of workitems, of this and of other nodes, to the subscribers that are connected here.
func (s *service) tellWorkitems(ctx context.Context) error {
	defer s.workitems.Close()
	for {
		if messages, err := s.bus.Subscribe(ctx, flow.Changed); err != nil {
			s.log.Warn("news of workitems not subscribed", "err", err)
		} else {
			s.passWorkitems(ctx, messages)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

func (s *service) passWorkitems(ctx context.Context, messages <-chan []byte) {
	for data := range messages {
		var m flow.Message
		if json.Unmarshal(data, &m) == nil && m.Topic == ups.Topic {
			s.workitems.Changed(ctx, m.Key)
		}
	}
}
