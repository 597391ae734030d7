-- The only way into the log. One call appends a batch of requests; each is recorded whole or refused whole, and a
-- refused one never fails its neighbours.
--
-- Order is the point: the lock is held until commit, so log indexes become visible in their own order and a follower
-- that has seen index n never has to look back. One lock, one NOTIFY and one flush are paid per batch.
--
-- `firsts` holds the 1-based position of each request's first event in the event arrays. An event without a command id
-- (the library's recorder interface) need only be new; all others must continue their stream without a gap.
SET LOCAL ROLE luoshi_owner;

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
    found       bigint       -- ... and is at that one
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

    -- Try the whole batch as one set. Where something in it must be refused, halve it, left half first, down to the
    -- single request that is at fault: a batch without refusals, the common case, costs one insert.
    WHILE depth > 0 LOOP
        low := lows[depth];
        high := highs[depth];
        depth := depth - 1;
        low_event := firsts[low];
        high_event := CASE WHEN high = requests THEN cardinality(streams) ELSE firsts[high + 1] - 1 END;

        -- Commands first: whoever retries after a lost answer must hear "recorded already", not "conflict".
        SELECT n.command_id, e.log_index, NULL::text AS stream, NULL::bigint AS expected, NULL::bigint AS found
          INTO refused
          FROM unnest(command_ids[low_event:high_event]) WITH ORDINALITY AS n (command_id, position)
          JOIN event e ON e.command_id = n.command_id
         ORDER BY n.position LIMIT 1;

        IF NOT FOUND THEN
            -- Twice within the set: only possible across requests, so the halves will tell which was first.
            SELECT n.command_id, NULL::bigint AS log_index, NULL::text AS stream, NULL::bigint AS expected, NULL::bigint AS found
              INTO refused
              FROM unnest(command_ids[low_event:high_event]) AS n (command_id)
             WHERE n.command_id IS NOT NULL
             GROUP BY n.command_id HAVING count(*) > 1 LIMIT 1;
        END IF;

        IF NOT FOUND THEN
            SELECT NULL::text AS command_id, NULL::bigint AS log_index, w.stream, w.version - 1 AS expected, w.current AS found
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

        IF NOT FOUND THEN
            INSERT INTO event (log_index, stream, version, topic, command_id, leaf, leaf_hash)
            SELECT next_at + n.position - 1, n.stream, n.version, n.topic, n.command_id, n.leaf,
                   sha256('\x00'::bytea || n.leaf)
              FROM unnest(streams[low_event:high_event], versions[low_event:high_event], topics[low_event:high_event],
                          command_ids[low_event:high_event], leaves[low_event:high_event])
                   WITH ORDINALITY AS n (stream, version, topic, command_id, leaf, position)
             ORDER BY n.position;

            INSERT INTO disclosure (log_index, position, disclosure)
            SELECT next_at + n.event - low_event, n.position, n.disclosure
              FROM unnest(disclosing, disclosures) WITH ORDINALITY AS n (event, disclosure, position)
             WHERE n.event BETWEEN low_event AND high_event;

            RETURN QUERY
            SELECT r, next_at + firsts[r] - low_event, NULL::text, NULL::bigint, NULL::text, NULL::bigint, NULL::bigint
              FROM generate_series(low, high) AS r;
            next_at := next_at + high_event - low_event + 1;
        ELSIF low = high THEN
            RETURN QUERY
            SELECT low, NULL::bigint, refused.command_id, refused.log_index, refused.stream, refused.expected, refused.found;
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
