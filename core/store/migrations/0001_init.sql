-- Times are milliseconds since 1970 UTC; ids are UUIDv7 text; team_id '' means the organization.
-- Columns named *_sealed hold AES-256-GCM under a data key, bound to table, column and row.

CREATE TABLE schema_migrations (
    version     INTEGER PRIMARY KEY,
    name        TEXT NOT NULL,
    applied_at  BIGINT NOT NULL
);

CREATE TABLE hub_settings (          -- small facts of this installation: sealed pepper, token and checkpoint keys
    name        TEXT PRIMARY KEY,
    value       BLOB NOT NULL
);

CREATE TABLE data_keys (
    id              TEXT PRIMARY KEY,
    team_id         TEXT NOT NULL,
    purpose         TEXT NOT NULL,
    period          TEXT NOT NULL,
    master_version  INTEGER NOT NULL,
    wrapped         BLOB NOT NULL,
    created_at      BIGINT NOT NULL
);

CREATE TABLE blobs (
    team_id     TEXT NOT NULL,
    digest      TEXT NOT NULL,
    size        BIGINT NOT NULL,
    refs        INTEGER NOT NULL,
    created_at  BIGINT NOT NULL,
    released_at BIGINT,
    PRIMARY KEY (team_id, digest)
);

-- audit/
CREATE TABLE audit_log (
    chain         TEXT NOT NULL,
    seq           BIGINT NOT NULL,
    id            TEXT NOT NULL UNIQUE,
    at            BIGINT NOT NULL,
    team_id       TEXT NOT NULL,
    actor_kind    TEXT NOT NULL,
    actor_id      TEXT NOT NULL,
    actor_label   TEXT NOT NULL,
    action        TEXT NOT NULL,
    target_table  TEXT NOT NULL,
    target_id     TEXT NOT NULL,
    request_id    TEXT NOT NULL,
    ip            TEXT NOT NULL,
    user_agent    TEXT NOT NULL,
    details       TEXT NOT NULL,     -- canonical JSON
    prev_hash     TEXT NOT NULL,     -- hex SHA-256
    hash          TEXT NOT NULL,
    PRIMARY KEY (chain, seq)
) WITHOUT ROWID;
CREATE INDEX audit_log_target ON audit_log (target_table, action, at);
CREATE INDEX audit_log_team ON audit_log (team_id, at);
CREATE INDEX audit_log_at ON audit_log (at);

-- people/
CREATE TABLE users (
    id             TEXT PRIMARY KEY,
    email          TEXT NOT NULL UNIQUE,   -- lower case
    name           TEXT NOT NULL,
    password_hash  TEXT,
    status         TEXT NOT NULL DEFAULT 'active',
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL
);

CREATE TABLE teams (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);

CREATE TABLE user_roles (
    id          TEXT PRIMARY KEY,
    user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role        TEXT NOT NULL,
    team_id     TEXT NOT NULL DEFAULT '',
    expires_at  BIGINT,
    created_at  BIGINT NOT NULL,
    UNIQUE (user_id, role, team_id)
);

CREATE TABLE projects (
    id             TEXT PRIMARY KEY,
    team_id        TEXT NOT NULL REFERENCES teams (id),
    name           TEXT NOT NULL,
    provider       TEXT NOT NULL,
    repository_url TEXT NOT NULL,
    repository_key TEXT NOT NULL,          -- host/path, lower case, without .git: any spelling finds it
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    UNIQUE (team_id, name)
);
CREATE INDEX projects_repository ON projects (provider, repository_key);

CREATE TABLE webhook_secrets (
    id            TEXT PRIMARY KEY,
    project_id    TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    kind          TEXT NOT NULL,           -- token | signing
    secret_sealed BLOB NOT NULL,
    created_at    BIGINT NOT NULL,
    valid_until   BIGINT                   -- null: current
);
CREATE INDEX webhook_secrets_project ON webhook_secrets (project_id);

