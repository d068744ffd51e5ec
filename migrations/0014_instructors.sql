-- Instructors whom verified schools enter, and the awards that are theirs. Who they are is sealed, and searched by keyed hash.

CREATE TABLE instructor (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (id),
    contest TEXT NOT NULL,
    school TEXT NOT NULL,         -- the account's verified school when they were entered
    sealed BYTES NOT NULL,        -- name, telephone, document
    name_hash TEXT NOT NULL,      -- keyed hash of the name as it is compared
    telephone_hash TEXT NOT NULL, -- keyed hash
    document_hash TEXT,           -- keyed hash
    entered_at BIGINT NOT NULL,   -- what the deadline is about
    changed_at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('matched', 'review', 'refused')),
    doubt TEXT,                   -- why a person decides
    note BYTES,                   -- sealed: what the reviewer says
    decided_at BIGINT,
    CHECK (state <> 'review' OR doubt IS NOT NULL),
    CHECK (state <> 'refused' OR decided_at IS NOT NULL),
    UNIQUE (account_id, contest, name_hash, telephone_hash)
);

CREATE INDEX instructor_review ON instructor (entered_at, id) WHERE state = 'review';

CREATE TABLE instructor_award (
    instructor BIGINT NOT NULL REFERENCES instructor (id),
    award TEXT NOT NULL REFERENCES award (id),
    PRIMARY KEY (instructor, award)
);

CREATE INDEX instructor_award_award ON instructor_award (award);

-- Awards are looked for by contest and school, by contest and name.
CREATE INDEX award_of_school ON award (programme, school);

CREATE INDEX award_of_holder ON award (programme, holder_name);
