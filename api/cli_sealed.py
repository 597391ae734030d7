"""
luoshi erase, luoshi case open-sealed, attach, open-attachment: sealed personal data, erased by order, read on a ground.
"""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path  # noqa: TC003 - Typer reads it at run time
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from api.output import trouble
from api.session import SAYS_NO, opened
from app.attachments import Objects, attach, check, open_attachment
from app.erase import BEYOND, erase
from app.sealed import CASE, acting_unit, stream_of_case
from app.unseal import NotShown, open_sealed
from domain.case.checks import CHANNELS
from domain.case.commands import DeclineRepeat, LinkRepeat, ReceiveAccusation
from domain.case.secrecy import GROUNDS, GUARDING, KINDS
from domain.recorded import Actor
from ledger.attachment import FIELD

if TYPE_CHECKING:
    from datetime import date

    from app.wiring import Luoshi

MAX_ACCUSATION = 50_000  # characters

CaseNo = Annotated[str, typer.Argument(metavar="CASE", help="Number of the case.")]
Source = Annotated[str | None, typer.Option(help="Where several sources know the number.")]
Who = Annotated[str, typer.Option("--actor", help="Id of the official who does this and signs it.")]
Unit = Annotated[
    str | None, typer.Option(help="For which unit; needed where the official has posts in several, or none.")
]
Version = Annotated[int | None, typer.Option(min=1, help="Only in the event of this version of the case.")]


def today(luoshi: Luoshi) -> date:
    """The civil day, in the zone of the settings."""
    return luoshi.clock().astimezone(ZoneInfo(luoshi.settings.timezone)).date()


def accuse_command(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, allow_dash=True, help="JSON; - for stdin.")
    ],
    channel: Annotated[str, typer.Option(help=f"How it came: one of {', '.join(CHANNELS)}.")],
    actor: Who,
    unit: Unit = None,
) -> None:
    """
    检举控告：登记于随机编号之下。Record an accusation under a random number. FILE holds what is sealed, so that
    it stands in no command line: {"accused_official": [ID, ...], "accused_unit": [ID, ...], "subject": TEXT,
    "purpose": TEXT}.
    """
    text = sys.stdin.read(MAX_ACCUSATION + 1) if str(file) == "-" else file.read_text(encoding="utf-8")
    sealed = _accusation(text)
    with opened() as luoshi:
        now = luoshi.clock()
        stream = f"{CASE}accusation/{secrets.token_hex(16)}"
        done = luoshi.handler.handle(
            ReceiveAccusation(
                stream=stream,
                unit_id=acting_unit(luoshi.handler.register(), actor, unit, today(luoshi)),
                official_id=actor,
                actor=Actor(official_id=actor),
                occurred_at=now,
                now=now,
                command_id=f"accuse:{stream}",
                channel=channel,
                sealed=sealed,
            )
        )
    sys.stdout.write(f"{stream}: version {done.version}, record {done.log_index}\n")
    trouble.print(
        "编号只显示这一次，请妥善记下。the number is shown here only: nobody can look it up by whom it accuses",
        markup=False,
        soft_wrap=True,
    )


def _accusation(text: str) -> tuple[tuple[str, str], ...]:
    """What is sealed of an accusation; ValueError names the member that does not fit, and repeats nothing of it."""
    if len(text) > MAX_ACCUSATION:
        raise ValueError(f"an accusation's file is longer than {MAX_ACCUSATION} characters")
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("an accusation's file is JSON: this is none") from None
    if not isinstance(given, dict) or not given.keys() <= {*GUARDING, "subject", "purpose"}:
        raise ValueError(f"an accusation's file is an object of {', '.join(GUARDING)}, subject and purpose")
    sealed: list[tuple[str, str]] = []
    for name, value in given.items():
        items = value if name in GUARDING else [value]
        if not isinstance(items, list) or not all(isinstance(item, str) and item for item in items):
            kind = "a list of identifiers" if name in GUARDING else "a text"
            raise ValueError(f"an accusation's {name} is {kind}")
        sealed += [(name, item) for item in items]
    return tuple(sealed)


