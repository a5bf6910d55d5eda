package main

import (
	"context"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/reading"
)

// preparation makes the metadata of studies that are complete before anybody asks for them. It is a favour: what does not fit into its
// line, or fails, is made when it is asked for.
type preparation struct{ line chan yilian.StudyUID }

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
		select {
		case s.preparation.line <- study.UID():
		default:
		}
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
			if err := s.images.PrepareMetadata(ctx, uid); err != nil && ctx.Err() == nil {
				s.log.WarnContext(ctx, "metadata not prepared", "err", err)
			}
		}
	}
}
