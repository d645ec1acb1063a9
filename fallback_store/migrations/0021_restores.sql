-- What a store that was made of a copy must not name again: somebody may have been told it after the copy.
CREATE TABLE restores (
    epoch INTEGER PRIMARY KEY,                   -- the one that was running, or handing back, in the copy
    skipped INTEGER NOT NULL,                    -- order numbers left out of it, in every building
    next_epoch INTEGER NOT NULL                  -- no lower one is opened
) STRICT;
