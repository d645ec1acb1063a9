-- What people say they paid before the outage; the platform's gateway is asked once it can be.
CREATE TABLE payment_claims (
    order_id TEXT PRIMARY KEY REFERENCES orders (id),
    reference TEXT NOT NULL,                     -- the gateway's number of the payment
    claimed_ms INTEGER NOT NULL,
    finding TEXT CHECK (finding IN ('proven', 'unknown', 'other_amount', 'spent')),  -- NULL = not asked yet
    found_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX payment_claims_proven ON payment_claims (reference) WHERE finding = 'proven';  -- pays one order
