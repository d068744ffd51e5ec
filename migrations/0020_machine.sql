-- The machine side: notices to issuers' own systems, what keys of partners may do, and what partners hand in.

CREATE TABLE webhook_endpoint (
    id TEXT PRIMARY KEY,
    issuer TEXT NOT NULL,
    url TEXT NOT NULL,
    events TEXT NOT NULL,         -- the kinds that it wants, separated by spaces
    state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'stopped')), -- paused by the staff, stopped by itself
    secret BYTES NOT NULL,        -- sealed, as is the next
    old_secret BYTES,             -- signs too, until old_until
    old_until BIGINT,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    failing_since BIGINT,         -- the first failure after the last success
    CHECK ((old_secret IS NULL) = (old_until IS NULL))
);

CREATE INDEX webhook_endpoint_issuer ON webhook_endpoint (issuer);

-- Written by the commit that does what it tells of. Its id follows from that, so that nothing is told twice.
CREATE TABLE webhook_event (
    id TEXT PRIMARY KEY,
    issuer TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,        -- a certificate's number, or a claim's
    body TEXT NOT NULL,           -- JSON as it is sent
    at BIGINT NOT NULL,
    fanned_at BIGINT              -- when it was given to the endpoints
);

CREATE INDEX webhook_event_waiting ON webhook_event (at, id) WHERE fanned_at IS NULL;

CREATE INDEX webhook_event_issuer ON webhook_event (issuer, at);

CREATE TABLE webhook_delivery (
    endpoint TEXT NOT NULL REFERENCES webhook_endpoint (id),
    event TEXT NOT NULL REFERENCES webhook_event (id),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'given-up')),
    tries BIGINT NOT NULL,        -- since it was queued or replayed: how long to wait after the next
    sent BIGINT NOT NULL,         -- attempts ever
    next_at BIGINT NOT NULL,      -- while an attempt is on its way, when another process may make one
    last_at BIGINT,
    last_status BIGINT,
    last_failure TEXT,
    PRIMARY KEY (endpoint, event)
);

CREATE INDEX webhook_delivery_due ON webhook_delivery (endpoint, next_at) WHERE state = 'waiting';

CREATE INDEX webhook_delivery_event ON webhook_delivery (event);

CREATE TABLE webhook_attempt (
    endpoint TEXT NOT NULL,
    event TEXT NOT NULL,
    seq BIGINT NOT NULL,          -- counted from 1
    at BIGINT NOT NULL,
    status BIGINT,                -- of the answer, if there was one
    failure TEXT,                 -- why there was none
    took_ms BIGINT NOT NULL,
    PRIMARY KEY (endpoint, event, seq)
);

CREATE INDEX webhook_attempt_latest ON webhook_attempt (endpoint, at);

-- What a key may do: 'lookup', 'claims:read', 'issue', separated by spaces; the last two for one issuer.
ALTER TABLE api_key ADD COLUMN scopes TEXT NOT NULL DEFAULT 'lookup';

ALTER TABLE api_key ADD COLUMN issuer TEXT;

-- A list that a partner's system handed in. Body and Idempotency-Key are kept as keyed hashes.
CREATE TABLE issuance (
    id TEXT PRIMARY KEY,
    api_key TEXT NOT NULL REFERENCES api_key (id),
    issuer TEXT NOT NULL,
    programme TEXT NOT NULL,
    idempotency TEXT,             -- until it is forgotten
    fingerprint TEXT NOT NULL,    -- of the body
    list_id TEXT NOT NULL,
    fresh BIGINT NOT NULL,        -- awards that were not known before
    known BIGINT NOT NULL,
    job BIGINT,                   -- the batch that was started for it, or was running
    created_at BIGINT NOT NULL,
    UNIQUE (api_key, idempotency)
);

CREATE INDEX issuance_created ON issuance (created_at);

CREATE TABLE issuance_award (
    issuance TEXT NOT NULL REFERENCES issuance (id),
    place BIGINT NOT NULL,        -- in the list as it was sent, from 0
    award TEXT NOT NULL,          -- its id: of one that a correction had made before, there is no row
    PRIMARY KEY (issuance, place)
);
