-- health/: what somebody has to look at. One matter is one row until it is resolved.
CREATE TABLE alerts (
    id              TEXT PRIMARY KEY,
    kind            TEXT NOT NULL,           -- api_key_expiring …
    severity        TEXT NOT NULL,           -- info | warning | critical
    state           TEXT NOT NULL,           -- open | acknowledged | resolved
    team_id         TEXT NOT NULL,           -- '' : the organization
    target_table    TEXT NOT NULL,           -- api_keys …
    target_id       TEXT NOT NULL,
    target_label    TEXT NOT NULL,           -- what people know it by
    stage           TEXT NOT NULL,           -- how far the matter has come; another one is news
    summary         TEXT NOT NULL,
    action          TEXT NOT NULL,           -- what to do
    times           BIGINT NOT NULL,         -- how often it happened
    first_at        BIGINT NOT NULL,
    last_at         BIGINT NOT NULL,
    acknowledged_at BIGINT,
    acknowledged_by TEXT NOT NULL DEFAULT '',  -- user id
    resolved_at     BIGINT,
    resolution      TEXT NOT NULL DEFAULT ''   -- why it is no matter any more
);
CREATE UNIQUE INDEX alerts_matter ON alerts (kind, target_id) WHERE state <> 'resolved';
CREATE INDEX alerts_team ON alerts (team_id, id);
CREATE INDEX alerts_target ON alerts (target_id);
CREATE INDEX alerts_resolved ON alerts (resolved_at) WHERE state = 'resolved';

-- health/: mail on its way, and what became of it.
CREATE TABLE mails (
    id             TEXT PRIMARY KEY,
    subject_table  TEXT NOT NULL,            -- what it is about: alerts | invitations
    subject_id     TEXT NOT NULL,
    user_id        TEXT NOT NULL,            -- to whom; '' : somebody who is no user yet
    recipient      TEXT NOT NULL,            -- address
    content_sealed BLOB,                     -- subject and text; null once it is sent or given up
    status         TEXT NOT NULL,            -- waiting | sent | failed | cancelled
    attempts       INTEGER NOT NULL DEFAULT 0,
    next_at        BIGINT NOT NULL,          -- of the next attempt, while it waits
    leased_until   BIGINT NOT NULL DEFAULT 0,  -- somebody is at it until then
    created_at     BIGINT NOT NULL,
    ended_at       BIGINT,
    last_error     TEXT NOT NULL DEFAULT ''
);
CREATE INDEX mails_due ON mails (next_at) WHERE status = 'waiting';
CREATE INDEX mails_subject ON mails (subject_id, id);
CREATE INDEX mails_ended ON mails (ended_at) WHERE status <> 'waiting';

-- access/: who asked for a key sees what happens to it.
CREATE INDEX api_keys_created_by ON api_keys (created_by) WHERE created_by <> '';
