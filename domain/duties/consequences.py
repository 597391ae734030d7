"""
What acts do to duties besides discharging them: an excuse, a rejection that reopens, a verification, a ban broken, a
lawful end that another obligation goes on from, and one omission that two rules speak of.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from domain.case import events as e
from domain.case.events import name_of
from domain.duties.draft import Draft, concerns
from domain.duties.values import Duty, End, Party

if TYPE_CHECKING:
    from domain.duties.engine import Fold
    from domain.law.rules import OnEnd, Rule
    from domain.recorded import Recorded

BY_INTERESTED = "handling_act_by_interested_official"  # any further act of the official whom a recusal ban binds


@dataclass(frozen=True, slots=True)
class Ban:
    """Something that must not be done, from the act at `trigger` on."""

    rule: Rule
    trigger: Recorded


def refs(recorded: Recorded, event: Any) -> frozenset[int]:
    """The versions that an act may name to concern what arose from this one: itself, and what it is itself about."""
    named = {recorded.version}
    if hasattr(event, "opinion_version"):
        named.add(event.opinion_version)
    refers = getattr(event, "REFERS", None)
    about = getattr(event, refers) if refers is not None else None
    return frozenset(named | ({about} if about is not None else set()))


def follow(fold: Fold, recorded: Recorded, event: Any, names: tuple[str, ...]) -> None:
    """What this act does to duties that have ended, to bans, and by excusing."""
    if isinstance(event, e.ExcuseAccepted):
        _excuse(fold, recorded, event)
    if any(n in fold.later for n in names):
        _later(fold, recorded, event, names)
    if fold.bans:
        _bans(fold, recorded, event, names)


def _excuse(fold: Fold, recorded: Recorded, event: e.ExcuseAccepted) -> None:
    """On a ground of the rule, by a body other than the bearer and those under it; else shown, and it moves nothing."""
    draft = fold.named(event)
    if draft is None or (draft.ended is not None and draft.ended.kind != "discharged"):
        return
    day = fold.matter.day(recorded)
    body = fold.people.unit_on(event.unit_id, day)
    if event.ground not in draft.rule.excused_by:
        draft.marks.append("excuse_ground_not_allowed")
    elif any(fold.people.is_within(body, fold.people.unit_on(u, day)) for u in (draft.bearer, draft.unit_id)):
        draft.marks.append("excuse_by_own_side")
    elif draft.ended is not None:
        evidence = (*draft.ended.evidence, recorded.log_index)
        draft.ended = replace(draft.ended, kind="excused", evidence=evidence, is_on_claim=False)
    else:
        draft.ended = fold.end_of("excused", recorded, recorded.occurred_at)
    fold.open = [d for d in fold.open if d.ended is None]


def _later(fold: Fold, recorded: Recorded, event: Any, names: tuple[str, ...]) -> None:
    """Filing discharges, acceptance confirms; a rejection opens the duty again, with its own day, from then on."""
    for draft in list(fold.drafts):
        if draft.ended is None or draft.ended.kind != "discharged" or draft.is_reopened:
            continue
        if not concerns(event, draft, fold.matter):
            continue
        if any(n in draft.rule.verified_by for n in names):
            draft.marks.append("verified")
        if any(n in draft.rule.reopened_by for n in names):
            draft.is_reopened = True
            draft.marks.append("reopened")
            _reopen(fold, draft, recorded, event)


def _reopen(fold: Fold, draft: Draft, recorded: Recorded, event: Any) -> None:
    day = fold.matter.day(recorded)
    given = getattr(event, draft.rule.due_from.rpartition(".")[2], None) if draft.rule.due_from is not None else None
    fold.add(
        Draft(
            rule=draft.rule,
            trigger=recorded,
            arose_on=day,
            arose_at=recorded.occurred_at,
            bearer=draft.unit_id,
            given=given if isinstance(given, date) and given > day else None,
            due_at=None,
            hand_over=draft.hand_over,
            refs=draft.refs | {recorded.version},
            own=draft.own,
            issuer=Party(event.unit_id, event.official_id, event.post_id),
            issued_by=recorded.log_index,
        )
    )


def go_on(fold: Fold, ended: Draft, on_end: OnEnd, recorded: Recorded) -> None:
    """
    A lawful end from which another obligation goes on, counted from the day the ended one was: a change of procedure
    buys no time. The version in force on that day governs.
    """
    rule = fold.rules.named(fold.source, on_end.arises, ended.arose_on)
    if rule is None:
        return
    fold.add(
        Draft(
            rule=rule,
            trigger=recorded,
            arose_on=ended.arose_on,
            arose_at=ended.arose_at,
            bearer=ended.bearer,
            given=None,
            due_at=None,
            hand_over=ended.hand_over,
            refs=ended.refs | {recorded.version},
            own=ended.own,
            issuer=ended.issuer,
            issued_by=ended.trigger.log_index,
            passed=list(ended.passed),
            counted_from=(ended.trigger.version,),
        )
    )


def _bans(fold: Fold, recorded: Recorded, event: Any, names: tuple[str, ...]) -> None:
    for draft in fold.drafts:
        is_withdrawn = draft.rule.kind == "ban" and any(n in draft.rule.voided_by for n in names)
        if is_withdrawn and concerns(event, draft, fold.matter):
            draft.ended = fold.end_of("void", recorded, recorded.occurred_at)
    for ban in list(fold.bans):
        if any(n in ban.rule.ended_by for n in names):
            fold.bans.remove(ban)
            continue
        if recorded.version == ban.trigger.version or any(n in ban.rule.arises_on for n in names):
            continue
        is_of_it = getattr(event, "obligation", ban.rule.obligation) == ban.rule.obligation  # a finding names which
        breaching = next((n for n in ban.rule.breached_by if n in names and is_of_it), None)
        if breaching is None and BY_INTERESTED in ban.rule.breached_by and _is_by_interested(ban, event):
            breaching = BY_INTERESTED
            fold.bans.remove(ban)  # broken by the next act; those after it are the same omission
        if breaching is not None:
            _broken(fold, ban, recorded, event, breaching)


def _is_by_interested(ban: Ban, event: Any) -> bool:
    bound: Any = ban.trigger.event
    official = getattr(bound, "interested_official_id", None) or bound.official_id
    return official is not None and event.official_id == official and not isinstance(event, e.ABOUT_THE_FILE)


def _broken(fold: Fold, ban: Ban, recorded: Recorded, event: Any, breaching: str) -> None:
    """A ban broken by one recorded act is its author's; where the act is a finding, whom it found."""
    if getattr(event, "subject_unit_id", None) is not None:
        party = Party(event.subject_unit_id, getattr(event, "subject_official_id", None), None)
    else:
        party = Party(event.unit_id, event.official_id, event.post_id)
    kind = dict(zip(ban.rule.breached_by, ban.rule.breach_kinds, strict=True))[breaching]
    fold.drafts.append(
        Draft(
            rule=ban.rule,
            trigger=recorded,
            arose_on=fold.matter.day(recorded),
            arose_at=recorded.occurred_at,
            bearer=party.unit_id,
            given=None,
            due_at=None,
            hand_over=None,
            refs=frozenset({recorded.version}),
            own=None,
            issuer=party,
            issued_by=ban.trigger.log_index,
            party=party,
            breach_kind=kind,
        )
    )


