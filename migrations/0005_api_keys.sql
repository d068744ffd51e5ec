-- Keys of integrators. The key itself is kept nowhere: `hash` is a keyed hash of it.

CREATE TABLE api_key (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    per_day BIGINT NOT NULL,
    burst BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);
