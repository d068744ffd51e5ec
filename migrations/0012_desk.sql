-- What the staff's desk works with: batches that the server runs, and the ways to find a certificate.

CREATE TABLE issuing_job (
    id BIGINT PRIMARY KEY,
    programme TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('check', 'issue')),
    occasion TEXT UNIQUE,         -- of a batch that no person started: each is started once over all processes
    actor TEXT NOT NULL,
    queued_at BIGINT NOT NULL,
    worker TEXT,                  -- the process that runs it
    lease_until BIGINT,           -- by the machine's clock; another process goes on with it afterwards
    started_at BIGINT,
    stage TEXT NOT NULL,          -- '', 'resume', 'preflight', 'issue'
    stage_at BIGINT,
    stage_done BIGINT NOT NULL,
    stage_total BIGINT NOT NULL,
    beat_at BIGINT,
    stop_wanted BIGINT NOT NULL CHECK (stop_wanted IN (0, 1)),
    ended_at BIGINT,
    outcome TEXT CHECK (outcome IN ('done', 'stopped', 'waiting', 'refused', 'failed')),
    issued BIGINT NOT NULL,
    resumed BIGINT NOT NULL,
    detail TEXT NOT NULL,         -- why not everything was done
    problem_count BIGINT NOT NULL,
    problems BYTES,               -- sealed: they name holders
    CHECK (ended_at IS NULL OR outcome IS NOT NULL)
);

-- One batch a programme at a time.
CREATE UNIQUE INDEX issuing_job_open ON issuing_job (programme) WHERE ended_at IS NULL;

CREATE INDEX issuing_job_programme ON issuing_job (programme, id);

CREATE INDEX award_standing ON award (programme, held, certificate);

CREATE INDEX award_holder ON award (holder_name, id);

CREATE INDEX award_school ON award (school, id);

CREATE INDEX IF NOT EXISTS award_telephone ON award (telephone_hash);

CREATE INDEX certificate_programme ON certificate (programme, state, number);

-- A corrected name or school is found by the right one as well. Rows of an earlier version get theirs when a search meets them.
ALTER TABLE correction ADD COLUMN holder_name TEXT;

ALTER TABLE correction ADD COLUMN school TEXT;

CREATE INDEX correction_unnamed ON correction (successor) WHERE holder_name IS NULL;

CREATE INDEX account_staff ON account (created_at, id) WHERE offices NOT IN ('student', 'school');

CREATE INDEX event_at ON event (at, id);

CREATE INDEX event_actor ON event (actor, id);

CREATE INDEX event_action ON event (action, id);

CREATE INDEX event_subject ON event (subject, id);
