"""
Who owes a duty, told from the act that gives rise to it, and from the register where the act does not say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.case import events as e
from domain.duties.matter import Assigned

if TYPE_CHECKING:
    from datetime import date

    from domain.duties.matter import Matter
    from domain.law.rules import Rule
    from domain.people.register import Register
    from domain.recorded import Recorded


def bearer_of(rule: Rule, event: Any, answered: Recorded | None, matter: Matter, people: Register) -> tuple[str, bool]:
    """The unit that owes it, and whether anything said so; where nothing does, the unit that acted is shown."""
    for name in (rule.bearer, rule.bearer_else):
        found = _bearer(name, event, answered, matter, people) if name is not None else None
        if found is not None:
            return found, True
    is_known = rule.bearer in ("executor", "addressee", "holder")
    return str(event.unit_id), is_known


def _bearer(name: str, event: Any, answered: Recorded | None, matter: Matter, people: Register) -> str | None:
    root, _, field = name.partition(".")
    if field:
        said: Any = event if root == "act" else (answered.event if answered is not None else None)
        return _text(getattr(said, f"{field}_unit_id", None)) or _text(getattr(said, field, None))
    match name:
        case "addressee":
            if isinstance(event, e.JurisdictionObjected):
                sent = matter.hand_overs.get(event.of_version)
                return sent.sender_unit_id if sent is not None else None
            of_answered = getattr(answered.event, "addressee_unit_id", None) if answered is not None else None
            own = getattr(event, "addressee_unit_id", None) or getattr(event, "to_unit_id", None)
            return _text(own) or _text(of_answered)
        case "receiver":
            return str(getattr(event, "receiver_unit_id", None) or event.unit_id)
        case "decider":
            return str(getattr(event, "addressee_unit_id", None) or event.unit_id)
        case "executor":
            return _text(getattr(event, "executor_unit_id", None))
        case "lead_unit":
            return _text(getattr(event, "lead_unit_id", None))
        case "leader_post":
            return _text(getattr(_leading(event, answered), "leader_unit_id", None))
        case "holder":
            return matter.holder_unit_id
        case "superior":
            return next(iter(people.above(event.unit_id)), None)
        case "common_superior":
            return _text(getattr(event, "common_superior_unit_id", None)) or next(iter(_common(event, people)), None)
        case "common_joint_conference":
            return _text(getattr(event, "common_joint_conference_unit_id", None)) or next(
                (unit for above in _common(event, people) for unit in people.conferences.get(above, ())),
                None,
            )
        case _:
            return str(event.unit_id)


def leader_of(event: Any, answered: Recorded | None, on: date, log_index: int) -> Assigned | None:
    """The official, or the post, that was put in charge of the case: by this act, or by the one it names."""
    leading = _leading(event, answered)
    if leading is None:
        return None
    return Assigned(on, leading.leader_official_id, leading.leader_post_id, log_index)


def _leading(event: Any, answered: Recorded | None) -> e.CaseLeaderAssigned | None:
    for act in (event, answered.event if answered is not None else None):
        if isinstance(act, e.CaseLeaderAssigned):
            return act
    return None


def _common(event: Any, people: Register) -> list[str]:
    """The units above every party to a dispute, the nearest first."""
    chains = [people.above(unit) for unit in (event.unit_id, *getattr(event, "between", ()))]
    return [unit for unit in chains[0] if all(unit in chain for chain in chains)]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
