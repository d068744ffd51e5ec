-- Token buckets of public doors. A bucket is one instant: when it would be full again. `id` is a keyed hash of whom it is for.

CREATE TABLE bucket (
    id TEXT PRIMARY KEY,
    full_at BIGINT NOT NULL
);

CREATE INDEX bucket_full ON bucket (full_at);
