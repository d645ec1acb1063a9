-- Groups that couriers have to themselves, and whose queues are shown there.
CREATE TABLE courier_groups (
    chat_id TEXT NOT NULL,
    building_id TEXT NOT NULL REFERENCES buildings (id),
    PRIMARY KEY (chat_id, building_id)
) STRICT, WITHOUT ROWID;

-- The message of a chat that shows a courier's queue and follows it: the newest one, for a while.
CREATE TABLE queue_views (
    chat_id TEXT PRIMARY KEY,
    reply_key TEXT NOT NULL,                     -- the outgoing message that shows it
    person_id TEXT NOT NULL,                     -- who opened it, and what they may see is shown
    language TEXT NOT NULL,
    building_id TEXT NOT NULL,                   -- '' = all of theirs
    floor TEXT,                                  -- NULL = the whole building
    shows TEXT NOT NULL,                         -- digest of what stands there
    until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
