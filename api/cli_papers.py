"""
luoshi paper ...: formal papers from a case. Exit 1: the file is not what was served; 2: could not try, with the field.
"""

from __future__ import annotations

import json
import os
import sys
import tomllib
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli_sealed import today
from api.output import show, trouble
from api.session import SAYS_NO, opened, settings
from app.asked import parse_known_at
from app.evidence.asking import case_stream
from app.papers.fonts import find_fonts, system_folders
from app.papers.make import FORMS, Order, digest, make
from app.papers.model import PaperRefused
from app.papers.sealed import opened_values
from app.papers.template import templates
from app.questions import UnknownCase
from app.sealed import acting_unit
from app.unseal import NotShown
from domain.case.secrecy import GROUNDS
from domain.recorded import Actor

if TYPE_CHECKING:
    from datetime import date

    from app.papers.fonts import Fonts
    from app.papers.make import Made
    from app.papers.template import Template
    from app.wiring import Luoshi

MAX_FILE = 1_048_576

paper_app = typer.Typer(no_args_is_help=True, help="文书: formal papers from a case, in the layout of GB/T 9704.")

PaperId = Annotated[str, typer.Argument(metavar="PAPER", help="Its id: see `luoshi paper list`.")]
CaseNo = Annotated[str, typer.Argument(metavar="CASE", help="Number of the case.")]
Source = Annotated[str | None, typer.Option(help="Where several sources know the number.")]


@paper_app.command("list")
def list_command(form: Annotated[str, typer.Option("--format")] = "table") -> None:
    """The papers there are: built in, and those of the folder LUOSHI_PAPERS."""
    rows = [
        {
            "id": t.paper_id,
            "name": t.name_zh,
            "name_en": t.name_en,
            "topic": t.topic,
            "sealed": [w.name for w in t.sealed],
            "template": t.origin,
        }
        for t in templates(settings().papers).values()
    ]
    columns = [("id", "代号"), ("name", "文书"), ("name_en", "paper"), ("topic", "所属行为"), ("sealed", "封存内容")]
    show(rows, [*columns, ("template", "模板")], form=form)


