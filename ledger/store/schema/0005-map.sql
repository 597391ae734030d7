-- Nodes of the case map, every version of them, each under its own hash: what is written once is never wrong later, and
-- what a crash left unused harms nobody. `node` is what is hashed (ledger/casemap.py); `value` stands beside leaves.
SET LOCAL ROLE luoshi_owner;

CREATE TABLE {schema}.map_node (
    hash  bytea PRIMARY KEY,
    node  bytea NOT NULL CHECK (length(node) = 65 AND sha256(node) = hash),
    value bytea CHECK (sha256(value) = substr(node, 34)),
    CHECK (get_byte(node, 0) = CASE WHEN value IS NULL THEN 3 ELSE 2 END)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.map_node
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
ALTER TABLE {schema}.map_node ENABLE ALWAYS TRIGGER append_only;

REVOKE ALL ON {schema}.map_node FROM PUBLIC;
GRANT SELECT ON {schema}.map_node TO luoshi_writer, luoshi_reader;

CREATE FUNCTION {schema}.keep_map_nodes(nodes bytea[], node_values bytea[]) RETURNS void
LANGUAGE sql
SECURITY DEFINER
SET search_path = {schema}, pg_temp
AS $$
    INSERT INTO map_node (hash, node, value)
    SELECT sha256(n.node), n.node, n.value FROM unnest(nodes, node_values) AS n (node, value)
        ON CONFLICT (hash) DO NOTHING
$$;
REVOKE ALL ON FUNCTION {schema}.keep_map_nodes FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {schema}.keep_map_nodes TO luoshi_writer;

-- Append one event, if it comes to stand at exactly this index: a map root says its own index. False, and nothing
-- recorded, where the log has moved on. The lock is append's own, so nobody comes in between.
CREATE FUNCTION {schema}.append_at(
    at bigint, stream text, version bigint, topic text, command_id text, leaf bytea
) RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = {schema}, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended({lock_name}, 0));
    IF (SELECT h.size FROM head h) IS DISTINCT FROM at THEN
        RETURN false;
    END IF;
    RETURN (
        SELECT a.first_index IS NOT DISTINCT FROM at
          FROM append(ARRAY[1], ARRAY[append_at.stream], ARRAY[append_at.version], ARRAY[append_at.topic],
                      ARRAY[append_at.command_id], ARRAY[append_at.leaf], ARRAY[]::integer[], ARRAY[]::text[]) AS a
    );
END
$$;
REVOKE ALL ON FUNCTION {schema}.append_at FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {schema}.append_at TO luoshi_writer;
