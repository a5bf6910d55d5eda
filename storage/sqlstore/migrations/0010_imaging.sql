-- The index of the image archive (imaging.Index). The same text runs on SQLite and PostgreSQL; see the package comment for KEYTEXT.
-- doc is the JSON of what is only read, never searched; key columns hold folded values (imaging.FieldKind.Fold).

-- +goose Up

CREATE TABLE imaging_study (
    uid            KEYTEXT NOT NULL PRIMARY KEY,
    institution    KEYTEXT NOT NULL,
    sort           KEYTEXT NOT NULL, -- study date and time: studies are listed by it, newest first; '' without a date
    time           KEYTEXT NOT NULL,
    patient_id     KEYTEXT NOT NULL,
    patient_issuer KEYTEXT NOT NULL,
    patient_name   KEYTEXT NOT NULL,
    birth_date     KEYTEXT NOT NULL,
    sex            KEYTEXT NOT NULL,
    accession      KEYTEXT NOT NULL,
    study_id       KEYTEXT NOT NULL,
    description    KEYTEXT NOT NULL,
    referring      KEYTEXT NOT NULL,
    site           KEYTEXT NOT NULL,
    doc            BYTEA   NOT NULL,
    version        BIGINT  NOT NULL,
    series         BIGINT  NOT NULL,
    instances      BIGINT  NOT NULL,
    bytes          BIGINT  NOT NULL,
    modalities     TEXT    NOT NULL, -- divided by backslashes
    body_part      TEXT    NOT NULL,
    differs        TEXT    NOT NULL,
    first_arrival  BIGINT  NOT NULL,
    last_arrival   BIGINT  NOT NULL
);
CREATE INDEX imaging_study_sort ON imaging_study (sort, uid);
CREATE INDEX imaging_study_institution ON imaging_study (institution, sort, uid);
CREATE INDEX imaging_study_patient ON imaging_study (patient_id, sort) WHERE patient_id <> '';
CREATE INDEX imaging_study_accession ON imaging_study (accession, sort) WHERE accession <> '';
CREATE INDEX imaging_study_name ON imaging_study (patient_name, sort) WHERE patient_name <> '';

-- Every ending of every group of every patient name, so that "ends with" and "contains" are searches by prefix. starts is 1 where
-- the part is a whole group.
CREATE TABLE imaging_name (
    part   KEYTEXT NOT NULL,
    name   KEYTEXT NOT NULL,
    starts BIGINT  NOT NULL,
    PRIMARY KEY (part, name)
);

-- The modalities of each study, listed as the studies are.
CREATE TABLE imaging_modality (
    modality KEYTEXT NOT NULL,
    sort     KEYTEXT NOT NULL,
    study    KEYTEXT NOT NULL,
    PRIMARY KEY (modality, sort, study)
);

CREATE TABLE imaging_series (
    study         KEYTEXT NOT NULL,
    uid           KEYTEXT NOT NULL,
    number        BIGINT  NOT NULL,
    modality      KEYTEXT NOT NULL,
    description   KEYTEXT NOT NULL,
    body_part     KEYTEXT NOT NULL,
    pps_date      KEYTEXT NOT NULL,
    pps_time      KEYTEXT NOT NULL,
    sps_id        KEYTEXT NOT NULL,
    rp_id         KEYTEXT NOT NULL,
    doc           BYTEA   NOT NULL,
    instances     BIGINT  NOT NULL,
    bytes         BIGINT  NOT NULL,
    first_arrival BIGINT  NOT NULL,
    last_arrival  BIGINT  NOT NULL,
    PRIMARY KEY (study, uid)
);
CREATE INDEX imaging_series_uid ON imaging_series (uid);

CREATE TABLE imaging_instance (
    uid       KEYTEXT NOT NULL PRIMARY KEY,
    study     KEYTEXT NOT NULL,
    series    KEYTEXT NOT NULL,
    number    BIGINT  NOT NULL,
    sop_class KEYTEXT NOT NULL,
    blob      KEYTEXT NOT NULL,
    doc       BYTEA   NOT NULL,
    metadata  BYTEA   NOT NULL, -- packed, as is layout
    layout    BYTEA   NOT NULL
);
CREATE UNIQUE INDEX imaging_instance_list ON imaging_instance (study, series, number, uid);
CREATE UNIQUE INDEX imaging_instance_blob ON imaging_instance (blob);

-- Associations that have stored into a study and have not ended. at is when they last did.
CREATE TABLE imaging_association (
    id    KEYTEXT NOT NULL,
    study KEYTEXT NOT NULL,
    at    BIGINT  NOT NULL,
    PRIMARY KEY (id, study)
);
CREATE INDEX imaging_association_study ON imaging_association (study);

-- Instances that were kept aside. addition is everything needed to add them after all.
CREATE TABLE imaging_conflict (
    id          KEYTEXT NOT NULL PRIMARY KEY,
    institution KEYTEXT NOT NULL,
    instance    KEYTEXT NOT NULL,
    sha256      KEYTEXT NOT NULL,
    blob        KEYTEXT NOT NULL,
    reason      TEXT    NOT NULL,
    addition    BYTEA   NOT NULL,
    at          BIGINT  NOT NULL
);
CREATE INDEX imaging_conflict_instance ON imaging_conflict (instance, sha256);
CREATE UNIQUE INDEX imaging_conflict_blob ON imaging_conflict (blob);
