"""
luoshi finding ...: what the discipline office looks into, from opening to confirmation or withdrawal, and what follows.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sys
from datetime import date
from pathlib import Path  # noqa: TC003 - Typer reads it at run time
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from api.output import show, trouble
from api.session import SAYS_NO, opened
from app import findings, words
from app.readings import record_reading
from app.sealed import acting_unit, stream_of_case
from domain.case.accountability import GROUNDS, MEASURES
from domain.finding import commands as c
from domain.finding.decide import TEXT
from domain.recorded import Actor

if TYPE_CHECKING:
    from app.wiring import Luoshi
    from domain.finding.commands import FindingCommand

finding_app = typer.Typer(no_args_is_help=True, help="核查认定: findings of the discipline office.")
MAX_EXPLANATION = 20_000  # characters
CHUNK = 1 << 20
STATES = {"open": "核查中", "confirmed": "已认定", "withdrawn": "已撤回"}

Stream = Annotated[str, typer.Argument(metavar="FINDING", help="finding/<32 hex>, as `open` gave it.")]
Who = Annotated[str, typer.Option("--actor", help="Id of the official who does this and signs it.")]
Unit = Annotated[str | None, typer.Option(help="For which unit; needed where the actor has several.")]
CommandId = Annotated[str | None, typer.Option(help="The same id twice is one act.")]
Format = Annotated[str, typer.Option("--format", help="table or json.")]


@finding_app.command("open")
def open_command(
    case: Annotated[str, typer.Argument(metavar="CASE", help="Number of the case.")],
    duty: Annotated[str, typer.Option(help="Duty code.")],
    trigger: Annotated[int, typer.Option(min=1, help="Version of the act in the case from which the duty arose.")],
    subject_unit: Annotated[str, typer.Option(help="Whose duty it was: a unit.")],
    actor: Who,
    subject: Annotated[str | None, typer.Option(help="And an official, where it was theirs.")] = None,
    source: Annotated[str | None, typer.Option(help="Where several sources know the number.")] = None,
    unit: Unit = None,
    command_id: CommandId = None,
) -> None:
    """
    立项核查：只开始核查，不作认定。Look into a duty that seems not met. It gets a random number; of an accusation,
    everything else is sealed.
    """
    with opened() as luoshi:
        values = {
            "case_stream": stream_of_case(luoshi.store, case, source),
            "obligation": duty.replace("-", "_"),
            "trigger_version": trigger,
            "subject_unit_id": subject_unit,
            "subject_official_id": subject,
        }
        # The same request again is the same finding.
        number = secrets.token_hex(16) if command_id is None else _number(command_id)
        _record(luoshi, c.OpenFinding, f"{c.FINDING}{number}", actor, unit, command_id, values)


@finding_app.command("pin")
def pin_command(
    finding: Stream,
    indexes: Annotated[list[int], typer.Argument(metavar="INDEX...", min=0, help="Log indexes.")],
    actor: Who,
    unit: Unit = None,
    command_id: CommandId = None,
) -> None:
    """列明证据：日志序号及其叶哈希。Pin the records on which it rests, each with the hash of its leaf."""
    with opened() as luoshi:
        _record(luoshi, c.PinEvidence, finding, actor, unit, command_id, {"log_indexes": tuple(indexes)})


@finding_app.command("ask")
def ask_command(
    finding: Stream,
    of_unit: Annotated[str, typer.Option(help="Which unit is asked.")],
    by: Annotated[str, typer.Option(help="By which day.")],
    actor: Who,
    of: Annotated[str | None, typer.Option(help="Which official of it.")] = None,
    unit: Unit = None,
    command_id: CommandId = None,
) -> None:
    """要求说明。Ask for an explanation by a day."""
    values = {"asked_unit_id": of_unit, "asked_official_id": of, "answer_by": date.fromisoformat(by)}
    with opened() as luoshi:
        _record(luoshi, c.RequestExplanation, finding, actor, unit, command_id, values)


@finding_app.command("explain")
def explain_command(
    finding: Stream,
    request: Annotated[int, typer.Option(min=1, help="Version of the request in the finding.")],
    text: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, allow_dash=True, help="The words; - for stdin. Kept sealed.")
    ],
    actor: Who,
    acting_for: Annotated[str | None, typer.Option(help="Id of the official for whom the actor acts.")] = None,
    evidence: Annotated[
        list[Path] | None, typer.Option(exists=True, dir_okay=False, help="A file; its SHA-256 is recorded.")
    ] = None,
    unit: Unit = None,
    command_id: CommandId = None,
) -> None:
    """
    作出说明：由被要求说明的人、其单位或代行职责的人作出。Explain: by who was asked, theirs, or who acts for them; in
    a finding about an accusation the office takes it down.
    """
    words_said = sys.stdin.read(MAX_EXPLANATION + 1) if str(text) == "-" else text.read_text(encoding="utf-8")
    if len(words_said) > MAX_EXPLANATION:
        raise ValueError(f"--text: an explanation has at most {MAX_EXPLANATION} characters")
    values = {
        "request_version": request,
        "evidence": tuple(_digest(path) for path in evidence or ()),
        "sealed": ((TEXT, words_said),),
    }
    with opened() as luoshi:
        _record(luoshi, c.GiveExplanation, finding, actor, unit, command_id, values, acting_for=acting_for)


@finding_app.command("confirm")
def confirm_command(
    finding: Stream,
    ground: Annotated[str, typer.Option(help="For what, as a code: a cause of the taxonomy.")],
    actor: Who,
    unit: Unit = None,
    command_id: CommandId = None,
) -> None:
    """
    认定：须由立项人以外的人作出，且当事人已说明或期限已过；同时记入事项。Confirm, by another person than who opened
    it, after the explanation or its day. The case gets its `breach_finding.recorded` in the same append.
    """
    with opened() as luoshi:
        _record(luoshi, c.ConfirmFinding, finding, actor, unit, command_id, {"ground": ground})


@finding_app.command("withdraw")
def withdraw_command(
    finding: Stream,
    reason: Annotated[str, typer.Option(help="Why, as a code.")],
    actor: Who,
    unit: Unit = None,
    command_id: CommandId = None,
) -> None:
    """撤回。Withdraw; what a confirmation recorded in the case is taken back in the same append."""
    with opened() as luoshi:
        _record(luoshi, c.WithdrawFinding, finding, actor, unit, command_id, {"reason": reason})


@finding_app.command("propose")
def propose_command(
    finding: Stream,
    measure: Annotated[str, typer.Option(help=f"One of {', '.join(MEASURES)}.")],
    actor: Who,
    addressee: Annotated[str | None, typer.Option(help="Unit that is to decide.")] = None,
    rectification: Annotated[int | None, typer.Option(min=1, help="Version of the missed order to rectify.")] = None,
    ground: Annotated[str | None, typer.Option(help=f"One of {', '.join(GROUNDS)}.")] = None,
    unit: Unit = None,
    command_id: CommandId = None,
) -> None:
    """依认定提出问责建议。Propose a measure on a confirmed finding; the case gets `accountability.proposed`."""
    values = {
        "measure": measure,
        "addressee_unit_id": addressee,
        "of_rectification": rectification,
        "ground": ground,
    }
    with opened() as luoshi:
        _record(luoshi, c.ProposeOnFinding, finding, actor, unit, command_id, values)


@finding_app.command("list")
def list_command(
    state: Annotated[str | None, typer.Option(help=f"One of {', '.join(STATES)}.")] = None, form: Format = "table"
) -> None:
    """Every finding and how it stands; of those about accusations only that."""
    if state is not None and state not in STATES:
        raise ValueError(f"--state is one of {', '.join(STATES)}; found {state!r}")
    with opened() as luoshi:
        every = (findings.summary(findings.history_of(luoshi.store, s)) for s in findings.streams(luoshi.store))
        rows = [row for row in every if state in (None, row["state"])]
    columns = (
        ("finding", "核查"),
        ("state_name", "状态"),
        ("unit_id", "机关"),
        ("case_stream", "事项"),
        ("obligation", "应落实的事"),
        ("subject_unit_id", "单位"),
    )
    show([row | {"state_name": STATES[row["state"]]} for row in rows], columns, form=form, whole=rows)


@finding_app.command("show")
def show_command(
    finding: Stream,
    actor: Annotated[str | None, typer.Option(help="Who reads what is sealed of it; needs --purpose.")] = None,
    purpose: Annotated[str, typer.Option(help="What it is read for; it is kept sealed.")] = "",
    unit: Unit = None,
    form: Format = "table",
) -> None:
    """
    One finding: evidence, and each explanation beside its request. Explanations, and all of a finding about an
    accusation, are shown to a named official, and the reading is on record first.
    """
    with opened() as luoshi:
        history = findings.history_of(luoshi.store, finding)
        answer = findings.summary(history)
        if actor is not None:
            day = _today(luoshi)
            unit_id = acting_unit(luoshi.handler.register(), actor, unit, day)
            reader = Actor(official_id=actor)
            if not findings.may_read(luoshi.handler, history, reader, unit_id, day):
                trouble.print("不予查阅。this finding is not shown to you", markup=False, soft_wrap=True)
                raise typer.Exit(SAYS_NO)
            record_reading(
                luoshi.handler,
                "finding",
                {"finding": finding},
                purpose=purpose,
                as_of=luoshi.clock().isoformat(),
                reader=reader,
                unit_id=unit_id,
            )
            answer = findings.whole(luoshi.store, history)
    if form == "json":
        show([], [], form="json", whole=answer)
        return
    _print(answer)


def _print(answer: dict[str, Any]) -> None:
    out = typer.echo
    out(f"{answer['finding']}  [{STATES[answer['state']]}]  {answer['unit_id']} {answer['opened_by']}")
    if answer["case_stream"] is None:
        out("    内容密封（检举控告） sealed: it is about an accusation")
    else:
        whose = " ".join(filter(None, (answer["subject_unit_id"], answer["subject_official_id"])))
        out(f"    {answer['case_stream']} 第 {answer['trigger_version']} 条 {answer['obligation']}  {whose}")
    out(f"    证据 {[e['log_index'] for e in answer['evidence']]}")
    for each in answer["explanations"]:
        asked = each["asked_official_id"] or each["asked_unit_id"] or "密封"
        given = "未说明" if each["given_at"] is None else f"已说明（第 {each['given_at']} 条）"
        out(f"    要求 {asked} 于 {each['answer_by']} 前说明：{given}")
        if each.get("text"):
            out(f"        {each['text'].strip()}")
    for each in answer["proposals"]:
        out(f"    建议 {each['measure']}，见事项第 {each['proposal_version']} 条")
    for event in answer["events"]:
        topic = event["topic"].rpartition(".v")[0]
        out(f"    {event['log_index']}  {words.ACTS[topic][0]}  {event['official_id']}")


def _record(
    luoshi: Luoshi,
    kind: type[FindingCommand],
    stream: str,
    actor: str,
    unit: str | None,
    command_id: str | None,
    values: dict[str, Any],
    *,
    acting_for: str | None = None,
) -> None:
    now = luoshi.clock()
    command = kind(
        stream=stream,
        unit_id=acting_unit(luoshi.handler.register(), actor, unit, _today(luoshi)),
        official_id=actor,
        actor=Actor(official_id=actor, acting_for=acting_for),
        occurred_at=now,
        now=now,
        command_id=command_id or f"finding:{secrets.token_hex(16)}",
        **values,
    )
    done = findings.record(luoshi.handler, command)
    answer = {"stream": done.stream, "version": done.version, "log_index": done.log_index, "is_new": done.is_new}
    sys.stdout.write(json.dumps(answer) + "\n")


def _number(command_id: str) -> str:
    return hashlib.sha256(f"finding\n{command_id}".encode()).hexdigest()[:32]


def _today(luoshi: Luoshi) -> date:
    return luoshi.clock().astimezone(ZoneInfo(luoshi.settings.timezone)).date()


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
