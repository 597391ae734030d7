-- Nobody's program changes or removes a record. Triggers hold the owner too (ENABLE ALWAYS: also in replica mode). A
-- superuser can drop them: signatures and the checkpoint outside the database are for that.
SET LOCAL ROLE luoshi_owner;

CREATE FUNCTION {schema}.refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: the log is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.event
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
ALTER TABLE {schema}.event ENABLE ALWAYS TRIGGER append_only;

-- A disclosure may be deleted, by an order that is itself recorded, but not altered.
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON {schema}.disclosure
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
ALTER TABLE {schema}.disclosure ENABLE ALWAYS TRIGGER append_only;

CREATE TRIGGER never_shorter BEFORE DELETE OR TRUNCATE ON {schema}.head
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
ALTER TABLE {schema}.head ENABLE ALWAYS TRIGGER never_shorter;

REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM PUBLIC;
GRANT SELECT ON {schema}.event, {schema}.head, {schema}.disclosure, {schema}.notification
    TO luoshi_writer, luoshi_reader, luoshi_projector;
