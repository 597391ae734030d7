"""
A paper's template: one TOML file that says what it is, which act it belongs to, which facts it needs and how it reads.

It says nothing of the format, and holds no number of days and no article: those come from the case's duties and the
rule packs. docs/papers.md is the guide; tests/app/papers/test_template.py.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from app.codec import TOPICS
from app.papers import sandbox
from app.papers.model import KINDS, PaperRefused

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = "luoshi.paper.v1"
MAX_BYTES, MAX_FILES, MAX_ENTRIES = 65_536, 500, 200
BLANK = "＿＿＿＿＿＿（依申请填写）"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_TEXTS = ("title", "addressee", "number", "letterhead", "signature", "remedy", "copies")


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    A fact that the template asks for by a name. Which keys count depends on the list it stands in:
    duty: `obligation`s, or the act's field that names it; arisen from `trigger`: the act itself, or its field.
    rule: `obligation`s, of which one is in force on the day of the act.
    earlier: the newest act of `topic` before, or the one whose version stands in `version`.
    sealed: the printed `blank` where nobody gives the value.
    """

    name: str
    obligations: tuple[str, ...] = ()
    obligation_from: str | None = None
    trigger: str = "act"
    topic: str | None = None
    version: str | None = None
    blank: str = BLANK


@dataclass(frozen=True, slots=True)
class Template:
    """A template whose texts were checked."""

    paper_id: str
    name_zh: str
    name_en: str
    topic: str
    texts: dict[str, str]
    body: tuple[tuple[str, str], ...]
    attachments: tuple[str, ...]
    duties: tuple[Wanted, ...]
    rules: tuple[Wanted, ...]
    earlier: tuple[Wanted, ...]
    sealed: tuple[Wanted, ...]
    origin: str


_KEYS = {
    "duty": {"name", "obligation", "obligation_from", "trigger"},
    "rule": {"name", "obligation"},
    "earlier": {"name", "topic", "version"},
    "sealed": {"name", "blank"},
}
_TOP = {"schema", "id", "name_zh", "name_en", "topic", "attachments", "body", *_TEXTS, *_KEYS}


def parse_template(data: bytes, origin: str) -> Template:
    """The template in these bytes; PaperRefused naming the field. `origin` is the file, for messages."""
    if len(data) > MAX_BYTES:
        raise _bad(origin, "file", f"at most {MAX_BYTES} bytes; found {len(data)}")
    try:
        content = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise _bad(origin, "file", f"is no TOML in UTF-8: {error}") from error
    if content.get("schema") != SCHEMA:
        raise _bad(origin, "schema", f"is {SCHEMA!r}; found {content.get('schema')!r}")
    if unknown := sorted(set(content) - _TOP):
        raise _bad(origin, unknown[0], "is no field of a paper")
    paper_id, topic = _text(content, "id", origin), _text(content, "topic", origin)
    if not _NAME.fullmatch(paper_id):
        raise _bad(origin, "id", f"is a-z, 0-9 and _, beginning with a letter; found {paper_id!r}")
    if not any(known.rsplit(".", 1)[0] == topic for known in TOPICS):
        raise _bad(origin, "topic", f"names no event: {topic!r}")
    texts = {k: _text(content, k, origin) for k in _TEXTS if k in content}
    for needed in ("title", "signature"):
        if needed not in texts:
            raise _bad(origin, needed, "is missing")
    body = tuple(_block(entry, n, origin) for n, entry in enumerate(_list(content, "body", dict, origin)))
    if not body:
        raise _bad(origin, "body", "is empty")
    attachments = tuple(_list(content, "attachments", str, origin))
    _check_texts(texts, body, attachments, origin)
    return Template(
        paper_id=paper_id,
        name_zh=_text(content, "name_zh", origin),
        name_en=_text(content, "name_en", origin),
        topic=topic,
        texts=texts,
        body=body,
        attachments=attachments,
        duties=_wanted(content, "duty", origin),
        rules=_wanted(content, "rule", origin),
        earlier=_wanted(content, "earlier", origin),
        sealed=_wanted(content, "sealed", origin),
        origin=origin,
    )


