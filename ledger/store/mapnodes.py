"""
The case map's nodes in the log's own database, and the lock that makes one publisher the leader.

Why in the database, and why addressed by hash: docs/decisions/0010-map-nodes.md. tests/contract/test_mapnodes.py.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from ledger.casemap import Inner, Leaf, Node
from ledger.errors import LedgerError, StoreUnavailable
from ledger.store.migrate import WRITER

KEYS_PER_QUERY = 1000
NODES_PER_CALL = 5000
WAIT = "60s"  # for another publisher to finish

# One query for a whole batch: down from the root towards every key at once. `place # 7`: a key's bits are counted from
# the most significant one, Postgres counts each byte's from the least.
_PATHS = """
    WITH RECURSIVE way (key, place, node, value) AS (
        SELECT k.key, 0, n.node, n.value
          FROM unnest(%b::bytea[]) AS k (key)
          JOIN {schema}.map_node n ON n.hash = %b
        UNION ALL
        SELECT w.key, w.place + 1, n.node, n.value
          FROM way w
          JOIN {schema}.map_node n
            ON n.hash = CASE get_bit(w.key, w.place # 7)
                        WHEN 1 THEN substr(w.node, 34, 32) ELSE substr(w.node, 2, 32) END
         WHERE w.value IS NULL
    )
    SELECT DISTINCT node, value FROM way
"""


class NotLeader(LedgerError):  # noqa: N818 - says what it is
    """Another publisher is at work and did not finish in time; nothing was done."""


class PostgresNodes:
    """A `ledger.casemap.Nodes`. Reading works inside `leading` and `reading`, keeping inside `leading` only."""

    def __init__(self, dsn: str, schema: str, *, wait: str = WAIT) -> None:
        self._wait = wait
        self._dsn = dsn
        self._schema = schema
        self._connection: psycopg.Connection[Any] | None = None

    @contextmanager
    def leading(self) -> Iterator[None]:
        """Be the only publisher of this log, on every machine that reaches its database."""
        with self._connected() as connection:
            connection.execute("SELECT set_config('lock_timeout', %s, false)", (self._wait,))
            try:
                # Held by the session: whoever dies gives it back.
                name = f"luoshi/publish/{self._schema}"
                connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (name,))
            except psycopg.errors.LockNotAvailable:
                raise NotLeader(f"another publisher has been at work for {self._wait}") from None
            with self._using(connection):
                yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read the nodes of a published root. They never change, so nobody need be kept out."""
        with self._connected() as connection:
            # Whoever reads need not be able to write, and here cannot.
            connection.execute("SET default_transaction_read_only = on")
            with self._using(connection):
                yield

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            connection = psycopg.connect(self._dsn, autocommit=True)
        except psycopg.OperationalError as error:
            raise StoreUnavailable(f"the database cannot be reached: {error}") from error
        with connection:
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(WRITER)))
            yield connection

    @contextmanager
    def _using(self, connection: psycopg.Connection[Any]) -> Iterator[None]:
        # Each step down is a look-up by primary key; guessing at sizes, the planner would read the whole table.
        for setting in ("enable_hashjoin", "enable_mergejoin", "enable_seqscan"):
            connection.execute("SELECT set_config(%s, 'off', false)", (setting,))
        self._connection = connection
        try:
            yield
        finally:
            self._connection = None

    def paths(self, root: bytes, keys: Sequence[bytes]) -> Mapping[bytes, Node]:
        found: dict[bytes, Node] = {}
        statement = sql.SQL(_PATHS).format(schema=sql.Identifier(self._schema))
        for start in range(0, len(keys), KEYS_PER_QUERY):
            cursor = self._leader().cursor(binary=True, row_factory=tuple_row)
            for raw, value in cursor.execute(statement, (list(keys[start : start + KEYS_PER_QUERY]), root)):
                node = Inner(raw[1:33], raw[33:]) if value is None else Leaf(raw[1:33], value)
                found[node.hash] = node
        return found

    def keep(self, nodes: Iterable[Node]) -> None:
        # Again after a half-known outcome: the same nodes have the same names.
        statement = sql.SQL("SELECT {}.keep_map_nodes(%b::bytea[], %b::bytea[])").format(sql.Identifier(self._schema))
        waiting = list(nodes)
        for start in range(0, len(waiting), NODES_PER_CALL):
            part = waiting[start : start + NODES_PER_CALL]
            values = [node.value if isinstance(node, Leaf) else None for node in part]
            self._leader().execute(statement, ([node.preimage for node in part], values))

    def _leader(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            raise NotLeader("the map's nodes are reached inside `leading` or `reading` only")
        return self._connection
