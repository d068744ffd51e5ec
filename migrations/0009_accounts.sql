-- Accounts, their sessions, and what goes by message to a telephone.

CREATE TABLE account (
    id TEXT PRIMARY KEY,
    telephone_hash TEXT NOT NULL UNIQUE,  -- keyed hash
    telephone_sealed BYTES NOT NULL,
    name_hash TEXT NOT NULL,              -- keyed hash of the name as it is compared
    name_sealed BYTES NOT NULL,
    password TEXT NOT NULL,               -- argon2id, PHC string
    offices TEXT NOT NULL,
    totp_sealed BYTES,                    -- the secret of the second factor
    totp_step BIGINT NOT NULL,            -- the last step that was used: no code works twice
    created_at BIGINT NOT NULL,
    closed_at BIGINT
);

CREATE INDEX account_name ON account (name_hash);

CREATE TABLE session (
    id TEXT PRIMARY KEY,                  -- keyed hash of the cookie
    name TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES account (id),
    began_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    browser TEXT NOT NULL,
    second_factor BIGINT NOT NULL CHECK (second_factor IN (0, 1))
);

CREATE INDEX session_account ON session (account_id);

CREATE INDEX session_ends ON session (ends_at);

CREATE TABLE one_time_code (
    id TEXT PRIMARY KEY,                  -- keyed hash of purpose, telephone and the ticket of the browser that asked
    hash TEXT NOT NULL,                   -- keyed hash of the code
    ends_at BIGINT NOT NULL,
    tries_left BIGINT NOT NULL
);

CREATE INDEX one_time_code_ends ON one_time_code (ends_at);

CREATE TABLE known_browser (
    id TEXT NOT NULL,                     -- keyed hash of the cookie
    account_id TEXT NOT NULL REFERENCES account (id),
    ends_at BIGINT NOT NULL,
    PRIMARY KEY (id, account_id)          -- a family may share a browser
);

CREATE INDEX known_browser_ends ON known_browser (ends_at);

CREATE TABLE outgoing_message (
    id TEXT PRIMARY KEY,
    sealed BYTES NOT NULL,                -- telephone and text
    tries BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL               -- nobody wants a code that has ended
);

CREATE INDEX outgoing_message_next ON outgoing_message (next_at);
