"""
Sealed values for the rest of the program: bringing an older database under seal, and what a case has of them.

Nothing here shows a value to a person: app/unseal.py does that, with a ground and an event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from app.questions import UnknownCase
from domain.case.errors import Refused
from ledger.disclosure import open_disclosure
from ledger.store.migrate import migrate
from ledger.store.sealed import seal_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from domain.people.register import Register
    from domain.recorded import Recorded
    from ledger.store.contract import Store
    from ledger.store.sealed import SealedStore
    from ledger.vault import Vault

FIRST_SEALED = "0006-sealed.sql"
AT_ONCE = 1000
CASE = "case/"

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


@dataclass(frozen=True, slots=True)
class Field:
    """A sealed field that can still be read. For the program's own use until an event has recorded the reading."""

    log_index: int
    version: int
    topic: str
    digest: str
    name: str
    value: Any


def fields_of(store: SealedStore, history: Sequence[Recorded]) -> list[Field]:
    """The readable sealed fields of a case, in the order of its events."""
    held = store.held([r.log_index for r in history])
    found: list[Field] = []
    for r in history:
        for digest, disclosure in held.get(r.log_index, {}).items():
            if disclosure is not None:
                found.append(Field(r.log_index, r.version, r.topic, digest, *open_disclosure(disclosure)))
    return found


def acting_unit(people: Register, official_id: str, unit_id: str | None, day: date) -> str:
    """The unit for which an official acts: the one named, else that of their posts. Refused where these are several."""
    if official_id not in people.officials:
        raise Refused(f"official {official_id} is not in the register", field="actor")
    if unit_id is not None:
        return unit_id
    held = people.official_posts.get(official_id, ())
    units = {people.posts[p].unit_id for p in held if people.posts_in(official_id, people.posts[p].unit_id, day)}
    if len(units) != 1:
        raise Refused(f"official {official_id} has posts in {len(units)} units that day: name the unit", field="unit")
    return units.pop()


def stream_of_case(store: Store, case_no: str, source: str | None = None) -> str:
    """The stream of a case number. UnknownCase where there is none; Refused where several sources know the number."""
    found = sorted(store.streams(CASE if source is None else f"{CASE}{source}/", case_no))
    if not found:
        raise UnknownCase(f"no case {case_no} is recorded")
    if len(found) > 1:
        raise Refused(f"several sources know case {case_no}: {', '.join(found)}", field="source")
    return found[0]
