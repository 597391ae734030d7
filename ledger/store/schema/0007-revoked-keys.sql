-- A record signed by a key that an earlier record revoked is refused here, behind the lock that orders the log: whoever
-- judged the key before he signed may have been overtaken by its revocation (docs/decisions/0021). Keys are known by
-- the bytes that a leaf has for them: canonical JSON, so one key has one spelling, and nothing needs parsing but the
-- revocation itself. Otherwise `append` is that of 0004.
SET LOCAL ROLE luoshi_owner;

-- The key that a revocation names, as canonical JSON; null where it cannot be read: verification says so (step 4).
CREATE FUNCTION {schema}.revoked_key_of(leaf bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    RETURN convert_to(
        (convert_from(decode(convert_from(leaf, 'UTF8')::json ->> 'payload', 'base64'), 'UTF8')::json
            -> 'body' -> 'key_id')::text, 'UTF8');
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$$;

-- The key of a leaf in the form of ledger/envelope.py: what stands between `"signatures":[{{"keyid":` (23 bytes) and
-- `,"sig":"<88>"}}]}}` (100 bytes). The payload before it is base64 and cannot hold the mark. Of other bytes: anything.
CREATE FUNCTION {schema}.signing_key_of(leaf bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE
AS $$
    SELECT substring(leaf FROM start + 23 FOR greatest(length(leaf) - start - 122, 0))
      FROM position('\x227369676e617475726573223a5b7b226b65796964223a'::bytea IN leaf) AS start
$$;

CREATE TABLE {schema}.revoked_key (
    key       bytea  PRIMARY KEY,
    log_index bigint NOT NULL          -- the first record that revokes it
);
INSERT INTO {schema}.revoked_key (key, log_index)
SELECT key, min(log_index)
  FROM (SELECT {schema}.revoked_key_of(leaf) AS key, log_index FROM {schema}.event WHERE topic = 'key.revoked.v1') AS r
 WHERE key IS NOT NULL
 GROUP BY key;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.revoked_key
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
ALTER TABLE {schema}.revoked_key ENABLE ALWAYS TRIGGER append_only;

REVOKE ALL ON {schema}.revoked_key FROM PUBLIC;
REVOKE ALL ON FUNCTION {schema}.revoked_key_of FROM PUBLIC;
REVOKE ALL ON FUNCTION {schema}.signing_key_of FROM PUBLIC;
GRANT SELECT ON {schema}.revoked_key TO luoshi_writer, luoshi_reader;

DROP FUNCTION {schema}.append;

CREATE FUNCTION {schema}.append(
    firsts      integer[],
    streams     text[],
    versions    bigint[],
    topics      text[],
    command_ids text[],
    leaves      bytea[],
    disclosing  integer[],
    disclosures text[]
) RETURNS TABLE (
    request     integer,
    first_index bigint,      -- where the request was recorded; null if it was refused
    command     text,        -- refused: this command is recorded already ...
    command_at  bigint,      -- ... at this index
    stream      text,        -- refused: this stream ...
    expected    bigint,      -- ... was expected at this version ...
    found       bigint,      -- ... and is at that one
    key         bytea,       -- refused: this key signed one of its events ...
    key_at      bigint       -- ... and was revoked by the record of this index
)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = {schema}, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    requests  integer := cardinality(firsts);
    start_at  bigint;
    next_at   bigint;
    lows      integer[] := ARRAY[1];
    highs     integer[] := ARRAY[requests];
    depth     integer := 1;
    low       integer;
    high      integer;
    low_event integer;
    high_event integer;
    refused   record;
    revokes   boolean := 'key.revoked.v1' = ANY (topics);
    any_revoked boolean;
BEGIN
    -- Each statement below must see what the previous holder of the lock committed.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'append needs READ COMMITTED' USING ERRCODE = 'LU002';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended({lock_name}, 0));
    SELECT h.size INTO STRICT start_at FROM head h FOR UPDATE;
    SELECT coalesce(max(e.log_index) + 1, 0) INTO next_at FROM event e;
    IF start_at <> next_at THEN
        RAISE EXCEPTION 'the head says % events, the last index says %', start_at, next_at USING ERRCODE = 'LU001';
    END IF;

    any_revoked := revokes OR EXISTS (SELECT FROM revoked_key);

    -- Try the whole batch as one set. Where something in it must be refused, halve it, left half first, down to the
    -- single request that is at fault: a batch without refusals, the common case, costs one insert.
    WHILE depth > 0 LOOP
        low := lows[depth];
        high := highs[depth];
        depth := depth - 1;
        low_event := firsts[low];
        high_event := CASE WHEN high = requests THEN cardinality(streams) ELSE firsts[high + 1] - 1 END;

        -- Commands first: whoever retries after a lost answer must hear "recorded already", not "conflict".
        SELECT n.command_id, e.log_index, NULL::text AS stream, NULL::bigint AS expected, NULL::bigint AS found,
               NULL::bytea AS key, NULL::bigint AS key_at
          INTO refused
          FROM unnest(command_ids[low_event:high_event]) WITH ORDINALITY AS n (command_id, position)
          JOIN event e ON e.command_id = n.command_id
         ORDER BY n.position LIMIT 1;

        IF NOT FOUND THEN
            -- Twice within the set: only possible across requests, so the halves will tell which was first.
            SELECT n.command_id, NULL::bigint AS log_index, NULL::text AS stream, NULL::bigint AS expected, NULL::bigint AS found,
                   NULL::bytea AS key, NULL::bigint AS key_at
              INTO refused
              FROM unnest(command_ids[low_event:high_event]) AS n (command_id)
             WHERE n.command_id IS NOT NULL
             GROUP BY n.command_id HAVING count(*) > 1 LIMIT 1;
        END IF;

        IF NOT FOUND THEN
            SELECT NULL::text AS command_id, NULL::bigint AS log_index, w.stream, w.version - 1 AS expected, w.current AS found,
                   NULL::bytea AS key, NULL::bigint AS key_at
              INTO refused
              FROM (
                SELECT n.*, c.current,
                       c.current + row_number() OVER (PARTITION BY n.stream ORDER BY n.position) AS wanted,
                       count(*) OVER (PARTITION BY n.stream, n.version) AS times
                  FROM unnest(streams[low_event:high_event], versions[low_event:high_event], command_ids[low_event:high_event])
                       WITH ORDINALITY AS n (stream, version, command_id, position)
                  JOIN (
                    SELECT s.stream,
                           coalesce((SELECT e.version FROM event e
                                      WHERE e.stream = s.stream ORDER BY e.version DESC LIMIT 1), 0) AS current
                      FROM (SELECT DISTINCT unnest(streams[low_event:high_event]) AS stream) AS s
                  ) AS c ON c.stream = n.stream
              ) AS w
             WHERE CASE
                   WHEN w.command_id IS NOT NULL THEN w.version <> w.wanted
                   ELSE w.times > 1 OR EXISTS (SELECT FROM event e WHERE e.stream = w.stream AND e.version = w.version)
                   END
             ORDER BY w.position LIMIT 1;
        END IF;

        -- Last, since only a request that would be recorded is owed this answer: the writer judges its key again. Within
        -- a set a revocation counts for what stands behind it; between two requests the halves say whether it stood.
        IF NOT FOUND AND any_revoked THEN
            SELECT NULL::text AS command_id, NULL::bigint AS log_index, NULL::text AS stream,
                   NULL::bigint AS expected, NULL::bigint AS found, s.key, coalesce(k.log_index, next_at + i.position - 1) AS key_at
              INTO refused
              FROM (
                SELECT n.position, signing_key_of(n.leaf) AS key
                  FROM unnest(leaves[low_event:high_event]) WITH ORDINALITY AS n (leaf, position)
              ) AS s
              LEFT JOIN revoked_key k ON k.key = s.key
              LEFT JOIN (
                SELECT revoked_key_of(n.leaf) AS key, min(n.position) AS position
                  FROM unnest(topics[low_event:high_event], leaves[low_event:high_event])
                       WITH ORDINALITY AS n (topic, leaf, position)
                 WHERE revokes AND n.topic = 'key.revoked.v1'
                 GROUP BY 1
              ) AS i ON i.key = s.key AND i.position < s.position
             WHERE k.key IS NOT NULL OR i.key IS NOT NULL
             ORDER BY s.position LIMIT 1;
        END IF;

        IF NOT FOUND THEN
            INSERT INTO event (log_index, stream, version, topic, command_id, leaf, leaf_hash)
            SELECT next_at + n.position - 1, n.stream, n.version, n.topic, n.command_id, n.leaf,
                   sha256('\x00'::bytea || n.leaf)
              FROM unnest(streams[low_event:high_event], versions[low_event:high_event], topics[low_event:high_event],
                          command_ids[low_event:high_event], leaves[low_event:high_event])
                   WITH ORDINALITY AS n (stream, version, topic, command_id, leaf, position)
             ORDER BY n.position;

            IF revokes THEN
                INSERT INTO revoked_key (key, log_index)
                SELECT revoked_key_of(n.leaf), min(next_at + n.position - 1)
                  FROM unnest(topics[low_event:high_event], leaves[low_event:high_event])
                       WITH ORDINALITY AS n (topic, leaf, position)
                 WHERE n.topic = 'key.revoked.v1' AND revoked_key_of(n.leaf) IS NOT NULL
                 GROUP BY 1
                    ON CONFLICT DO NOTHING;
            END IF;

            INSERT INTO disclosure (log_index, position, disclosure)
            SELECT next_at + n.event - low_event, n.position, n.disclosure
              FROM unnest(disclosing, disclosures) WITH ORDINALITY AS n (event, disclosure, position)
             WHERE n.event BETWEEN low_event AND high_event;

            RETURN QUERY
            SELECT r, next_at + firsts[r] - low_event, NULL::text, NULL::bigint, NULL::text, NULL::bigint, NULL::bigint,
                   NULL::bytea, NULL::bigint
              FROM generate_series(low, high) AS r;
            next_at := next_at + high_event - low_event + 1;
        ELSIF low = high THEN
            RETURN QUERY
            SELECT low, NULL::bigint, refused.command_id, refused.log_index, refused.stream, refused.expected, refused.found,
                   refused.key, refused.key_at;
        ELSE
            lows[depth + 1] := (low + high) / 2 + 1;
            highs[depth + 1] := high;
            lows[depth + 2] := low;
            highs[depth + 2] := (low + high) / 2;
            depth := depth + 2;
        END IF;
    END LOOP;

    IF next_at > start_at THEN
        UPDATE head SET size = next_at;
        PERFORM pg_notify({channel}, '');
    END IF;
END
$$;

REVOKE ALL ON FUNCTION {schema}.append FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {schema}.append TO luoshi_writer;
