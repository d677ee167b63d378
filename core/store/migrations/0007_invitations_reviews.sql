-- people/: a link by which somebody becomes a user with these roles.
CREATE TABLE invitations (
    id            TEXT PRIMARY KEY,
    token_hmac    TEXT NOT NULL UNIQUE,    -- under the pepper
    user_id       TEXT NOT NULL,           -- the id that the user will have
    email         TEXT NOT NULL,           -- lower case
    name          TEXT NOT NULL,
    roles         TEXT NOT NULL,           -- JSON, as in the API
    team_id       TEXT NOT NULL,           -- the one team of all roles, else ''
    invited_by    TEXT NOT NULL,           -- user id
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    accepted_at   BIGINT,
    withdrawn_at  BIGINT
);
CREATE UNIQUE INDEX invitations_open ON invitations (email)
    WHERE accepted_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX invitations_expiry ON invitations (expires_at);

-- access/: what somebody has attested of who may do what.
CREATE TABLE access_reviews (
    id            TEXT PRIMARY KEY,
    attested_by   TEXT NOT NULL,           -- user id
    attested_as   TEXT NOT NULL,           -- e-mail address at that time
    attested_at   BIGINT NOT NULL,
    note          TEXT NOT NULL,
    report        TEXT NOT NULL,           -- canonical JSON
    report_sha256 TEXT NOT NULL            -- hex
);