CREATE TABLE sessions (
    id            TEXT PRIMARY KEY,
    token_hmac    TEXT NOT NULL UNIQUE,    -- of the cookie, under the pepper
    user_id       TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at    BIGINT NOT NULL,
    last_seen_at  BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    ended_at      BIGINT,
    ip            TEXT NOT NULL,
    user_agent    TEXT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE setup_tokens (
    token_hmac  TEXT PRIMARY KEY,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    used_at     BIGINT
);

-- access/
CREATE TABLE api_keys (
    id            TEXT PRIMARY KEY,
    key_prefix    TEXT NOT NULL UNIQUE,    -- tos_ and eight hex digits: public
    key_hmac      TEXT NOT NULL,           -- of the whole key, under the pepper
    pepper_version INTEGER NOT NULL,
    name          TEXT NOT NULL,
    type          TEXT NOT NULL,
    scope         TEXT NOT NULL,
    team_id       TEXT NOT NULL DEFAULT '',
    project_id    TEXT NOT NULL DEFAULT '',
    permissions   TEXT NOT NULL,           -- space-separated
    allowed_ips   TEXT NOT NULL DEFAULT '',
    issued_by     TEXT NOT NULL,           -- user id, or key id with issued_by_key
    issued_by_key TEXT NOT NULL DEFAULT '',
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT,
    revoked_at    BIGINT,
    last_used_at  BIGINT,
    last_used_ip  TEXT NOT NULL DEFAULT ''
);
CREATE INDEX api_keys_team ON api_keys (team_id);

CREATE TABLE idempotency_keys (
    owner        TEXT NOT NULL,            -- credential and route
    key          TEXT NOT NULL,
    fingerprint  TEXT NOT NULL,
    status       INTEGER NOT NULL,
    body         TEXT NOT NULL,            -- never holds a secret
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (owner, key)
);

-- events/ and outbound/
CREATE TABLE events (
    id            TEXT PRIMARY KEY,
    type          TEXT NOT NULL,
    team_id       TEXT NOT NULL,
    occurred_at   BIGINT NOT NULL,
    data_sealed   BLOB NOT NULL,           -- JSON text as it came in
    actor_kind    TEXT NOT NULL,
    actor_id      TEXT NOT NULL,
        idempotency_key TEXT,
    idempotency_digest TEXT NOT NULL DEFAULT ''
);
CREATE INDEX events_team ON events (team_id, id);
CREATE UNIQUE INDEX events_idempotency ON events (actor_kind, actor_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;

CREATE TABLE endpoints (
    id             TEXT PRIMARY KEY,
    team_id        TEXT NOT NULL,
    url            TEXT NOT NULL,
    description    TEXT NOT NULL,
    event_types    TEXT NOT NULL,          -- space-separated, `*` for all
    payload        TEXT NOT NULL,          -- standard | standard_webhooks
    headers_sealed BLOB,                   -- JSON object
    retry          TEXT NOT NULL,          -- JSON, '' for the hub's own schedule
    timeout_ms     INTEGER NOT NULL,
    status         TEXT NOT NULL,          -- active | paused | disabled
    status_reason  TEXT NOT NULL DEFAULT '',
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    deleted_at     BIGINT
);

CREATE TABLE endpoint_secrets (
    id            TEXT PRIMARY KEY,
    endpoint_id   TEXT NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
    secret_sealed BLOB NOT NULL,
    created_at    BIGINT NOT NULL,
    valid_until   BIGINT
);
CREATE INDEX endpoint_secrets_endpoint ON endpoint_secrets (endpoint_id);

CREATE TABLE deliveries (
    id              TEXT PRIMARY KEY,
    event_id        TEXT NOT NULL REFERENCES events (id),
    endpoint_id     TEXT NOT NULL REFERENCES endpoints (id),
    team_id         TEXT NOT NULL,
    status          TEXT NOT NULL,         -- pending | delivered | failed | cancelled
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_at BIGINT,                -- null when nothing is to be done
    lease_until     BIGINT,
    lease_owner     TEXT NOT NULL DEFAULT '',
    schedule_start  INTEGER NOT NULL DEFAULT 0,   -- attempts made before the last manual retry
    trigger         TEXT NOT NULL DEFAULT 'schedule',  -- of the next attempt: schedule | manual | test
    created_at      BIGINT NOT NULL,
    finished_at     BIGINT,
    UNIQUE (event_id, endpoint_id)
);
-- By endpoint, so that one endpoint's backlog is never read to find another's due deliveries.
CREATE INDEX deliveries_due ON deliveries (endpoint_id, next_attempt_at)
    WHERE next_attempt_at IS NOT NULL;
CREATE INDEX deliveries_finished ON deliveries (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX deliveries_endpoint ON deliveries (endpoint_id, id);

CREATE TABLE attempts (
    id             TEXT PRIMARY KEY,
    delivery_id    TEXT NOT NULL REFERENCES deliveries (id),
    number         INTEGER NOT NULL,
    trigger        TEXT NOT NULL,          -- schedule | manual | test
    started_at     BIGINT NOT NULL,
    duration_ms    INTEGER NOT NULL,
    status_code    INTEGER NOT NULL,       -- 0 when there was no answer
    failure        TEXT NOT NULL,          -- '' or the word for what failed
    detail         TEXT NOT NULL,
    address        TEXT NOT NULL,          -- the vetted address
    response_sealed BLOB,                  -- first 16 KiB of the answer
    UNIQUE (delivery_id, number)
);

-- inbound/
CREATE TABLE webhook_deliveries (          -- receipts; the name that the audit log shows
    id            TEXT PRIMARY KEY,
    provider      TEXT NOT NULL,
    project_id    TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    team_id       TEXT NOT NULL,
    delivery_id   TEXT NOT NULL,
    event         TEXT NOT NULL,
    body_digest   TEXT NOT NULL,
    outcome       TEXT NOT NULL,           -- enqueued | coalesced | ignored
    reason        TEXT NOT NULL DEFAULT '',
    scan_id       TEXT NOT NULL DEFAULT '',
    headers       TEXT NOT NULL,           -- JSON, credentials left out
    body_sealed   BLOB,                    -- up to 64 KiB
    body_blob     TEXT,                    -- digest of a larger one
    body_size     BIGINT NOT NULL,
    received_at   BIGINT NOT NULL,
    UNIQUE (project_id, provider, delivery_id)
);
CREATE UNIQUE INDEX webhook_deliveries_digest ON webhook_deliveries (project_id, event, body_digest);

-- scans/
CREATE TABLE scans (
    id            TEXT PRIMARY KEY,
    project_id    TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    team_id       TEXT NOT NULL,
    kind          TEXT NOT NULL,
    ref           TEXT NOT NULL,           -- short: main, pr-12
    git_ref       TEXT NOT NULL,           -- what is fetched: refs/heads/main; '' for the default branch
    commit_id     TEXT NOT NULL,           -- wanted, later the one that was scanned
    trigger       TEXT NOT NULL,           -- webhook | api
    evidence      INTEGER NOT NULL DEFAULT 1,  -- 0 for pull requests from forks
    status        TEXT NOT NULL,           -- queued | running | succeeded | failed | cancelled
    progress      INTEGER NOT NULL DEFAULT 0,
    error         TEXT NOT NULL DEFAULT '',
    summary       TEXT NOT NULL DEFAULT '',
    runs          INTEGER NOT NULL DEFAULT 0,
    report_blob   TEXT,
    report_type   TEXT NOT NULL DEFAULT '',
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    requested_by  TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    started_at    BIGINT,
    finished_at   BIGINT
);
CREATE UNIQUE INDEX scans_one_waiting ON scans (project_id, git_ref) WHERE status = 'queued';
CREATE UNIQUE INDEX scans_one_running ON scans (project_id, git_ref) WHERE status = 'running';
CREATE INDEX scans_queue ON scans (status, created_at) WHERE status IN ('queued', 'running');
CREATE INDEX scans_project ON scans (project_id, id);

-- connectors/
CREATE TABLE connector_state (
    connector  TEXT NOT NULL,
    key        TEXT NOT NULL,
    value      TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (connector, key)
);
