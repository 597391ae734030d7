"""
luoshi evidence ...: one answer as a file that a stranger checks. Exit 1: there is no such silence, or witnesses are
missing; 2: could not try.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from api.output import show as show_rows
from api.output import trouble
from api.session import COULD_NOT_TRY, SAYS_NO, opened
from app.asked import parse_as_of
from app.attachments import Objects
from app.evidence.asking import absent_stream, case_stream, excusing, why_not_silent
from app.evidence.conclude import BEARERS
from app.evidence.enclosing import Reading, Shown, papers, show, together
from app.evidence.make import Enclosed, make
from app.evidence.offline import derive
from app.evidence.sentences import LIMITS, concluded, erasures
from app.evidence.sentences import document as document_said
from app.evidence.tools import tools
from app.plain import plain
from app.sealed import acting_unit
from app.unseal import NotShown
from audit.answer import Discharged, NotArisen
from domain.case.secrecy import GROUNDS
from domain.recorded import Actor
from ledger.errors import LedgerError
from ledger.evidence.report import SOUNDNESS, VERDICTS
from ledger.evidence.verify import verify_evidence
from ledger.timestamp import check_token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.evidence.gather import Gathered, Gatherer
    from app.wiring import Luoshi
    from ledger.evidence.report import EvidenceReport

WITNESSES = 3  # the step that may fail for want of cosignatures: the file is whole, and says what it lacks

evidence_app = typer.Typer(
    no_args_is_help=True, help="证据文件: one answer with everything a stranger needs to check it."
)

Number = Annotated[str, typer.Argument(metavar="NO", help="The case's number.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="The file; NO.evidence.zip if not given.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="A day (its end in the zone) or a moment with offset.")]
Source = Annotated[str | None, typer.Option("--source", help="The case's source, where several know the number.")]
For = Annotated[str | None, typer.Option("--for", help="For whom and what for; it stands on the custody sheet.")]
NoPublish = Annotated[bool, typer.Option("--no-publish", help="Never publish; stop if the checkpoint is too old.")]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]
Format = Annotated[str, typer.Option("--format", help="table or json.")]


@evidence_app.command("case")
def case_command(
    case_no: Number,
    output: Output = None,
    as_of: AsOf = None,
    source: Source = None,
    holder: For = None,
    disclose: Annotated[list[str] | None, typer.Option(help="A sealed field to disclose; may be repeated.")] = None,
    document: Annotated[
        list[str] | None,
        typer.Option(
            help="An attachment to enclose: `all`, the case's version at which it was attached, or the digest in its "
            "record; may be repeated."
        ),
    ] = None,
    paper: Annotated[
        list[Path] | None,
        typer.Option(help="A file whose SHA-256 a record of the case names, as a paper served; may be repeated."),
    ] = None,
    ground: Annotated[str | None, typer.Option(help=f"Why it is read: one of {', '.join(GROUNDS)}.")] = None,
    text: Annotated[str, typer.Option("--text", help="The ground in words; it is kept sealed.")] = "",
    actor: Annotated[str | None, typer.Option(help="Id of the official who discloses, and signs that.")] = None,
    unit: Annotated[str | None, typer.Option(help="For which unit, where the official has posts in several.")] = None,
    no_publish: NoPublish = False,
    force: Force = False,
    form: Format = "table",
) -> None:
    """What became of a case: every duty, who held it, with proofs that nothing was changed or left out."""
    is_reading = bool(disclose or document)
    if is_reading and (ground is None or actor is None or no_publish):
        # The reading is an event of the case, on record and published before anything leaves.
        asked = " and ".join(name for name, given in (("--disclose", disclose), ("--document", document)) if given)
        raise ValueError(f"{asked} needs --ground, --text and --actor, and cannot be had with --no-publish")
    with opened() as luoshi:
        stream = case_stream(luoshi.store, case_no, source)
        question = {"stream": stream, "as_of": _as_of(luoshi, as_of)}
        file = _free(_file(case_no, output), force=force)
        shown = papers(luoshi.store, [stream], paper or ())
        if is_reading and ground is not None and actor is not None:
            reading = _reading(luoshi, ground=ground, text=text, actor=actor, unit=unit)
            shown = together(_shown(luoshi, stream, reading, fields=disclose or (), documents=document or ()), shown)
        gatherer = _published(luoshi, stream, no_publish=no_publish)
        gathered = gatherer.gather("case", question)
        _write(luoshi, gathered, file, holder, force=force, form=form, shown=shown)


@evidence_app.command("absence")
def absence_command(
    case_no: Number,
    output: Output = None,
    duty: Annotated[str | None, typer.Option(help="Duty code. Without it: that there is no such case.")] = None,
    as_of: AsOf = None,
    source: Source = None,
    holder: For = None,
    no_publish: NoPublish = False,
    force: Force = False,
    form: Format = "table",
) -> None:
    """What is not there: no record of the case discharges a duty by a day; or there is no case of this number."""
    with opened() as luoshi:
        find = absent_stream if duty is None else case_stream
        stream = find(luoshi.store, case_no, source)
        question = {"stream": stream, "as_of": _as_of(luoshi, as_of)}
        code = None if duty is None else duty.replace("-", "_")
        gatherer = _published(luoshi, stream, no_publish=no_publish)
        history, law = gatherer.looked_at(stream)
        if (said := why_not_silent(stream, history, law, parse_as_of(question["as_of"]), duty=code)) is not None:
            trouble.print(f"没有可证明的“没有”：{said.zh}", markup=False, soft_wrap=True)
            trouble.print(f"no such silence: {said.en}", markup=False, soft_wrap=True)
            raise typer.Exit(SAYS_NO)
        asked = question if code is None else question | {"duty": code}
        file = _free(_file(case_no, output), force=force)
        _write(luoshi, gatherer.gather("absence", asked), file, holder, force=force, form=form, shown=Shown())


@evidence_app.command("office")
def office_command(
    bearer: Annotated[str, typer.Argument(metavar="BEARER", help="post/<id> or unit/<id>.")],
    output: Output = None,
    duty: Annotated[str | None, typer.Option(help="Duty code; without it, every standing duty.")] = None,
    period: Annotated[str | None, typer.Option(help="One period of the duty, as 2026-03 or 2026-Q1.")] = None,
    is_absence: Annotated[bool, typer.Option("--absent", help="That nothing discharges it: silence proved.")] = False,
    as_of: AsOf = None,
    holder: For = None,
    paper: Annotated[
        list[Path] | None,
        typer.Option(help="A file whose SHA-256 a filing names as its evidence; may be repeated."),
    ] = None,
    no_publish: NoPublish = False,
    force: Force = False,
    form: Format = "table",
) -> None:
    """What a post or unit owed by the calendar, in no case, and what its office filed; or that it filed nothing."""
    if not bearer.startswith(BEARERS):
        raise ValueError(f"BEARER: {bearer!r} is neither post/<id> nor unit/<id>")
    if duty is None and (is_absence or period is not None):
        raise ValueError("--absent and --period are about a named duty: --duty")
    with opened() as luoshi:
        question = {"stream": bearer, "as_of": _as_of(luoshi, as_of)}
        besides = excusing(luoshi.store, bearer, parse_as_of(question["as_of"]))
        named = {
            "duty": None if duty is None else duty.replace("-", "_"),
            "period": period,
            "besides": "\n".join(besides) or None,
        }
        question |= {name: value for name, value in named.items() if value is not None}
        file = _free(_file(bearer, output), force=force)
        gatherer = _published(luoshi, bearer, no_publish=no_publish, besides=besides)
        try:
            gathered = gatherer.gather("absence" if is_absence else "office", question)
        except (Discharged, NotArisen) as said:
            trouble.print(f"没有可证明的“没有”。no such silence: {said}", markup=False, soft_wrap=True)
            raise typer.Exit(SAYS_NO) from None
        filed = [stream.stream for stream in gathered.bundle.streams if stream.role == "filed"]
        shown = papers(luoshi.store, filed, paper or ())
        _write(luoshi, gathered, file, holder, force=force, form=form, shown=shown)


@evidence_app.command("tools")
def tools_command(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Made if it is not there.")]) -> None:
    """Write the verifiers, and print the SHA-256 that is to be published where others can compare it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in tools().items():
            (folder / name).write_bytes(content)
            sys.stdout.write(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
    except OSError as error:
        trouble.print(f"luoshi: {folder}: {error.strerror}", markup=False, soft_wrap=True)
        raise typer.Exit(COULD_NOT_TRY) from None


def _as_of(luoshi: Luoshi, text: str | None) -> str:
    day = luoshi.clock() if text is None else parse_as_of(text)
    return day.isoformat()


def _published(luoshi: Luoshi, stream: str, *, no_publish: bool, besides: Sequence[str] = ()) -> Gatherer:
    """What makes evidence, under a checkpoint that covers all the answer leans on."""
    if luoshi.outside.newest() is None and not no_publish:
        luoshi.checkpoint()
    gatherer = luoshi.gatherer()
    missing = gatherer.uncovered(stream, besides)
    if missing and no_publish:
        listed = ", ".join(map(str, missing[:10])) + (" ..." if len(missing) > 10 else "")
        said = f"the newest checkpoint covers {gatherer.head.size} records, not {listed}: run `luoshi log publish`"
        trouble.print(f"luoshi: 检查点未覆盖所需记录。{said}", markup=False, soft_wrap=True)
        raise typer.Exit(COULD_NOT_TRY)
    if missing:
        luoshi.checkpoint()
        return luoshi.gatherer()
    return gatherer


def _file(case_no: str, output: Path | None) -> Path:
    if output is not None:
        return output
    name = re.sub(r"[^\w.-]+", "_", case_no).lstrip(".") or "case"
    # A name in Chinese takes three bytes a character, and file systems end at 255.
    return Path(name.encode()[:200].decode(errors="ignore") + ".evidence.zip")


def _free(file: Path, *, force: bool) -> Path:
    """The file, if it may be written; asked before anything is read or recorded for it."""
    if file.exists() and not force:
        trouble.print(f"luoshi: {file} exists already: --force writes over it", markup=False, soft_wrap=True)
        raise typer.Exit(COULD_NOT_TRY)
    return file


def _reading(luoshi: Luoshi, *, ground: str, text: str, actor: str, unit: str | None) -> Reading:
    day = luoshi.clock().astimezone(ZoneInfo(luoshi.settings.timezone)).date()
    acting = acting_unit(luoshi.handler.register(), actor, unit, day)
    return Reading(Actor(official_id=actor), acting, ground, text, day)


def _shown(luoshi: Luoshi, stream: str, reading: Reading, *, fields: Sequence[str], documents: Sequence[str]) -> Shown:
    """What these sealed fields and attachments hold, each reading on record before it is returned."""
    objects = Objects(luoshi.settings.attachments_folder)
    try:
        return show(luoshi.handler, luoshi.store, objects, stream, reading, fields=fields, documents=documents)
    except NotShown as refused:
        trouble.print(f"luoshi: {refused}", markup=False, soft_wrap=True)
        raise typer.Exit(SAYS_NO) from None


def _write(
    luoshi: Luoshi,
    gathered: Gathered,
    file: Path,
    holder: str | None,
    *,
    force: bool,
    form: str,
    shown: Shown,
) -> None:
    zone = ZoneInfo(luoshi.settings.timezone)
    policy, sidecar = luoshi.settings.policy_files()
    enclosed = Enclosed(
        tools=dict(tools()),
        policy=policy,
        policy_extension=sidecar,
        disclosures=shown.disclosures,
        documents=shown.documents,
        enclosed=shown.enclosed,
    )
    data = make(gathered, enclosed, holder=holder, now=luoshi.clock(), zone=zone)
    roots = luoshi.settings.roots_of_time()
    report = verify_evidence(data, luoshi.trust(), conclude=derive, tsa_roots=roots, check_token=check_token)
    if report.failed is not None and report.failed.number != WITNESSES:
        # Whatever it is, it is not the reader's fault: better no file than one that is refused elsewhere.
        raise LedgerError(f"the file made is refused at step {report.failed.number}: {report.failed.en}")
    _keep(file, data, force=force)
    _show(gathered, report, file, data, form)
    if report.exit_code:
        raise typer.Exit(report.exit_code)


def _keep(file: Path, data: bytes, *, force: bool) -> None:
    """Give the file its content at once, or not at all."""
    draft = file.with_name(f".{secrets.token_hex(8)}")
    try:
        with draft.open("xb") as opened_draft:
            opened_draft.write(data)
            opened_draft.flush()
            os.fsync(opened_draft.fileno())
        if force:
            draft.replace(file)
        else:
            file.hardlink_to(draft)  # unlike a rename, it never replaces what somebody wrote meanwhile
    finally:
        draft.unlink(missing_ok=True)


def _show(gathered: Gathered, report: EvidenceReport, file: Path, data: bytes, form: str) -> None:
    sha256 = hashlib.sha256(data).hexdigest()
    bundle, head = gathered.bundle, gathered.head
    if form == "json":
        whole: dict[str, Any] = {
            "file": str(file),
            "sha256": sha256,
            "bytes": len(data),
            "kind": bundle.kind,
            "question": dict(bundle.question),
            "origin": head.origin,
            "size": head.size,
            "root": head.root.hex(),
            "records": len(bundle.leaves),
            "streams": [{"stream": s.stream, "role": s.role, "records": len(s.indexes)} for s in bundle.streams],
            "disclosed": sum(len(d) for d in report.bundle.disclosures.values()) if report.bundle is not None else 0,
            "documents": [document.to_json() for document in report.documents],
            "gone": [said.en for said in erasures(bundle, report.events)],
            "answer": bundle.answer,
            "verified": report.to_json(),
        }
        show_rows([], [], form="json", whole=whole)
        return
    out = sys.stdout.write
    out(f"{plain(str(file))}  {len(data)} 字节\n  SHA-256 {sha256}\n")
    out(f"检查点 {head.origin} {head.size} 条；本件 {len(bundle.streams)} 个流、{len(bundle.leaves)} 条记录\n\n")
    listed = [document_said(each) for each in report.documents]
    for said in (*concluded(bundle), *listed, *erasures(bundle, report.events)):
        out(f"{plain(said.zh)}\n  {plain(said.en)}\n")
    out("\n以本方自己的信任核验 checked under our own trust\n")
    for step in report.steps:
        mark = {True: "ok  ", False: "FAIL", None: "--  "}[step.ok]
        out(f"{mark}  {step.number}  {plain(step.zh)}\n         {plain(step.en)}\n")
    out(f"{' '.join(VERDICTS[report.verdict])}\n")
    if bundle.kind == "absence":
        out("{}\n{}\n".format(*SOUNDNESS[report.soundness]))
        out("检举控告以随机编号登记，不在本件证明之内。\n")
        out("  Accusations have random numbers: no file says that none was made against somebody.\n")
    out(f"注意：{LIMITS[1].zh}\n  {LIMITS[1].en}\n")
