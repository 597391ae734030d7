"""
Stories beside a pack: a register, what was filed or done, and the duties that must follow, in TOML a lawyer can read.

    title = "..."   adopted_on = 2024-12-31   as_of = 2025-02-10
    [[unit]]   id, kind, parent          [[post]]  id, unit, rank, held = [["official", "first day", "last day"]]
    [[tag]]    tag, posts                which posts the place means by a tag
    [[filed]]  on, unit, kind, post, official, period, numbers, refers_to
    [[act]]    on, type, unit, post, official, case, fields
    [[expect]] duty, case_no, state, due_on, unit, person, late

Every duty named must be there and be so; `only = true` says that no other duty may be. tests/app/test_rule_stories.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from app import codec
from app.establish import plain
from audit.findings import findings
from audit.office import standing_findings
from audit.report import to_json
from domain.case.events import ActFiled
from domain.duties.standing_duties import filings
from domain.law.in_force import Law, add
from domain.people import events as p
from domain.people.streams import streams_of
from domain.recorded import Actor, Recorded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.law.calendar import Notice

DIGEST = "0" * 64
FIELDS = ("duty", "case_no", "state", "due_on", "unit", "person", "late")
TABLES = frozenset({"title", "as_of", "adopted_on", "only", "unit", "post", "tag", "filed", "act", "expect"})


class BadStory(ValueError):  # noqa: N818 - reads as what it says
    """A story that cannot be told: names the table and what is missing."""


@dataclass
class Telling:
    """The log that a story makes."""

    log: list[Recorded] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)

    def enter(self, on: date, event: p.PeopleEvent) -> None:
        """An entry of the register, in every stream that it stands in."""
        for stream in streams_of(event):
            self.add(on, event, stream)

    def add(self, on: date, event: Any, stream: str) -> None:
        self.versions[stream] = self.versions.get(stream, 0) + 1
        at = datetime.combine(on, time(9), ZoneInfo("Asia/Shanghai")).astimezone(UTC)
        index = len(self.log)
        who = Actor(official_id=getattr(event, "official_id", None))
        self.log.append(
            Recorded(event, event.TOPIC, stream, self.versions[stream], index, at, at, who, "story", str(index))
        )


def tell(story: Mapping[str, Any], pack: Mapping[str, Any], notices: list[Notice]) -> list[str]:
    """What of the story does not come true under the pack; empty where all does. BadStory where it cannot be told."""
    if unknown := sorted(set(story) - TABLES):
        raise BadStory(f"unknown table {unknown[0]!r}; known: {', '.join(sorted(TABLES))}")
    try:
        telling = _told(story, pack)
        as_of = story["as_of"]
    except KeyError as error:
        raise BadStory(f"{error.args[0]} is missing") from error
    except (TypeError, ValueError) as error:
        raise BadStory(str(error)) from error
    law = Law()
    cases: dict[str, list[Recorded]] = {}
    offices: list[Recorded] = []
    for recorded in telling.log:
        if recorded.stream.startswith("case/"):
            cases.setdefault(recorded.stream, []).append(recorded)
        elif recorded.stream.startswith("office/"):
            offices.append(recorded)
        else:
            add(law, recorded)
    law.notices.extend(notices)
    found = [f for history in cases.values() for f in findings(history, law, as_of)]
    found += standing_findings(filings([offices]), law, as_of)
    rows = [to_json(f, law, as_of=as_of.isoformat(), log_size=len(telling.log)) for f in found]
    return _compared(story, rows)


def _compared(story: Mapping[str, Any], rows: list[dict[str, Any]]) -> list[str]:
    faults, left = [], list(rows)
    for expected in story.get("expect", ()):
        if unknown := sorted(set(expected) - set(FIELDS)):
            raise BadStory(f"expect: unknown field {unknown[0]!r}; known: {', '.join(FIELDS)}")
        same = [
            r for r in left if all(_value(r, n) == _text(expected[n]) for n in ("duty", "case_no") if n in expected)
        ]
        match = next((r for r in same if all(_value(r, n) == _text(v) for n, v in expected.items())), None)
        if match is None:
            seen = [{n: _value(r, n) for n in FIELDS} for r in same]
            faults.append(f"应为 expected {_plain(expected)}；实为 found {seen or '无 none'}")
        else:
            left.remove(match)
    if story.get("only"):
        faults.extend(f"多出 not expected { ({n: _value(r, n) for n in FIELDS}) }" for r in left)
    return faults


def _value(row: dict[str, Any], name: str) -> Any:
    if name in ("unit", "person"):
        return row[name]["id"] if row[name] is not None else ""
    return row["days_late"] if name == "late" else row[name]


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _plain(expected: Mapping[str, Any]) -> dict[str, Any]:
    return {n: _text(v) for n, v in expected.items()}


def _told(story: Mapping[str, Any], pack: Mapping[str, Any]) -> Telling:
    """The story's log: register, pack, then what was done, in the order of its days."""
    telling = Telling()
    first = story["adopted_on"]
    officials: set[str] = set()
    for unit in story.get("unit", ()):
        made = p.UnitEstablished(
            unit_id=unit["id"], name=unit.get("name", unit["id"]), kind=unit["kind"], parent_id=unit.get("parent")
        )
        telling.enter(first, made)
    for post in story.get("post", ()):
        name = post["id"]
        rank = post.get("rank", "main_leader")
        established = p.PostEstablished(post_id=name, unit_id=post["unit"], title=post.get("title", name), rank=rank)
        telling.enter(first, established)
        for official, from_on, *to_on in post.get("held", ()):
            if official not in officials:
                officials.add(official)
                telling.enter(first, p.OfficialRegistered(official_id=official, name=official))
            last = date.fromisoformat(to_on[0]) if to_on else None
            held = p.AppointmentMade(
                post_id=name, official_id=official, from_on=date.fromisoformat(from_on), to_on=last
            )
            telling.enter(first, held)
    content = plain(pack)
    telling.enter(first, p.RulePackAdopted(pack_id=content["pack"], version="story", content=content))
    if tags := plain(story.get("tag", [])):
        said = {k: content[k] for k in ("schema", "zone") if k in content} | {"pack": "place", "post_tag": tags}
        telling.enter(first, p.RulePackAdopted(pack_id="place", version="story", content=said))
    for on, event, stream in sorted(_done(story), key=lambda d: d[0]):
        telling.add(on, event, stream)
    return telling


def _done(story: Mapping[str, Any]) -> list[tuple[date, Any, str]]:
    done: list[tuple[date, Any, str]] = []
    for filed in story.get("filed", ()):
        first, last = filed.get("period", (None, None))
        event = ActFiled(
            unit_id=filed["unit"],
            official_id=filed.get("official"),
            post_id=filed.get("post"),
            kind=filed["kind"],
            numbers=filed.get("numbers", {}),
            period_from=first,
            period_to=last,
            evidence=(DIGEST,),
            refers_to=tuple(filed.get("refers_to", ())),
        )
        done.append((filed["on"], event, f"office/{filed['unit']}"))
    for act in story.get("act", ()):
        who = {"unit_id": act["unit"], "official_id": act.get("official"), "post_id": act.get("post")}
        done_so = codec.decode(f"{act['type']}.v1", who | plain(act.get("fields", {})))
        done.append((act["on"], done_so, f"case/{act.get('case', 'story/1')}"))
    return done
