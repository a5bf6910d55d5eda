package reading

import (
	"context"

	"yilian"
	"yilian/consult/flow"
)

// looked writes into the trail that somebody opened something with patient data. Pages refetch all the time: within the window
// one entry a person and thing says it.
func (s *Service) looked(ctx context.Context, actor yilian.Actor, ref flow.Ref, version int64) error {
	if !s.Looks.Due(actor, ref) {
		return nil
	}
	return flow.Look(ctx, s.Store, yilian.Event{
		Entity: ref.Kind, EntityID: ref.ID, Version: version, Action: "open", Actor: actor, At: s.Now().UTC(),
	})
}
