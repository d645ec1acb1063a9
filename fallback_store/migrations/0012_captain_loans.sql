-- A captain's work lent to somebody else for an evening, or given for good by an admin: a code, and who took it.
CREATE TABLE captain_loans (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    building_id TEXT NOT NULL REFERENCES buildings (id),
    offered_by TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,                 -- nobody takes it after this
    until_ms INTEGER,                            -- whoever took it has it until then; NULL = until it is taken back
    taken_by TEXT,
    is_new INTEGER NOT NULL DEFAULT 0,           -- they were no captain there before: it ends with the loan
    ended_ms INTEGER
) STRICT;
