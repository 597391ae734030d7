"""
What staff do: come in, see what is due, act. Every act is shown first as what it will record, which duty it ends and
which it starts until when; only then is there a button. Works without scripts.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import parse_qsl, quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ValidationError

from api.http.acts.bodies import body_of
from api.http.acts.nouns import NOUNS
from api.http.acts.routes import record, values_of
from api.http.auth import AccessIn, access_of, needs, operation, principal_of, somebody
from api.http.deps import DeskIn  # noqa: TC001 - FastAPI reads it at run time
from api.http.errors import Problem, in_chinese
from api.http.sessions import cookie_name, gate_of, set_cookie
from api.web.forms import Known, body_from, fields_of
from api.web.rendering import render
from app import words
from app.access.policy import Access, operation_of
from app.accounts.gate import NotLetIn
from app.acting import Asked, NoSuchCase
from app.handle import read as read_stored
from app.prepared import COMMANDS
from audit.findings import findings
from domain.case.errors import Refused
from ledger.errors import Conflict
from projections import read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi.responses import HTMLResponse

    from api.http.deps import Desk
    from domain.case.commands import CaseCommand

router = APIRouter(include_in_schema=False)
Lang = Annotated[str, Query(pattern="^(zh|en)$")]
MAX_FORM = 300_000
NEAR = timedelta(days=3)  # 临期: what people of the trade mark yellow
PAGE = 50
RECEIVE = COMMANDS["ReceivePetition"]
# Sealed: kept apart, encrypted, erasable by order; the log holds salted digests of them.
PERSONAL = (
    ("petitioner_name", "信访人姓名", "petitioner's name"),
    ("petitioner_id_number", "证件号码", "id number"),
    ("petitioner_phone", "联系电话", "phone"),
    ("petitioner_address", "住址", "address"),
    ("text", "诉求内容", "what is asked"),
)
FAMILIES = {
    "arrival": ("来件", "arrival"),
    "routing": ("流转", "routing"),
    "handling": ("办理", "handling"),
    "settling": ("化解", "settling"),
    "remedy": ("复查复核", "remedy"),
    "excuse": ("免责", "excuse"),
    "causes": ("原因", "causes"),
    "corrections": ("更正", "corrections"),
    "filed": ("填报", "filing"),
    "supervision": ("督查督办", "supervision"),
    "leaders": ("领导包案", "leaders"),
    "accountability": ("问责", "accountability"),
    "accusations": ("检举控告", "accusations"),
}


async def form_of(request: Request) -> dict[str, str]:
    """The fields that a browser sent, each once; the CSRF token among them counts as the request's."""
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_FORM:
            raise Problem(413, "too_large", f"表单超过 {MAX_FORM} 字节。the form has more bytes than that")
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise Problem(415, "unsupported_media_type", "请使用网页表单提交。a form is expected")
    try:
        sent = dict(parse_qsl(data.decode("utf-8"), keep_blank_values=True, max_num_fields=200, errors="strict"))
    except ValueError:
        raise Problem(422, "invalid_parameters", "表单内容无法识别。the form cannot be read") from None
    request.state.csrf = sent.get("csrf", "")
    return sent


FormIn = Annotated[dict[str, str], Depends(form_of)]


def sender_of(request: Request, _: FormIn) -> Access:
    """Who sent the form: their session, and its CSRF token among the fields."""
    return access_of(request, somebody(principal_of(request)))


SenderIn = Annotated[Access, Depends(sender_of)]


def safe_next(path: str) -> str:
    """Where to go after coming in: a page of this site, never another's."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/work"


@router.get("/login", openapi_extra=operation("session.open"))
def login_page(request: Request, next: str = "/work", lang: Lang = "zh") -> HTMLResponse:  # noqa: A002 - in the URL
    return render("login.html", request, None, lang, {"next": safe_next(next), "error": None, "login": ""})


@router.post("/login", openapi_extra=operation("session.open"))
def log_in(request: Request, sent: FormIn, lang: Lang = "zh") -> Response:
    """One answer for whatever is wrong; the page says no more than the API does."""
    going = safe_next(sent.get("next", "/work"))
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"{request.url.scheme}://{request.headers.get('Host')}":
        raise Problem(403, "foreign_origin", "请求来自其他网站。the request comes from another site")
    try:
        opened = gate_of(request).log_in(sent.get("login", ""), sent.get("password", ""))
    except NotLetIn:
        page = {"next": going, "error": True, "login": sent.get("login", "")[:100]}
        return render("login.html", request, None, lang, page, status=401)
    response = RedirectResponse(going, 303)
    set_cookie(request, response, opened)
    return response


@router.post("/logout", openapi_extra=operation("session.close"))
def log_out(request: Request, _: SenderIn) -> Response:
    found = request.app.state.authenticator.found(request)
    if found is not None:
        gate_of(request).log_out(found[1])
    response = RedirectResponse("/login", 303)
    response.delete_cookie(cookie_name(request), path="/")
    return response


@router.get("/work", openapi_extra=operation("worklist.read"))
def worklist(
    request: Request,
    desk: DeskIn,
    access: AccessIn,
    light: Annotated[str, Query(pattern="^(all|red|amber|green)$")] = "all",
    duty: str | None = None,
    after: Annotated[int, Query(ge=0, le=10**9)] = 0,
    lang: Lang = "zh",
) -> HTMLResponse:
    """What the caller's units owe, the nearest legal day first; lights with words and days."""
    day = desk.today()
    with desk.look(access, "worklist.read") as look:
        units = sorted(access.principal.unit_ids)
        asked = read.Work(units, day, day + NEAR, desk.luoshi.settings.timezone, light, duty or None)
        rows = read.work(look.db, asked, limit=PAGE + 1, after=after)
        counts = read.work_counts(look.db, asked)
        names = {r.obligation: r.name_zh for p in look.law.packs.values() for r in p.rules}
        page = {
            "day": day,
            "rows": [_work_row(r, day, access) for r in rows[:PAGE]],
            "more": after + PAGE if len(rows) > PAGE else None,
            "counts": counts,
            "names": names,
            "light": light,
            "duty": duty,
            "units": [access.people.unit_name(u) for u in units],
            "size": look.size,
        }
    return render("work.html", request, access, lang, page)


