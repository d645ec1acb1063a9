-- A notice is a row before anybody is told, so that admins may read and edit it first.
CREATE TABLE notices (
    id INTEGER PRIMARY KEY AUTOINCREMENT,        -- never reused: an old button decides about nothing else
    incident_id INTEGER NOT NULL REFERENCES incidents (id),
    number INTEGER,                              -- among those told about the incident, from 1; NULL until told
    kind TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'told', 'superseded')),
    texts TEXT NOT NULL DEFAULT '{}',            -- JSON, language → text: as drafted, then as told
    edits TEXT NOT NULL DEFAULT '{}',            -- JSON, language → what an admin wrote instead
    is_held INTEGER NOT NULL DEFAULT 0 CHECK (is_held IN (0, 1)),
    created_ms INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,                     -- a draft goes out by itself then
    told_ms INTEGER
) STRICT;
CREATE INDEX notices_drafts ON notices (id) WHERE state = 'draft';
CREATE INDEX notices_told ON notices (incident_id, id) WHERE state = 'told';

-- Who was reached with which notice, and how: one row per channel and target. No names, no addresses of people.
CREATE TABLE notice_deliveries (
    id INTEGER PRIMARY KEY,
    notice_id INTEGER NOT NULL REFERENCES notices (id),
    channel TEXT NOT NULL CHECK (channel IN ('group', 'person', 'mail', 'webhook')),
    target TEXT NOT NULL,                        -- a group's chat, a webhook's name; a fingerprint where it is personal
    outgoing_id INTEGER,                         -- the message that says it in a chat
    state TEXT NOT NULL DEFAULT 'waiting',       -- waiting, sent, failed, superseded: as of outgoing
    attempts INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    at_ms INTEGER NOT NULL,                      -- of the last change
    UNIQUE (notice_id, channel, target)
) STRICT;
CREATE INDEX notice_deliveries_waiting ON notice_deliveries (channel, id) WHERE state = 'waiting';
CREATE INDEX notice_deliveries_of_outgoing ON notice_deliveries (outgoing_id) WHERE outgoing_id IS NOT NULL;

-- What becomes of a message in a chat is written into the ledger in the same transaction, whoever sends it.
CREATE TRIGGER notice_deliveries_follow AFTER UPDATE OF state ON outgoing WHEN new.incident_id IS NOT NULL
BEGIN
    UPDATE notice_deliveries
    SET state = new.state, attempts = new.attempts, at_ms = max(at_ms, coalesce(new.sent_ms, at_ms))
    WHERE outgoing_id = new.id AND state = 'waiting';
END;
