-- Up to where each page of the blob store's journal has been recorded in the index, in bytes (imaging.Journal).

-- +goose Up

CREATE TABLE imaging_journal (
    page     KEYTEXT NOT NULL PRIMARY KEY,
    position BIGINT  NOT NULL
);
