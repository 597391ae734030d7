"""
Sealed values for the rest of the program: bringing an older database under seal, and reading what a holder may see.

Nobody reads a value through here for a person: app/unseal.py does that, with a ground and an event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from ledger.store.migrate import migrate
from ledger.store.sealed import seal_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.store.sealed import SealedStore
    from ledger.vault import Vault

FIRST_SEALED = "0006-sealed.sql"
AT_ONCE = 1000

CLEAR = """
    SELECT d.log_index, d.position, e.stream, d.disclosure
      FROM {schema}.disclosure d JOIN {schema}.event e USING (log_index)
     WHERE d.disclosure NOT LIKE 'v1.%%' ORDER BY d.log_index, d.position LIMIT %s
"""
REMOVED = """
    DELETE FROM {schema}.disclosure d USING unnest(%s::bigint[], %s::integer[]) AS n (log_index, position)
     WHERE (d.log_index, d.position) = (n.log_index, n.position)
"""
SEALED = """
    INSERT INTO {schema}.disclosure (log_index, position, disclosure)
    SELECT * FROM unnest(%s::bigint[], %s::integer[], %s::text[])
"""


def open_disclosures(store: SealedStore, stream: str, log_indexes: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """
    The disclosure strings of these records of one stream that can still be read, by log index. Records of other streams
    and those without any are left out. Whoever passes them on looks first which names the holder may see.
    """
    own = {stored.log_index for stored in store.read_stream(stream)}
    return store.disclosures([index for index in log_indexes if index in own])


def migrate_sealed(dsn: str, schema: str, vault: Vault, *, origin: str) -> list[str]:
    """
    Apply the schema's files; values an older program kept in clear are sealed in the transaction that forbids them.

    Their keys are durable before that transaction commits. Backups and archived write-ahead logs from before still
    hold the clear values (docs/threats.md).
    """

    def seal_rows(connection: psycopg.Connection) -> None:
        named = {"schema": sql.Identifier(schema)}
        connection.execute("SET LOCAL ROLE luoshi_owner")
        while rows := connection.execute(sql.SQL(CLEAR).format(**named), (AT_ONCE,)).fetchall():
            keys = vault.current(stream for _, _, stream, _ in rows)
            indexes, positions = [row[0] for row in rows], [row[1] for row in rows]
            texts = [seal_text(origin, keys[stream], disclosure) for _, _, stream, disclosure in rows]
            connection.execute(sql.SQL(REMOVED).format(**named), (indexes, positions))
            connection.execute(sql.SQL(SEALED).format(**named), (indexes, positions, texts))

    with vault.sealing():
        applied = migrate(dsn, schema, before={FIRST_SEALED: seal_rows})
    if FIRST_SEALED in applied:
        with psycopg.connect(dsn, autocommit=True) as connection:
            # The deleted rows still lie in the table's file: written anew, it has none, and the old file goes.
            connection.execute(sql.SQL("VACUUM FULL {}").format(sql.Identifier(schema, "disclosure")))
            connection.execute("CHECKPOINT")
    return applied