def _work_row(row: read.WorkRow, day: Any, access: Access) -> dict[str, Any]:
    days = None if row.due_on is None else (row.due_on - day).days
    tone = "grey" if days is None else "red" if days < 0 else "amber" if days <= NEAR.days else "green"
    return {
        "row": row,
        "days": days,
        "tone": tone,
        "unit": access.people.unit_name(row.unit_id),
        "official": access.people.official_name(row.official_id) if row.official_id else None,
        "place": f"/cases/{quote(row.source, safe='')}/{quote(row.case_no)}",
    }


def acts_for(access: Access, desk: Desk, stream: str) -> list[tuple[tuple[str, str], list[tuple[str, str]]]]:
    """The acts that the caller's roles may try on this case, by family: (noun, name in Chinese)."""
    subject = desk.acting.subject(stream)
    found: dict[str, list[tuple[str, str]]] = {}
    for noun, (name, zh) in NOUNS.items():
        operation = operation_of(COMMANDS[name])
        if subject is not None and access.may(operation, subject) is None:
            found.setdefault(operation.partition(".")[0], []).append((noun, zh))
    return [(FAMILIES.get(family, (family, family)), acts) for family, acts in found.items()]


@router.get("/act/{noun}/{source}/{no:path}", openapi_extra=operation("act.page"))
def act_page(
    request: Request, desk: DeskIn, access: AccessIn, noun: str, source: str, no: str, lang: Lang = "zh"
) -> HTMLResponse:
    """The form of one act on one case."""
    command, zh, version, known = _at(desk, access, noun, f"case/{source}/{no}")
    page = {
        "zh": zh,
        "noun": noun,
        "place": f"/cases/{quote(source, safe='')}/{quote(no)}",
        "no": no,
        "fields": fields_of(command, known, {}),
        "version": version,
        "key": secrets.token_urlsafe(18),
        "error": None,
    }
    return render("act.html", request, access, lang, page)


@router.post("/act/{noun}/{source}/{no:path}", openapi_extra=operation("act.page"))
def act_sent(
    request: Request, desk: DeskIn, access: SenderIn, sent: FormIn, noun: str, source: str, no: str, lang: Lang = "zh"
) -> Response:
    """First what the act would do; with `step=do`, done."""
    stream = f"case/{source}/{no}"
    command, zh, version, known = _at(desk, access, noun, stream)
    place = f"/cases/{quote(source, safe='')}/{quote(no)}"
    page: dict[str, Any] = {
        "zh": zh,
        "noun": noun,
        "place": place,
        "no": no,
        "version": sent.get("version", ""),
        "key": sent.get("key", ""),
        "fields": fields_of(command, known, sent),
    }
    try:
        asked = _asked(command, stream, sent, access, ZoneInfo(desk.luoshi.settings.timezone))
        if sent.get("step") == "do":
            record(request, access, asked)
            return RedirectResponse(place, 303)
        with desk.look(access, "case.read") as look:
            shown = desk.acting.preview(access, asked, look.law, desk.luoshi.clock())
    except Refused as refused:
        said = {
            "zh": refused.zh or refused.message,
            "law": refused.law,
            "allowed": refused.allowed,
            "field": refused.field,
        }
        return render("act.html", request, access, lang, page | {"error": said}, status=409)
    except Conflict:
        page["version"] = str(version)
        said = {"zh": "事项已有新的记录，请核对后再提交", "law": None, "allowed": None, "field": None}
        return render("act.html", request, access, lang, page | {"error": said}, status=412)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else None
        said = {"zh": in_chinese(dict(first)), "law": None, "allowed": None, "field": field}
        return render("act.html", request, access, lang, page | {"error": said}, status=422)
    page |= {
        "sent": {k: v for k, v in sent.items() if k not in ("csrf", "step") and v},
        "records": [words.act(topic) for topic in shown.records],
        "ends": [f.duty for f in shown.ends],
        "starts": [f.duty for f in shown.starts],
        "unit_name": access.people.unit_name,
    }
    return render("act_check.html", request, access, lang, page)


