-- The petitioner's look-up: query codes, and how often somebody tried. A code stands here only as a keyed hash over
-- number and code together, so that a wrong code and an unknown number are one and the same miss. Whose code it is, is
-- said by an ordinal alone: nothing of a petitioner stands in these tables. Tries are counted in a fixed number of
-- slots, whatever is tried. app/lookup/codes.py.
SET LOCAL ROLE luoshi_owner;

CREATE TABLE {schema}.query_code (
    digest   bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    stream   text NOT NULL CHECK (starts_with(stream, 'case/') AND NOT starts_with(stream, 'case/accusation/')),
    holder   smallint NOT NULL CHECK (holder BETWEEN 1 AND 5),  -- the first petitioner, or a joint one's place
    made_at  timestamptz NOT NULL,
    ended_at timestamptz                                        -- another one was made in its place
);
CREATE UNIQUE INDEX query_code_one_each ON {schema}.query_code (stream, holder) WHERE ended_at IS NULL;

CREATE TABLE {schema}.lookup_tries (
    slot  integer PRIMARY KEY CHECK (slot BETWEEN 0 AND 131071),
    since timestamptz NOT NULL,
    tries integer NOT NULL
);

REVOKE ALL ON {schema}.query_code, {schema}.lookup_tries FROM PUBLIC;
GRANT SELECT, INSERT ON {schema}.query_code TO luoshi_gate;
GRANT UPDATE (ended_at) ON {schema}.query_code TO luoshi_gate;
GRANT SELECT, INSERT, UPDATE ON {schema}.lookup_tries TO luoshi_gate;
