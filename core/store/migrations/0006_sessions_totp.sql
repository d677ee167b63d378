-- people/: when the person behind a session last proved who they are, one-time codes, last sign-in.
ALTER TABLE sessions ADD COLUMN authenticated_at BIGINT NOT NULL DEFAULT 0;
UPDATE sessions SET authenticated_at = created_at;
CREATE INDEX sessions_expiry ON sessions (expires_at);

ALTER TABLE users ADD COLUMN last_sign_in_at BIGINT;

CREATE TABLE totp_secrets (
    user_id       TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    secret_sealed BLOB NOT NULL,
    created_at    BIGINT NOT NULL,
    confirmed_at  BIGINT,                  -- null: shown, no code seen yet, asked of nobody
    last_step     BIGINT NOT NULL DEFAULT 0  -- codes of this step and before it are used up
);

CREATE TABLE recovery_codes (
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hmac  TEXT NOT NULL,              -- under the pepper
    used_at    BIGINT,
    PRIMARY KEY (user_id, code_hmac)
);
