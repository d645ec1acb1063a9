-- How each shared sheet fares: pages show it, receipts mention it when it is old.
CREATE TABLE sheet_states (
    sheet TEXT PRIMARY KEY,                      -- google, feishu
    compared_ms INTEGER,                         -- when sheet and store were last compared
    failing_since_ms INTEGER,                    -- NULL while they can be
    problem TEXT NOT NULL DEFAULT '',            -- what is wrong, '' = nothing
    hint TEXT NOT NULL DEFAULT ''                -- what a person can do
) STRICT, WITHOUT ROWID;
