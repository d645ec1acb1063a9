-- Where the vendor allows only so many messages after something a person did: how many may still follow, until when.
CREATE TABLE reply_allowances (
    chat_id TEXT PRIMARY KEY,
    left_over INTEGER NOT NULL CHECK (left_over >= 0),
    until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
