-- connectors/: one configured use of a connector. Settings that are secrets are sealed as one JSON object.
CREATE TABLE connections (
    id             TEXT PRIMARY KEY,
    connector      TEXT NOT NULL,
    name           TEXT NOT NULL,
    team_id        TEXT NOT NULL DEFAULT '',
    settings       TEXT NOT NULL,          -- JSON, without secrets
    secrets_sealed BLOB,                   -- JSON object; null when there are none
    secret_names   TEXT NOT NULL,          -- space-separated: which secrets are set
    status         TEXT NOT NULL,          -- active | paused
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    UNIQUE (team_id, name)
);

-- inbound/: by what a delivery was believed: signature | token | webhook_key; '' for those from before.
ALTER TABLE webhook_deliveries ADD COLUMN verified_by TEXT NOT NULL DEFAULT '';
ALTER TABLE webhook_deliveries ADD COLUMN connection_id TEXT NOT NULL DEFAULT '';
