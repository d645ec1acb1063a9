-- The breaker of each epoch: whether the platform's own intake is cut, so that no order is taken twice.
CREATE TABLE breaker (
    epoch INTEGER PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('open', 'unsupported', 'half_open', 'closed')),
    cut_ms INTEGER NOT NULL,                     -- when we took over: from then on its own orders are suspect
    paused_ms INTEGER,                           -- when it first said that it is paused; NULL = it never did
    resumed_ms INTEGER,
    suspects TEXT NOT NULL DEFAULT '[]'          -- JSON: the platform's references of what it took after the cut
) STRICT;
