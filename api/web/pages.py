"""
The pages: the four questions as of a day, and one case. Rendered here, readable without scripts, printable.

People are shown line by line and never counted, totalled or ranked; by-person lists need a purpose and live in the API.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.http.audit import format_cursor, parse_cursor
from api.http.auth import ReaderIn, operation
from api.http.cases import found
from api.http.deps import AsOf, DeskIn  # noqa: TC001 - FastAPI reads them at run time
from api.http.errors import Problem
from api.web.staff import acts_for
from app import words
from audit.corrections import corrections
from audit.findings import findings
from audit.followed import followed
from audit.followed import to_json as followed_json
from audit.office import standing_findings
from audit.report import to_json
from domain.duties.standing_duties import SOURCE, filings
from projections import read

if TYPE_CHECKING:
    from domain.law.in_force import Law
    from domain.law.standing import StandingRule

HERE = Path(__file__).parent
PAGE = 50
router = APIRouter(include_in_schema=False)
templates = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
STYLE = (HERE / "static" / "style.css").read_text(encoding="utf-8")
Lang = Annotated[str, Query(pattern="^(zh|en)$")]


@router.get("/style.css", openapi_extra=operation("style.read"))
def style() -> Response:
    return Response(STYLE, media_type="text/css; charset=utf-8", headers={"Cache-Control": "max-age=300"})


@router.get("/", openapi_extra=operation("board.read"))
def board(
    request: Request,
    desk: DeskIn,
    access: ReaderIn,
    as_of: AsOf,
    unit: str | None = None,
    duty: str | None = None,
    cause: str | None = None,
    after: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}-[0-9a-f]{32}$")] = None,
    lang: Lang = "zh",
) -> HTMLResponse:
    """What fails, whose it is, why, and whether anybody pursues it: as of a day."""
    day = as_of.astimezone(ZoneInfo(desk.luoshi.settings.timezone)).date() if isinstance(as_of, datetime) else as_of
    unit, duty, cause = unit or None, duty or None, cause or None
    with desk.look(access, "board.read") as look:
        every = read.Asked(as_of)
        asked = read.Asked(as_of, unit_ids=(unit,) if unit else None, duty=duty, cause=cause)
        chosen = read.failures(look.db, asked, limit=PAGE + 1, after=parse_cursor(after))
        rows = look.rows(chosen[:PAGE], as_of)
        by = {kind: read.groups(look.db, every, kind) for kind in ("duty", "unit", "cause")}
        sums = read.totals(look.db, every)
        names = {r.obligation: (r.name_zh, r.article) for p in look.law.packs.values() for r in p.rules}
        names |= {r.obligation: (r.rule.name_zh, r.rule.article) for r in standing_rules(look.law)}
        page = {
            "day": day,
            "as_of": as_of.isoformat(),
            "size": look.size,
            "rows": rows,
            "next": format_cursor(chosen[PAGE - 1].cursor) if len(chosen) > PAGE else None,
            "by": by,
            "sums": sums,
            "age": (day - sums.oldest_due).days if sums.oldest_due is not None else None,
            "duty_names": names,
            "unit_name": look.law.people.unit_name,
            "chosen": {"unit": unit, "duty": duty, "cause": cause},
            "place_of": place_of,
            "may": lambda name: access.may(name) is None,
        }
    return render_page("board.html", request, lang, page)


@router.get("/cases/{source}/{no:path}", openapi_extra=operation("case.read"))
def case(
    request: Request, desk: DeskIn, access: ReaderIn, source: str, no: str, as_of: AsOf, lang: Lang = "zh"
) -> HTMLResponse:
    """One case: its acts, newest first, and its duties with arithmetic and holders."""
    zone = ZoneInfo(desk.luoshi.settings.timezone)
    with desk.look(access, "case.read") as look:
        card = found(read.case(look.db, source, no), source, no)
        acts = read.timeline(look.db, card.stream, limit=max(card.version, 1))
        law, history = look.law, look.history(card.stream)
        chosen = sorted(findings(history, law, as_of), key=lambda f: f.order)
        spelled = as_of.isoformat()
        duties = [to_json(f, law, as_of=spelled, log_size=look.size) for f in chosen]
        after = {
            f.finding.duty.duty_id: followed_json(f, law, as_of=spelled, log_size=look.size)
            for f in followed(history, chosen, law, as_of)
        }
        changed = corrections(history)
        page = {
            "day": as_of.astimezone(zone).date() if isinstance(as_of, datetime) else as_of,
            "as_of": as_of.isoformat(),
            "size": look.size,
            "card": card,
            "duties": [d | {"bars": bars(d), "followed": after.get(d["duty_id"])} for d in duties],
            "acts": [
                _act(a, law, zone, changed)
                for a in sorted(acts, key=lambda a: (a.occurred_at, a.log_index), reverse=True)
            ],
            "unit_name": law.people.unit_name,
            "official_name": law.people.official_name,
            "zone": zone,
            "acts_for": [] if access.principal.account == "local" else acts_for(access, desk, card.stream),
        }
    return render_page("case.html", request, lang, page)


@router.get("/standing/{stream:path}", openapi_extra=operation("unit.read"))
def standing(
    request: Request, desk: DeskIn, access: ReaderIn, stream: str, as_of: AsOf, lang: Lang = "zh"
) -> HTMLResponse:
    """What a post or a unit owes period after period, newest first: `stream` is post/<id> or unit/<id>."""
    zone = ZoneInfo(desk.luoshi.settings.timezone)
    with desk.look(access, "unit.read") as look:
        people, (kind, _, owner) = look.law.people, stream.partition("/")
        is_known = owner in people.posts if kind == "post" else kind == "unit" and owner in people.units
        if not is_known:
            raise Problem(404, "not_found", f"no {stream} is in the register")
        unit_id = people.posts[owner].unit_id if kind == "post" else owner
        title = f" · {people.posts[owner].title}" if kind == "post" else ""
        every = standing_findings(filings(look.offices()), look.law, as_of, streams={stream})
        every.sort(key=lambda f: (f.duty.arose_on, f.duty.duty_id), reverse=True)
        duties = [to_json(f, look.law, as_of=as_of.isoformat(), log_size=look.size) for f in every[:PAGE]]
        page = {
            "day": as_of.astimezone(zone).date() if isinstance(as_of, datetime) else as_of,
            "as_of": as_of.isoformat(),
            "size": look.size,
            "stream": stream,
            "name": people.unit_name(unit_id) + title,
            "more": max(len(every) - PAGE, 0),
            "duties": [d | {"bars": bars(d)} for d in duties],
        }
    return render_page("standing.html", request, lang, page)


def place_of(row: dict[str, Any]) -> str:
    """The page on which a line is explained: its case, or the post or unit whose standing duty it is."""
    if row["source"] == SOURCE:
        return f"/standing/{quote(row['stream'])}"
    return f"/cases/{quote(row['source'], safe='')}/{quote(row['case_no'])}"


def standing_rules(law: Law) -> list[StandingRule]:
    """Every standing duty of every text that was adopted, the newest last."""
    return [rule for adoptions in law.adoptions.values() for a in adoptions for rule in a.local.standing]


def bars(duty: dict[str, Any]) -> list[dict[str, Any]]:
    """
    The holding intervals as parts of a bar: where each begins, its width, and its late days at its end, all in per cent
    of the whole.
    """
    holders = [h for h in duty["holders"] if h["held_days"]]
    total = sum(h["held_days"] for h in holders) or 1
    parts, days = [], 0
    for n, h in enumerate(holders):
        after = days + h["held_days"]
        late = round(100 * h["late_days"] / total, 2)
        end = round(100 * after / total, 2)
        start = round(100 * days / total, 2)
        parts.append({"start": start, "width": end - start, "late_start": end - late, "late": late, "tone": n % 4, **h})
        days = after
    return parts


def _act(act: read.Act, law: Law, zone: ZoneInfo, changed: list[dict[str, Any]]) -> dict[str, Any]:
    people = law.people
    own = [c for c in changed if c["of"]["log_index"] == act.log_index]
    post = people.posts.get(act.post_id) if act.post_id is not None else None
    return {
        "zh": words.act(act.topic)[0],
        "en": words.act(act.topic)[1],
        "at": act.occurred_at.astimezone(zone),
        "recorded_at": act.recorded_at.astimezone(zone),
        "log_index": act.log_index,
        "version": act.version,
        "unit": people.unit_name(act.unit_id),
        "official": people.official_name(act.official_id) if act.official_id is not None else None,
        "post": post.title if post is not None else act.post_id,
        "imported": act.imported,
        "is_retracted": any(c["kind"] == "retracted" and c["stands"] for c in own),
        "corrections": [_correction(c, law) for c in own],
        "details": [
            (words.FIELDS[name], _named(name, value, law)) for name, value in act.body.items() if name in words.FIELDS
        ],
    }


def _correction(change: dict[str, Any], law: Law) -> dict[str, Any]:
    said = words.CORRECTIONS[change["kind"] if change["stands"] else "withdrawn"]
    field = change.get("field")
    shown = (
        {k: _named(field, change[k], law) if change[k] is not None else "—" for k in ("before", "after")}
        if field
        else {}
    )
    by = "、".join(law.people.official_name(o) for o in change["officials"] if o is not None)
    label = words.FIELDS.get(field, field) if field is not None else None
    return {"zh": said[0], "en": said[1], "label": label, "by": by, "log_index": change["log_index"], **shown}


def _named(name: str, value: Any, law: Law) -> str:
    if name.endswith("unit_id"):
        return law.people.unit_name(str(value))
    if name.endswith("official_id"):
        return law.people.official_name(str(value))
    return words.VALUES.get(str(value), str(value))


def render_page(name: str, request: Request, lang: str, page: dict[str, Any]) -> HTMLResponse:
    def link(path: str = "", **changed: str | None) -> str:
        """The same page, or another, with the day and the language kept."""
        kept = {"as_of": page["as_of"], "lang": lang if lang != "zh" else None} | changed
        return (path or request.url.path) + "?" + urlencode({k: v for k, v in kept.items() if v})

    def two(pair: tuple[str, str]) -> tuple[str, str]:
        return pair if lang == "zh" else (pair[1], pair[0])

    text = templates.get_template(name).render(**page, lang=lang, link=link, two=two, words=words, quote=quote)
    return HTMLResponse(text)
