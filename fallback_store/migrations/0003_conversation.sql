-- How the bot behaves in a group: it answers whoever orders, or nothing but mentions.
ALTER TABLE chats ADD COLUMN speaks TEXT NOT NULL DEFAULT 'orders' CHECK (speaks IN ('orders', 'mentions'));

-- Words people used for a dish that its menu does not know, and what an admin said to them.
CREATE TABLE learned_aliases (
    id INTEGER PRIMARY KEY AUTOINCREMENT,        -- never reused: an old button decides nothing else
    word TEXT NOT NULL,
    item_id TEXT NOT NULL,                       -- outlives its snapshot: the next one knows the item again
    times INTEGER NOT NULL DEFAULT 1,
    first_by TEXT NOT NULL,                      -- who said it first; '' once that was forgotten
    first_ms INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'offered' CHECK (state IN ('offered', 'approved', 'rejected')),
    decided_by TEXT,
    decided_ms INTEGER,
    revision INTEGER NOT NULL DEFAULT 0,         -- grows with every decision: whoever reads messages looks at the newest
    UNIQUE (word, item_id)
) STRICT;
CREATE INDEX learned_aliases_revision ON learned_aliases (revision);
