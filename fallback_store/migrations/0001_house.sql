-- The whole memory. Times are integer milliseconds since 1970 UTC (…_ms), money is integer fen (…_fen).

-- Who this file is: part of every order id, so that two lives of a node never share an id.
CREATE TABLE store_identity (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    store_id TEXT NOT NULL
) STRICT;
INSERT INTO store_identity VALUES (1, lower(hex(randomblob(3))));

-- Buildings, chats, people --------------------------------------------------------------------

CREATE TABLE buildings (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    aliases TEXT NOT NULL DEFAULT '[]',          -- JSON array of names people use
    pickup_place TEXT NOT NULL DEFAULT '',       -- "" = downstairs at the building's door
    position INTEGER NOT NULL DEFAULT 0          -- order in the directory
) STRICT, WITHOUT ROWID;

CREATE TABLE chats (
    id TEXT PRIMARY KEY,                         -- <channel>:<vendor's chat id>
    is_group INTEGER NOT NULL,
    building_id TEXT REFERENCES buildings (id),  -- the building whose group it is
    title TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT 'zh'
) STRICT, WITHOUT ROWID;
CREATE INDEX chats_of_building ON chats (building_id) WHERE building_id IS NOT NULL;

CREATE TABLE people (
    id TEXT PRIMARY KEY,                         -- <channel>:<vendor's person id>
    name TEXT NOT NULL DEFAULT '',
    building_id TEXT REFERENCES buildings (id),
    room TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT ''            -- "" = the chat's
) STRICT, WITHOUT ROWID;

CREATE TABLE roles (
    person_id TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'captain', 'courier', 'merchant')),
    scope TEXT NOT NULL,                         -- building or merchant id; '' = everywhere
    source TEXT NOT NULL CHECK (source IN ('config', 'directory', 'admin')),
    PRIMARY KEY (person_id, role, scope, source)
) STRICT, WITHOUT ROWID;

-- Messages in and out -------------------------------------------------------------------------

CREATE TABLE inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,        -- never reused: the front desk goes on after the last it served
    key TEXT NOT NULL UNIQUE,                    -- idempotency key: a redelivery is a no-op
    chat_id TEXT NOT NULL,
    payload TEXT,                                -- the channel's JSON; NULL once read and not to be kept
    received_ms INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'handled', 'silent', 'quarantined')),
    error TEXT,
    handled_ms INTEGER
) STRICT;
CREATE INDEX inbox_waiting ON inbox (id) WHERE state = 'waiting';
CREATE INDEX inbox_quarantined ON inbox (id) WHERE state = 'quarantined';

CREATE TABLE outgoing (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    chat_id TEXT NOT NULL,
    priority INTEGER NOT NULL,                   -- 0 notice, 1 receipt, 2 board, 3 digest
    text TEXT NOT NULL,
    buttons TEXT,                                -- JSON rows of [label, action]; NULL = none
    reply_to TEXT,
    board TEXT NOT NULL DEFAULT '',
    incident_id INTEGER,                         -- for notices: which incident it tells about
    created_ms INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'superseded', 'failed')),
    not_before_ms INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    vendor_id TEXT,
    error TEXT,
    sent_ms INTEGER
) STRICT;
CREATE INDEX outgoing_waiting ON outgoing (priority, id) WHERE state = 'waiting';
CREATE INDEX outgoing_failed ON outgoing (id) WHERE state = 'failed';
CREATE INDEX outgoing_boards ON outgoing (chat_id, board) WHERE board <> '';
CREATE INDEX outgoing_of_incident ON outgoing (incident_id) WHERE incident_id IS NOT NULL;

-- What the embedded local chat shows: it is its own vendor, so it keeps its own rooms (trimmed per room).
CREATE TABLE room_messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,        -- never reused: an open page asks for what is newer than it shows
    key TEXT NOT NULL UNIQUE,
    chat_id TEXT NOT NULL,
    person_id TEXT,                              -- NULL = the bot
    person_name TEXT NOT NULL,
    text TEXT NOT NULL,
    buttons TEXT,
    reply_to TEXT,
    board TEXT NOT NULL DEFAULT '',
    priority TEXT NOT NULL DEFAULT '',
    at_ms INTEGER NOT NULL,
    edited_ms INTEGER
) STRICT;
CREATE INDEX room_messages_by_room ON room_messages (chat_id, id);
CREATE INDEX room_messages_boards ON room_messages (chat_id, board) WHERE board <> '';

-- Secret links for people without an account; the secret is shown once and only its hash is kept.
CREATE TABLE links (
    id INTEGER PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,             -- SHA-256, hex
    kind TEXT NOT NULL CHECK (kind IN ('merchant', 'courier')),
    scope TEXT NOT NULL,                         -- merchant id, or the courier's person id
    label TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    revoked_ms INTEGER                           -- NULL while it opens anything
) STRICT;

