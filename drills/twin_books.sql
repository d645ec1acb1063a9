-- The twin's own books. Nothing here is shared with the fallback's store.
CREATE TABLE IF NOT EXISTS epochs (
    epoch     INTEGER PRIMARY KEY,
    node      TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    reason    TEXT NOT NULL,
    state     TEXT NOT NULL CHECK (state IN ('open', 'closed'))
) STRICT;

-- One row: what the breaker's hook was last set to.
CREATE TABLE IF NOT EXISTS intake (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    is_paused INTEGER NOT NULL
) STRICT;
INSERT OR IGNORE INTO intake (id, is_paused) VALUES (1, 0);

CREATE TABLE IF NOT EXISTS orders (
    ref                   INTEGER PRIMARY KEY,
    order_id              TEXT NOT NULL UNIQUE,
    epoch                 INTEGER NOT NULL,
    key                   TEXT NOT NULL,
    status                TEXT NOT NULL,     -- the last kind applied
    stage                 TEXT NOT NULL,     -- the last kind applied that moves the meal; payments do not
    total_fen             INTEGER NOT NULL,
    bucket                INTEGER NOT NULL,
    building              TEXT NOT NULL,
    room                  TEXT NOT NULL,
    person_id             TEXT NOT NULL,
    pickup_code           TEXT NOT NULL,
    lines                 TEXT NOT NULL,     -- JSON, as it came
    is_completed_import   INTEGER NOT NULL   -- it was delivered before it came here: no kitchen may cook it
) STRICT;

-- Every settled idempotency key: applied or refused, for good. A refused event keeps its body: nothing is dropped.
CREATE TABLE IF NOT EXISTS settled (
    key         TEXT PRIMARY KEY,
    epoch       INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    order_id    TEXT NOT NULL,
    kind        TEXT NOT NULL,
    fingerprint BLOB NOT NULL,               -- of order_id, kind and body
    code        TEXT,                        -- NULL = applied, else why it was refused
    body        TEXT
) STRICT, WITHOUT ROWID;

-- Orders whose order.placed was answered `retry` and has not come again.
CREATE TABLE IF NOT EXISTS waiting (order_id TEXT PRIMARY KEY) STRICT;

-- Events pushed under a stale epoch: refused as a whole, kept for a person.
CREATE TABLE IF NOT EXISTS quarantined (
    key   TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (key, epoch)
) STRICT;

CREATE TABLE IF NOT EXISTS stock (
    item_id TEXT PRIMARY KEY,
    supply  INTEGER,                         -- portions offered since the last hand-back, those sold included; NULL = unlimited
    sold    INTEGER NOT NULL DEFAULT 0       -- by orders that came through the fence since the last hand-back
) STRICT;

-- What a drill changed on the menu while the twin runs.
CREATE TABLE IF NOT EXISTS item_prices (item_id TEXT PRIMARY KEY, price_fen INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS closed_merchants (merchant_id TEXT PRIMARY KEY) STRICT;

CREATE TABLE IF NOT EXISTS payments (
    id        INTEGER PRIMARY KEY,
    reference TEXT NOT NULL,
    amount_fen INTEGER NOT NULL,
    paid_at   TEXT NOT NULL,
    order_id  TEXT,
    UNIQUE (reference, paid_at)
) STRICT;

CREATE TABLE IF NOT EXISTS tallies (name TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT;
