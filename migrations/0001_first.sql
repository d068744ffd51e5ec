-- One text for SQLite and PostgreSQL; BYTES stands for BLOB or BYTEA. Times are milliseconds since 1970, UTC. Digests are hexadecimal.

CREATE TABLE template_version (
    digest TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    archive BYTES NOT NULL
);

CREATE TABLE award_list (
    id TEXT PRIMARY KEY,          -- the digest of the file's bytes
    file_name TEXT NOT NULL,
    imported_at BIGINT NOT NULL,
    awards BIGINT NOT NULL
);

CREATE TABLE award (
    id TEXT PRIMARY KEY,          -- keyed hash of what makes the award the same award
    list_id TEXT NOT NULL REFERENCES award_list (id),
    seq BIGINT NOT NULL UNIQUE,   -- the order of import
    programme TEXT NOT NULL,
    holder_name TEXT NOT NULL,
    school TEXT NOT NULL,
    achievement BYTES NOT NULL,   -- canonical CBOR
    document_kind TEXT,
    document_hash TEXT,           -- keyed hash
    document_sealed BYTES,
    telephone_hash TEXT,          -- keyed hash
    telephone_sealed BYTES,
    portrait TEXT,
    certificate TEXT              -- the number, once one is reserved
);

CREATE INDEX award_open ON award (programme, seq) WHERE certificate IS NULL;

CREATE INDEX award_document ON award (document_hash);

CREATE TABLE series (
    id TEXT PRIMARY KEY,
    last_seq BIGINT NOT NULL
);

CREATE TABLE certificate (
    number TEXT PRIMARY KEY,
    series_id TEXT NOT NULL REFERENCES series (id),
    seq BIGINT NOT NULL,
    award_id TEXT NOT NULL REFERENCES award (id),
    generation BIGINT NOT NULL,   -- 0 for the first, counted up by each correction
    programme TEXT NOT NULL,
    claims BYTES NOT NULL,        -- canonical CBOR
    template TEXT NOT NULL REFERENCES template_version (digest),
    signer TEXT NOT NULL,         -- fingerprint of the signing certificate
    document_hash TEXT,
    reserved_at BIGINT NOT NULL,
    release_at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('reserved', 'valid', 'revoked', 'corrected')),
    completed_at BIGINT,
    file_digest TEXT,
    file_bytes BIGINT,
    changed_at BIGINT,            -- of the revocation or correction
    reason TEXT,
    successor TEXT,
    UNIQUE (series_id, seq),
    UNIQUE (award_id, generation),
    CHECK (state = 'reserved' OR (file_digest IS NOT NULL AND file_bytes IS NOT NULL)),
    CHECK (state <> 'revoked' OR (changed_at IS NOT NULL AND reason IS NOT NULL)),
    CHECK (state <> 'corrected' OR (changed_at IS NOT NULL AND successor IS NOT NULL))
);

CREATE INDEX certificate_reserved ON certificate (number) WHERE state = 'reserved';

CREATE INDEX certificate_document ON certificate (document_hash);

CREATE INDEX certificate_file ON certificate (file_digest);

CREATE TABLE event_head (
    id BIGINT PRIMARY KEY,
    last_id BIGINT NOT NULL,
    digest TEXT NOT NULL
);

INSERT INTO event_head (id, last_id, digest) VALUES (1, 0, '');

CREATE TABLE event (
    id BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    digest TEXT NOT NULL          -- of this entry and the digest before it
);
