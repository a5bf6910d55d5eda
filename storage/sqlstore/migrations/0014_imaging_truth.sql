-- Corrections beside unchanged originals, rejections, notices to those who saw what was wrong, legal holds.

-- +goose Up

-- doc is the whole correction; a correction that is in force is applied to the rows of its studies in the same transaction.
CREATE TABLE imaging_correction (
    id          KEYTEXT NOT NULL PRIMARY KEY,
    institution KEYTEXT NOT NULL,
    kind        KEYTEXT NOT NULL,
    state       KEYTEXT NOT NULL,
    version     BIGINT  NOT NULL,
    doc         BYTEA   NOT NULL
);
CREATE INDEX imaging_correction_list ON imaging_correction (institution, id);

CREATE TABLE imaging_correction_study (
    study      KEYTEXT NOT NULL,
    correction KEYTEXT NOT NULL,
    PRIMARY KEY (study, correction)
);
CREATE INDEX imaging_correction_studies ON imaging_correction_study (correction);

-- What corrections in force put over the headers of a study's instances (series ''), and of one series': DICOM JSON, packed.
CREATE TABLE imaging_amendment (
    study  KEYTEXT NOT NULL,
    series KEYTEXT NOT NULL,
    doc    BYTEA   NOT NULL,
    PRIMARY KEY (study, series)
);

-- Where series and instances were before they were moved; instance '' is a whole series, which takes what comes later along.
CREATE TABLE imaging_moved (
    correction KEYTEXT NOT NULL,
    study      KEYTEXT NOT NULL,
    series     KEYTEXT NOT NULL,
    instance   KEYTEXT NOT NULL,
    to_study   KEYTEXT NOT NULL,
    to_series  KEYTEXT NOT NULL,
    doc        BYTEA   NOT NULL,
    PRIMARY KEY (correction, study, series, instance)
);
CREATE INDEX imaging_moved_from ON imaging_moved (study, series) WHERE instance = '';
CREATE INDEX imaging_moved_to ON imaging_moved (to_study, to_series);

-- Patients whose studies are another's.
CREATE TABLE imaging_merged (
    institution KEYTEXT NOT NULL,
    issuer      KEYTEXT NOT NULL,
    id          KEYTEXT NOT NULL,
    correction  KEYTEXT NOT NULL,
    PRIMARY KEY (institution, issuer, id)
);
CREATE INDEX imaging_merged_correction ON imaging_merged (correction);

-- Instances that were rejected: addition is everything needed to add them again. One that a note named before it came has no blob and
-- no addition.
CREATE TABLE imaging_rejected (
    uid         KEYTEXT NOT NULL,
    institution KEYTEXT NOT NULL,
    study       KEYTEXT NOT NULL,
    series      KEYTEXT NOT NULL,
    correction  KEYTEXT NOT NULL,
    code        KEYTEXT NOT NULL,
    sha256      KEYTEXT NOT NULL,
    blob        KEYTEXT NOT NULL,
    addition    BYTEA   NOT NULL,
    at          BIGINT  NOT NULL,
    PRIMARY KEY (uid, institution)
);
CREATE INDEX imaging_rejected_correction ON imaging_rejected (correction, uid);
CREATE INDEX imaging_rejected_study ON imaging_rejected (study, uid);
CREATE INDEX imaging_rejected_blob ON imaging_rejected (blob) WHERE blob <> '';
CREATE INDEX imaging_rejected_expired ON imaging_rejected (code, at);

CREATE TABLE imaging_notice (
    id           KEYTEXT NOT NULL PRIMARY KEY,
    correction   KEYTEXT NOT NULL,
    undone       BIGINT  NOT NULL,
    person       KEYTEXT NOT NULL,
    kind         KEYTEXT NOT NULL,
    study        KEYTEXT NOT NULL,
    at           BIGINT  NOT NULL,
    reason       TEXT    NOT NULL,
    acknowledged BIGINT  NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX imaging_notice_once ON imaging_notice (correction, undone, person);
CREATE INDEX imaging_notice_person ON imaging_notice (person, id);

-- Legal holds: nothing of the study is deleted until each is released.
CREATE TABLE imaging_hold (
    id          KEYTEXT NOT NULL PRIMARY KEY,
    study       KEYTEXT NOT NULL,
    institution KEYTEXT NOT NULL,
    released    BIGINT  NOT NULL DEFAULT 0,
    doc         BYTEA   NOT NULL
);
CREATE INDEX imaging_hold_study ON imaging_hold (study);
CREATE INDEX imaging_hold_list ON imaging_hold (institution, id);

-- settled is the correction that decided what becomes of it; '' while nobody has.
ALTER TABLE imaging_conflict ADD COLUMN settled KEYTEXT NOT NULL DEFAULT '';
