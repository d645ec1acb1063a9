-- The local chat shows answers in the place of the message whose button was pressed, and pictures.
ALTER TABLE room_messages ADD COLUMN answers TEXT NOT NULL DEFAULT '';   -- key of the press; '' = as it was said
ALTER TABLE room_messages ADD COLUMN picture TEXT NOT NULL DEFAULT '';   -- JSON it is drawn from; '' = none
CREATE INDEX room_messages_edited ON room_messages (edited_ms) WHERE edited_ms IS NOT NULL;
