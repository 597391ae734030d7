-- The log. `leaf` is the signed envelope, byte for byte; the other columns repeat what it says, so that SQL can find it.
SET LOCAL ROLE luoshi_owner;

CREATE TABLE {schema}.event (
    log_index  bigint PRIMARY KEY CHECK (log_index >= 0),
    stream     text   NOT NULL,
    version    bigint NOT NULL CHECK (version >= 0),
    topic      text   NOT NULL,
    command_id text   UNIQUE,          -- null only for events that came through the library's recorder interface
    leaf       bytea  NOT NULL,
    leaf_hash  bytea  NOT NULL CHECK (length(leaf_hash) = 32),
    UNIQUE (stream, version)           -- reads of one stream, its newest version, and our conflict
);

-- Leaves are signed and base64: compressing them again costs time and saves little.
ALTER TABLE {schema}.event ALTER COLUMN leaf SET STORAGE EXTERNAL;

-- How long the log is. One row; its size must equal the last index + 1, and locking it orders the writers.
CREATE TABLE {schema}.head (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    size   bigint  NOT NULL CHECK (size >= 0)
);
INSERT INTO {schema}.head (size) VALUES (0);

-- Salts and values of erasable fields. Leaves commit to their digests; erasing deletes rows here and nothing else.
CREATE TABLE {schema}.disclosure (
    log_index  bigint  NOT NULL REFERENCES {schema}.event,
    position   integer NOT NULL,
    disclosure text    NOT NULL,
    PRIMARY KEY (log_index, position)
);

-- The log under the column names that `eventsourcing` reads. Its ids start at 1.
CREATE VIEW {schema}.notification AS
    SELECT stream        AS originator_id,
           version       AS originator_version,
           topic,
           leaf          AS state,
           log_index + 1 AS notification_id
      FROM {schema}.event;
