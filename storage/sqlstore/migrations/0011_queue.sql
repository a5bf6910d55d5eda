-- The durable work list (imaging/queue). The same text runs on SQLite and PostgreSQL; see the package comment for KEYTEXT and the moments.

-- +goose Up

-- lease is '' and lease_until 0 while nobody has the job in hand.
CREATE TABLE queue_job (
    id          KEYTEXT NOT NULL PRIMARY KEY,
    kind        KEYTEXT NOT NULL,
    key         KEYTEXT NOT NULL,
    rev         KEYTEXT NOT NULL,
    lane        KEYTEXT NOT NULL,
    about       KEYTEXT NOT NULL,
    priority    BIGINT  NOT NULL,
    doc         BYTEA,
    state       KEYTEXT NOT NULL,
    not_before  BIGINT  NOT NULL,
    attempts    BIGINT  NOT NULL DEFAULT 0,
    code        TEXT    NOT NULL DEFAULT '',
    text        TEXT    NOT NULL DEFAULT '',
    created     BIGINT  NOT NULL,
    queued      BIGINT  NOT NULL,
    changed     BIGINT  NOT NULL,
    lease       KEYTEXT NOT NULL DEFAULT '',
    lease_until BIGINT  NOT NULL DEFAULT 0,
    leased_rev  KEYTEXT NOT NULL DEFAULT '',
    node        TEXT    NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX queue_job_key ON queue_job (kind, key);
CREATE INDEX queue_job_turn ON queue_job (lane, priority, queued, id) WHERE state = 'waiting';
CREATE INDEX queue_job_leased ON queue_job (lane, lease_until) WHERE lease_until <> 0;
CREATE INDEX queue_job_state ON queue_job (state, changed, id);
CREATE INDEX queue_job_lane ON queue_job (lane, state, changed, id);
CREATE INDEX queue_job_about ON queue_job (about, changed, id) WHERE about <> '';

-- Lanes whose peer took nothing when it was last tried.
CREATE TABLE queue_hold (
    lane     KEYTEXT NOT NULL PRIMARY KEY,
    until    BIGINT  NOT NULL,
    failures BIGINT  NOT NULL,
    code     TEXT    NOT NULL,
    text     TEXT    NOT NULL,
    since    BIGINT  NOT NULL
);

-- What is finished within a scope: a job that runs again leaves it out.
CREATE TABLE queue_mark (
    scope KEYTEXT NOT NULL,
    item  KEYTEXT NOT NULL,
    at    BIGINT  NOT NULL,
    PRIMARY KEY (scope, item)
);
CREATE INDEX queue_mark_at ON queue_mark (at);
