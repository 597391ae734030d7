"""
Whether something may be filed: its kind is known, who files it may, and it carries what the kind needs.

The same in a case's stream and in an office's. A body that supervises files for itself and never in another's place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from domain.case import events as e
from domain.case.checks import by
from domain.case.errors import Refused
from domain.case.powers import SUPERVISING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from domain.case import commands as c
    from domain.law.filed import FiledKind
    from domain.people.register import Post, Register

DIGEST = re.compile(r"[0-9a-f]{64}")
REFERS = re.compile(r"(case|office|unit|post|official|duty)/[^\x00-\x20]{1,200}")
MAX_REFERENCES = 50  # a joint act names its cases one by one in their own streams
MAX_LISTED = 20
MAX_NUMBER = 2**53 - 1


def file_act(command: c.FileAct, people: Register, about: str) -> list[e.ActFiled]:
    """The event that filing this gives, or Refused. `about` is "case" or "office"."""
    known = {k.kind: k for k in people.filed_kinds() if k.about in (about, "both")}
    kind = known.get(command.kind)
    if kind is None:
        raise Refused(
            f"no adopted pack knows the kind {command.kind!r} about a {about}",
            zh=f"已采用的规则包没有这一填报类别：{command.kind}",
            allowed=_listed(known),
            field="kind",
        )
    day = command.occurred_at.date()
    _by_whom(command, kind, people, day)
    _needs(command, kind)
    _references(command)
    _period(command, day)
    return [
        e.ActFiled(
            **by(command),
            kind=kind.kind,
            numbers=dict(command.numbers),
            period_from=command.period_from,
            period_to=command.period_to,
            evidence=command.evidence,
            refers_to=command.refers_to,
        )
    ]


def _by_whom(command: c.FileAct, kind: FiledKind, people: Register, day: date) -> None:
    signer = command.actor.official_id
    posts = people.official_posts.get(signer, []) if signer is not None else []
    if signer is not None and posts and not people.posts_in(signer, command.unit_id, day):
        units = {people.posts[p].unit_id for p in posts}
        own = ", ".join(sorted(units))
        supervising = sorted(k for u in units if (k := people.units[u].kind) in SUPERVISING)
        if supervising:
            raise Refused(
                f"{signer} supervises and may not file in another's place",
                zh="监督不代办：监督机关不得代替其他单位填报",
                allowed=f"为本机关填报 / for {own}",
                field="unit_id",
                law=SUPERVISING[supervising[0]],
            )
        raise Refused(
            f"{signer} held no post of {command.unit_id} that day",
            zh=f"{signer} 当日不在 {command.unit_id} 任职",
            allowed=f"为本单位填报 / for {own}",
            field="unit_id",
            law=kind.source,
        )
    unit_kind = people.units[command.unit_id].kind
    if kind.unit_kinds and unit_kind not in kind.unit_kinds:
        raise Refused(
            f"{kind.kind} is filed by {', '.join(kind.unit_kinds)}; {command.unit_id} is {unit_kind}",
            zh=f"{command.unit_id} 不是填报{kind.name_zh}的单位",
            allowed=", ".join(kind.unit_kinds),
            field="unit_id",
            law=kind.source,
        )
    if (kind.posts or kind.ranks or "post" in kind.needs) and command.post_id is None:
        raise Refused(
            f"{kind.kind} names the post that files it",
            zh=f"{kind.name_zh}须写明岗位",
            allowed=", ".join((*kind.posts, *kind.ranks)) or "填报人的岗位 / the filer's post",
            field="post_id",
            law=kind.source,
        )
    if command.post_id is not None:
        _in_post(command, kind, people.posts[command.post_id], people, day)


def _in_post(command: c.FileAct, kind: FiledKind, post: Post, people: Register, day: date) -> None:
    if post.unit_id != command.unit_id:
        raise Refused(
            f"post {post.post_id} belongs to {post.unit_id}",
            zh=f"岗位 {post.post_id} 属于 {post.unit_id}",
            allowed=f"{command.unit_id} 的岗位 / a post of {command.unit_id}",
            field="post_id",
        )
    if (kind.posts or kind.ranks) and post.post_id not in kind.posts and post.rank not in kind.ranks:
        raise Refused(
            f"{post.post_id} may not file {kind.kind}",
            zh=f"该岗位不得填报{kind.name_zh}",
            allowed=", ".join((*kind.posts, *kind.ranks)),
            field="post_id",
            law=kind.source,
        )
    official = command.official_id
    if official is not None and all(a.official_id != official for a in people.in_post_on(post.post_id, day)):
        raise Refused(
            f"{official} did not hold {post.post_id} on {day}",
            zh=f"{official} 当日不在岗位 {post.post_id}",
            allowed="当日在岗的人 / who held it that day",
            field="official_id",
        )


def _needs(command: c.FileAct, kind: FiledKind) -> None:
    for need in kind.needs:
        is_there = (
            need.removeprefix("numbers.") in command.numbers
            if need.startswith("numbers.")
            else {
                "period": command.period_from is not None and command.period_to is not None,
                "evidence": bool(command.evidence),
                "refers_to": bool(command.refers_to),
                "post": command.post_id is not None,
            }[need]
        )
        if not is_there:
            raise Refused(
                f"{kind.kind} needs {need}",
                zh=f"{kind.name_zh}缺少 {need}",
                allowed=", ".join(kind.needs),
                field=need.partition(".")[0],
                law=kind.source,
            )
    for name, value in command.numbers.items():
        if name not in kind.numbers:
            raise Refused(
                f"{kind.kind} has no number {name!r}",
                zh=f"{kind.name_zh}没有这一数字：{name}",
                allowed=", ".join(kind.numbers) or "无 / none",
                field="numbers",
            )
        if type(value) is not int or not 0 <= value <= MAX_NUMBER:
            raise Refused(
                f"{name} is a whole number; found {value!r}",
                zh=f"{name} 应为整数",
                allowed="0, 1, 2, ...",
                field="numbers",
            )


def _references(command: c.FileAct) -> None:
    if len(command.evidence) > MAX_REFERENCES or len(command.refers_to) > MAX_REFERENCES:
        raise Refused(
            f"a filing has at most {MAX_REFERENCES} digests and references",
            zh="证据或指向过多",
            allowed=f"最多 {MAX_REFERENCES} / at most {MAX_REFERENCES}",
            field="evidence",
        )
    if not all(DIGEST.fullmatch(d) for d in command.evidence):
        raise Refused(
            "evidence is named by SHA-256",
            zh="证据以 SHA-256 摘要列出",
            allowed="64 lower-case hex digits",
            field="evidence",
        )
    if not all(REFERS.fullmatch(r) for r in command.refers_to):
        raise Refused(
            "refers_to holds streams or duties",
            zh="refers_to 只列流或义务编号",
            allowed="case/..., office/..., unit/..., post/..., official/..., duty/<id>",
            field="refers_to",
        )


def _period(command: c.FileAct, day: date) -> None:
    first, last = command.period_from, command.period_to
    if (first is None) != (last is None):
        raise Refused(
            "a period has its first and its last day",
            zh="周期须有首日和末日",
            allowed="两者都写或都不写 / both or neither",
            field="period_from" if first is None else "period_to",
        )
    if first is not None and last is not None and last < first:
        raise Refused(
            "a period ends on or after its first day",
            zh="周期末日不得早于首日",
            allowed=f"{first} 或以后 / or later",
            field="period_to",
        )
    if first is not None and first > day:
        raise Refused(
            "a period that has not begun cannot be filed for",
            zh="周期尚未开始",
            allowed=f"{day} 或以前开始 / begun by then",
            field="period_from",
        )


def _listed(known: Iterable[str]) -> str:
    names = sorted(known)
    return (", ".join(names[:MAX_LISTED]) + (", ..." if len(names) > MAX_LISTED else "")) or "无 / none"
