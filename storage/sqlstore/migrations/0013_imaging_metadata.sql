-- A series counts the changes of what is in it, so that what was made from it (its metadata as one object) can be told from what is
-- out of date.

-- +goose Up

ALTER TABLE imaging_series ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
