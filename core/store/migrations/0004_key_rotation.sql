-- access/: a rotation writes a second row, the successor, and gives the first one an end.
ALTER TABLE api_keys ADD COLUMN family_id TEXT NOT NULL DEFAULT '';      -- id of the first key; '' for that one itself
ALTER TABLE api_keys ADD COLUMN supersedes TEXT NOT NULL DEFAULT '';     -- the key before it
ALTER TABLE api_keys ADD COLUMN superseded_by TEXT NOT NULL DEFAULT '';  -- from then on expires_at is the overlap's end, or earlier
CREATE INDEX api_keys_family ON api_keys (family_id) WHERE family_id <> '';
CREATE INDEX api_keys_children ON api_keys (issued_by_key) WHERE issued_by_key <> '';
CREATE INDEX api_keys_expiry ON api_keys (expires_at)
    WHERE expires_at IS NOT NULL AND revoked_at IS NULL;

CREATE TABLE api_key_rotation_schedules (
    key_id        TEXT PRIMARY KEY REFERENCES api_keys (id) ON DELETE CASCADE,  -- the family's newest key in use
    every_days    INTEGER NOT NULL,
    overlap_hours INTEGER NOT NULL,
    endpoint_id   TEXT NOT NULL,           -- '' : a person makes the successor
    public_key    TEXT NOT NULL,           -- base64, X25519, of who reads what the endpoint gets
    due_at        BIGINT NOT NULL,
    status        TEXT NOT NULL,           -- scheduled | delivering | waiting_for_person
    reason        TEXT NOT NULL DEFAULT '',
    successor_id  TEXT NOT NULL DEFAULT '',  -- planned: sent to the endpoint, nobody has confirmed it
    delivery_id   TEXT NOT NULL DEFAULT '',
    sent_at       BIGINT                   -- of the delivery
);
CREATE INDEX api_key_rotation_schedules_due ON api_key_rotation_schedules (status, due_at);

CREATE TABLE api_key_notices (             -- each notice before a key's end is given once
    key_id         TEXT NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    threshold_days INTEGER NOT NULL,
    at             BIGINT NOT NULL,
    PRIMARY KEY (key_id, threshold_days)
);
