"""
What an act names by a code of the packs' lists: a ground of non-acceptance, a subject, an undertaking, a bundle's set,
the list on which a matter is posted. Judged by the lists in force on the day of the act, and after everything else: an
act that says nothing new is not measured again.

Without a list of grounds or of subjects there is nothing to measure by, and what is said is recorded. Without a list of
undertakings or of postings none can be made: these are the office's own inventions. tests/domain/case/test_listed.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.case import commands as c
from domain.case import events as e
from domain.case.errors import Refused
from domain.case.events import name_of
from domain.law import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from domain.case.case import Case
    from domain.law.lists import Coded, PostedList, Subject
    from domain.law.rules import Rulebook
    from domain.people.register import Register

NOT_ACCEPTED = "信访工作条例 art. 44"
LEADERS = "信访工作条例 art. 18"
SHOWN = 20  # codes that a refusal lists


def check(
    case: Case, command: c.CaseCommand, decided: Iterable[e.CaseEvent], rules: Rulebook, people: Register
) -> None:
    """Refused where an act that was decided names what is on no list in force."""
    source, day = command.stream.split("/")[1], command.occurred_at.date()
    for event in decided:
        match event:
            case e.PetitionRegistered() | e.PetitionClassified():
                _subject(event.subject, listed.subjects(rules, source, day))
            case e.UndertakingMade():
                field = "kind" if isinstance(command, c.MakeUndertaking) else "undertakings"
                _known(event.kind, listed.undertakings(rules, source, day), field, "undertaking", "承诺事项")
            case e.CaseLeaderActed():
                _shown(case, event, rules, source, day)
            case e.ItemPosted():
                known = listed.posted_lists(rules, source, day)
                _known(event.kind, known, "kind", "posted_list", "挂牌、挂账的种类")
                _posting(event, known[event.kind], people)
            case e.ItemStruckOff():
                _struck_off(case, event, listed.posted_lists(rules, source, day))
            case _:
                pass


def ground(code: str, rules: Rulebook, source: str, day: date) -> None:
    """
    A ground of non-acceptance is one of the list in force on that day; that somebody cannot be reached is none. Where
    no pack in force has a list (none adopted yet, or an older text), there is nothing to measure it by: it is recorded.
    """
    known = {g.code: g for pack in rules.for_source(source) for g in pack.lists.grounds if g.in_force(day)}
    if not known:
        return
    found = known.get(code)
    allowed = "; ".join(f"{g.code} {g.name_zh}" for g in known.values() if not g.is_never)
    if found is None:
        raise Refused(
            f"ground is one of {', '.join(g.code for g in known.values() if not g.is_never)}; found {code!r}",
            rule="ground_not_listed",
            law=NOT_ACCEPTED,
            zh="不予受理的理由不在现行清单内",
            allowed=allowed,
            field="ground",
        )
    if found.is_never:
        raise Refused(
            f"{code} is never a ground to refuse",
            rule="ground_is_none",
            zh=f"{found.name_zh}，不得作为不予受理的理由",
            allowed=allowed,
            field="ground",
            law=found.source,
        )


def bundle(code: str | None, members: int, rules: Rulebook, source: str, day: date) -> tuple[str, ...]:
    """What each member of a bundle of that set undertakes; Refused where the set has another number of officials."""
    if code is None:
        return ()
    known = {s.code: s for s in listed.undertaking_sets(rules, source, day).values() if s.members is not None}
    _known(code, known, "bundle_set", "undertaking_set", "包案组合")
    if members != known[code].members:
        raise Refused(
            f"a bundle {code} has {known[code].members} officials; found {members}",
            field="members",
            law=known[code].source or LEADERS,
            zh=f"{known[code].name_zh}应有 {known[code].members} 名人员，现为 {members} 名",
            allowed=f"{known[code].members} 名人员 / as many officials",
        )
    return known[code].undertakings


def _subject(code: str | None, known: Mapping[str, Subject]) -> None:
    if code is None or not known or code in known:
        return
    top = code.partition(".")[0]
    near = [s for s in known.values() if s.code.partition(".")[0] == top] or [s for s in known.values() if not s.under]
    raise Refused(
        f"subject {code!r} is no code of the taxonomy in force",
        field="subject",
        zh=f"内容分类 {code} 不在现行分类内",
        allowed=_codes(near),
    )


def _known(code: str, known: Mapping[str, Coded], field: str, table: str, said: str) -> None:
    if code in known:
        return
    if not known:
        raise Refused(
            f"no pack in force has a list [[{table}]]",
            field=field,
            zh=f"现行规则包没有规定{said}",
            allowed=f"先采用含 [[{table}]] 的规则包 / adopt a pack that has one",
        )
    raise Refused(
        f"{field} is one of {', '.join(known)}; found {code!r}",
        field=field,
        zh=f"{said}不在现行规则包内",
        allowed=_codes(known.values()),
    )


def _shown(case: Case, acted: e.CaseLeaderActed, rules: Rulebook, source: str, day: date) -> None:
    """An undertaking for which the list names acts is shown by one of them, never by paper alone."""
    if acted.undertaking_version is None:
        return
    made, _ = case.raised.of(acted.undertaking_version, e.UndertakingMade, field="undertaking_version")
    found = listed.undertakings(rules, source, day).get(made.kind)
    if found is None or not found.shown_by:
        return
    shown = case.act(acted.shown_by) if acted.shown_by is not None else None
    if shown is None or name_of(shown.TOPIC) not in found.shown_by:
        raise Refused(
            f"{made.kind} is shown by one of {', '.join(found.shown_by)}",
            field="shown_by",
            zh="该承诺须由本事项的相应记录证明",
            allowed=", ".join(found.shown_by),
        )


def _posting(posted: e.ItemPosted, found: PostedList, people: Register) -> None:
    for name in found.needs:
        if getattr(posted, name) is None:
            raise Refused(
                f"an item on {found.code} has {name}",
                field=name,
                zh=f"{found.name_zh}须写明 {name}",
                allowed=name,
            )
    owner = people.units.get(posted.owner_unit_id)
    if found.owner_kinds and (owner is None or owner.kind not in found.owner_kinds):
        raise Refused(
            f"an item on {found.code} is owned by a unit of kind {', '.join(found.owner_kinds)}",
            field="owner_unit_id",
            zh=f"{found.name_zh}的责任单位种类不对",
            allowed=", ".join(found.owner_kinds),
        )


def _struck_off(case: Case, struck: e.ItemStruckOff, known: Mapping[str, PostedList]) -> None:
    """Beside its evidence, an act of this case since the posting, where the list asks for one."""
    item, _ = case.raised.of(struck.item_version, e.ItemPosted, field="item_version")
    found = known.get(item.kind)
    if found is None or not found.struck_off_by:
        return
    since = {name_of(act.TOPIC) for act in case.acts[struck.item_version :] if act is not None}
    if not since & set(found.struck_off_by):
        raise Refused(
            f"an item on {found.code} is struck off after one of {', '.join(found.struck_off_by)}",
            field="item_version",
            rule="struck_off_unproved",
            zh=f"{found.name_zh}须在相应记录之后销号",
            allowed=f"先有 {', '.join(found.struck_off_by)} / one of these first",
        )


def _codes(entries: Iterable[Coded]) -> str:
    found = list(entries)
    more = f"; …（共 {len(found)} 项 / {len(found)} in all）" if len(found) > SHOWN else ""
    return "; ".join(f"{each.code} {each.name_zh}" for each in found[:SHOWN]) + more
