-- The telephones that an account has and had, and accounts that move to a new one.

CREATE TABLE account_telephone (
    account_id TEXT NOT NULL REFERENCES account (id),
    telephone_hash TEXT NOT NULL, -- keyed hash
    from_at BIGINT NOT NULL,      -- when a code that was sent there came back
    until_at BIGINT,              -- none while it is the account's
    PRIMARY KEY (account_id, telephone_hash, from_at)
);

CREATE INDEX account_telephone_hash ON account_telephone (telephone_hash, from_at);

INSERT INTO account_telephone (account_id, telephone_hash, from_at) SELECT id, telephone_hash, created_at FROM account;

CREATE TABLE account_move (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (id), -- the new account, which asks
    telephone BYTES NOT NULL,     -- sealed: the telephone of the earlier account
    telephone_hash TEXT NOT NULL, -- keyed hash
    note BYTES NOT NULL,          -- sealed: what the holder says
    state TEXT NOT NULL CHECK (state IN ('asked', 'approved', 'refused')),
    asked_at BIGINT NOT NULL,
    earlier TEXT REFERENCES account (id), -- the account that goes on, once approved
    decided_at BIGINT,
    reason BYTES,                 -- sealed: why it was refused, or approved without proof
    CHECK ((state = 'asked') = (decided_at IS NULL)),
    CHECK (state <> 'approved' OR earlier IS NOT NULL)
);

CREATE UNIQUE INDEX account_move_asked ON account_move (account_id) WHERE state = 'asked';

CREATE INDEX account_move_queue ON account_move (asked_at, id) WHERE state = 'asked';
