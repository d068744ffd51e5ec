-- Orders for claims, what was paid for them, and coupons. Amounts are fen.

CREATE TABLE coupon (
    id BIGINT PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    worth_kind TEXT NOT NULL CHECK (worth_kind IN ('fixed', 'percent')),
    worth BIGINT NOT NULL CHECK (worth > 0),
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    most BIGINT,                  -- grants in all; without a number any
    granted BIGINT NOT NULL,
    per_account BIGINT NOT NULL,
    offer TEXT REFERENCES offer (id), -- the only one that it is for
    made_at BIGINT NOT NULL,
    withdrawn_at BIGINT,
    CHECK (starts_at < ends_at),
    CHECK (most IS NULL OR granted <= most)
);

-- A grant makes one order cheaper, once.
CREATE TABLE coupon_grant (
    id TEXT PRIMARY KEY,
    coupon BIGINT NOT NULL REFERENCES coupon (id),
    account_id TEXT REFERENCES account (id),
    telephone_hash TEXT,          -- keyed hash: of one who has no account yet
    granted_at BIGINT NOT NULL,
    order_number TEXT,            -- which it was spent on
    CHECK (account_id IS NOT NULL OR telephone_hash IS NOT NULL)
);

CREATE INDEX coupon_grant_account ON coupon_grant (account_id);

CREATE INDEX coupon_grant_telephone ON coupon_grant (telephone_hash);

CREATE INDEX coupon_grant_coupon ON coupon_grant (coupon);

CREATE TABLE fee_order (
    number TEXT PRIMARY KEY,
    claim BIGINT NOT NULL REFERENCES claim (id),
    account_id TEXT NOT NULL REFERENCES account (id),
    item TEXT NOT NULL,           -- what is paid for, as it was called then
    item_en TEXT NOT NULL,
    payee TEXT NOT NULL,          -- the issuer whom it is paid to
    price BIGINT NOT NULL CHECK (price >= 0),
    off BIGINT NOT NULL CHECK (off >= 0 AND off <= price),
    coupon_grant TEXT REFERENCES coupon_grant (id),
    state TEXT NOT NULL CHECK (state IN ('placed', 'paid', 'refunding', 'refunded', 'cancelled')),
    placed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    paid_at BIGINT,
    cancelled_at BIGINT,
    refund_at BIGINT,             -- when its refund was asked for
    refunded_at BIGINT,
    CHECK (state NOT IN ('paid', 'refunding', 'refunded') OR paid_at IS NOT NULL),
    CHECK ((state = 'cancelled') = (cancelled_at IS NOT NULL))
);

-- A claim has one order at a time, and a grant pays for one.
CREATE UNIQUE INDEX fee_order_living ON fee_order (claim) WHERE state IN ('placed', 'paid', 'refunding');

CREATE UNIQUE INDEX fee_order_grant ON fee_order (coupon_grant) WHERE coupon_grant IS NOT NULL AND state <> 'cancelled';

CREATE INDEX fee_order_account ON fee_order (account_id, placed_at);

CREATE INDEX fee_order_state ON fee_order (state, expires_at);

CREATE INDEX fee_order_placed ON fee_order (placed_at);

-- Money that came in, each once, whatever became of it.
CREATE TABLE payment (
    id TEXT PRIMARY KEY,          -- keyed hash of provider and transaction
    seq BIGINT NOT NULL UNIQUE,   -- the order in which they were told of, from 1
    provider TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    order_number TEXT REFERENCES fee_order (number),
    named TEXT NOT NULL,          -- the order as the provider names it
    amount BIGINT NOT NULL,
    paid_at BIGINT NOT NULL,      -- by the provider's clock
    recorded_at BIGINT NOT NULL,
    standing TEXT NOT NULL CHECK (standing IN ('kept', 'due-back', 'paid-back')),
    because TEXT,
    back_at BIGINT,
    back_reference TEXT,          -- of the transfer back, or of the provider's refund
    UNIQUE (provider, transaction_id),
    CHECK ((standing = 'kept') = (because IS NULL)),
    CHECK ((standing = 'paid-back') = (back_at IS NOT NULL))
);

CREATE UNIQUE INDEX payment_kept ON payment (order_number) WHERE standing = 'kept';

CREATE INDEX payment_order ON payment (order_number);

CREATE INDEX payment_due ON payment (recorded_at, seq) WHERE standing = 'due-back';

CREATE INDEX payment_recorded ON payment (recorded_at);

CREATE INDEX payment_back ON payment (back_at);

-- What providers told, each message once, and what it did.
CREATE TABLE payment_notice (
    provider TEXT NOT NULL,
    message TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('payment.succeeded', 'payment.closed', 'refund.succeeded')),
    named TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    amount BIGINT NOT NULL,
    at BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    PRIMARY KEY (provider, message)
);

CREATE INDEX payment_notice_order ON payment_notice (named, at);

CREATE INDEX payment_notice_odd ON payment_notice (at) WHERE outcome = 'differs';
