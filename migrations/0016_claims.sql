-- The catalogue of ability certificates, and the claims of their holders. Amounts are fen.

CREATE TABLE offer (
    id TEXT PRIMARY KEY,          -- the programme of its certificates
    issuer TEXT NOT NULL,
    template TEXT NOT NULL,
    pattern TEXT NOT NULL,
    series BIGINT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    short_name TEXT NOT NULL,
    title TEXT NOT NULL,
    level TEXT NOT NULL,
    fee BIGINT NOT NULL CHECK (fee >= 0),
    opens_at BIGINT NOT NULL,
    closes_at BIGINT NOT NULL,
    rules TEXT NOT NULL,          -- JSON: which awards entitle to it
    state TEXT NOT NULL CHECK (state IN ('draft', 'published', 'withdrawn')),
    changed_at BIGINT NOT NULL,
    CHECK (opens_at < closes_at)
);

CREATE TABLE claim (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (id),
    offer TEXT NOT NULL REFERENCES offer (id),
    award TEXT NOT NULL REFERENCES award (id),
    state TEXT NOT NULL CHECK (state IN ('submitted', 'awaiting-payment', 'awaiting-verification', 'in-review', 'returned', 'approved',
        'issued', 'refused', 'withdrawn')),
    fee BIGINT NOT NULL CHECK (fee >= 0),
    telephone BYTES NOT NULL,     -- sealed, as is the next
    email BYTES NOT NULL,
    submitted_at BIGINT NOT NULL,
    pay_until BIGINT NOT NULL,    -- a claim that nobody has paid for lapses then
    changed_at BIGINT NOT NULL,
    complete_at BIGINT,           -- when it first was in review
    due_at BIGINT,                -- before when it is decided
    reason BYTES,                 -- sealed: why it was sent back or refused last
    certified TEXT UNIQUE REFERENCES award (id), -- what its certificate is made from
    told_at BIGINT,               -- when its holder was told that the certificate is there
    CHECK (state NOT IN ('approved', 'issued') OR certified IS NOT NULL),
    CHECK (state NOT IN ('in-review', 'approved', 'issued', 'refused') OR due_at IS NOT NULL)
);

-- Submitted once for each award and certificate; whoever took a claim back may claim again while claims are open.
CREATE UNIQUE INDEX claim_once ON claim (award, offer) WHERE state <> 'withdrawn';

CREATE INDEX claim_account ON claim (account_id, id);

CREATE INDEX claim_state ON claim (state, due_at, id);

CREATE INDEX claim_to_tell ON claim (id) WHERE state = 'issued' AND told_at IS NULL;

CREATE INDEX claim_offer ON claim (offer, state, id);

CREATE TABLE claim_event (
    claim BIGINT NOT NULL REFERENCES claim (id),
    seq BIGINT NOT NULL,          -- counted from 1
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    state TEXT NOT NULL,          -- after it
    reason BYTES,                 -- sealed: what the holder reads
    PRIMARY KEY (claim, seq)
);

INSERT INTO award_list (id, file_name, imported_at, awards) VALUES ('claims', '', 0, 0); -- what approved claims become is in no file
