-- Where admins are asked before a switch: what was proposed, until when they may answer, and what became of it.
CREATE TABLE switch_questions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,        -- never reused: a button of an old question finds it answered
    mode TEXT NOT NULL CHECK (mode IN ('partial', 'emergency')),
    cause TEXT NOT NULL,
    part TEXT NOT NULL DEFAULT '',
    broken_ms INTEGER NOT NULL,
    asked_ms INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    answer TEXT CHECK (answer IN ('yes', 'no', 'silence', 'withdrawn')),   -- NULL while it waits
    answered_by TEXT NOT NULL DEFAULT '',
    answered_ms INTEGER
) STRICT;
CREATE INDEX switch_questions_waiting ON switch_questions (id) WHERE answer IS NULL;