def _at(desk: Desk, access: Access, noun: str, stream: str) -> tuple[type[CaseCommand], str, int, Known]:
    """The act, its name, the case's version and what a form may offer. 404 where the case is not for the caller."""
    if noun not in NOUNS:
        raise Problem(404, "not_found", f"没有这种行为：{noun[:60]}。no such act")
    name, zh = NOUNS[noun]
    for asked in ("case.read", operation_of(COMMANDS[name])):
        needs(access, asked)  # first: who has no such role is told alike, whether there is such a case or not
    subject = desk.acting.subject(stream)
    if subject is None:
        raise NoSuchCase(stream)
    needs(access, "case.read", subject)
    needs(access, operation_of(COMMANDS[name]), subject)
    history = [read_stored(stored) for stored in desk.luoshi.store.read_stream(stream)]
    zone = ZoneInfo(desk.luoshi.settings.timezone)
    with desk.look(access, "case.read") as look:
        arose = {f.duty.obligation: f.duty.rule.name_zh for f in findings(history, look.law, access.day)}
    acts = tuple(
        (r.version, r.topic, f"{words.act(r.topic)[0]} · {r.occurred_at.astimezone(zone).date()}")
        for r in reversed(history)
    )
    return COMMANDS[name], zh, len(history), Known(access.people, acts, tuple(arose.items()))


def _asked(command: type[CaseCommand], stream: str, sent: Mapping[str, str], access: Access, zone: ZoneInfo) -> Asked:
    body: BaseModel = body_of(command).model_validate(body_from(command, sent, zone))
    key, version = sent.get("key", ""), sent.get("version", "")
    if not (8 <= len(key) <= 255 and key.isprintable()) or not (version.isascii() and version.isdigit()):
        raise Problem(422, "invalid_parameters", "表单不完整，请重新打开。the form is not whole: open it again")
    content = body.model_dump_json(exclude_unset=True).encode()
    return Asked(command, stream, values_of(body, access), key, content, int(version))


@router.get("/new", openapi_extra=operation("arrival.receive_petition"))
def new_page(request: Request, access: AccessIn, lang: Lang = "zh") -> HTMLResponse:
    """The form for a matter that arrives."""
    return render("new.html", request, access, lang, _arriving(access, {}) | {"error": None})


@router.post("/new", openapi_extra=operation("arrival.receive_petition"))
def new_sent(request: Request, desk: DeskIn, access: SenderIn, sent: FormIn, lang: Lang = "zh") -> Response:
    """Records the arrival; the case's page is where it goes on."""
    page = _arriving(access, sent)
    key = sent.get("key", "")
    if not 8 <= len(key) <= 255 or not key.isprintable():
        raise Problem(422, "invalid_parameters", "表单不完整，请重新打开。the form is not whole: open it again")
    said: dict[str, str | None]
    try:
        body = body_of(RECEIVE).model_validate(body_from(RECEIVE, sent, ZoneInfo(desk.luoshi.settings.timezone)))
        values = values_of(body, access)
        sealed = {**dict(values["sealed"]), **{n: sent[n].strip() for n, _, _ in PERSONAL if sent.get(n, "").strip()}}
        values["sealed"] = tuple(sorted(sealed.items()))
        content = repr(sorted((k, v) for k, v in sent.items() if k != "csrf")).encode()
        stream = f"case/luoshi/{desk.acting.number(access.principal, key)}"
        answer, _ = record(request, access, Asked(RECEIVE, stream, values, key, content))
    except Refused as refused:
        said = {
            "zh": refused.zh or refused.message,
            "law": refused.law,
            "allowed": refused.allowed,
            "field": refused.field,
        }
        return render("new.html", request, access, lang, page | {"error": said}, status=409)
    except ValidationError as error:
        first = error.errors()[0]
        said = {"zh": in_chinese(dict(first)), "law": None, "allowed": None, "field": str(first["loc"][0])}
        return render("new.html", request, access, lang, page | {"error": said}, status=422)
    return RedirectResponse(f"/act/registrations/{answer.source}/{quote(answer.case_no)}", 303)


def _arriving(access: Access, sent: Mapping[str, str]) -> dict[str, Any]:
    needs(access, operation_of(RECEIVE))
    return {
        "fields": fields_of(RECEIVE, Known(access.people), sent),
        "personal": [(n, zh, en, sent.get(n, "")) for n, zh, en in PERSONAL],
        "key": sent.get("key") or secrets.token_urlsafe(18),
    }
