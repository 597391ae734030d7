"""
Query codes: drawn when a matter is registered, shown once, kept as a keyed hash over number and code together.

One hash and one probe of an index answer every try, so a wrong code and an unknown number cannot be told apart, by the
answer or by the time (bench/lookup.py measures it). Tries are counted in the database, by source and by number, in a
fixed number of slots: several servers count together and no flood fills a table. tests/app/lookup/.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import unicodedata
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg_pool import ConnectionPool

from domain.duties.engine import split_stream
from ledger.store.migrate import GATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from psycopg import Connection

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without I, L, O, U: read over the telephone and off paper
LENGTH = 12  # 60 bits
MEANT = str.maketrans("OIL", "011")
SECRET_BYTES = 32
MOST_HOLDERS = 5  # a joint petition has five representatives at most: 信访工作条例 art. 20
SLOTS = 1 << 16  # of each kind
WINDOW = timedelta(minutes=15)
TRIES = {"source": 30, "number": 10}
MAX_NUMBER, MAX_CODE = 200, 40


class NoCode(LookupError):  # noqa: N818 - says what was found
    """There is no such matter for that code: the number, or the code, or both are not ours."""


class TooManyTries(Exception):  # noqa: N818 - says what was found
    """Too many tries from there, or for that number; `wait` says how many seconds until the next is counted."""

    def __init__(self, wait: int) -> None:
        super().__init__(wait)
        self.wait = wait


class BadCode(ValueError):  # noqa: N818 - says what was found
    """No code can be made so; the message says why, in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a right code opens: the matter, and the place of its holder among the petitioners."""

    stream: str
    holder: int


def spelled(code: str) -> str:
    """A code as people read it: XXXX-XXXX-XXXX."""
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def normalised(code: str) -> str:
    """What was typed, in one spelling: width, case, dashes, and letters that look like digits do not matter."""
    text = unicodedata.normalize("NFKC", code[:MAX_CODE]).upper()
    return re.sub(r"[^0-9A-Z]", "", text).translate(MEANT)


def number_of(number: str) -> str:
    return unicodedata.normalize("NFKC", number[:MAX_NUMBER]).strip()


def source_of(address: str) -> str:
    """Who tries: an IPv4 address, or the /64 of an IPv6 one, of which one household has all."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(IPv6Address(int(found) >> 64 << 64))
    return str(found.ipv4_mapped or found) if isinstance(found, IPv6Address) else str(found)


