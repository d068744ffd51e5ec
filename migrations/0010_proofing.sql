-- Verification: cases of accounts with what was filled in and their pictures, the discard of the vault, and the list of schools.

CREATE TABLE proofing_case (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (id),
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'submitted', 'returned', 'approved', 'reopened', 'superseded')),
    content BYTES NOT NULL,               -- sealed: the form as it is filled in
    reasons BYTES,                        -- sealed: why it was returned last
    document_hash TEXT,                   -- keyed hash of the identity document, once submitted
    changed_at BIGINT NOT NULL,           -- by its owner, or by what the state came from
    first_submitted_at BIGINT,
    submitted_at BIGINT,
    due_at BIGINT,
    decided_at BIGINT,
    lease_holder TEXT,                    -- the account of the reviewer who has it before them
    lease_until BIGINT NOT NULL,
    CHECK (state = 'draft' OR (submitted_at IS NOT NULL AND due_at IS NOT NULL AND first_submitted_at IS NOT NULL)),
    CHECK (state IN ('draft', 'submitted') OR decided_at IS NOT NULL)
);

-- One live case for each account and kind.
CREATE UNIQUE INDEX proofing_live ON proofing_case (account_id, kind) WHERE state IN ('draft', 'submitted', 'returned', 'approved');

CREATE INDEX proofing_account ON proofing_case (account_id, kind, id);

CREATE INDEX proofing_queue ON proofing_case (due_at, id) WHERE state = 'submitted';

CREATE INDEX proofing_document ON proofing_case (document_hash) WHERE document_hash IS NOT NULL;

CREATE INDEX proofing_changed ON proofing_case (state, changed_at);

CREATE TABLE proofing_file (
    case_id BIGINT NOT NULL REFERENCES proofing_case (id),
    slot TEXT NOT NULL,
    file TEXT,                            -- its address in the vault: the digest of the file behind random bytes; none once deleted
    added_at BIGINT NOT NULL,
    deleted_at BIGINT,
    PRIMARY KEY (case_id, slot),
    CHECK ((file IS NULL) = (deleted_at IS NOT NULL))
);

CREATE TABLE proofing_event (
    case_id BIGINT NOT NULL REFERENCES proofing_case (id),
    seq BIGINT NOT NULL,                  -- counted from 1
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    reasons BYTES,                        -- sealed: why it was returned
    PRIMARY KEY (case_id, seq)
);

-- Files of the vault that nothing refers to, to be deleted from then on: announced before they are written, so that a crash leaves none.
CREATE TABLE vault_discard (
    file TEXT PRIMARY KEY,
    due_at BIGINT NOT NULL
);

CREATE INDEX vault_discard_due ON vault_discard (due_at);

CREATE TABLE school (
    code TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    folded TEXT NOT NULL UNIQUE,          -- the name as it is searched
    region TEXT NOT NULL
);
