-- What a reader sees of the views: the rows of cases in which a party of his reach has part. The connection says whose
-- look it is, for one transaction: luoshi.everything (on), luoshi.parties and luoshi.accusations (lines). Nothing said,
-- nothing seen. Accusations are seen one by one alone, whatever else is in reach. This guards the views against our own
-- mistakes, not against whoever holds the service's password (docs/threats.md).
SET LOCAL ROLE luoshi_projector;

CREATE FUNCTION {view_schema}.may_see(asked text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    allowed text[];
BEGIN
    IF starts_with(asked, 'case/accusation/') THEN
        allowed := string_to_array(current_setting('luoshi.accusations', true), E'\n');
        RETURN coalesce(asked = ANY (allowed) OR '*' = ANY (allowed), false);
    END IF;
    IF current_setting('luoshi.everything', true) = 'on' THEN
        RETURN true;
    END IF;
    allowed := string_to_array(current_setting('luoshi.parties', true), E'\n');
    IF starts_with(asked, 'office/') THEN
        RETURN coalesce('unit/' || substr(asked, 8) = ANY (allowed), false);
    END IF;
    IF NOT starts_with(asked, 'case/') THEN  -- post/<id>, unit/<id>: what is owed without any case
        RETURN coalesce(asked = ANY (allowed), false);
    END IF;
    RETURN EXISTS (SELECT FROM {view_schema}.party p WHERE p.stream = asked AND p.party = ANY (allowed));
END
$$;
REVOKE ALL ON FUNCTION {view_schema}.may_see FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {view_schema}.may_see TO luoshi_reader, luoshi_writer;

-- Puts a table of the views behind it. Not FORCE: the projector owns the tables and fills them by COPY, which row-level
-- security forbids; nobody who asks questions is the projector.
CREATE FUNCTION {view_schema}.guard(guarded regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
    EXECUTE format(
        'CREATE POLICY reach ON %s FOR SELECT TO luoshi_reader, luoshi_writer USING (CASE '
        'WHEN current_setting(''luoshi.everything'', true) = ''on'' AND NOT starts_with(stream, ''case/accusation/'') '
        'THEN true ELSE {view_schema}.may_see(stream) END)', guarded);
END
$$;
REVOKE ALL ON FUNCTION {view_schema}.guard FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {view_schema}.guard TO luoshi_projector;

DO $$
DECLARE
    found regclass;
BEGIN
    FOR found IN
        SELECT c.oid::regclass FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE c.relnamespace = '{view_schema}'::regnamespace AND c.relkind = 'r' AND a.attname = 'stream'
    LOOP
        PERFORM {view_schema}.guard(found);
    END LOOP;
END
$$;
