-- The message of a chat in which a board is edited in place: the vendor's id of it.
CREATE TABLE board_places (
    chat_id TEXT NOT NULL,
    board TEXT NOT NULL,
    vendor_id TEXT NOT NULL,
    PRIMARY KEY (chat_id, board)
) STRICT, WITHOUT ROWID;

-- Actions that do not fit into a vendor's button; the button carries the row's number.
CREATE TABLE long_actions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,        -- never reused: an old button stands for nothing else
    action TEXT NOT NULL UNIQUE
) STRICT;

-- Why nothing can be said in a chat; '' = as far as we know it can.
ALTER TABLE chats ADD COLUMN unreachable TEXT NOT NULL DEFAULT '';

-- A chat's messages when it moves or is gone.
CREATE INDEX outgoing_of_chat ON outgoing (chat_id) WHERE state = 'waiting';
