-- access/: what each key did, by day (YYYY-MM-DD, UTC), route and client; telemetry, written in batches.
-- client_ip and user_agent are both '' for the clients beyond the bound of a key and day.
CREATE TABLE api_key_usage (
    key_id      TEXT NOT NULL,
    day         TEXT NOT NULL,
    route       TEXT NOT NULL,             -- GET /v1/scans/{id}
    client_ip   TEXT NOT NULL,
    user_agent  TEXT NOT NULL,
    requests    BIGINT NOT NULL,
    errors      BIGINT NOT NULL,           -- answered 4xx or 5xx, the limited ones among them
    limited     BIGINT NOT NULL,           -- answered 429
    last_at     BIGINT NOT NULL,
    PRIMARY KEY (key_id, day, route, client_ip, user_agent)
);
CREATE INDEX api_key_usage_day ON api_key_usage (day);
