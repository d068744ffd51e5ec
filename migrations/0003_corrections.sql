-- Certificates that replace others. A row is written with the reservation of the successor; it is settled when the successor is
-- completed, in the commit that marks the original as corrected.

CREATE TABLE correction (
    successor TEXT PRIMARY KEY REFERENCES certificate (number),
    original TEXT NOT NULL UNIQUE REFERENCES certificate (number),
    corrected_award TEXT NOT NULL, -- keyed hash of the award as corrected: a list that has it so brings nothing new
    document_kind TEXT,            -- of the identity document, where that was corrected
    document_sealed BYTES,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    settled_at BIGINT
);

CREATE INDEX correction_open ON correction (successor) WHERE settled_at IS NULL;

CREATE INDEX correction_award ON correction (corrected_award);
