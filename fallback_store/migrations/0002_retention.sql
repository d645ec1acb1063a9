-- Personal data goes some time after the hand-back; what stays must still be checkable.

-- When the order's people were forgotten; NULL = they are known. Its content_hash stays what the proof states, but
-- covers a room and a person that are gone: from then on forgotten_hash is the fingerprint of what is left
-- ('' = the order was torn already when it was forgotten, and must not pass for intact afterwards).
ALTER TABLE orders ADD COLUMN forgotten_ms INTEGER;
ALTER TABLE orders ADD COLUMN forgotten_hash TEXT;

-- Set once nothing personal is left in any order of the epoch: it is not looked through again.
ALTER TABLE hand_backs ADD COLUMN forgotten_ms INTEGER;

-- Since when no order that is still remembered is theirs; NULL = not looked at yet, or one is.
ALTER TABLE people ADD COLUMN idle_since_ms INTEGER;