def erase_command(
    case: CaseNo,
    field: Annotated[str, typer.Argument(metavar="FIELD", help="Name of the sealed field, e.g. petitioner_name.")],
    order: Annotated[str, typer.Option("--order", help="Number of the order.")],
    basis: Annotated[str, typer.Option(help="Its legal basis: a citation, which stays in the log.")],
    actor: Who,
    unit: Unit = None,
    source: Source = None,
    version: Version = None,
) -> None:
    """Erase a sealed field by a recorded order: the values go, the log and all its proofs stay. May be repeated."""
    with opened() as luoshi:
        stream = stream_of_case(luoshi.store, case, source)
        done = erase(
            luoshi.handler,
            luoshi.store,
            stream,
            field,
            order_no=order,
            basis=basis,
            official_id=actor,
            unit_id=acting_unit(luoshi.handler.register(), actor, unit, today(luoshi)),
            version=version,
        )
        luoshi.repeats().forget(stream)
    sys.stdout.write(
        f"{stream}: 新清除 {done.new_fields} 项，累计 {done.all_fields} 项，见日志 {list(done.log_indexes)}\n"
    )
    sys.stdout.write(f"{done.new_fields} erased now, {done.all_fields} in all, by records {list(done.log_indexes)}\n")
    sys.stdout.write(BEYOND + "\n")


def open_sealed_command(
    case: CaseNo,
    field: Annotated[str, typer.Argument(metavar="FIELD")],
    ground: Annotated[str, typer.Option(help=f"One of {', '.join(GROUNDS)}.")],
    text: Annotated[str, typer.Option("--text", help="The ground in words; it is kept sealed.")],
    actor: Who,
    acting_for: Annotated[str | None, typer.Option(help="Id of the official for whom the actor acts.")] = None,
    unit: Unit = None,
    source: Source = None,
    version: Version = None,
) -> None:
    """Read a sealed value. The reading is an event in the case before the value is shown."""
    with opened() as luoshi:
        stream = stream_of_case(luoshi.store, case, source)
        day = today(luoshi)
        try:
            found = open_sealed(
                luoshi.handler,
                luoshi.store,
                stream,
                field,
                ground=ground,
                ground_text=text,
                reader=Actor(official_id=actor, acting_for=acting_for),
                unit_id=acting_unit(luoshi.handler.register(), actor, unit, day),
                day=day,
                version=version,
            )
        except NotShown as refused:
            trouble.print(f"luoshi: {refused}", markup=False, soft_wrap=True)
            raise typer.Exit(SAYS_NO) from None
    for each in found:
        row = {"log_index": each.log_index, "version": each.version, "field": each.name, "value": each.value}
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


def attach_command(
    case: CaseNo,
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)],
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(KINDS)}.")],
    actor: Who,
    unit: Unit = None,
    source: Source = None,
) -> None:
    """Put a file into a case: encrypted, its name and type sealed. pdf, png, jpeg, docx, xlsx, ofd or UTF-8 text."""
    with opened() as luoshi:
        chosen = luoshi.settings
        done = attach(
            luoshi.handler,
            Objects(chosen.attachments_folder),
            stream_of_case(luoshi.store, case, source),
            file,
            category=kind,
            official_id=actor,
            unit_id=acting_unit(luoshi.handler.register(), actor, unit, today(luoshi)),
            max_bytes=chosen.attachment_max_bytes,
        )
    sys.stdout.write(f"{done.stream}: version {done.version}, record {done.log_index}\n")


