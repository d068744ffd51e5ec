-- The released certificates that do not stand are few among many: the signed list of states reads this index alone.

CREATE INDEX certificate_states ON certificate (state, release_at, number) WHERE state IN ('revoked', 'corrected');
