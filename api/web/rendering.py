"""
How a page is made: its template, the language, and who is looking.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.http.sessions import cookie_name
from app import words
from app.accounts.gate import csrf_of

if TYPE_CHECKING:
    from fastapi import Request

    from app.access.policy import Access

HERE = Path(__file__).parent
templates = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(
    name: str, request: Request, access: Access | None, lang: str, page: dict[str, Any], *, status: int = 200
) -> HTMLResponse:
    """A page of staff: it carries the language along, and the CSRF token in its forms."""

    def link(path: str = "", **changed: str | None) -> str:
        kept = {"lang": lang if lang != "zh" else None} | changed
        said = urlencode({k: v for k, v in kept.items() if v})
        return (path or request.url.path) + (f"?{said}" if said else "")

    def two(pair: tuple[str, str]) -> tuple[str, str]:
        return pair if lang == "zh" else (pair[1], pair[0])

    def say(zh: str, en: str) -> str:
        return zh if lang == "zh" else en

    token = request.cookies.get(cookie_name(request))
    people = access.people if access is not None else None
    official = access.principal.official_id if access is not None else None
    text = templates.get_template(name).render(
        **page,
        lang=lang,
        link=link,
        two=two,
        say=say,
        words=words,
        quote=quote,
        csrf=csrf_of(token) if token else "",
        me=people.official_name(official) if people is not None and official is not None else None,
        may=(lambda operation: access.may(operation) is None) if access is not None else (lambda _: False),
    )
    return HTMLResponse(text, status)
