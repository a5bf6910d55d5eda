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
func (a *API) readingBoard(context.Context, yilian.InstitutionID) (ReadingBoard, error) {
	return ReadingBoard{}, nil
}
