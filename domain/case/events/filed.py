"""
What is only filed: one event for every kind that no duty, cause or attribution of the law itself reads.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - the codec reads these annotations at run time
from dataclasses import dataclass
from datetime import date  # noqa: TC003 - same
from typing import ClassVar

from domain.case.events.base import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class ActFiled(Act):
    """
    Something was filed: a meeting held, a report heard, a sweep done. `kind` is one of an adopted pack's; in a case's
    stream it is about the case, in `office/<unit>` about the office. `evidence` are SHA-256 digests of what shows it.
    `refers_to` are streams, or duties as `duty/<id>`.
    """

    TOPIC: ClassVar[str] = "act.filed.v1"
    kind: str
    numbers: Mapping[str, int]
    period_from: date | None = None
    period_to: date | None = None
    evidence: tuple[str, ...] = ()
    refers_to: tuple[str, ...] = ()
