-- Who may do what. Roles belong to the whole cluster, so several logs on one server share them; other sessions may be
-- creating them at this moment, and an advisory lock does not reach across databases.
-- The owner cannot log in. Writer, reader and projector have no password: an administrator gives them one, or a login
-- role of his own is made a member.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['luoshi_owner', 'luoshi_writer', 'luoshi_reader', 'luoshi_projector'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I %s', wanted, CASE wanted WHEN 'luoshi_owner' THEN 'NOLOGIN' ELSE 'LOGIN' END);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- another session was first
            END;
        END IF;
        -- Whoever migrates must be able to act as each of them; a superuser is.
        IF NOT pg_has_role(current_user, wanted, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
        END IF;
    END LOOP;
END
$$;

ALTER SCHEMA {schema} OWNER TO luoshi_owner;
ALTER TABLE {schema}.migration OWNER TO luoshi_owner;
GRANT USAGE ON SCHEMA {schema} TO luoshi_writer, luoshi_reader, luoshi_projector;

-- Views are rebuilt at will: they live apart, and the projector owns the place.
CREATE SCHEMA {view_schema} AUTHORIZATION luoshi_projector;
GRANT USAGE ON SCHEMA {view_schema} TO luoshi_writer, luoshi_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE luoshi_projector IN SCHEMA {view_schema}
    GRANT SELECT ON TABLES TO luoshi_writer, luoshi_reader;