-- A question waiting for an answer, or a cart being filled: never an order until confirmed.
CREATE TABLE drafts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,        -- never reused: a button of an old question finds nothing
    chat_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('cart', 'question')),
    body TEXT NOT NULL,                          -- JSON: lines, room, note, what is asked
    key TEXT NOT NULL,                           -- the message it came from: becomes the order's key
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    UNIQUE (chat_id, person_id, kind)
) STRICT;

-- Catalog and stock ---------------------------------------------------------------------------

CREATE TABLE catalog_snapshots (
    id INTEGER PRIMARY KEY,
    version TEXT NOT NULL,
    etag TEXT,
    taken_ms INTEGER NOT NULL,                   -- when the primary took it
    confirmed_ms INTEGER NOT NULL,               -- when the primary last said it is still true
    body TEXT NOT NULL
) STRICT;

CREATE TABLE directory_snapshots (
    id INTEGER PRIMARY KEY,
    version TEXT NOT NULL,
    etag TEXT,
    confirmed_ms INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE stock (
    item_id TEXT PRIMARY KEY,
    merchant_id TEXT NOT NULL,
    supply INTEGER CHECK (supply IS NULL OR supply >= 0),   -- the merchant's word; NULL = unlimited
    sold INTEGER NOT NULL DEFAULT 0 CHECK (sold >= 0),
    is_stopped INTEGER NOT NULL DEFAULT 0 CHECK (is_stopped IN (0, 1)),
    note TEXT NOT NULL DEFAULT '',
    changed_ms INTEGER NOT NULL,
    revision INTEGER NOT NULL DEFAULT 0          -- grows with every change: what the pages and sheets poll
) STRICT, WITHOUT ROWID;
CREATE INDEX stock_of_merchant ON stock (merchant_id);

CREATE TABLE stock_edits (
    id INTEGER PRIMARY KEY,
    key TEXT UNIQUE,                             -- idempotency key where the source has one
    item_id TEXT NOT NULL,
    field TEXT NOT NULL CHECK (field IN ('supply', 'is_stopped', 'note')),
    old TEXT,
    new TEXT,
    by TEXT NOT NULL,                            -- person id or link name
    source TEXT NOT NULL CHECK (source IN ('chat', 'grid', 'sheet', 'primary')),
    at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX stock_edits_of_item ON stock_edits (item_id, id);

-- What the bot knows of people's cells of a shared sheet: anything else in them is an edit.
CREATE TABLE sheet_cells (
    sheet TEXT NOT NULL,                         -- grid, google, feishu …
    item_id TEXT NOT NULL,
    field TEXT NOT NULL CHECK (field IN ('supply', 'is_stopped', 'note')),
    settled TEXT,                                -- its text when sheet and store last agreed
    written TEXT,                                -- what the bot has put there since
    PRIMARY KEY (sheet, item_id, field)
) STRICT, WITHOUT ROWID;

-- Orders --------------------------------------------------------------------------------------

CREATE TABLE order_numbers (
    epoch INTEGER NOT NULL,
    building_id TEXT NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (epoch, building_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE orders (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    epoch INTEGER NOT NULL,
    building_id TEXT NOT NULL REFERENCES buildings (id),
    number INTEGER NOT NULL,
    chat_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    person_name TEXT NOT NULL,
    room TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('placed', 'accepted', 'picked_up', 'delivered', 'cancelled')),
    total_fen INTEGER NOT NULL CHECK (total_fen >= 0),
    fees_fen INTEGER NOT NULL DEFAULT 0,
    paid TEXT NOT NULL DEFAULT 'unpaid' CHECK (paid IN ('unpaid', 'claimed', 'confirmed')),
    snapshot_version TEXT NOT NULL,
    pickup_code TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    courier_id TEXT,
    problem TEXT,                                -- what a courier reported; NULL = none
    content_hash TEXT NOT NULL,
    history_steps INTEGER NOT NULL DEFAULT 1,    -- rows of order_history
    placed_ms INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX orders_of_epoch ON orders (epoch, id);
CREATE INDEX orders_of_person ON orders (person_id, placed_ms);
CREATE INDEX orders_open ON orders (building_id, placed_ms) WHERE state IN ('placed', 'accepted', 'picked_up');
CREATE INDEX orders_troubled ON orders (id) WHERE problem IS NOT NULL;

CREATE TABLE order_lines (
    order_id TEXT NOT NULL REFERENCES orders (id),
    line INTEGER NOT NULL,
    item_id TEXT NOT NULL,
    merchant_id TEXT NOT NULL,
    name TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    options TEXT NOT NULL DEFAULT '[]',          -- JSON array of option names
    unit_price_fen INTEGER NOT NULL CHECK (unit_price_fen >= 0),
    note TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (order_id, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE order_history (
    order_id TEXT NOT NULL REFERENCES orders (id),
    step INTEGER NOT NULL,
    kind TEXT NOT NULL,                          -- the event kinds of the primary's contract
    by TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    detail TEXT,
    PRIMARY KEY (order_id, step)
) STRICT, WITHOUT ROWID;

-- 接龙: one live list per building and epoch, merged by person.
CREATE TABLE relay_entries (
    epoch INTEGER NOT NULL,
    building_id TEXT NOT NULL,
    person_name TEXT NOT NULL,                   -- as normalised for comparison
    shown_name TEXT NOT NULL,
    wish TEXT NOT NULL,                          -- fingerprint of what the line asked for: equal = nothing new
    order_id TEXT REFERENCES orders (id),        -- NULL while the line needs an answer
    problem TEXT,
    changed_ms INTEGER NOT NULL,
    PRIMARY KEY (epoch, building_id, person_name)
) STRICT, WITHOUT ROWID;

-- To the primary ------------------------------------------------------------------------------

CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY,                     -- gapless: rolled back units take no number, rows are never deleted
    key TEXT NOT NULL UNIQUE,
    epoch INTEGER NOT NULL,
    order_id TEXT NOT NULL,                      -- "" for stock.adjusted
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    replaces TEXT,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'leased', 'acked', 'parked')),
    outcome TEXT,                                -- applied, duplicate, refused
    order_ref TEXT,
    reason TEXT,                                 -- why parked
    hint TEXT,                                   -- what a person can do
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before_ms INTEGER NOT NULL DEFAULT 0,
    leased_until_ms INTEGER,
    settled_ms INTEGER
) STRICT;
CREATE INDEX outbox_unsettled ON outbox (epoch, seq) WHERE state IN ('waiting', 'leased');
CREATE INDEX outbox_parked ON outbox (seq) WHERE state = 'parked';
CREATE INDEX outbox_of_order ON outbox (epoch, order_id, seq);  -- an order's story; an epoch's books in order
CREATE INDEX outbox_corrections ON outbox (replaces) WHERE replaces IS NOT NULL;

CREATE TABLE hand_backs (
    epoch INTEGER PRIMARY KEY,
    step TEXT NOT NULL,                          -- fence, drain, compare, prove, close, release, done, abandoned
    started_ms INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL,
    by TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT '',             -- what it waits for, in words
    proof_path TEXT
) STRICT;

-- Who is in charge: append only ---------------------------------------------------------------

CREATE TABLE mode_changes (
    id INTEGER PRIMARY KEY,
    mode TEXT NOT NULL CHECK (mode IN ('normal', 'watching', 'partial', 'emergency', 'handing_back')),
    epoch INTEGER NOT NULL,
    by TEXT NOT NULL,                            -- person id, or 'watch'
    reason TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    detail TEXT NOT NULL DEFAULT '{}'            -- JSON: verdict, scope of a partial outage
) STRICT;

CREATE TABLE mode_locks (
    id INTEGER PRIMARY KEY,                      -- the newest row counts
    mode TEXT,                                   -- NULL = unlocked
    by TEXT NOT NULL,
    reason TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    until_ms INTEGER
) STRICT;

CREATE TABLE incidents (
    id INTEGER PRIMARY KEY,
    opened_ms INTEGER NOT NULL,
    closed_ms INTEGER,
    first_epoch INTEGER NOT NULL,
    cause TEXT NOT NULL,
    said TEXT NOT NULL DEFAULT '',               -- the reason a person gave; '' = the watch saw it
    broken_ms INTEGER NOT NULL,                  -- when it began, as far as could be seen
    notices INTEGER NOT NULL DEFAULT 0,          -- told so far
    noticed_ms INTEGER                           -- when the last of them was
) STRICT;
CREATE INDEX incidents_open ON incidents (id) WHERE closed_ms IS NULL;

CREATE TABLE incident_journal (
    id INTEGER PRIMARY KEY,
    incident_id INTEGER REFERENCES incidents (id),
    at_ms INTEGER NOT NULL,
    who TEXT NOT NULL,
    kind TEXT NOT NULL,                          -- opened, mode, notice, step, note, closed
    text TEXT NOT NULL
) STRICT;
CREATE INDEX incident_journal_of ON incident_journal (incident_id, id);

CREATE TRIGGER mode_changes_are_forever BEFORE DELETE ON mode_changes BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER mode_changes_are_fixed BEFORE UPDATE ON mode_changes BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER journal_is_forever BEFORE DELETE ON incident_journal BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER journal_is_fixed BEFORE UPDATE ON incident_journal BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER outbox_keeps_undelivered BEFORE DELETE ON outbox WHEN old.state <> 'acked'
BEGIN SELECT RAISE(ABORT, 'nothing undelivered is deleted'); END;
