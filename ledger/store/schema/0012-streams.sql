-- The names of streams, without reading the log: those that begin alike, and those of one name behind the second slash
-- (`case/<source>/<number>`: which sources know a number). Each stream stands here once, by its first event.
SET LOCAL ROLE luoshi_owner;

CREATE INDEX event_first ON {schema}.event (stream COLLATE "C") WHERE version = 1;
CREATE INDEX event_first_name ON {schema}.event (regexp_replace(stream, '^[^/]*/[^/]*/', '')) WHERE version = 1;
