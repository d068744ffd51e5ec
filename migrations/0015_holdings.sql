-- Whose award it is: holders who registered in time, matches that people decided, and what holders report.

-- 1: certificates are for holders who registered in time alone.
ALTER TABLE contest ADD COLUMN registration BIGINT NOT NULL DEFAULT 0;

-- When its holder was found registered, where the contest asks for that.
ALTER TABLE award ADD COLUMN admitted_at BIGINT;

-- When the holder was told that the certificate is there.
ALTER TABLE award ADD COLUMN told_at BIGINT;

CREATE INDEX award_to_tell ON award (admitted_at) WHERE admitted_at IS NOT NULL AND told_at IS NULL;

CREATE INDEX IF NOT EXISTS award_telephone ON award (telephone_hash);

CREATE INDEX IF NOT EXISTS award_holder ON award (holder_name, id);

CREATE TABLE award_match (
    id BIGINT PRIMARY KEY,
    award TEXT NOT NULL REFERENCES award (id),
    account_id TEXT NOT NULL REFERENCES account (id),
    doubt TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'confirmed', 'refused')),
    found_at BIGINT NOT NULL,
    decided_at BIGINT,
    reason BYTES,                 -- sealed: why it was refused
    UNIQUE (award, account_id),
    CHECK ((state = 'open') = (decided_at IS NULL))
);

-- An award is one account's.
CREATE UNIQUE INDEX award_match_confirmed ON award_match (award) WHERE state = 'confirmed';

CREATE INDEX award_match_open ON award_match (found_at, id) WHERE state = 'open';

CREATE INDEX award_match_account ON award_match (account_id, state);

CREATE TABLE holder_report (
    id BIGINT PRIMARY KEY,
    award TEXT NOT NULL REFERENCES award (id),
    account_id TEXT NOT NULL REFERENCES account (id),
    number TEXT NOT NULL REFERENCES certificate (number),
    content BYTES NOT NULL,       -- sealed: what is wrong, and how it should be
    state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'refused')),
    reported_at BIGINT NOT NULL,
    decided_at BIGINT,
    answer BYTES,                 -- sealed: what its holder reads
    CHECK ((state = 'open') = (decided_at IS NULL))
);

CREATE UNIQUE INDEX holder_report_open ON holder_report (award, account_id) WHERE state = 'open';

CREATE INDEX holder_report_queue ON holder_report (reported_at, id) WHERE state = 'open';
