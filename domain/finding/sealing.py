"""
A finding about an accusation holds whom, what and which records as sealed values; every other holds them in clear.

`hidden` takes the fields out of an event, `shown` puts them back: state and rules know one shape of event only.
tests/domain/finding/test_findings.py.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from domain.finding.events import ExplanationRequested, FindingEvidencePinned, FindingOpened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from domain.finding.events import FindingEvent

SEALING = (FindingOpened, FindingEvidencePinned, ExplanationRequested)
READS: dict[str, Callable[[str], Any]] = {
    "trigger_version": int,
    "log_indexes": lambda text: tuple(map(int, text.split())),
    "leaf_hashes": lambda text: tuple(text.split()),
}
EMPTY: dict[str, Any] = {"log_indexes": (), "leaf_hashes": ()}
Sealed = tuple[tuple[str, str], ...]
F = TypeVar("F", bound="FindingEvent")


def hidden(event: F) -> tuple[F, Sealed]:
    """The event without the fields it seals, and these."""
    if not isinstance(event, SEALING):
        return event, ()
    values = {name: value for name in event.SEALS if (value := getattr(event, name)) is not None}
    sealed = tuple((name, _text(value)) for name, value in values.items())
    emptied: dict[str, Any] = {name: EMPTY.get(name) for name in values}
    return replace(event, **emptied, is_sealed=True), sealed


def shown(event: F, fields: Iterable[tuple[str, Any]]) -> F:
    """The event with those of its sealed fields that can be read."""
    if not isinstance(event, SEALING) or not event.is_sealed:
        return event
    return replace(event, **{n: READS.get(n, str)(value) for n, value in fields if n in event.SEALS})


def _text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
