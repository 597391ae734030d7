-- From here on nothing but ciphertext stands beside the log (ledger/store/sealed.py, docs/formats.md section 6). Rows
-- of before are sealed by `luoshi db migrate` in the transaction of this file; the check holds every later one.
SET LOCAL ROLE luoshi_owner;

DO $$
BEGIN
    IF EXISTS (SELECT FROM {schema}.disclosure WHERE disclosure !~ '^v1\.') THEN
        RAISE EXCEPTION 'sealed values are kept in clear here, and only `luoshi db migrate` has the keys to seal them';
    END IF;
END
$$;

ALTER TABLE {schema}.disclosure
    ADD CONSTRAINT sealed CHECK (disclosure ~ '^v1\.[A-Za-z0-9_-]{{43}}\.[0-9a-f]{{16}}\.[A-Za-z0-9_-]+$');

-- Put other texts in place of those beside some events: an erasure leaves out what it erases and brings the rest under
-- a new key, in one step. It can take away, never add to an event that is not named.
CREATE FUNCTION {schema}.keep_instead(beside bigint[], indexes bigint[], disclosures text[]) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = {schema}, pg_temp
AS $$
BEGIN
    IF NOT indexes <@ beside THEN
        RAISE EXCEPTION 'values beside events that were not named' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    DELETE FROM disclosure WHERE log_index = ANY (beside);
    INSERT INTO disclosure (log_index, position, disclosure)
    SELECT n.log_index, n.position, n.disclosure
      FROM unnest(indexes, disclosures) WITH ORDINALITY AS n (log_index, disclosure, position);
END
$$;
REVOKE ALL ON FUNCTION {schema}.keep_instead FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {schema}.keep_instead TO luoshi_writer;
