"""
Which recorded matters may be the same as one that is being registered, with the reason, for a clerk to confirm or not.

Matched by keyed digest: HMAC-SHA-256 of a normalised identity field under a key of the organ's line (the top unit above
the one that received it), so digests of two lines never meet and mean nothing without the key. The database answers for
one recorded matter alone (schema/0010-repeats.sql); there is no question by name, number or phone, and no list of a
petitioner's matters. Asked at registration only, by who is in the unit that received the matter; what is shown are
numbers of cases and which fields agree, never a value. An erasure in a case takes its digests with it. Nothing here
decides: a link is the clerk's own act (`LinkRepeat`, `DeclineRepeat`). docs/decisions, tests/app/test_repeats.py.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from app.handle import LOG_CHUNK, read
from domain.case import events as e
from domain.case.errors import Refused
from ledger.disclosure import open_disclosure
from ledger.store.migrate import WRITER, check_schema_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from app.handle import Handler
    from domain.people.register import Register
    from domain.recorded import Recorded

SECRET_BYTES = 32
ACCUSATIONS = "case/accusation/"
# Sealed field -> what kind of field it is.
KINDS = {
    "petitioner_name": "name",
    "representative_name": "name",
    "petitioner_id_number": "id_number",
    "petitioner_phone": "phone",
    "petitioner_address": "address",
}
# What agreeing fields say, in points of a hundred: a name alone, or a phone alone, is no suggestion. Conventions.
POINTS = {"id_number": 60, "phone": 30, "name": 20, "address": 15}
SAME_SUBJECT = 10
SUGGESTED_FROM = 45
MOST = 5
SAID = {"id_number": "证件号码一致", "phone": "联系电话一致", "name": "姓名一致", "address": "住址一致"}
# What may have happened to a matter that is still being registered.
AT_REGISTRATION = (
    e.PetitionReceived,
    e.PetitionRegistered,
    e.PetitionClassified,
    e.AttachmentAdded,
    e.ContactAttempted,
    e.ContactDisputed,
    e.PetitionLinkDeclined,
    e.SealedValueRead,
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A recorded matter that may be the same: its stream, and why, in points that add up to the score."""

    stream: str
    score: int
    reasons: tuple[tuple[str, int], ...]
    is_closed: bool


