-- Where our books of an epoch and the primary's part, as last compared, while a person is asked about it.
CREATE TABLE book_differences (
    epoch INTEGER NOT NULL,
    order_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('missing', 'extra', 'differs')),
    ours_status TEXT,                            -- NULL = not in our books
    ours_fen INTEGER,
    theirs_status TEXT,                          -- NULL = not in the primary's
    theirs_fen INTEGER,
    PRIMARY KEY (epoch, order_id)
) STRICT, WITHOUT ROWID;

-- What a person decided about them: append only, part of what the proof rests on.
CREATE TABLE book_decisions (
    id INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL,
    decision TEXT NOT NULL CHECK (decision IN ('again', 'accept')),
    mark TEXT NOT NULL,                          -- names the differences that were seen
    reason TEXT NOT NULL,
    by TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;
CREATE TRIGGER book_decisions_are_forever BEFORE DELETE ON book_decisions BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER book_decisions_are_fixed BEFORE UPDATE ON book_decisions BEGIN SELECT RAISE(ABORT, 'append only'); END;
