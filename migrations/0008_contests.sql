-- Contests that are kept here, their public notices, and objections. A contest of the configuration comes in with its first publication,
-- and from then on the record counts. What objectors say is sealed; so are their pictures, in the vault.

CREATE TABLE contest (
    id TEXT PRIMARY KEY,
    issuer TEXT NOT NULL,
    template TEXT NOT NULL,
    pattern TEXT NOT NULL,
    series BIGINT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    short_name TEXT NOT NULL,
    edition TEXT NOT NULL,
    document_number TEXT NOT NULL,
    organisers TEXT NOT NULL,     -- JSON, as are the next two
    divisions TEXT NOT NULL,
    categories TEXT NOT NULL,
    opens_at BIGINT NOT NULL,
    closes_at BIGINT NOT NULL,
    registration_until BIGINT NOT NULL,
    release_at BIGINT NOT NULL,
    claim_until BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'published', 'closed', 'withdrawn')),
    published_at BIGINT,
    published_entries BIGINT,
    published_list TEXT,          -- digest
    closed_at BIGINT,
    closed_entries BIGINT,
    closed_list TEXT,             -- digest
    withdrawn_at BIGINT,
    withdrawn_reason TEXT,
    CHECK (state = 'draft' OR (published_at IS NOT NULL AND published_entries IS NOT NULL AND published_list IS NOT NULL)),
    CHECK (state <> 'closed' OR (closed_at IS NOT NULL AND closed_entries IS NOT NULL AND closed_list IS NOT NULL)),
    CHECK (state <> 'withdrawn' OR (withdrawn_at IS NOT NULL AND withdrawn_reason IS NOT NULL))
);

-- What the public reads: no full name, no number of anybody.
CREATE TABLE notice_entry (
    contest TEXT NOT NULL REFERENCES contest (id),
    place BIGINT NOT NULL,        -- counted from 1
    award TEXT NOT NULL REFERENCES award (id),
    holder TEXT NOT NULL,         -- masked
    school TEXT NOT NULL,
    category TEXT NOT NULL,
    subject TEXT NOT NULL,
    work TEXT NOT NULL,
    level TEXT NOT NULL,
    role TEXT NOT NULL,
    school_folded TEXT NOT NULL,  -- as it is searched
    work_folded TEXT NOT NULL,
    standing TEXT NOT NULL CHECK (standing IN ('listed', 'changed', 'withdrawn')),
    remark TEXT NOT NULL,         -- why it is no longer as published
    PRIMARY KEY (contest, place)
);

CREATE INDEX notice_entry_award ON notice_entry (award);

CREATE TABLE notice_statement (
    contest TEXT NOT NULL REFERENCES contest (id),
    seq BIGINT NOT NULL,
    act TEXT NOT NULL CHECK (act IN ('published', 'closed')),
    made_at BIGINT NOT NULL,
    jws TEXT NOT NULL,
    PRIMARY KEY (contest, seq)
);

CREATE TABLE objection (
    id BIGINT PRIMARY KEY,
    receipt TEXT NOT NULL UNIQUE, -- keyed hash of the code
    contest TEXT NOT NULL REFERENCES contest (id),
    award TEXT REFERENCES award (id), -- none for the whole list
    form TEXT NOT NULL CHECK (form IN ('person', 'organisation')),
    content BYTES NOT NULL,       -- sealed
    filed_at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'rejected', 'upheld')),
    decided_at BIGINT,
    reason BYTES,                 -- sealed
    CHECK (state = 'open' OR (decided_at IS NOT NULL AND reason IS NOT NULL))
);

CREATE INDEX objection_open ON objection (contest, award) WHERE state = 'open';

CREATE TABLE objection_file (
    objection BIGINT NOT NULL REFERENCES objection (id),
    seq BIGINT NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('signature', 'seal', 'attachment')),
    kind TEXT NOT NULL CHECK (kind IN ('jpeg', 'pdf')),
    file TEXT NOT NULL,           -- its address in the vault: the digest of the file behind random bytes
    name BYTES NOT NULL,          -- sealed
    PRIMARY KEY (objection, seq)
);

-- What objections did to awards. Both sides are sealed: they have whole names.
CREATE TABLE award_change (
    award TEXT NOT NULL REFERENCES award (id),
    seq BIGINT NOT NULL,
    objection BIGINT NOT NULL REFERENCES objection (id),
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL CHECK (act IN ('changed', 'withdrawn')),
    before BYTES NOT NULL,
    after BYTES,
    remark TEXT NOT NULL,         -- what the public reads
    PRIMARY KEY (award, seq)
);

-- Why an award gets no certificate: an open objection, or one that was upheld.
ALTER TABLE award ADD COLUMN held TEXT;
