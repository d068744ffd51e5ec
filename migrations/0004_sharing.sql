-- Links that a holder gives to one reader, when each was opened, and who does not want to be found by identity number.

CREATE TABLE share (
    id TEXT PRIMARY KEY,          -- keyed hash of the link's token
    certificate TEXT NOT NULL REFERENCES certificate (number),
    purpose BYTES NOT NULL,       -- sealed
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,              -- by the holder, before it expires
    openings BIGINT NOT NULL
);

CREATE INDEX share_certificate ON share (certificate, made_at);

CREATE TABLE share_opening (
    share TEXT NOT NULL REFERENCES share (id),
    seq BIGINT NOT NULL,          -- counted from 1
    at BIGINT NOT NULL,
    PRIMARY KEY (share, seq)
);

CREATE TABLE unlisted_person (
    document_hash TEXT PRIMARY KEY -- keyed hash
);
