-- The worklist of Unified Procedure Steps (ups.Store). doc is the JSON of the workitem or the subscription.

-- +goose Up

CREATE TABLE workitem (
    uid         KEYTEXT NOT NULL PRIMARY KEY,
    institution KEYTEXT NOT NULL,
    state       KEYTEXT NOT NULL,
    changed     BIGINT  NOT NULL,
    doc         BYTEA   NOT NULL
);
CREATE INDEX workitem_list ON workitem (institution, changed, uid);
CREATE INDEX workitem_state ON workitem (institution, state, changed, uid);
CREATE INDEX workitem_over ON workitem (changed) WHERE state IN ('COMPLETED', 'CANCELED');

CREATE TABLE workitem_subscription (
    institution KEYTEXT NOT NULL,
    ae          KEYTEXT NOT NULL,
    workitem    KEYTEXT NOT NULL,
    held        BIGINT  NOT NULL, -- 1: the workitem stays until the subscriber has let go of it
    doc         BYTEA   NOT NULL,
    PRIMARY KEY (institution, ae, workitem)
);
CREATE INDEX workitem_held ON workitem_subscription (workitem) WHERE held = 1;
