-- What codes leave out because many certificates have it in common: docs/qr-code.md. Published once a certificate of it is released.
CREATE TABLE heading (
    id TEXT PRIMARY KEY,          -- the SHA-256 of its bytes, in hexadecimal
    mark TEXT NOT NULL,           -- the beginning of it that codes carry
    proof_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    before_digits TEXT NOT NULL,
    width BIGINT NOT NULL,
    after_digits TEXT NOT NULL,
    achievement TEXT NOT NULL,
    programme TEXT NOT NULL,
    issued_on TEXT NOT NULL,
    release_at BIGINT NOT NULL    -- of the certificate that is released first
);

CREATE INDEX heading_mark ON heading (mark);

-- The digits of the code that was printed, sealed: the holder's own code is that one. NULL for what was completed before.
ALTER TABLE certificate ADD COLUMN code BYTES;
