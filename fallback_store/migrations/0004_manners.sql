-- How something is said where a channel has more than messages: core/chat.py, Manner and OutgoingMessage.
ALTER TABLE outgoing ADD COLUMN manner TEXT NOT NULL DEFAULT 'message'
    CHECK (manner IN ('message', 'toast', 'reaction', 'pin'));
ALTER TABLE outgoing ADD COLUMN edits TEXT NOT NULL DEFAULT '';
ALTER TABLE outgoing ADD COLUMN brief TEXT NOT NULL DEFAULT '';
ALTER TABLE outgoing ADD COLUMN picture TEXT NOT NULL DEFAULT '';
