-- Who may come in: accounts, their sessions and tokens, and a record of who came, failed, was let in or kept out. None
-- of it is evidence: acts are proved by signatures in the log. Only the gate touches these tables; the record is
-- append-only even for it. Secrets stand here as hashes.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'luoshi_gate') THEN
        BEGIN
            CREATE ROLE luoshi_gate LOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- another session was first
        END;
    END IF;
    IF NOT pg_has_role(current_user, 'luoshi_gate', 'MEMBER') THEN
        GRANT luoshi_gate TO CURRENT_USER;
    END IF;
END
$$;
GRANT USAGE ON SCHEMA {schema} TO luoshi_gate;

SET LOCAL ROLE luoshi_owner;

CREATE TABLE {schema}.account (
    account_id    text PRIMARY KEY,
    kind          text NOT NULL CHECK (kind IN ('person', 'system')),
    login         text UNIQUE NOT NULL CHECK (login = lower(login)),
    password_hash text,
    subject       text UNIQUE,                     -- issuer and subject of an outside identity
    official_id   text,                            -- who this is in our register
    unit_ids      text[] NOT NULL DEFAULT '{{}}',  -- for which units a system speaks
    roles         text[] NOT NULL DEFAULT '{{}}',
    is_disabled   boolean NOT NULL DEFAULT false,
    failures      integer NOT NULL DEFAULT 0,      -- wrong passwords since the last right one
    locked_until  timestamptz,
    made_at       timestamptz NOT NULL,
    CHECK (kind = 'system' OR official_id IS NOT NULL OR roles <@ ARRAY['system_officer', 'security_officer',
           'audit_officer', 'operator', 'auditor', 'witness'])
);

CREATE TABLE {schema}.session (
    token_hash bytea PRIMARY KEY,
    account_id text NOT NULL REFERENCES {schema}.account,
    kind       text NOT NULL CHECK (kind IN ('browser', 'token')),
    name       text,
    csrf_hash  bytea,
    made_at    timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL
);
CREATE INDEX ON {schema}.session (account_id);

CREATE TABLE {schema}.access_record (
    record_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL,
    account_id text,
    what       text NOT NULL,
    detail     jsonb NOT NULL DEFAULT '{{}}'
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.access_record
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
ALTER TABLE {schema}.access_record ENABLE ALWAYS TRIGGER append_only;

REVOKE ALL ON {schema}.account, {schema}.session, {schema}.access_record FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON {schema}.account TO luoshi_gate;
GRANT SELECT, INSERT, UPDATE, DELETE ON {schema}.session TO luoshi_gate;
GRANT SELECT, INSERT ON {schema}.access_record TO luoshi_gate;
