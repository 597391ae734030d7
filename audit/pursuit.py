"""
不落实的责: how far a failure was pursued, folded from recorded acts alone: urged, proposed, decided, executed.

An act counts for the duty that it, or the finding it rests on, names. A finding withdrawn or a decision set aside takes
back what rested on it. A failure that nobody pursued stays "none", however old. tests/audit/test_pursuit.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain.case import events as e

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.recorded import Recorded

STATES = ("none", "urged", "proposed", "decided", "executed")
Named = tuple[str, int]  # obligation, version of the act it arose from


@dataclass(frozen=True, slots=True)
class Pursuit:
    """The furthest step that stands, the measure it is about, and the acts that say so."""

    state: str = "none"
    measure: str | None = None
    evidence: tuple[int, ...] = ()


NOT_PURSUED = Pursuit()


@dataclass(slots=True)
class _Step:
    named: Named
    state: str
    measure: str | None
    rests_on: frozenset[int]  # versions: taken back with any of them
    log_index: int


def pursuits(history: Sequence[Recorded]) -> Mapping[Named, Pursuit]:
    """What was done about each duty that an act of this case names. `history` is the view of one stream."""
    steps: dict[int, _Step] = {}
    findings: dict[int, tuple[Named, int]] = {}
    fallen: set[int] = set()
    for recorded in history:
        event: Any = recorded.event
        match event:
            case e.BreachFindingRecorded():
                findings[recorded.version] = ((event.obligation, event.trigger_version), recorded.log_index)
            case e.BreachFindingWithdrawn():
                fallen.add(event.of_finding)
            case e.AccountabilitySetAside():
                fallen.add(event.decision_version)
            case _:
                if (step := _step(recorded, event, steps, findings)) is not None:
                    steps[recorded.version] = step
    found: dict[Named, list[_Step]] = {}
    for version, step in steps.items():
        if version not in fallen and not step.rests_on & fallen:
            found.setdefault(step.named, []).append(step)
    cited = dict(findings.values())
    return {named: _furthest(own, cited.get(named)) for named, own in found.items()}


def _step(
    recorded: Recorded, event: Any, steps: Mapping[int, _Step], findings: Mapping[int, tuple[Named, int]]
) -> _Step | None:
    index = recorded.log_index
    if isinstance(event, (e.UrgingIssued, e.ProposalIssued, e.AccountabilityProposed)):
        state = "urged" if isinstance(event, e.UrgingIssued) else "proposed"
        measure = event.measure if isinstance(event, e.AccountabilityProposed) else None
        finding = findings.get(event.of_finding or 0)
        if event.of_finding is not None and finding is not None:
            return _Step(finding[0], state, measure, frozenset({event.of_finding}), index)
        if isinstance(event, e.UrgingIssued) and event.of_obligation is not None and event.trigger_version is not None:
            return _Step((event.of_obligation, event.trigger_version), state, None, frozenset(), index)
        return None
    if isinstance(event, (e.AccountabilityDecided, e.AccountabilityExecuted)):
        is_decision = isinstance(event, e.AccountabilityDecided)
        before = event.proposal_version if isinstance(event, e.AccountabilityDecided) else event.decision_version
        if (earlier := steps.get(before)) is None:
            return None
        measure = event.measure if isinstance(event, e.AccountabilityDecided) else earlier.measure
        state = "decided" if is_decision else "executed"
        return _Step(earlier.named, state, measure, earlier.rests_on | {before}, index)
    return None


def _furthest(steps: list[_Step], finding: int | None) -> Pursuit:
    """The step furthest on; of several alike, the newest."""
    last = max(steps, key=lambda s: (STATES.index(s.state), s.log_index))
    cited = {s.log_index for s in steps} | ({finding} if finding is not None else set())
    return Pursuit(last.state, last.measure, tuple(sorted(cited)))
