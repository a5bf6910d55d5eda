package api

import (
	"context"

	"yilian"
)

// ReadingBoard is the reading part of the board.
type ReadingBoard struct {
	Readers int `json:"readers"`
	Waiting int `json:"waiting"`
	Overdue int `json:"overdue"`
}

// readingBoard answers the figures of an institution's reading room.
func (a *API) readingBoard(ctx context.Context, id yilian.InstitutionID) (ReadingBoard, error) {
	if a.cfg.Clinical.Readings == nil {
		return ReadingBoard{}, nil
	}
	l, err := a.cfg.Clinical.Readings.Load(ctx, id)
	return ReadingBoard{l.Readers, l.Waiting, l.Overdue}, err
}
