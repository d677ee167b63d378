-- access/: issued_by is the user whose rights bound the key: a person, or the service account that owns it.
ALTER TABLE api_keys ADD COLUMN created_by TEXT NOT NULL DEFAULT '';       -- user who asked for it; '': issued_by
ALTER TABLE api_keys ADD COLUMN rate_requests BIGINT;                      -- null: no limit of its own
ALTER TABLE api_keys ADD COLUMN rate_seconds BIGINT;
ALTER TABLE api_keys ADD COLUMN rate_burst BIGINT;
ALTER TABLE api_keys ADD COLUMN imported INTEGER NOT NULL DEFAULT 0;       -- made elsewhere: no checksum in its text
ALTER TABLE api_keys ADD COLUMN canary INTEGER NOT NULL DEFAULT 0;         -- a decoy: grants nothing, its use is an alarm
ALTER TABLE api_keys ADD COLUMN last_used_agent TEXT NOT NULL DEFAULT '';
CREATE INDEX api_keys_imported ON api_keys (key_prefix) WHERE imported = 1;
CREATE INDEX api_keys_owner ON api_keys (issued_by);

-- people/: counts changes of rights, so that processes beside each other notice those of the others.
CREATE TABLE rights_changes (
    id       INTEGER PRIMARY KEY,
    changes  BIGINT NOT NULL
);
INSERT INTO rights_changes (id, changes) VALUES (1, 0);
