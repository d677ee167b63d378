-- access/: a scheduled rotation may hand the successor to a connection's store of secrets.
ALTER TABLE api_key_rotation_schedules ADD COLUMN connection_id TEXT NOT NULL DEFAULT '';
ALTER TABLE api_key_rotation_schedules ADD COLUMN sink_target TEXT NOT NULL DEFAULT '';  -- JSON: where at the provider

CREATE TABLE api_key_handovers (           -- one that is on its way
    key_id     TEXT PRIMARY KEY REFERENCES api_key_rotation_schedules (key_id) ON DELETE CASCADE,
    status     TEXT NOT NULL,              -- pending | stopped | delivered
    sealed     TEXT NOT NULL,              -- base64, the planned successor sealed to the provider's key; '' : none is made
    sealed_for TEXT NOT NULL,              -- the provider's id of that key
    sent       INTEGER NOT NULL,           -- 1: a call with it may have reached the provider
    attempts   INTEGER NOT NULL,
    next_at    BIGINT NOT NULL,
    stopped_at BIGINT,
    last_error TEXT NOT NULL
);
CREATE INDEX api_key_handovers_next ON api_key_handovers (status, next_at);
