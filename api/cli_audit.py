"""
luoshi audit ..., luoshi case ...: the four questions on the command line. Audit questions exit 0 whatever they find.
"""

from __future__ import annotations

import base64
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from api.output import show
from api.session import opened
from app import words
from app.asked import parse_as_of, parse_known_at
from app.lead_texts import recording
from app.readings import record_reading
from app.sealed import acting_unit
from audit import reminders as reminders_of
from audit import scoring as scoring_of
from audit.pursuit import STATES as PURSUED
from audit.report import grouped
from domain.duties.standing import STATES
from domain.recorded import Actor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from app.wiring import Luoshi

audit_app = typer.Typer(no_args_is_help=True, help="谁没有落实什么: who failed to implement what, with evidence.")
case_app = typer.Typer(no_args_is_help=True, help="Cases: views.")

AsOf = Annotated[str | None, typer.Option("--as-of", help="A day (its end in the zone) or a moment with offset.")]
KnownAt = Annotated[str | None, typer.Option("--known-at", help="A log index or a moment: what the log held then.")]
Format = Annotated[str, typer.Option("--format", help="table, json, csv or xlsx.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file.")]
Source = Annotated[str | None, typer.Option("--source", help="Only cases of this source.")]
Strict = Annotated[bool, typer.Option("--strict", help="Choose and count by recorded time.")]
Reader = Annotated[str | None, typer.Option("--actor", help="Id of the official who reads; else the machine does.")]
ReaderUnit = Annotated[str | None, typer.Option(help="The reader's unit; needed where they have several.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="At most so many rows; gives a cursor.")]
After = Annotated[str | None, typer.Option("--after", help="The cursor of the previous page.")]

FAILURE_COLUMNS = (
    ("case_no", "案件"),
    ("duty_name", "应落实的事"),
    ("legal_basis.article", "条"),
    ("state_name", "状态"),
    ("unit.name", "单位"),
    ("person.name", "责任人"),
    ("due_on", "到期日"),
    ("due_at", "到期时刻"),
    ("days_late", "逾期日"),
    ("cause_name", "原因"),
    ("evidence", "证据(日志序号)"),
)
GROUP_COLUMNS = (
    ("key", "键"),
    ("name", "名称"),
    ("cases", "案件"),
    ("met_late", "逾期完成"),
    ("breached", "未落实"),
    ("disputed", "有争议"),
)


def _as_of(text: str | None, now: datetime) -> date | datetime:
    return now if text is None else parse_as_of(text)


def _known_at(text: str | None) -> int | datetime | None:
    return None if text is None else parse_known_at(text)


@audit_app.command("failures")
def failures_command(
    as_of: AsOf = None,
    known_at: KnownAt = None,
    strict: Strict = False,
    unit: Annotated[str | None, typer.Option(help="Unit id or name.")] = None,
    person: Annotated[str | None, typer.Option(help="Official id or name.")] = None,
    duty: Annotated[str | None, typer.Option(help="Duty code.")] = None,
    cause: Annotated[str | None, typer.Option(help="Cause code.")] = None,
    state: Annotated[str | None, typer.Option(help=f"One of {', '.join(STATES)}.")] = None,
    by: Annotated[str | None, typer.Option(help="Group by person, unit, duty, cause or month.")] = None,
    source: Source = None,
    purpose: Annotated[str, typer.Option(help="What an answer by person is for; needed there.")] = "",
    actor: Reader = None,
    actor_unit: ReaderUnit = None,
    limit: Limit = None,
    after: After = None,
    form: Format = "table",
    output: Output = None,
) -> None:
    """
    Duties breached, met late, disputed, or with an invalid extension; other states by --state. By person, for a named
    purpose, and on record before it is shown.
    """
    if state is not None and state not in STATES:
        raise ValueError(f"--state is one of {', '.join(STATES)}; found {state!r}")
    is_by_person = person is not None or by == "person"
    if is_by_person and not purpose.strip():
        raise ValueError("--purpose: answers by person need the purpose for which they are asked")
    with opened() as luoshi:
        day = _as_of(as_of, luoshi.clock())
        rows = luoshi.questions().failures(
            day,
            known_at=_known_at(known_at),
            is_strict=strict,
            unit=unit,
            person=person,
            duty=duty,
            cause=cause,
            state=state,
            source=source,
        )
        if is_by_person:
            query = {
                "by": by,
                "cause": cause,
                "duty": duty,
                "known_at": known_at,
                "person": person,
                "source": source,
                "state": state,
                "strict": strict,
                "unit": unit,
            }
            _read(luoshi, "person_failures", query, day, purpose, actor, actor_unit)
    if by is not None:
        groups = named_groups(grouped(rows, by), by)
        _paged(groups, GROUP_COLUMNS, limit, after, form, output, key=lambda row: [row["key"]])
        return
    _paged(rows if form == "json" else named(rows), FAILURE_COLUMNS, limit, after, form, output, key=_place)


def _read(
    luoshi: Luoshi,
    what: str,
    query: dict[str, Any],
    as_of: date | datetime,
    purpose: str,
    actor: str | None,
    unit: str | None,
) -> None:
    """Put it on record that this answer is given; of the machine where nobody is named."""
    unit_id = None
    if actor is not None:
        today = luoshi.clock().astimezone(ZoneInfo(luoshi.settings.timezone)).date()
        unit_id = acting_unit(luoshi.handler.register(), actor, unit, today)
    reader = None if actor is None else Actor(official_id=actor)
    record_reading(
        luoshi.handler, what, query, purpose=purpose, as_of=as_of.isoformat(), reader=reader, unit_id=unit_id
    )


def named(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with their codes put into words, for people."""
    return [
        row
        | {
            "state_name": words.state(row["state"])[0],
            "cause_name": words.cause(row["cause"]["code"])[0] if row["cause"] is not None else None,
        }
        for row in rows
    ]


def named_groups(groups: list[dict[str, Any]], by: str) -> list[dict[str, Any]]:
    """Groups by cause carry its name in Chinese; the key stays the code."""
    return [g | {"name": words.cause(g["key"])[0]} if by == "cause" and g["key"] else g for g in groups]


def _place(row: dict[str, Any]) -> list[Any]:
    """A row's place in the order of the log: stable while events arrive."""
    return [row["evidence"][0]["log_index"], row["duty_id"]]


def _lead_place(lead: dict[str, Any]) -> list[Any]:
    return [lead["code"], lead["stream"], *(x["log_index"] for x in lead["evidence"])]


def _paged(
    rows: Sequence[dict[str, Any]],
    columns: Sequence[tuple[str, str]],
    limit: int | None,
    after: str | None,
    form: str,
    output: Path | None,
    *,
    key: Callable[[dict[str, Any]], list[Any]],
) -> None:
    if limit is None and after is None:
        show(rows, columns, form=form, output=output)
        return
    start = 0
    if after is not None:
        try:
            place = json.loads(base64.urlsafe_b64decode(after.encode()))
        except ValueError as error:
            raise ValueError(f"--after {after!r} is not a cursor of this list") from error
        start = next((i + 1 for i, row in enumerate(rows) if key(row) == place), len(rows))
    stop = len(rows) if limit is None else start + limit
    page = rows[start:stop]
    following = None
    if stop < len(rows) and page:
        following = base64.urlsafe_b64encode(json.dumps(key(page[-1])).encode()).decode()
    show(page, columns, form=form, output=output, whole={"items": list(page), "next": following})


@audit_app.command("summary")
def summary_command(
    as_of: AsOf = None,
    known_at: KnownAt = None,
    strict: Strict = False,
    source: Source = None,
    form: Format = "table",
) -> None:
    """How many cases and duties, in which state, and how many leads."""
    with opened() as luoshi:
        found = luoshi.questions().summary(
            _as_of(as_of, luoshi.clock()), known_at=_known_at(known_at), source=source, is_strict=strict
        )
    rows = [
        {"name": "cases", "value": found["cases"]},
        {"name": "cases_without_due_date", "value": found["cases_without_due_date"]},
        {"name": "duties", "value": found["duties"]},
        *({"name": f"state {k}", "value": v} for k, v in found["by_state"].items()),
        *({"name": f"lead {k}", "value": v} for k, v in found["leads"].items()),
    ]
    show(rows, [("name", "项"), ("value", "数")], form=form, whole=found)


@audit_app.command("routes")
def routes_command(
    as_of: AsOf = None, known_at: KnownAt = None, source: Source = None, form: Format = "table", output: Output = None
) -> None:
    """Per case: who held it one after the other, hand-overs, returns to an earlier unit."""
    with opened() as luoshi:
        rows = luoshi.questions().routes(_as_of(as_of, luoshi.clock()), known_at=_known_at(known_at), source=source)
    columns = (
        ("case_no", "案件"),
        ("handovers", "移交"),
        ("returns_to_earlier_unit", "退回原单位"),
        ("holders", "持有单位"),
    )
    show(rows, columns, form=form, output=output)


@audit_app.command("pursuit")
def pursuit_command(
    as_of: AsOf = None,
    known_at: KnownAt = None,
    case: Annotated[str | None, typer.Option(help="Number of one case.")] = None,
    unit: Annotated[str | None, typer.Option(help="Unit id or name: whose failures.")] = None,
    state: Annotated[str | None, typer.Option(help=f"How far pursued: {', '.join(PURSUED)}.")] = None,
    source: Source = None,
    limit: Limit = None,
    after: After = None,
    form: Format = "table",
    output: Output = None,
) -> None:
    """紧追不落实的责: what followed each failure, after how many days, and who owed a follow-up."""
    if state is not None and state not in PURSUED:
        raise ValueError(f"--state is one of {', '.join(PURSUED)}; found {state!r}")
    with opened() as luoshi:
        rows = luoshi.questions().pursuit(
            _as_of(as_of, luoshi.clock()),
            known_at=_known_at(known_at),
            case_no=case,
            unit=unit,
            state=state,
            source=source,
        )
    columns = (
        ("case_no", "案件"),
        ("duty_name", "应落实的事"),
        ("unit.name", "单位"),
        ("person.name", "责任人"),
        ("pursued_name", "追责"),
        ("days_from_breach.discovery", "发现(日)"),
        ("days_from_breach.proposal", "建议(日)"),
        ("days_from_breach.decision", "决定(日)"),
        ("days_from_breach.execution", "执行(日)"),
        ("days_from_breach.rectification", "整改(日)"),
        ("reply_name", "陈述申辩"),
        ("owed_by", "欠办的后续"),
        ("evidence", "证据(日志序号)"),
    )
    shown = rows if form == "json" else [row | _pursued(row) for row in rows]
    _paged(shown, columns, limit, after, form, output, key=lambda row: [row["evidence"][0], row["duty_id"]])


def _pursued(row: dict[str, Any]) -> dict[str, Any]:
    """What the table adds: words for the furthest step and the reply, and who owes what."""
    replies = row["replies"]
    owed = [f"{o['unit']['name'] if o['unit'] else '未指明'} {o['duty_name']}" for o in row["owed"]]
    return {
        "pursued_name": words.ACCOUNTABILITY[row["pursuit"]["state"]][0],
        "reply_name": words.REPLIES[replies[-1]["state"]][0] if replies else "",
        "owed_by": "；".join(owed),
    }


@audit_app.command("leads")
def leads_command(
    as_of: AsOf = None,
    known_at: KnownAt = None,
    code: Annotated[str | None, typer.Option(help="Only leads of this code.")] = None,
    strict: Strict = False,
    source: Source = None,
    limit: Limit = None,
    after: After = None,
    form: Format = "table",
    output: Output = None,
) -> None:
    """Places where a person should look. Never a verdict."""
    with opened() as luoshi:
        rows = luoshi.questions().leads(
            _as_of(as_of, luoshi.clock()), known_at=_known_at(known_at), code=code, source=source, is_strict=strict
        )
    columns = (
        ("code", "线索"),
        ("name", "名称"),
        ("case_no", "案件"),
        ("measure", "度量"),
        ("evidence", "证据(日志序号)"),
        ("text", "文字"),
    )
    shown = rows if form == "json" else [{"name": words.lead(row["code"])[0]} | row for row in rows]
    _paged(shown, columns, limit, after, form, output, key=_lead_place)


@audit_app.command("record-leads")
def record_leads_command(
    actor: Annotated[str, typer.Option(help="Id of the official who puts them on record and signs.")],
    code: Annotated[str, typer.Option(help="Leads of this code.")],
    unit: Annotated[str | None, typer.Option(help="For which unit; needed where the actor has several.")] = None,
    source: Source = None,
) -> None:
    """
    把线索记入账本：抹除文字后，线索与度量仍在。Put leads on record: they then stand, with their measure, after a text
    is erased. A lead on record is no finding. Those on record already are left as they are.
    """
    with opened() as luoshi:
        now = luoshi.clock()
        day = now.astimezone(ZoneInfo(luoshi.settings.timezone)).date()
        unit_id = acting_unit(luoshi.handler.register(), actor, unit, day)
        found = luoshi.questions().leads(now, code=code, source=source)
        wanted = [lead for lead in found if lead["case_no"] is not None and "recorded" not in lead]
        for lead in wanted:
            luoshi.handler.handle(recording(lead, unit_id, actor, now))
    typer.echo(json.dumps({"found": len(found), "recorded": len(wanted)}))


@audit_app.command("case")
def case_command(
    case_no: Annotated[str, typer.Argument(metavar="NO")],
    as_of: AsOf = None,
    known_at: KnownAt = None,
    source: Source = None,
    form: Format = "table",
) -> None:
    """One case: every duty with its arithmetic, its holders and its evidence."""
    with opened() as luoshi:
        answers = luoshi.questions().case(
            case_no, _as_of(as_of, luoshi.clock()), known_at=_known_at(known_at), source=source
        )
    if form == "json":
        show([], [], form="json", whole=answers[0] if len(answers) == 1 else answers)
        return
    for answer in answers:
        typer.echo(f"{answer['stream']}  (截至 {answer['as_of']}, 日志 {answer['log_size']} 条)")
        for duty in answer["duties"]:
            person = duty["person"]["name"] if duty["person"] else ""
            unit = duty["unit"]["name"] if duty["unit"] else ""
            typer.echo(f"\n{duty['duty_name']}  [{words.state(duty['state'])[0]}]  {unit} {person}")
            for line in duty["due_trace"]:
                typer.echo(f"    {line}")
            for held in duty["holders"]:
                who = held["person"]["name"] if held["person"] else held["note"] or ""
                charged = held["charged_to"]["unit"]["name"] if held["charged_to"] else held["charge_ground"]
                typer.echo(
                    f"    {held['from']} → {held['to']}  {held['unit']['name']} {who}  "
                    f"{held['held_days']} 日，逾期 {held['late_days']} 日，计入 {charged}"
                )
            for cause in duty["causes"]:
                name = f"{words.cause(cause['code'])[0]} {cause['code']} ({cause['kind']})"
                typer.echo(f"    原因 {name} 自 {cause['since']}  证据 {cause['evidence']}")


@audit_app.command("person")
def person_command(
    official: Annotated[str, typer.Argument(metavar="ID")],
    purpose: Annotated[str, typer.Option(help="What the question is for; it is shown with the answer.")],
    as_of: AsOf = None,
    known_at: KnownAt = None,
    strict: Strict = False,
    actor: Reader = None,
    actor_unit: ReaderUnit = None,
    form: Format = "table",
    output: Output = None,
) -> None:
    """
    What one official held, case by case. Needs a purpose; gives no total, rank or threshold of a person. That it was
    asked is on record before it is shown.
    """
    with opened() as luoshi:
        day = _as_of(as_of, luoshi.clock())
        answer = luoshi.questions().person(
            official,
            day,
            purpose=purpose,
            known_at=_known_at(known_at),
            is_strict=strict,
        )
        query = {"known_at": known_at, "person": official, "strict": strict}
        _read(luoshi, "person_answer", query, day, purpose, actor, actor_unit)
    columns = (
        ("case_no", "案件"),
        ("duty_name", "应落实的事"),
        ("state_name", "状态"),
        ("held_days", "持有日"),
        ("nobody_days", "不计入日"),
        ("is_charged_with_due_day", "到期日计入本人"),
        ("due_on", "到期日"),
        ("evidence", "证据(日志序号)"),
    )
    show(named(answer["duties"]), columns, form=form, output=output, whole=answer)


@audit_app.command("reminders")
def reminders_command(as_of: AsOf = None, form: Format = "table", output: Output = None) -> None:
    """Open duties whose holder is to be reminded, by the packs' reminders; not those reminded already."""
    with opened() as luoshi:
        questions = luoshi.questions()
        law = questions.law()
        rows = [reminders_of.to_json(r, law) for r in questions.reminders(_as_of(as_of, luoshi.clock()))]
    columns = (
        ("case_no", "案件或岗位"),
        ("duty_name", "应落实的事"),
        ("unit.name", "单位"),
        ("person.name", "责任人"),
        ("due_on", "到期日"),
        ("reminder_name", "提醒"),
        ("duty_id", "编号"),
    )
    show(rows, columns, form=form, output=output)


@audit_app.command("score")
def score_command(
    unit: Annotated[str, typer.Option(help="Unit id.")],
    first: Annotated[str, typer.Option("--from", help="First day of the period.")],
    last: Annotated[str, typer.Option("--to", help="Last day of the period.")],
    pack: Annotated[str, typer.Option(help="The adopted pack whose sheet it is.")],
    title: Annotated[str | None, typer.Option(help="Instead of the sheet: may this title be awarded?")] = None,
    form: Format = "table",
    output: Output = None,
) -> None:
    """百分倒扣制: a unit's sheet for its own lapses, each deduction with its events. Never for what arrives."""
    period = date.fromisoformat(first), date.fromisoformat(last)
    with opened() as luoshi:
        questions = luoshi.questions()
        law = questions.law()
        if title is not None:
            answer = questions.title(unit, *period, pack, title)
        else:
            answer = scoring_of.to_json(questions.score(unit, *period, pack), law)
    if form == "table":
        if title is not None:
            typer.echo(f"{answer['title_name']}：{'可授予' if answer['may_be_awarded'] else '不授予，缺少：'}")
            for missing in answer["missing"]:
                typer.echo(f"    {missing}")
            return
        typer.echo(f"{answer['sheet_name']}  {answer['unit']['name']}  {first} 至 {last}")
        typer.echo(f"起始 {answer['start']}  计入后 {answer['score']}  全部计入则 {answer['score_if_all_counted']}")
    columns = (
        ("deduction_name", "扣分项"),
        ("points", "分"),
        ("is_counted", "已告知并过答复期"),
        ("case_no", "案件或岗位"),
        ("duty_name", "应落实的事"),
        ("evidence", "证据(日志序号)"),
    )
    show(answer.get("deductions", []), columns, form=form, output=output, whole=answer)


@audit_app.command("unit")
def unit_command(
    unit: Annotated[str, typer.Argument(metavar="ID")],
    as_of: AsOf = None,
    known_at: KnownAt = None,
    strict: Strict = False,
    state: Annotated[str | None, typer.Option(help=f"One of {', '.join(STATES)}.")] = None,
    limit: Limit = None,
    after: After = None,
    form: Format = "table",
    output: Output = None,
) -> None:
    """One unit across cases: what it held, what is charged to it, its leaders that day, what is open."""
    if state is not None and state not in STATES:
        raise ValueError(f"--state is one of {', '.join(STATES)}; found {state!r}")
    with opened() as luoshi:
        answer = luoshi.questions().unit(
            unit, _as_of(as_of, luoshi.clock()), known_at=_known_at(known_at), is_strict=strict
        )
    rows = [r for r in answer["duties"] if state in (None, r["state"])]
    columns = (
        ("case_no", "案件"),
        ("duty_name", "应落实的事"),
        ("state_name", "状态"),
        ("person.name", "责任人"),
        ("held_days", "持有日"),
        ("late_days", "计入逾期日"),
        ("nobody_days", "不计入日"),
        ("is_charged_with_due_day", "到期日计入本单位"),
        ("due_on", "到期日"),
        ("cause_name", "原因"),
    )
    if form == "json" and limit is None and after is None:
        show([], [], form="json", whole=answer | {"duties": rows}, output=output)
        return
    _paged(rows if form == "json" else named(rows), columns, limit, after, form, output, key=_place)


@case_app.command("list")
def case_list_command(source: Source = None, as_of: AsOf = None, form: Format = "table", output: Output = None) -> None:
    """The cases of the log: number, source, who holds it."""
    with opened() as luoshi:
        rows = luoshi.questions().routes(_as_of(as_of, luoshi.clock()), source=source)
    listed = [
        {"case_no": r["case_no"], "source": r["source"], "stream": r["stream"], "unit": r["holders"][-1]} for r in rows
    ]
    columns = (("case_no", "案件"), ("source", "来源"), ("unit.name", "现持有单位"), ("stream", "流"))
    show(listed, columns, form=form, output=output)


@case_app.command("show")
def case_show_command(
    case_no: Annotated[str, typer.Argument(metavar="NO")],
    as_of: AsOf = None,
    known_at: KnownAt = None,
    source: Source = None,
    form: Format = "table",
) -> None:
    """One case as of a day."""
    case_command(case_no=case_no, as_of=as_of, known_at=known_at, source=source, form=form)
