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

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from domain.case import commands as c
    from domain.law.filed import FiledKind
    from domain.people.register import Register

SUPERVISING = ("npc", "supervision")
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
            f"已采用的规则包没有这一填报类别：{command.kind}；可用：{_listed(known)}。"
            f"no adopted pack knows the kind {command.kind!r} about a {about}; allowed: {_listed(known)}",
            field="kind",
        )
    day = command.occurred_at.date()
    _by_whom(command, kind, people, day)
    _needs(command, kind)
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
        if any(people.units[u].kind in SUPERVISING for u in units):
            raise Refused(
                "监督不代办：监督机关只为本机关填报，不得代替其他单位填报。"
                f"{signer} supervises and may not file in another's place; allowed: for {', '.join(sorted(units))}",
                field="unit_id",
                law=kind.source,
            )
        raise Refused(
            f"{signer} 当日不在 {command.unit_id} 任职。{signer} held no post of {command.unit_id} that day; "
            f"allowed: for {', '.join(sorted(units))}",
            field="unit_id",
            law=kind.source,
        )
    unit_kind = people.units[command.unit_id].kind
    if kind.unit_kinds and unit_kind not in kind.unit_kinds:
        raise Refused(
            f"{kind.name_zh}由下列单位填报：{'、'.join(kind.unit_kinds)}。"
            f"{kind.kind} is filed by {', '.join(kind.unit_kinds)}; {command.unit_id} is {unit_kind}",
            field="unit_id",
            law=kind.source,
        )
    if (kind.posts or kind.ranks or "post" in kind.needs) and command.post_id is None:
        raise Refused(
            f"{kind.name_zh}须写明岗位。{kind.kind} names the post that files it", field="post_id", law=kind.source
        )
    if command.post_id is None:
        return
    post = people.posts[command.post_id]
    if post.unit_id != command.unit_id:
        raise Refused(f"post {post.post_id} belongs to {post.unit_id}", field="post_id")
    if (kind.posts or kind.ranks) and post.post_id not in kind.posts and post.rank not in kind.ranks:
        allowed = ", ".join((*kind.posts, *kind.ranks))
        raise Refused(
            f"该岗位不得填报{kind.name_zh}；可由：{allowed}。"
            f"{post.post_id} may not file {kind.kind}; allowed: {allowed}",
            field="post_id",
            law=kind.source,
        )
    official = command.official_id
    if official is not None and all(a.official_id != official for a in people.in_post_on(post.post_id, day)):
        raise Refused(
            f"{official} 当日不在岗位 {post.post_id}。{official} did not hold {post.post_id} on {day}",
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
                f"{kind.name_zh}须有 {need}。{kind.kind} needs {need}", field=need.partition(".")[0], law=kind.source
            )
    for name, value in command.numbers.items():
        if name not in kind.numbers:
            raise Refused(
                f"{kind.kind} has no number {name!r}; allowed: {', '.join(kind.numbers) or 'none'}", field="numbers"
            )
        if type(value) is not int or not 0 <= value <= MAX_NUMBER:
            raise Refused(f"{name} is a whole number from 0 on; found {value!r}", field="numbers")
    if len(command.evidence) > MAX_REFERENCES or len(command.refers_to) > MAX_REFERENCES:
        raise Refused(f"a filing has at most {MAX_REFERENCES} digests and references", field="evidence")
    if not all(DIGEST.fullmatch(d) for d in command.evidence):
        raise Refused("evidence is named by SHA-256: 64 lower-case hex digits", field="evidence")
    if not all(REFERS.fullmatch(r) for r in command.refers_to):
        raise Refused("refers_to holds streams (case/..., office/..., post/...) or duty/<id>", field="refers_to")


def _period(command: c.FileAct, day: date) -> None:
    first, last = command.period_from, command.period_to
    if (first is None) != (last is None):
        raise Refused("a period has its first and its last day", field="period_from" if first is None else "period_to")
    if first is not None and last is not None and last < first:
        raise Refused("a period ends on or after its first day", field="period_to")
    if first is not None and first > day:
        raise Refused("a period that has not begun cannot be filed for", field="period_from")


def _listed(known: Iterable[str]) -> str:
    names = sorted(known)
    return (", ".join(names[:MAX_LISTED]) + (", ..." if len(names) > MAX_LISTED else "")) or "none"
