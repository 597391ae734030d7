"""
A finding from command to log, and what is shown of it.

A confirmation and the finding that it records in the case are one append: neither is ever there without the other.
Values sealed in an event are put back before a rule looks at it. tests/app/test_findings.py, docs/findings.md.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app.handle import ATTEMPTS, Outcome, read, repeated
from domain.case.case import fold as fold_case
from domain.case.errors import Refused
from domain.finding import commands as c
from domain.finding import events as e
from domain.finding.decide import MAX_PINS, TEXT, Known, decide, may_see
from domain.finding.sealing import shown
from domain.finding.state import Finding, fold
from ledger.disclosure import open_disclosure
from ledger.envelope import leaf_hash
from ledger.errors import CommandRepeated, Conflict, SignerRevoked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from app.handle import Handler
    from domain.finding.commands import FindingCommand
    from domain.recorded import Actor, Recorded
    from ledger.store.contract import Store, Stored

CASE = "case/"


def record(handler: Handler, command: FindingCommand, *, expected: int | None = None) -> Outcome:
    """Record an act on a finding, and in the case what it means there. Refused, Conflict as `Handler.handle`."""
    for attempt in range(ATTEMPTS):
        kept = handler.store.read_stream(command.stream)
        history = [read(stored) for stored in kept]
        if (found := repeated(history, command.command_id)) is not None:
            return found
        if expected is not None and expected != len(history):
            raise Conflict(command.stream, expected, len(history))
        people = handler.register()
        finding = _folded(handler.store, history)
        case_stream = _case_of(finding, command)
        case_kept = [] if case_stream is None else handler.store.read_stream(case_stream)
        case_history = [read(stored) for stored in case_kept]
        case = fold_case(r.event for r in case_history)  # type: ignore[misc]  # a case's own stream
        known = Known(case, handler.facts(case, case_history), _leaves(handler.store, command))
        decided = decide(finding, command, people, known)
        if not decided.own:
            return Outcome(command.stream, len(history), None, is_new=False)
        common: dict[str, Any] = {"actor": command.actor, "occurred_at": command.occurred_at}
        try:
            leaves = handler.seal(
                command.stream,
                len(history),
                decided.own,
                command_id=command.command_id,
                sealed=decided.sealed,
                head=_head(kept),
                **common,
            )
            if decided.of_case and case_stream is not None:
                leaves += handler.seal(
                    case_stream,
                    len(case_history),
                    decided.of_case,
                    command_id=f"{command.command_id}!case",
                    sealed=(),
                    head=_head(case_kept),
                    **common,
                )
            index = handler.store.append(leaves)
        except CommandRepeated as known_already:
            return Outcome(command.stream, len(history), known_already.log_index, is_new=False)
        except (Conflict, SignerRevoked):
            if attempt == ATTEMPTS - 1:
                raise
        else:
            return Outcome(command.stream, len(history) + len(decided.own), index, is_new=True)
    raise AssertionError("unreachable")


def streams(store: Store) -> list[str]:
    """Every finding there is, in the order of the log."""
    return store.streams(c.FINDING)


def history_of(store: Store, stream: str) -> list[Recorded]:
    """The events of a finding as the log has them: what is sealed stays so. LookupError where there is none."""
    history = [read(stored) for stored in store.read_stream(stream)] if c.is_finding(stream) else []
    if not history:
        raise LookupError(f"no finding {stream} is recorded")
    return history


def summary(history: Sequence[Recorded]) -> dict[str, Any]:
    """One line of a list: of a finding about an accusation only that there is one, whose, and how it stands."""
    finding = fold(r.event for r in history)  # type: ignore[misc]  # a finding's own
    opened = _opened(finding)
    return {
        "finding": history[0].stream,
        "state": finding.state,
        "unit_id": opened.unit_id,
        "opened_by": opened.official_id,
        "opened_at": history[0].occurred_at.isoformat(),
        "is_sealed": opened.is_sealed,
        "case_stream": opened.case_stream,
        "obligation": opened.obligation,
        "trigger_version": opened.trigger_version,
        "subject_unit_id": opened.subject_unit_id,
        "subject_official_id": opened.subject_official_id,
        "evidence": [{"log_index": i, "leaf_hash": h} for i, h in sorted(finding.pins.items())],
        "explanations": [
            {
                "version": version,
                "asked_unit_id": r.unit_id,
                "asked_official_id": r.official_id,
                "answer_by": r.answer_by.isoformat(),
                "given_at": r.given_at,
            }
            for version, r in finding.requests.items()
        ],
        "breach_version": finding.confirmed.breach_version if finding.confirmed is not None else None,
        "proposals": [{"measure": m, "proposal_version": v} for m, v in finding.proposals.items()],
        "events": [{"log_index": r.log_index, "topic": r.topic, "official_id": r.actor.official_id} for r in history],
    }


def whole(store: Store, history: Sequence[Recorded]) -> dict[str, Any]:
    """
    The same with its sealed values, each explanation in words beside its request. Whoever calls this has judged the
    reader (`may_read`) and recorded the reading first.
    """
    answer = summary(list(_shown(store, history)))
    answer["is_sealed"] = _opened(fold(r.event for r in history)).is_sealed  # type: ignore[misc]  # a finding's own
    held = store.disclosures([r.log_index for r in history])
    texts = {
        r.version: [value for name, value in map(open_disclosure, held.get(r.log_index, ())) if name == TEXT]
        for r in history
        if isinstance(r.event, e.ExplanationGiven)
    }
    for each in answer["explanations"]:
        each["text"] = texts.get(each["given_at"], [None])[0] if texts.get(each["given_at"]) else None
    return answer


def may_read(handler: Handler, history: Sequence[Recorded], who: Actor, unit_id: str, day: date) -> bool:
    """Whether all of a finding is for this reader (domain/finding/decide.py `may_see`)."""
    finding = _folded(handler.store, history)
    case_stream = None if finding.opened is None else finding.opened.case_stream
    case_history = [] if case_stream is None else [read(s) for s in handler.store.read_stream(case_stream)]
    case = fold_case(r.event for r in case_history)  # type: ignore[misc]  # a case's own stream
    known = Known(case, handler.facts(case, case_history))
    return may_see(finding, who, unit_id, day, handler.register(), known)


def _folded(store: Store, history: Sequence[Recorded]) -> Finding:
    return fold(r.event for r in _shown(store, history))  # type: ignore[misc]  # a finding's own


def _shown(store: Store, history: Sequence[Recorded]) -> Iterator[Recorded]:
    """The events with what was sealed of them put back, as far as it can still be read."""
    held = store.disclosures([r.log_index for r in history])
    for r in history:
        fields = [open_disclosure(each) for each in held.get(r.log_index, ())]
        yield replace(r, event=shown(r.event, fields))  # type: ignore[type-var]  # a finding's own


def _opened(finding: Finding) -> e.FindingOpened:
    if finding.opened is None:
        raise LookupError("this stream does not begin with the opening of a finding")
    return finding.opened


def _case_of(finding: Finding, command: FindingCommand) -> str | None:
    """The stream of the case that an act on a finding is about."""
    named = command.case_stream if isinstance(command, c.OpenFinding) else None
    stream = named or (finding.opened.case_stream if finding.opened is not None else None)
    if stream is not None and not stream.startswith(CASE):
        raise Refused(
            "a finding is about a case",
            zh="核查针对事项",
            allowed="case/<source>/<no>",
            field="case_stream",
        )
    return stream


def _leaves(store: Store, command: FindingCommand) -> dict[int, str]:
    """The leaf hashes of the records that are to be pinned; those the log does not have are left out."""
    if not isinstance(command, c.PinEvidence):
        return {}
    if len(command.log_indexes) > MAX_PINS:
        raise Refused(
            f"a finding rests on at most {MAX_PINS} records",
            zh=f"最多列明 {MAX_PINS} 条证据",
            allowed=f"<= {MAX_PINS}",
            field="log_indexes",
        )
    size = store.size()
    found = (store.read_log(i, 1)[0] for i in sorted(set(command.log_indexes)) if 0 <= i < size)
    return {s.log_index: leaf_hash(s.leaf).hex() for s in found}


def _head(kept: Sequence[Stored]) -> bytes | None:
    return leaf_hash(kept[-1].leaf) if kept else None