def templates(folder: Path | None = None) -> dict[str, Template]:
    """
    The built-in papers and those of a folder, by id. A paper of the folder takes the place of a built-in one.
    """
    built_in = [p for p in files("app.papers").joinpath("templates").iterdir() if p.name.endswith(".toml")]
    found = {t.paper_id: t for t in (parse_template(p.read_bytes(), p.name) for p in built_in)}
    if folder is not None:
        own: dict[str, Template] = {}
        if not folder.is_dir():
            raise _bad(str(folder), "LUOSHI_PAPERS", "is no folder")
        paths = sorted(folder.glob("*.toml"))
        if len(paths) > MAX_FILES:
            raise _bad(str(folder), "LUOSHI_PAPERS", f"holds more than {MAX_FILES} templates")
        for path in paths:
            with path.open("rb") as file:
                template = parse_template(file.read(MAX_BYTES + 1), str(path))
            if template.paper_id in own:
                raise _bad(str(path), "id", f"{template.paper_id} stands in {own[template.paper_id].origin} too")
            own[template.paper_id] = template
        found |= own
    return dict(sorted(found.items()))


def _bad(origin: str, field: str, said: str) -> PaperRefused:
    return PaperRefused(f"文书模板 {origin} 有误：", f"{field} {said}", field=field)


def _text(content: dict[str, Any], field: str, origin: str) -> str:
    value = content.get(field)
    if not isinstance(value, str) or not value.strip():
        raise _bad(origin, field, f"is a text; found {value!r}")
    return value


def _list(content: dict[str, Any], field: str, kind: type, origin: str) -> list[Any]:
    value = content.get(field, [])
    if not isinstance(value, list) or len(value) > MAX_ENTRIES or not all(isinstance(v, kind) for v in value):
        raise _bad(origin, field, f"is a list of at most {MAX_ENTRIES} entries of one kind")
    return value


def _block(entry: dict[str, Any], n: int, origin: str) -> tuple[str, str]:
    if set(entry) != {"kind", "text"} or entry["kind"] not in KINDS:
        raise _bad(origin, f"body[{n}]", f"has a text and a kind: {', '.join(KINDS)}")
    return entry["kind"], _text(entry, "text", origin)


def _check_texts(
    texts: dict[str, str], body: tuple[tuple[str, str], ...], attachments: tuple[str, ...], origin: str
) -> None:
    for field, text in texts.items():
        sandbox.check(text, f"{origin}: {field}")
    for n, (_, text) in enumerate(body):
        sandbox.check(text, f"{origin}: body[{n}]")
    for n, text in enumerate(attachments):
        sandbox.check(text, f"{origin}: attachments[{n}]")


def _wanted(content: dict[str, Any], what: str, origin: str) -> tuple[Wanted, ...]:
    found: dict[str, Wanted] = {}
    for entry in _list(content, what, dict, origin):
        if unknown := sorted(set(entry) - _KEYS[what]):
            raise _bad(origin, f"{what}.{unknown[0]}", "is no field of it")
        given = dict(entry)
        named = given.pop("obligation", ())
        obligations = tuple(named) if isinstance(named, list) else (named,) if named else ()
        if not all(isinstance(v, str) for v in (*obligations, *given.values())):
            raise _bad(origin, what, "has texts only")
        name = given.get("name", "")
        if not _NAME.fullmatch(name) or name in found:
            raise _bad(origin, f"{what}.name", f"is a-z, 0-9 and _, each once; found {name!r}")
        if what in ("duty", "rule") and bool(obligations) == ("obligation_from" in given):
            raise _bad(origin, f"{what}.obligation", "names the obligation")
        if what == "earlier" and "topic" not in given:
            raise _bad(origin, "earlier.topic", "is missing")
        found[name] = Wanted(obligations=obligations, **given)
    return tuple(found.values())