@paper_app.command("make")
def make_command(
    paper: PaperId,
    case_no: CaseNo,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
    form: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMS)}.")] = "html",
    event: Annotated[
        int | None, typer.Option(min=1, help="Version of the act; the newest that fits if not given.")
    ] = None,
    draft: Annotated[Path | None, typer.Option(help="TOML with the fields of an act that is not recorded yet.")] = None,
    number: Annotated[str | None, typer.Option(help="发文字号, e.g. 安信受〔2026〕12号.")] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="The paper's day (成文日期); today if not given.")
    ] = None,
    known_at: Annotated[str | None, typer.Option("--known-at", help="A log index or moment: what was known.")] = None,
    sealed: Annotated[Path | None, typer.Option(help="JSON object: name of a sealed value to its text.")] = None,
    actor: Annotated[str | None, typer.Option(help="Official for whom sealed values are read, on record.")] = None,
    ground: Annotated[str | None, typer.Option(help=f"With --actor: one of {', '.join(GROUNDS)}.")] = None,
    text: Annotated[str | None, typer.Option("--text", help="With --actor: the ground in words.")] = None,
    unit: Annotated[str | None, typer.Option(help="With --actor: for which unit, if there are several.")] = None,
    source: Source = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Make a paper and print its SHA-256, which the event of its service carries (`proof`)."""
    if output.exists() and not force:
        raise PaperRefused("文件已存在，--force 覆盖：", "the file is there already", field=str(output))
    if form not in FORMS:
        raise PaperRefused("格式有误：", f"one of {', '.join(FORMS)}; found {form!r}", field="format")
    template = _template(paper)
    fonts = _fonts() if form == "pdf" else None  # before anything is read on record
    with opened() as luoshi:
        known = None if known_at is None else parse_known_at(known_at)
        questions = luoshi.questions()
        stream = case_stream(luoshi.store, case_no, source)
        history = questions.history(stream, known)
        if not history:
            raise UnknownCase(f"no case {case_no} is recorded as known at {known_at}")
        day = _day(luoshi, as_of)
        values = {} if sealed is None else _values(sealed)
        order = Order(
            template=template,
            day=day,
            form=form,
            version=event,
            draft=None if draft is None else _draft(draft),
            number=number,
            sealed=values,
        )
        made = make(order, history, questions.law(known), fonts)  # refused before a reading is recorded
        if actor is not None:
            last = None if draft is not None else made.act.version
            read = _opened(luoshi, template, history, (actor, unit, ground, text), day=today(luoshi), last=last)
            order = Order(**{**_fields(order), "sealed": read | values})
            made = make(order, history, questions.law(known), fonts)
        size = questions.size_at(known)
    output.write_bytes(made.data)
    _say(made, output, size)


@paper_app.command("check")
def check_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What is said to have been served.")],
    case_no: CaseNo,
    source: Source = None,
) -> None:
    """Whether an event of the case says that exactly this file was served. Exit 1: none does."""
    with opened() as luoshi:
        questions = luoshi.questions()
        history = questions.history(case_stream(luoshi.store, case_no, source))
    said = digest(file.read_bytes())
    served = [r for r in history if getattr(r.event, "proof", None) == said]
    for r in served:
        sys.stdout.write(f"相符：第 {r.version} 项 {r.topic}，日志序号 {r.log_index} the event says so\n")
    sys.stdout.write(f"{said}\n")
    if not served:
        trouble.print("没有送达记录载明此文件。no event of this case names these bytes", markup=False, soft_wrap=True)
        raise typer.Exit(SAYS_NO)


def _template(paper: str) -> Template:
    known = templates(settings().papers)
    if paper not in known:
        raise PaperRefused("没有这种文书：", f"one of {', '.join(known)}; found {paper!r}", field="paper")
    return known[paper]


def _fonts() -> Fonts:
    return find_fonts(settings().font, system_folders(os.environ))


def _day(luoshi: Luoshi, text: str | None) -> date:
    if text is None:
        return today(luoshi)
    try:
        return type(today(luoshi)).fromisoformat(text)
    except ValueError as error:
        raise PaperRefused("成文日期有误：", f"a day such as 2026-01-31; {error}", field="as-of") from error


def _read(path: Path, field: str) -> str:
    with path.open("rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise PaperRefused("文件过大：", f"at most {MAX_FILE} bytes", field=field)
    return data.decode("utf-8")


def _values(path: Path) -> dict[str, str]:
    try:
        values = json.loads(_read(path, "sealed"))
    except (ValueError, RecursionError) as error:
        raise PaperRefused("封存内容文件有误：", f"not JSON: {error}", field="sealed") from error
    if not isinstance(values, dict) or not all(isinstance(v, str) for v in values.values()):
        raise PaperRefused("封存内容文件有误：", "an object of texts", field="sealed")
    return values


def _draft(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_read(path, "draft"))
    except (ValueError, RecursionError) as error:
        raise PaperRefused("拟作行为有误：", f"not TOML: {error}", field="draft") from error


def _fields(order: Order) -> dict[str, Any]:
    return {name: getattr(order, name) for name in order.__dataclass_fields__}


def _opened(
    luoshi: Luoshi,
    template: Template,
    history: list[Any],
    asked: tuple[str, str | None, str | None, str | None],
    *,
    day: date,
    last: int | None,
) -> dict[str, str]:
    actor, unit, ground, text = asked
    if ground is None or text is None:
        raise PaperRefused("查阅封存内容须写明理由：", "--actor goes with --ground and --text", field="ground")
    try:
        return opened_values(
            luoshi.handler,
            luoshi.store,
            template,
            history,
            ground=ground,
            ground_text=text,
            reader=Actor(official_id=actor),
            unit_id=acting_unit(luoshi.handler.register(), actor, unit, day),
            day=day,
            last_version=last,
        )
    except NotShown as refused:
        trouble.print(f"luoshi: {refused}", markup=False, soft_wrap=True)
        raise typer.Exit(SAYS_NO) from None


def _say(made: Made, output: Path, size: int) -> None:
    out = sys.stdout.write
    out(f"《{made.paper.name_zh}》 {output} {len(made.data)} bytes\n")
    out(f"{made.digest}\n")
    out(
        f"依据日志前 {size} 条记录；送达时将上述摘要记入 proof。from the first {size} records; served with this proof\n"
    )
    if made.paper.blanks:
        out(f"待填 {len(made.paper.blanks)} 处 left blank: {', '.join(made.paper.blanks)}\n")
