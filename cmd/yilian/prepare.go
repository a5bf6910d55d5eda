package main

import (
	"context"
	"errors"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/reading"
)

// preparation makes the metadata and previews of studies that are complete before anybody asks for them, and the previews that somebody has
// asked for. It is a favour: what does not fit into its line, fails, or was cut off, is made when it is asked for.
type preparation struct{ line chan yilian.StudyUID }

// want puts a study into the line, if there is room. It never waits.
func (p *preparation) want(study yilian.StudyUID) {
	select {
	case p.line <- study:
	default:
	}
}

const preparationLine = 64

func (s *service) joinPreparation() {
	s.preparation = preparation{make(chan yilian.StudyUID, preparationLine)}
	s.relay.Handle(reading.StudyKind, func(ctx context.Context, m flow.Message) error {
		study, err := s.readings.StudyOf(ctx, yilian.StudyUID(m.Key))
		if yilian.KindOf(err) == yilian.NotFound || err == nil && study.State == reading.StudyReceiving {
			return nil
		}
		if err != nil {
			return err
		}
		s.preparation.want(study.UID())
		return nil
	})
}

// prepare works until ctx ends.
func (s *service) prepare(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case uid := <-s.preparation.line:
			err := errors.Join(s.images.PrepareMetadata(ctx, uid), s.archive.PreparePreviews(ctx, uid))
			if err != nil && ctx.Err() == nil {
				s.log.WarnContext(ctx, "metadata and previews not prepared", "err", err)
			}
		}
	}
}
