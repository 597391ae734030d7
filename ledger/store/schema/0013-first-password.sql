-- A password that somebody else drew is good for one thing: setting one's own.
SET LOCAL ROLE luoshi_owner;

ALTER TABLE {schema}.account ADD COLUMN must_change boolean NOT NULL DEFAULT false;
