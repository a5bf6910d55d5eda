package main

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/imaging/scp"
)

// A stranger who keeps calling is noted once in a while, and only so many are remembered.
const (
	strangerPause = 10 * time.Minute
	strangersMost = 1000
)

// strangers answers a hook that writes refused DICOM callers into the audit trail, where a misconfigured device is found.
func (s *service) strangers() func(scp.Refusal) {
	type caller struct {
		title string
		from  netip.Addr
	}
	var mu sync.Mutex
	seen := map[caller]time.Time{}
	return func(r scp.Refusal) {
		who, now := caller{printable(r.Calling), r.Address}, time.Now()
		mu.Lock()
		again := now.Sub(seen[who]) < strangerPause
		if len(seen) >= strangersMost {
			clear(seen)
		}
		seen[who] = now
		mu.Unlock()
		if again {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		err := s.store().Update(ctx, func(tx flow.Tx) error {
			return tx.Append(yilian.Event{
				Entity: "device", EntityID: who.title, Action: "refused", At: now.UTC(), Reason: r.Reject.Error(),
				Actor: yilian.Actor{Device: who.title, Address: r.Address.String()},
			}, nil)
		})
		if err != nil {
			s.log.Warn("a refused caller could not be noted", "err", err)
		}
	}
}