class Repeats:
    """The suggestions of one log. `secret`: the master from which every line's key is derived."""

    def __init__(self, dsn: str, schema: str, handler: Handler, secret: bytes) -> None:
        if len(secret) < SECRET_BYTES:
            raise ValueError(f"the secret for repeats has {len(secret)} bytes, {SECRET_BYTES} are needed")
        check_schema_name(schema)
        self._dsn = dsn
        self._schema = schema
        self._handler = handler
        self._secret = secret

    def suggest(self, stream: str, *, official_id: str, day: date) -> list[Suggestion]:
        """What the matter may repeat, the likeliest first; closed cases too. Refused after its registration."""
        history = [read(s) for s in self._handler.store.read_stream(stream)]
        people = self._handler.register()
        _may_ask(stream, history, official_id, people, day)
        self.catch_up()
        agreeing: dict[str, set[str]] = {}
        for other, kind in self._rows("suggest_repeats", (stream,)):
            agreeing.setdefault(other, set()).add(kind)
        told = {r.event.other_stream for r in history if isinstance(r.event, e.PetitionLinked | e.PetitionLinkDeclined)}
        subject = _subject(history)
        found = []
        for other in agreeing.keys() - told:
            acts = [read(s) for s in self._handler.store.read_stream(other)]
            if any(isinstance(r.event, e.PetitionLinked) and r.event.other_stream == stream for r in acts):
                continue
            reasons = [(SAID[k], POINTS[k]) for k in POINTS if k in agreeing[other]]
            if subject is not None and subject == _subject(acts):
                reasons.append(("内容分类相同", SAME_SUBJECT))
            score = min(sum(points for _, points in reasons), 100)
            if score >= SUGGESTED_FROM:
                closed = [
                    isinstance(r.event, e.CaseClosed)
                    for r in acts
                    if isinstance(r.event, e.CaseClosed | e.CaseReopened)
                ]
                found.append(Suggestion(other, score, tuple(reasons), is_closed=bool(closed) and closed[-1]))
        return sorted(found, key=lambda s: (-s.score, s.stream))[:MOST]

    def catch_up(self) -> int:
        """Give every arrival of the log its digests, through whichever door it came; returns the size reached."""
        store, people = self._handler.store, self._handler.register()
        position = int(self._rows("repeat_digests_to", ())[0][0])
        while chunk := store.read_log(position, LOG_CHUNK):
            rows: list[tuple[str, str, bytes]] = []
            for stored in chunk:
                if stored.topic == e.PetitionReceived.TOPIC and not stored.stream.startswith(ACCUSATIONS):
                    rows += self._digests(read(stored), people)
            position = chunk[-1].log_index + 1
            self._call(
                "keep_repeat_digests",
                (position, [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows]),
                ("bigint", "text[]", "text[]", "bytea[]"),
            )
        return position

    def forget(self, stream: str) -> None:
        """After an erasure: no suggestion rests on this matter any more."""
        self.catch_up()  # else its digests would come back with the next look
        self._call("forget_repeats", (stream,), ("text",))

    def _digests(self, arrival: Recorded, people: Register) -> Iterable[tuple[str, str, bytes]]:
        event = arrival.event
        if not isinstance(event, e.PetitionReceived):
            return
        erased = any(s.topic == e.SealedFieldErased.TOPIC for s in self._handler.store.read_stream(arrival.stream))
        held = self._handler.store.disclosures([arrival.log_index]).get(arrival.log_index, ())
        if erased or not held:
            return
        key = self._line_key(event.unit_id, people)
        for name, value in (open_disclosure(each) for each in held):
            kind = KINDS.get(name)
            plain = normalised(kind, value) if kind is not None and isinstance(value, str) else ""
            if kind is not None and plain:
                yield arrival.stream, kind, hmac.digest(key, f"{kind}\n{plain}".encode(), "sha256")

    def _line_key(self, unit_id: str, people: Register) -> bytes:
        top = (people.above(unit_id) or [unit_id])[-1]
        return hmac.digest(self._secret, f"luoshi repeats v1\n{top}".encode(), hashlib.sha256)

    def _rows(self, function: str, parameters: tuple[str, ...]) -> list[tuple[Any, ...]]:
        return self._call(function, parameters, ("text",) * len(parameters))

    def _call(self, function: str, parameters: Sequence[object], types: Sequence[str]) -> list[tuple[Any, ...]]:
        holes = sql.SQL(", ").join(sql.SQL("%s::{}").format(sql.SQL(t)) for t in types)
        statement = sql.SQL("SELECT * FROM {}({})").format(sql.Identifier(self._schema, function), holes)
        with psycopg.connect(self._dsn) as connection:
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(WRITER)))
            return connection.execute(statement, tuple(parameters)).fetchall()


def normalised(kind: str, value: str) -> str:
    """One spelling of a field: width, case, spaces and the usual prefixes do not tell two people apart."""
    text = re.sub(r"[\s\u3000·•.\-—,，、()（）]", "", unicodedata.normalize("NFKC", value)).upper()
    if kind == "phone":
        return re.sub(r"^(?:\+|00)?86(?=1\d{10}$)", "", text)
    return text


def _subject(history: Sequence[Recorded]) -> str | None:
    """The newest subject code of a matter."""
    codes = [r.event.subject for r in history if isinstance(r.event, e.PetitionRegistered | e.PetitionClassified)]
    return next((code for code in reversed(codes) if code is not None), None)


def _may_ask(stream: str, history: Sequence[Recorded], official_id: str, people: Register, day: date) -> None:
    arrival = history[0].event if history else None
    if not isinstance(arrival, e.PetitionReceived):
        raise Refused(
            f"{stream} is no petition that was received",
            zh=f"{stream} 不是已收到的信访事项",
            allowed="先登记收到；检举控告不作重复件比对 / receive it first; accusations are never matched",
            field="stream",
        )
    if not all(isinstance(r.event, AT_REGISTRATION) for r in history):
        raise Refused(
            "repeats are suggested at registration only",
            zh="重复件只在登记时提示，不提供事后查询",
            allowed="登记后、转送或受理前 / before the matter is passed on or accepted",
            field="stream",
        )
    if not people.posts_in(official_id, arrival.unit_id, day):
        raise Refused(
            f"repeats are shown in {arrival.unit_id}, which received the matter",
            zh=f"重复件提示只给收件单位 {arrival.unit_id} 的在岗人员",
            allowed=f"{arrival.unit_id} 的在岗人员 / who holds a post there",
            field="actor",
        )
