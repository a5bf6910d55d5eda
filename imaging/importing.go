package imaging

import (
	"context"
	"io"

	"yilian"
	"yilian/imaging/fileset"
)

// Offered is an instance that somebody could send.
type Offered struct {
	UID  yilian.InstanceUID
	Size int64 // of the data set in bytes
}

// Here answers which of the offered instances the archive has in a study, so that they need not be sent again: those of the same UID and
// size. It tells nothing of studies that belong to others than who would own what the actor sends.
func (a *Archive) Here(ctx context.Context, actor yilian.Actor, uid yilian.StudyUID, offered []Offered) ([]yilian.InstanceUID, error) {
	owner, err := a.access.MayStore(ctx, actor)
	if err != nil {
		return nil, refused(err)
	}
	here := []yilian.InstanceUID{}
	study, err := a.index.Study(ctx, uid)
	switch {
	case yilian.KindOf(err) == yilian.NotFound:
		return here, nil
	case err != nil:
		return nil, unavailable("look up a study", err)
	case study.Institution != owner:
		return here, nil
	}
	if err := a.audit(ctx, actor, uid); err != nil {
		return nil, err
	}
	wanted := make(map[yilian.InstanceUID]int64, len(offered))
	for _, o := range offered {
		wanted[o.UID] = o.Size
	}
	for i, err := range a.instances(ctx, Path{Study: uid}, a.index.Outline) {
		if yilian.KindOf(err) == yilian.NotFound {
			break // all of them were rejected
		}
		if err != nil {
			return nil, err
		}
		if size, ok := wanted[i.UID]; ok && size == i.Size {
			here = append(here, i.UID)
		}
	}
	return here, nil
}

// ReadDirectory lists the DICOMDIR of a disc for who may store what is on it. That somebody did is in the trail.
func (a *Archive) ReadDirectory(ctx context.Context, actor yilian.Actor, r io.Reader) ([]*fileset.Patient, error) {
	owner, err := a.access.MayStore(ctx, actor)
	if err != nil {
		return nil, refused(err)
	}
	err = a.index.Audit(ctx, yilian.Event{
		Chain: string(owner), Entity: "archive", EntityID: "discs", Action: "archive.disc-read", Actor: actor, At: a.now().UTC(),
	})
	if err != nil {
		return nil, unavailable("write the audit trail", err)
	}
	var patients []*fileset.Patient
	err = a.discs.pass(ctx, func() (err error) {
		patients, err = fileset.Read(r)
		return err
	})
	return patients, err
}