class Codes:
    """The codes of one log. `secret`: the key of every hash; without it the tables say nothing. Thread-safe."""

    def __init__(self, dsn: str, *, schema: str, secret: bytes, clock: Callable[[], datetime]) -> None:
        if len(secret) < SECRET_BYTES:
            raise ValueError(f"the secret of the codes has {len(secret)} bytes, {SECRET_BYTES} are needed")
        names = ("query_code", "lookup_tries", "access_record")
        self._names = {name: sql.Identifier(schema, name) for name in names}
        self._secret = secret
        self._clock = clock
        self._pool = ConnectionPool(dsn, min_size=0, max_size=4, timeout=8.0, open=True)

    def close(self) -> None:
        self._pool.close()

    def drawn(self, seed: str) -> str:
        """The code that belongs to a request: the same for the same one sent again, and told by nothing else."""
        digest = self._mac("draw", seed)
        return "".join(ALPHABET[byte % 32] for byte in digest[:LENGTH])

    def first(self, stream: str, code: str, *, by: str) -> bool:
        """Keep the code drawn at registration. False where the matter has another one."""
        digest = self.digest(split_stream(stream)[1], code)
        with self._at_the_gate() as db:
            statement = """
                INSERT INTO {query_code} (digest, stream, holder, made_at) VALUES (%s, %s, 1, %s) ON CONFLICT DO NOTHING
            """
            values = (digest, stream, self._clock())
            if db.execute(self._sql(statement), values).rowcount:
                self._write_down(db, by, "query_code_made", stream, 1, "registration")
                return True
            row = db.execute(self._sql("SELECT stream FROM {query_code} WHERE digest = %s"), (digest,)).fetchone()
        return row is not None and row[0] == stream

    def issue(self, stream: str, code: str, *, holder: int, ground: str, by: str) -> None:
        """Keep a new code for one petitioner; the one before is no good from now on. BadCode."""
        if not 1 <= holder <= MOST_HOLDERS:
            raise BadCode(f"holder: 信访人序号为 1 至 {MOST_HOLDERS}。a petitioner's place is 1 to {MOST_HOLDERS}")
        if not ground.strip() or len(ground) > 200:
            raise BadCode("ground: 请写明补发理由，200 字以内。say why, in at most 200 characters")
        if not stream.startswith("case/") or stream.startswith("case/accusation/"):
            raise BadCode("检举控告不设查询码。accusations have no query code")
        digest, now = self.digest(split_stream(stream)[1], code), self._clock()
        with self._at_the_gate() as db:
            db.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"luoshi/code/{stream}",))
            known = db.execute(self._sql("SELECT 1 FROM {query_code} WHERE digest = %s"), (digest,)).fetchone()
            if known is not None:
                return  # the same request, sent again
            end = "UPDATE {query_code} SET ended_at = %s WHERE stream = %s AND holder = %s AND ended_at IS NULL"
            ended = db.execute(self._sql(end), (now, stream, holder)).rowcount
            statement = "INSERT INTO {query_code} (digest, stream, holder, made_at) VALUES (%s, %s, %s, %s)"
            db.execute(self._sql(statement), (digest, stream, holder, now))
            what = "query_code_reissued" if ended else "query_code_made"
            self._write_down(db, by, what, stream, holder, ground.strip())

    def open(self, number: str, code: str, *, source: str) -> Found:
        """What that code opens. TooManyTries; NoCode, after the very same work whatever was wrong."""
        self.count(number, source=source)
        digest = self.digest(number, code)
        statement = "SELECT digest, stream, holder FROM {query_code} WHERE digest = %s AND ended_at IS NULL"
        with self._at_the_gate() as db:
            row = db.execute(self._sql(statement), (digest,)).fetchone()
        if row is None or not hmac.compare_digest(bytes(row[0]), digest):
            raise NoCode
        return Found(row[1], row[2])

    def count(self, number: str, *, source: str) -> None:
        """Count one try, right or wrong. TooManyTries where one of the limits is reached."""
        now = self._clock()
        kinds = {"source": source_of(source), "number": number_of(number)}
        statement = """
            INSERT INTO {lookup_tries} AS t (slot, since, tries) VALUES (%(slot)s, %(now)s, 1)
            ON CONFLICT (slot) DO UPDATE SET
                tries = CASE WHEN t.since <= %(over)s THEN 1 ELSE least(t.tries + 1, 1000000) END,
                since = CASE WHEN t.since <= %(over)s THEN %(now)s ELSE t.since END
            RETURNING tries, since
        """
        # In the order of their slots: two tries that share two slots never wait for each other.
        slots = sorted((self._slot(n, kind, value), TRIES[kind]) for n, (kind, value) in enumerate(kinds.items()))
        wait = timedelta()
        with self._at_the_gate() as db:
            for slot, most in slots:
                values = {"slot": slot, "now": now, "over": now - WINDOW}
                row = db.execute(self._sql(statement), values).fetchone()
                if row is not None and row[0] > most:
                    wait = max(wait, row[1] + WINDOW - now)
        if wait > timedelta():
            raise TooManyTries(int(wait.total_seconds()) + 1)

    def digest(self, number: str, code: str) -> bytes:
        return self._mac("code", f"{number_of(number)}\n{normalised(code)}")

    def mark(self, said: str) -> str:
        """A keyed digest of what somebody said, by which the same word sent twice is known again."""
        return self._mac("said", said).hex()[:32]

    def _slot(self, place: int, kind: str, value: str) -> int:
        return place * SLOTS + int.from_bytes(self._mac(f"try {kind}", value)[:2], "big")

    def _mac(self, purpose: str, text: str) -> bytes:
        return hmac.digest(self._secret, f"luoshi look-up v1 {purpose}\n{text}".encode(), hashlib.sha256)

    def _write_down(self, db: Connection[Any], by: str, what: str, stream: str, holder: int, ground: str) -> None:
        statement = """
            INSERT INTO {access_record} (at, account_id, what, detail)
            VALUES (%s, NULL, %s, %s)
        """
        detail = {"by": by, "stream": stream, "holder": holder, "ground": ground}
        db.execute(self._sql(statement), (self._clock(), what, json.dumps(detail, ensure_ascii=False)))

    @contextmanager
    def _at_the_gate(self) -> Iterator[Connection[Any]]:
        with self._pool.connection() as db:
            db.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(GATE)))
            yield db

    def _sql(self, statement: str) -> sql.Composed:
        return sql.SQL(statement).format(**self._names)
