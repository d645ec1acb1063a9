-- What the watch read, so that rules can be tried on it: rounds of figures as JSON lines, zlib, some minutes in a row.
CREATE TABLE recorded_rounds (
    from_ms INTEGER NOT NULL,
    rounds BLOB NOT NULL
) STRICT;
CREATE INDEX recorded_rounds_from ON recorded_rounds (from_ms);
