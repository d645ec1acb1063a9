-- Interactions of the WeCom robot that nothing ended yet: the vendor lets one person have three of them open.
CREATE TABLE robot_requests (
    key TEXT NOT NULL PRIMARY KEY,               -- of the message, as in inbox
    request TEXT NOT NULL,                       -- the vendor's id of the interaction
    opened_ms INTEGER NOT NULL
) STRICT;