def mark_window(fold: Fold, draft: Draft, recorded: Recorded) -> None:
    """An act after the days somebody had for it: shown on the duty it gave rise to, which stands all the same."""
    name, day = name_of(recorded.topic), fold.matter.day(recorded)
    for window in fold.drafts:
        if window.rule.kind == "window" and name in window.rule.used_by and window.refs & draft.refs:
            if window.due is not None and day > window.due.on:
                draft.marks.append("after_window")
            return


def absorbed(found: list[Duty]) -> list[Duty]:
    """
    The same omission is reported once. A duty is absorbed by another that names it and shares its discharge, if that
    one falls due no later and ended by the same act or, like it, not at all: then it fails whenever this one does.
    """
    if not any(d.rule.absorbs for d in found):
        return found
    result: list[Duty] = []
    for duty in found:
        by = next((o for o in found if duty.obligation in o.rule.absorbs and _covers(o, duty)), None)
        result.append(duty if by is None else replace(duty, absorbed_by=by.duty_id))
    return result


def _covers(one: Duty, other: Duty) -> bool:
    shares = bool(set(one.rule.discharged_by) & set(other.rule.discharged_by))
    no_later = one.due_on is not None and other.due_on is not None and one.due_on <= other.due_on
    return shares and no_later and one.contested_since is None and _ends_alike(one.ended, other.ended)


def _ends_alike(one: End | None, other: End | None) -> bool:
    if one is None or other is None:
        return one is other
    return (one.kind, one.evidence, one.is_on_claim) == (other.kind, other.evidence, other.is_on_claim)
