-- Requests that carried an idempotency key: the command id made of caller and key, and a MAC of what was asked. The
-- event keeps the command id for ever; this keeps that the same key never stands for another request. tests/contract/.
SET LOCAL ROLE luoshi_owner;

CREATE TABLE {schema}.request (
    command_id text PRIMARY KEY,
    mac        text NOT NULL
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.request
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
ALTER TABLE {schema}.request ENABLE ALWAYS TRIGGER append_only;

REVOKE ALL ON {schema}.request FROM PUBLIC;
GRANT SELECT, INSERT ON {schema}.request TO luoshi_writer;
