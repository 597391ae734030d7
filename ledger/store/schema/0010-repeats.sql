-- Which matters may be one (app/repeats.py): keyed digests of identity fields, made when a matter was received. Nobody
-- reads the table. The writer may ask one thing: with which other streams does THIS stream share digests. Digests come in
-- only beside a recorded arrival, never for an accusation, and go with the first erasure in their stream.
SET LOCAL ROLE luoshi_owner;

CREATE TABLE {schema}.repeat_digest (
    stream text  NOT NULL,
    kind   text  NOT NULL CHECK (kind IN ('id_number', 'phone', 'name', 'address')),
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    PRIMARY KEY (stream, kind, digest)
);
CREATE INDEX ON {schema}.repeat_digest (digest);   -- the one question
CREATE TABLE {schema}.repeat_position (
    size bigint NOT NULL CHECK (size >= 0)         -- one row: arrivals among so many events have their digests
);
INSERT INTO {schema}.repeat_position (size) VALUES (0);
REVOKE ALL ON {schema}.repeat_digest, {schema}.repeat_position FROM PUBLIC, luoshi_writer, luoshi_reader;

CREATE FUNCTION {schema}.keep_repeat_digests(up_to bigint, streams text[], kinds text[], digests bytea[]) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = {schema}, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM unnest(streams) AS n (stream)
         WHERE starts_with(n.stream, 'case/accusation/')
            OR NOT EXISTS (SELECT FROM event e WHERE e.stream = n.stream AND e.topic = 'petition.received.v1')
    ) THEN
        RAISE EXCEPTION 'digests of a stream without a recorded arrival' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO repeat_digest (stream, kind, digest)
    SELECT n.stream, n.kind, n.digest FROM unnest(streams, kinds, digests) AS n (stream, kind, digest)
    ON CONFLICT DO NOTHING;
    UPDATE repeat_position SET size = greatest(size, up_to);
END
$$;

CREATE FUNCTION {schema}.repeat_digests_to() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = {schema}, pg_temp
AS $$ SELECT size FROM repeat_position $$;

-- At most 60 rows: a matter that shares more with others is not told by them.
CREATE FUNCTION {schema}.suggest_repeats(of_stream text) RETURNS TABLE (other text, agrees text)
LANGUAGE sql SECURITY DEFINER SET search_path = {schema}, pg_temp
AS $$
    SELECT b.stream, b.kind
      FROM repeat_digest a JOIN repeat_digest b ON b.digest = a.digest AND b.kind = a.kind AND b.stream <> a.stream
     WHERE a.stream = of_stream
     GROUP BY b.stream, b.kind ORDER BY b.stream, b.kind LIMIT 60
$$;

CREATE FUNCTION {schema}.forget_repeats(of_stream text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = {schema}, pg_temp
AS $$ DELETE FROM repeat_digest WHERE stream = of_stream $$;

REVOKE ALL ON FUNCTION {schema}.keep_repeat_digests, {schema}.repeat_digests_to, {schema}.suggest_repeats,
    {schema}.forget_repeats FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {schema}.keep_repeat_digests, {schema}.repeat_digests_to, {schema}.suggest_repeats,
    {schema}.forget_repeats TO luoshi_writer;