def open_attachment_command(
    case: CaseNo,
    version: Annotated[int, typer.Option(min=1, help="Version of the case at which it was attached.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="A new file.")],
    ground: Annotated[str, typer.Option(help=f"One of {', '.join(GROUNDS)}.")],
    text: Annotated[str, typer.Option("--text", help="The ground in words; it is kept sealed.")],
    actor: Who,
    acting_for: Annotated[str | None, typer.Option(help="Id of the official for whom the actor acts.")] = None,
    unit: Unit = None,
    source: Source = None,
) -> None:
    """Read an attached file. The reading is an event in the case before the file is written."""
    with opened() as luoshi:
        stream, day = stream_of_case(luoshi.store, case, source), today(luoshi)
        try:
            [field] = open_sealed(
                luoshi.handler,
                luoshi.store,
                stream,
                FIELD,
                ground=ground,
                ground_text=text,
                reader=Actor(official_id=actor, acting_for=acting_for),
                unit_id=acting_unit(luoshi.handler.register(), actor, unit, day),
                day=day,
                version=version,
            )
        except NotShown as refused:
            trouble.print(f"luoshi: {refused}", markup=False, soft_wrap=True)
            raise typer.Exit(SAYS_NO) from None
        objects = Objects(luoshi.settings.attachments_folder)
        found = open_attachment(luoshi.store, objects, luoshi.settings.origin, stream, field)
    with out.open("xb") as file:
        file.write(found.data)
    sys.stdout.write(json.dumps({"name": found.name, "media_type": found.media_type}, ensure_ascii=False) + "\n")


def check_attachments(*, remove_unused: bool) -> None:
    """For `luoshi fsck`: every attached file is there and whole; files that no event needs are listed."""
    with opened() as luoshi:
        objects = Objects(luoshi.settings.attachments_folder)
        faults, unused = check(luoshi.store, objects)
        for digest in unused:
            if remove_unused:
                objects.remove(digest)
            sys.stdout.write(f"--    attachment {digest}: {'removed' if remove_unused else 'no event needs it'}\n")
    for fault in faults:
        sys.stdout.write(f"FAIL  {fault}\n")
    if faults:
        raise typer.Exit(SAYS_NO)
    sys.stdout.write("ok    attachments\n")


def repeats_command(
    case: CaseNo,
    actor: Who,
    unit: Unit = None,
    source: Source = None,
    confirm: Annotated[str | None, typer.Option(metavar="STREAM", help="It is the same matter: link them.")] = None,
    decline: Annotated[str | None, typer.Option(metavar="STREAM", help="It is another matter.")] = None,
    ground: Annotated[str, typer.Option(help="Why it is another matter, as a code.")] = "",
) -> None:
    """
    登记时提示可能的重复件（含已办结的），由登记人员核对。Matters that the one being registered may repeat, with the
    reason; confirmed or declined by an act. There is no question by name, and none after registration.
    """
    with opened() as luoshi:
        stream, now = stream_of_case(luoshi.store, case, source), luoshi.clock()
        acting = acting_unit(luoshi.handler.register(), actor, unit, today(luoshi))
        suggested = luoshi.repeats().suggest(stream, official_id=actor, day=today(luoshi))
        named = confirm if confirm is not None else decline
        if confirm is not None and decline is not None:
            raise ValueError("--confirm or --decline, not both")
        if named is not None:
            if named not in [s.stream for s in suggested]:
                raise ValueError(f"{named} is not suggested for {stream}")
            common: dict[str, Any] = {
                "unit_id": acting,
                "official_id": actor,
                "actor": Actor(official_id=actor),
                "occurred_at": now,
                "now": now,
                "command_id": f"repeat:{secrets.token_hex(16)}",
            }
            done = luoshi.handler.handle(
                LinkRepeat(stream=named, other_stream=stream, **common)  # the later arrival, on the earlier one
                if confirm is not None
                else DeclineRepeat(stream=stream, other_stream=named, ground=ground, **common)
            )
            sys.stdout.write(f"{done.stream}: version {done.version}, record {done.log_index}\n")
            return
    if not suggested:
        sys.stdout.write("没有提示。nothing suggested\n")
    for each in suggested:
        reasons = "；".join(f"{words} +{points}" for words, points in each.reasons)
        state = "已办结 closed" if each.is_closed else "办理中 open"
        sys.stdout.write(f"{each.stream}  {each.score} 分  {reasons}  {state}\n")
