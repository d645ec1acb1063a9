-- Which one part of the platform an incident is about: 'payments', 'merchant:ID', 'canteen:ID'; '' = the whole.
ALTER TABLE incidents ADD COLUMN part TEXT NOT NULL DEFAULT '';
UPDATE incidents SET part = 'payments' WHERE cause = 'payments' AND closed_ms IS NULL;

-- Figures that people count and type in, such as the calls to the service line.
CREATE TABLE typed_figures (
    id INTEGER PRIMARY KEY,
    metric TEXT NOT NULL,
    value REAL NOT NULL,
    by TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX typed_figures_of ON typed_figures (metric, id);

-- What is usual for a metric at an hour of the week (0 = Monday midnight, campus time), learned while all is well.
CREATE TABLE metric_baselines (
    metric TEXT NOT NULL,
    hour INTEGER NOT NULL CHECK (hour BETWEEN 0 AND 167),
    seconds REAL NOT NULL,                       -- how long it was seen; capped, so that old weeks fade
    mean REAL NOT NULL,
    PRIMARY KEY (metric, hour)
) STRICT, WITHOUT ROWID;
