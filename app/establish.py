"""
The first events of a log: the registrar's key, the log's key, the first administrator, the law, the calendars.

Everything here is idempotent: what the log already says is not said again, so a second `luoshi init` changes nothing.
"""

from __future__ import annotations

import hashlib
import tomllib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import holidays
from domain.law.local import parse_local
from domain.law.rules import parse_pack
from domain.people.commands import RecordPeople
from domain.people.events import KeyEnrolled, OfficialRegistered, PeopleEvent, RulePackAdopted
from domain.people.streams import PACKS
from domain.recorded import Actor
from ledger import canonical

if TYPE_CHECKING:
    from datetime import datetime

    from app.handle import Handler, Outcome

STATUTES = Path(__file__).parent.parent / "domain" / "law" / "statutes"
# Fields added since: where they say nothing, an entry keeps the command id that older programs gave it.
_NOT_SAID = ("adopted_by", "second")
REGISTRAR = Actor(system="registrar")


def establish(
    handler: Handler, *, now: datetime, administrator: str, first_year: int = min(holidays.PUBLISHED)
) -> None:
    """
    Make an empty log ready to work; `administrator` is the id of the first official.
    """
    enrol_system(handler, str(REGISTRAR.system), now=now)
    _enrol(handler, handler.origin, "log", "log", now)
    record(handler, OfficialRegistered(official_id=administrator, name=administrator), now=now)
    enrol_official(handler, administrator, now=now)
    for pack in sorted(STATUTES.glob("*.toml")):
        # What was ever adopted is not put back in the place of what an office has adopted since.
        record(handler, _adoption(tomllib.loads(pack.read_text(encoding="utf-8"))), now=now)
    for year in sorted(y for y in holidays.PUBLISHED if y >= first_year):
        record(handler, holidays.notice(year), now=now)


def enrol_system(handler: Handler, name: str, *, now: datetime) -> None:
    """A system's key, kept by the ledger. The registrar's own is the log's first event and signs itself."""
    _enrol(handler, f"system/{name}", "system", name, now)


def enrol_official(handler: Handler, official_id: str, *, now: datetime) -> None:
    """A key which the ledger keeps for an official; the event says so."""
    _enrol(handler, f"official/{official_id}", "official", official_id, now)


def _enrol(handler: Handler, principal: str, role: str, holder: str, now: datetime) -> None:
    # Who ever had a key has seen to the next one: a second `init` must not put one of the ledger's own beside it.
    if any((key.role, key.holder) == (role, holder) for key in handler.register().keys.values()):
        return
    signer = handler.keyring.create(principal)
    event = KeyEnrolled(
        key_id=signer.key_id, vkey=signer.vkey, role=role, holder=holder, custody="ledger", valid_from=now.date()
    )
    record(handler, event, now=now)


def adopt_pack(
    handler: Handler,
    content: dict[str, Any],
    *,
    now: datetime,
    adopted_by: str | None = None,
    second: str | None = None,
    once: bool = False,
) -> Outcome:
    """
    Put a rule pack in force; the event holds the whole of it, so that a court reads the same law. A text that was in
    force before, and was replaced, is adopted anew; with `once`, it is a repeat and stays replaced.
    """
    event = _adoption(content, adopted_by=adopted_by, second=second)
    at, _ = handler.store.head(PACKS)  # two who order the same at once order it once
    done = record(handler, event, now=now)
    in_force = handler.register().adopted.get(event.pack_id)
    if (
        once
        or done.is_new
        or in_force is None
        or (in_force.version, in_force.sources) == (event.version, event.sources)
    ):
        return done
    return record(handler, event, now=now, instead_of=at)


def _adoption(content: dict[str, Any], *, adopted_by: str | None = None, second: str | None = None) -> RulePackAdopted:
    said = plain(content)
    parse_pack(said)  # refuses what could not be read back
    parse_local(said)
    digest = hashlib.sha256(canonical.encode(said)).hexdigest()[:12]
    return RulePackAdopted(pack_id=said["pack"], version=digest, content=said, adopted_by=adopted_by, second=second)


def record(handler: Handler, event: PeopleEvent, *, now: datetime, instead_of: int | None = None) -> Outcome:
    """
    Put one entry on record as the registrar; the same entry twice is one event. `instead_of`: the version of its list
    that stood when it was ordered again, where that is the point.
    """
    body = {k: plain(getattr(event, k)) for k in event.__dataclass_fields__ if k not in ("TOPIC", *_NOT_SAID)}
    for name in _NOT_SAID:
        if getattr(event, name, None) is not None:
            body[name] = getattr(event, name)
    digest = hashlib.sha256(canonical.encode({"topic": event.TOPIC, "body": body})).hexdigest()
    command_id = f"registrar:{digest}" if instead_of is None else f"registrar:{digest}:{instead_of}"
    command = RecordPeople(event=event, actor=REGISTRAR, occurred_at=now, now=now, command_id=command_id)
    return handler.record(command)


def plain(value: Any) -> Any:
    """TOML values as canonical JSON takes them: dates become their ISO text."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value
