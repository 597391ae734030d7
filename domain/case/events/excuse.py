"""
That a duty could not be met, on a ground the law allows, accepted on evidence by a body that does not owe it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from domain.case.events.base import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcuseAccepted(Act):
    """
    Names the duty as an extension does. The acting unit accepts it: neither the bearer nor anybody under it. The ground
    is one of the rule's own list; `evidence` holds digests.
    """

    TOPIC: ClassVar[str] = "excuse.accepted.v1"
    obligation: str
    trigger_version: int
    ground: str
    evidence: tuple[str, ...] = ()
