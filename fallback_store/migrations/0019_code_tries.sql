-- Wrong codes: who brought them, and how many were tried while an offer stood.
CREATE TABLE code_tries (
    person_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX code_tries_of_person ON code_tries (person_id, at_ms);
ALTER TABLE captain_loans ADD COLUMN wrong_tries INTEGER NOT NULL DEFAULT 0;
