-- What the staff's pages of contests and objections keep.

-- Dates that were moved later after the list was published. The reason stands on the public notice's page.
CREATE TABLE contest_move (
    contest TEXT NOT NULL REFERENCES contest (id),
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    registration_before BIGINT NOT NULL,
    registration_after BIGINT NOT NULL,
    release_before BIGINT NOT NULL,
    release_after BIGINT NOT NULL,
    claim_before BIGINT NOT NULL,
    claim_after BIGINT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (contest, seq)
);

-- A list between its upload and its import: it belongs to one account and ends by itself.
CREATE TABLE import_draft (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    contest TEXT NOT NULL REFERENCES contest (id),
    file TEXT NOT NULL,           -- its address in the vault: the digest of the file behind random bytes
    name BYTES NOT NULL,          -- sealed
    state TEXT NOT NULL CHECK (state IN ('reading', 'ready', 'refused', 'importing', 'done', 'failed')),
    since BIGINT NOT NULL,        -- when it came into this state
    report BYTES,                 -- sealed: what was read of it
    seen_count BIGINT NOT NULL,   -- awards of the contest when it was read, and the last of them
    seen_last BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);

CREATE INDEX import_draft_ends ON import_draft (ends_at);

-- When content and files of a decided objection were deleted.
ALTER TABLE objection ADD COLUMN erased_at BIGINT;

CREATE INDEX objection_decided ON objection (decided_at) WHERE state <> 'open' AND erased_at IS NULL;
