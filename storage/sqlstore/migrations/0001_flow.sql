-- The memory of consult/flow. The same text runs on SQLite and PostgreSQL; see the package comment for KEYTEXT and the moments.

-- +goose Up

CREATE TABLE entity (
    kind    KEYTEXT NOT NULL,
    id      KEYTEXT NOT NULL,
    version BIGINT  NOT NULL,
    doc     BYTEA   NOT NULL,
    PRIMARY KEY (kind, id)
);

CREATE TABLE entity_key (
    kind  KEYTEXT NOT NULL,
    name  KEYTEXT NOT NULL,
    value KEYTEXT NOT NULL,
    sort  KEYTEXT NOT NULL,
    id    KEYTEXT NOT NULL,
    PRIMARY KEY (kind, id, name, value, sort)
);
CREATE INDEX entity_key_list ON entity_key (kind, name, value, sort, id);

-- lease_until is 0 until the due-time is claimed for the first time.
CREATE TABLE due (
    kind        KEYTEXT NOT NULL,
    id          KEYTEXT NOT NULL,
    name        KEYTEXT NOT NULL,
    at          BIGINT  NOT NULL,
    data        BYTEA,
    token       KEYTEXT NOT NULL,
    lease_until BIGINT  NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, id, name)
);
CREATE INDEX due_at ON due (at);
CREATE INDEX due_leased ON due (lease_until) WHERE lease_until <> 0;

-- lease_until 0: nobody has this message in hand, so a newer one of the same topic and key may take its place.
-- A message that was claimed keeps its content until it is delivered or given back; news stand in a row of their own.
CREATE TABLE outbox (
    id          BIGINT  NOT NULL PRIMARY KEY,
    topic       KEYTEXT NOT NULL,
    key         KEYTEXT NOT NULL,
    version     BIGINT  NOT NULL,
    audience    TEXT    NOT NULL,
    data        BYTEA,
    attempts    BIGINT  NOT NULL DEFAULT 0,
    not_before  BIGINT  NOT NULL DEFAULT 0,
    lease_until BIGINT  NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX outbox_waiting ON outbox (topic, key) WHERE lease_until = 0;
CREATE INDEX outbox_key ON outbox (topic, key, id);

CREATE TABLE event (
    chain      KEYTEXT NOT NULL,
    seq        BIGINT  NOT NULL,
    id         BIGINT  NOT NULL,
    entity     KEYTEXT NOT NULL,
    entity_id  KEYTEXT NOT NULL,
    version    BIGINT  NOT NULL,
    action     TEXT    NOT NULL,
    from_state TEXT    NOT NULL,
    to_state   TEXT    NOT NULL,
    actor      BYTEA   NOT NULL,
    at         BIGINT  NOT NULL,
    reason     TEXT    NOT NULL,
    data       BYTEA,
    prev       TEXT    NOT NULL,
    hash       TEXT    NOT NULL,
    PRIMARY KEY (chain, seq)
);
CREATE INDEX event_entity ON event (entity, entity_id, id);

-- The last entry of each chain.
CREATE TABLE chain (
    name KEYTEXT NOT NULL PRIMARY KEY,
    seq  BIGINT  NOT NULL,
    id   BIGINT  NOT NULL,
    hash TEXT    NOT NULL
);

CREATE TABLE once (
    key    KEYTEXT NOT NULL PRIMARY KEY,
    result BYTEA   NOT NULL,
    at     BIGINT  NOT NULL
);
CREATE INDEX once_at ON once (at);
