package imaging

import (
	"context"
	"encoding/json"

	"yilian"
)

// Printed puts into the audit trail that a study's pictures go on paper or film: each time, since paper cannot be called back. what tells how
// much and on what, never whom.
func (a *Archive) Printed(ctx context.Context, actor yilian.Actor, uid yilian.StudyUID, what any) error {
	if err := a.authorise(ctx, actor, uid); err != nil {
		return err
	}
	study, err := a.index.Study(ctx, uid)
	if err != nil {
		return unavailable("look up a study", err)
	}
	data, err := json.Marshal(what)
	if err != nil {
		return err
	}
	err = a.index.Audit(ctx, yilian.Event{
		Chain: string(study.Institution), Entity: "study", EntityID: string(uid), Version: study.Version,
		Action: "study.printed", Actor: actor, At: a.now().UTC(), Data: data,
	})
	if err != nil {
		return unavailable("write the audit trail", err)
	}
	return nil
}
